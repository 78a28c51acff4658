"""Every place of a project where its version is written, found without running any of its code.

A place is an offset in a text, so an edit replaces those characters and no other. What a back end would
read decides: `declared` (pyproject.toml, setup.cfg, setup.py), `dynamic` (what these point to), `locks`,
`modules` (`__version__`), `configured` (`version-files`); `vcs` knows projects that have no place at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.project.places.configured import configured_places
from tagboat.project.places.declared import declared_places
from tagboat.project.places.dynamic import dynamic_places
from tagboat.project.places.locks import uv_lock_places
from tagboat.project.places.modules import module_places
from tagboat.project.places.place import Place
from tagboat.project.places.vcs import is_from_git

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagboat.config import VersionFile
    from tagboat.project.layout import Package
    from tagboat.project.sources import Sources

__all__ = ["Place", "find_places", "is_from_git"]


def find_places(
    sources: Sources, name: str, packages: Iterable[Package], version_files: Iterable[VersionFile]
) -> tuple[Place, ...]:
    """Return each place once, the one that the build back end reads first.

    Raises `ConfigError` when a setting points to a version that cannot be found.
    """
    found: list[Place] = []
    if not is_from_git(sources):
        found += declared_places(sources)
        found += dynamic_places(sources)
        found += uv_lock_places(sources.root, name)
        found += module_places(sources.root, packages)
    found += configured_places(sources.root, version_files, found)
    once: dict[tuple[str, int], Place] = {}
    for place in found:
        once.setdefault((place.path, place.start), place)
    return tuple(once.values())
