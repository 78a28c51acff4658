"""Places in the files that `version-files` names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.version import VERSION_PATTERN

from tagboat import textfile
from tagboat.errors import ConfigError
from tagboat.project.places.place import Place
from tagboat.project.pythonfile import read_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tagboat.config import VersionFile

# A version without the v that may stand before it, which is part of the text around.
VERSION = rf"(?P<found>(?!v)(?:{VERSION_PATTERN}))"
NAMES = ("__version__", "VERSION", "version")


def configured_places(root: Path, files: Iterable[VersionFile], others: Sequence[Place]) -> Iterator[Place]:
    """Yield the places in the configured files; `others` tell which version a file without a pattern holds.

    Raises `ConfigError` for an entry that matches no file, or a file that holds no version.
    """
    for entry in files:
        paths = sorted(path for path in root.glob(entry.path) if path.is_file())
        if not paths:
            raise ConfigError(f"version-files: there is no file {entry.path}", why=f"Looked for it in {root}.")
        for path in paths:
            relative = path.relative_to(root).as_posix()
            yield from places_in(path, relative, entry, {place.written for place in others})


def places_in(path: Path, relative: str, entry: VersionFile, current: Iterable[str]) -> Iterator[Place]:
    """Yield the places of one file. Raises `ConfigError` when there is none."""
    source = textfile.read(path)
    if entry.pattern == "{version}":
        found = _literal(path) or _whole(source) or list(_occurrences(source, current))
        where = "version-files"
    else:
        found = list(_matches(source, entry.pattern))
        where = entry.pattern
    if not found:
        raise ConfigError(
            f"version-files: no version was found in {relative}",
            why=f"Looked for {entry.pattern}.",
            next='Give the text around it: {path = "…", pattern = "version: {version}"}.',
        )
    for written, start in found:
        yield Place(relative, where, written, start, source)


def _literal(path: Path) -> list[tuple[str, int]]:
    module = read_module(path) if path.suffix == ".py" else None
    literals = [module.literal(name) for name in NAMES] if module else []
    return [(each.written, each.start) for each in literals if each][:1]


def _whole(source: textfile.Text) -> list[tuple[str, int]]:
    match = re.fullmatch(rf"{textfile.BOM}?\s*v?{VERSION}\s*", source.text, re.VERBOSE | re.IGNORECASE)
    return [(match["found"], match.start("found"))] if match else []


def _occurrences(source: textfile.Text, current: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield where one of the texts stands by itself: 1.2 is not in 1.2.3, nor in 0.1.2."""
    for written in current:
        for match in re.finditer(rf"(?<![\w.+-]){re.escape(written)}(?![\w+]|[.-]\w)", source.text):
            yield written, match.start()


def _matches(source: textfile.Text, pattern: str) -> Iterator[tuple[str, int]]:
    before, _, after = (re.escape(part) for part in pattern.partition("{version}"))
    start = r"(?<![\w.-])" if re.match(r"\w", pattern) else ""
    regex = re.compile(rf"{start}{before}{VERSION}{after}", re.VERBOSE | re.IGNORECASE)
    for match in regex.finditer(source.text):
        yield match["found"], match.start("found")
