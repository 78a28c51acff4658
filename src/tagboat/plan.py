"""The plan of a release: everything that was decided, once, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """One file's whole text before and after. `path` is relative to the repository's top, with slashes.

    `before` is None for a file that the release creates. Texts keep their line endings; `encoding` is
    "utf-8" or "latin-1", so that every byte survives a round trip.
    """

    path: str
    before: str | None
    after: str
    encoding: str = "utf-8"
