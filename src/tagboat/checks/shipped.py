"""Tests, caches, `.env` files and keys are never shipped, unless `allow` names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.checks.advice import leave_out
from tagboat.checks.words import listed
from tagboat.errors import Problem
from tagboat.project.unwanted import offence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tagboat.archive import Archive, Member
    from tagboat.checks.facts import ReleaseFacts
    from tagboat.project.unwanted import Offence

NAME = "shipped"

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
            yield from _problem(archive.filename, release, REASONS[kind], list(paths))
        yield from _problem(archive.filename, release, ("ships a private key", *REASONS["secret"][1:]), keys)


def expected(paths: Iterable[str], release: ReleaseFacts) -> Iterator[Problem]:
    """What `check` will say of files that are known to get into the sdist, as far as their names tell."""
    found: dict[Offence, dict[str, None]] = {offence: {} for offence in REASONS}
    for path in paths:
        match = None if release.allows(path) or path.endswith(".pem") else offence(path)  # a .pem may be a certificate
        if match:
            found[match[0]][match[1]] = None
    for kind, places in found.items():
        yield from _problem("the sdist", release, REASONS[kind], list(places))


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


def _problem(filename: str, release: ReleaseFacts, reason: tuple[str, str, str], paths: list[str]) -> Iterator[Problem]:
    if paths:
        what, why, urgent = reason
        origins = [release.origin(path) for path in paths]
        advice = leave_out(release.backend, origins)
        yield Problem(f"{filename} {what}: {listed(paths)}", why, f"{urgent}{advice}")
