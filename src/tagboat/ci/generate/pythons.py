"""Which Pythons a project is tested on: what the configuration says, else what the project's metadata does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat import tomlfile
from tagboat.errors import ConfigError
from tagboat.project.metadata import requires_python
from tagboat.project.sources import ini_list

if TYPE_CHECKING:
    from tagboat.config import Config
    from tagboat.project.sources import Sources

CURRENT = ("3.11", "3.12", "3.13", "3.14", "3.15")
"""The versions that get fixes, read on 2026-11-26 in the Python Developer's Guide ("Status of Python versions")."""

OLDER = ("3.8", "3.9", "3.10")
"""Those that runners still offer; only for projects that say they support them."""

PATCHES = 40
"""More releases than any minor version has had: a range such as `>=3.9.2` admits some of them."""


def python_matrix(config: Config, sources: Sources) -> tuple[str, ...]:
    """The versions, such as "3.12", in order; never empty.

    Raises `ConfigError` when the project's metadata admits none that is known.
    """
    if config.ci.pythons:
        return config.ci.pythons
    admits = requires_python(sources)
    named = tuple(version for version in _classified(sources) if _is_admitted(version, admits))
    known = (*OLDER, *CURRENT) if admits else CURRENT
    found = named or tuple(version for version in known if _is_admitted(version, admits))
    if not found:
        raise ConfigError(
            f"no known Python is in the project's range: {admits}",
            next='Say what to test on: pythons = ["3.12"] in [tool.tagboat.ci].',
        )
    return tuple(sorted(set(found), key=_rank))


def classifiers(sources: Sources) -> tuple[str, ...]:
    """The project's trove classifiers, wherever it writes them."""
    return (
        *tomlfile.strings(sources.project, "classifiers"),
        *tomlfile.strings(sources.tool("poetry"), "classifiers"),
        *tomlfile.strings(sources.tool("flit", "metadata"), "classifiers"),
        *ini_list(sources.cfg.get("metadata", {}).get("classifiers", "")),
        *tomlfile.strings(sources.keywords, "classifiers"),
    )


def _classified(sources: Sources) -> list[str]:
    texts = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", text) for text in classifiers(sources))
    return [text[1] for text in texts if text]


def _is_admitted(version: str, specifier: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        admitted = SpecifierSet(specifier)
    except InvalidSpecifier:
        return True  # the checks of a release complain about it
    return any(admitted.contains(f"{version}.{patch}") for patch in range(PATCHES))


def _rank(version: str) -> int:
    return int(version.partition(".")[2])
