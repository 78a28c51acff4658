"""Tests, caches, `.env` files and keys are never shipped, unless `allow` names them."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Literal

from tagboat.checks.advice import leave_out
from tagboat.checks.words import listed
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.archive import Archive, Member
    from tagboat.checks.facts import ReleaseFacts

NAME = "shipped"

Offence = Literal["tests", "secret", "leftover"]


def _any_of(*globs: str) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, globs)))


SECRETS = _any_of(
    *(".env*", ".pypirc", ".netrc", "_netrc", ".npmrc", ".git-credentials", ".htpasswd"),
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx"),
    *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"),
)
LEFTOVERS = _any_of(
    *("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints"),
    *(".tox", ".nox", ".venv", ".eggs", "node_modules", ".git", ".hg", ".svn", ".tagboat"),
    *("*.py[co]", "*.sw[op]", "*~", ".DS_Store", "Thumbs.db", ".coverage", ".coverage.*", "pyvenv.cfg"),
)
TEST_FILES = _any_of("conftest.py", "test_*.py")

# The first line of a private key, alone in its line or followed by the key; source code that only
# mentions it in quotes is none.
PRIVATE_KEY = re.compile(
    rb"^[ \t]*-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[ \t\r]*$"
    rb"|-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[^-]{0,200}?[A-Za-z0-9+/]{40}",
    re.MULTILINE,
)
SMALL = 64 << 10

# What is said, why, and what to do even before leaving it out.
REASONS: dict[Offence, tuple[str, str, str]] = {
    "tests": ("ships tests", "Every install would carry them, and nobody who installs it runs them.", ""),
    "secret": (
        "ships files that are made for secrets",
        "What was published once is known to everybody, even after it is deleted.",
        "If there is a real secret in it, replace that now. ",
    ),
    "leftover": ("ships caches or other leftovers", "They are of this machine only.", ""),
}


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:
    """Look at every path, and for private keys into every small file."""
    for archive in archives:
        found: dict[Offence, dict[str, None]] = {offence: {} for offence in REASONS}
        keys: list[str] = []
        for path, member in archive.files.items():
            if release.allows(path):
                continue
            match = offence(path, is_licence=path.startswith(f"{archive.dist_info}/licenses/"))
            if match and not _is_certificate(archive, member):
                found[match[0]][match[1]] = None
            elif _holds_private_key(archive, member):
                keys.append(path)
        for kind, paths in found.items():
            yield from _problem(archive, release, REASONS[kind], list(paths))
        yield from _problem(archive, release, ("ships a private key", *REASONS["secret"][1:]), keys)


def offence(path: str, *, is_licence: bool = False) -> tuple[Offence, str] | None:
    """What is wrong with shipping `path`, and the file or outermost folder (with a slash) that is wrong.

    A folder named `tests` counts anywhere, one named `test` only at the top: inside a package that is
    often the API for other people's tests. Licences of vendored code keep their path, whatever it is.
    """
    parts = path.split("/")
    for depth, part in enumerate(parts, 1):
        is_file = depth == len(parts)
        kind = _kind(part, is_file=is_file, is_top=depth == 1)
        if kind and not (is_licence and kind == "tests"):
            return kind, "/".join(parts[:depth]) + ("" if is_file else "/")
    return None


def _kind(part: str, *, is_file: bool, is_top: bool) -> Offence | None:
    if SECRETS.match(part):
        return "secret"
    if LEFTOVERS.match(part):
        return "leftover"
    is_test = TEST_FILES.match(part) if is_file else part == "tests" or (is_top and part == "test")
    return "tests" if is_test else None


def _is_certificate(archive: Archive, member: Member) -> bool:
    """A `.pem` file with public parts only, as every bundle of certificates is."""
    if not member.name.endswith(".pem") or member.kind != "file":
        return False
    data = archive.read_member(member)
    return b"-----BEGIN " in data and b"PRIVATE KEY" not in data


def _holds_private_key(archive: Archive, member: Member) -> bool:
    if member.kind != "file" or member.size > SMALL:
        return False
    data = archive.read_member(member)
    return b"PRIVATE KEY" in data and PRIVATE_KEY.search(data) is not None


def _problem(
    archive: Archive, release: ReleaseFacts, reason: tuple[str, str, str], paths: list[str]
) -> Iterator[Problem]:
    if paths:
        what, why, urgent = reason
        origins = [release.origin(path) for path in paths]
        advice = leave_out(release.backend, origins)
        yield Problem(f"{archive.filename} {what}: {listed(paths)}", why, f"{urgent}{advice}")
