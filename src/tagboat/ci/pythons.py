"""The Pythons that a project's tests run on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat import tomlfile
from tagboat.project.metadata import requires_python
from tagboat.project.sources import ini_list, read_sources

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tagboat.config import Config
    from tagboat.project.sources import Sources

RELEASED = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
"""Those that CI systems offer, for projects that say no more than a range. Seen in November 2026."""

CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")


def tested_pythons(root: Path, config: Config) -> tuple[str, ...]:
    """Versions such as "3.12", the oldest first: the configured ones, else the classifiers', else the range's."""
    if config.ci.pythons is not None:
        return config.ci.pythons
    sources = read_sources(root)
    named = {match[1] for text in _classifiers(sources) if (match := CLASSIFIER.fullmatch(text.strip()))}
    return tuple(sorted(named or _in_range(requires_python(sources)), key=lambda each: int(each.partition(".")[2])))


def _classifiers(sources: Sources) -> Iterable[str]:
    return (
        *tomlfile.strings(sources.project, "classifiers"),
        *tomlfile.strings(sources.tool("poetry"), "classifiers"),
        *tomlfile.strings(sources.tool("flit"), "metadata", "classifiers"),
        *ini_list(sources.cfg.get("metadata", {}).get("classifiers", "")),
        *tomlfile.strings(sources.keywords, "classifiers"),
    )


def _in_range(specifier: str) -> Iterable[str]:
    """Those of a range; every one where it is no specifier, for then nothing was said."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        wanted = SpecifierSet(specifier)
    except InvalidSpecifier:
        return RELEASED
    # A range may begin within a minor version: >=3.10.2 wants the newest 3.10.
    return [each for each in RELEASED if wanted.contains(f"{each}.99")] or RELEASED[-1:]
