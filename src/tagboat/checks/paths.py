"""Every path can be unpacked on every system, and stays inside the folder that it is unpacked to."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from tagboat.checks.words import listed
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.archive import Archive, Member
    from tagboat.checks.facts import ReleaseFacts

NAME = "paths"

REFUSED = "Installers and indexes refuse such an archive, because unpacking it could overwrite other files."
REBUILD = "No build back end makes this: find out who wrote the archive, and build it again."
UNSAFE = re.compile(r"[A-Za-z]:|/|.*\\|(.*/)?\.\.?(/|$)|.*//", re.DOTALL)


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:  # noqa: ARG001
    """Look at the names and kinds of all members, not at what they hold."""
    for archive in archives:
        yield from _reported(archive, "holds paths that lead outside or have no normal form", _unsafe(archive))
        yield from _reported(archive, "holds one path more than once", _repeated(archive))
        yield from _reported(archive, "holds links that lead outside", _links_out(archive))
        yield from _reported(archive, "holds devices or pipes", _named(archive, "special"))
        if archive.is_wheel:
            yield from _reported(archive, "holds links, which wheels cannot", _named(archive, "link"))
        if collisions := _collisions(archive):
            yield Problem(
                f"{archive.filename} holds names that differ only in case: {listed(collisions)}",
                "On Windows and macOS the one overwrites the other.",
                "Rename one of them.",
            )


def _reported(archive: Archive, what: str, names: list[str]) -> Iterator[Problem]:
    if names:
        yield Problem(f"{archive.filename} {what}: {listed(names)}", REFUSED, REBUILD)


def _unsafe(archive: Archive) -> list[str]:
    return [member.name for member in archive.members if UNSAFE.match(member.name)]


def _repeated(archive: Archive) -> list[str]:
    times = Counter(member.name for member in archive.members if member.kind != "folder")
    return [name for name in times if times[name] > 1]


def _links_out(archive: Archive) -> list[str]:
    return [member.name for member in archive.members if member.kind == "link" and _leads_out(archive, member)]


def _leads_out(archive: Archive, link: Member) -> bool:
    target = posixpath.normpath(link.target)
    return target.split("/")[0] in {"..", ""} or (bool(archive.top) and target.split("/")[0] != archive.top)


def _named(archive: Archive, kind: str) -> list[str]:
    return [member.name for member in archive.members if member.kind == kind]


def _collisions(archive: Archive) -> list[str]:
    """Pairs of spellings, as "A = a"; of two folders only the folders, not all that they hold."""
    spellings: dict[str, str] = {}
    found: dict[str, None] = {}
    for member in archive.members:
        parts = member.name.split("/")
        for length in range(1, len(parts) + 1):
            spelling = "/".join(parts[:length])
            folded = unicodedata.normalize("NFC", spelling).casefold()
            first = spellings.setdefault(folded, spelling)
            if first != spelling:
                found[f"{first} = {spelling}"] = None
                break
    return list(found)
