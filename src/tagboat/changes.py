"""Commits become changes (skeleton: dataclasses are fixed, functions follow)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["major", "minor", "patch"]
Kind = Literal["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as git tells it: full id, first line, and the rest of its message."""

    id: str
    subject: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that users will notice, or (level None) one that only explains itself."""

    kind: Kind
    summary: str
    level: Level | None
    commit: str = ""
    scope: str = ""
    breaking: bool = False
    breaking_note: str = ""
