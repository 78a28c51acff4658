"""Files that nobody should install: tests, caches, `.env` files and keys, told by their names."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import Literal

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
