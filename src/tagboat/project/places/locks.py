"""The project's own entry in a lock file: uv.lock, Cargo.lock."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from tagboat import textfile, tomlfile
from tagboat.project.places.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ENTRY = re.compile(r"^\[\[package\]\][ \t]*\r?\n", re.MULTILINE)


def uv_lock_places(root: Path, project: str) -> Iterator[Place]:
    """Yield the version in the project's own entry of uv.lock, which may be the lock of a workspace above."""
    lock = next(upwards(root, "uv.lock"), None)
    if lock is None:
        return
    own = os.path.relpath(root, lock.parent).replace(os.sep, "/")

    def is_own(entry: dict[str, Any]) -> bool:
        source = tomlfile.table(entry, "source")
        return own in (source.get("editable"), source.get("virtual"))

    yield from locked_place(root, lock, project, is_own)


def locked_place(
    root: Path, lock: Path, name: str, is_own: Callable[[dict[str, Any]], bool], *, semver: bool = False
) -> Iterator[Place]:
    """Yield the version of the entry of that name that `is_own` says yes to.

    Only entries that hold the name are parsed: a lock file can have tens of thousands of lines, and an
    entry is TOML by itself.
    """
    source = textfile.read(lock)
    starts = [match.start() for match in ENTRY.finditer(source.text)]
    named = re.compile(rf"^name = \"{re.sub('[-_.]+', '[-_.]+', name)}\"", re.MULTILINE | re.IGNORECASE)
    for start, end in zip(starts, [*starts[1:], len(source.text)], strict=True):
        if not named.search(source.text, start, end):
            continue
        place = _entry_place(source, start, end, is_own)
        if place is not None:
            path = os.path.relpath(lock, root).replace(os.sep, "/")
            yield Place(path, f"[[package]] {canonicalize_name(name)}", place[0], place[1], source, semver)


def _entry_place(
    source: textfile.Text, start: int, end: int, is_own: Callable[[dict[str, Any]], bool]
) -> tuple[str, int] | None:
    """Return the version of one entry and its offset in the whole file."""
    text = source.text[start:end]
    parsed = tomlfile.parse(text)
    entry = parsed["package"][0]
    if not is_own(entry) or not tomlfile.string(entry, "version"):
        return None
    # An array of tables is no path of keys: the entry's head is cut off and the rest is TOML too.
    head = text.index("\n") + 1
    offset = tomlfile.locate(text[head:], tomlfile.parse(text[head:]), ("version",))
    return None if offset is None else (entry["version"], start + head + offset)


def upwards(folder: Path, name: str) -> Iterator[Path]:
    """Yield the files of that name in a folder and those above it, up to the top of the repository."""
    for each in (folder, *folder.parents):
        if each.joinpath(name).is_file():
            yield each / name
        if each.joinpath(".git").exists():
            return
