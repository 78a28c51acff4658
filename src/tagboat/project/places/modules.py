"""`__version__` in the project's own top-level packages."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tagboat.project.places.place import Place
from tagboat.project.pythonfile import read_module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tagboat.project.layout import Package

FILES = ("__init__.py", "__about__.py", "_version.py", "version.py", "__version__.py", "about.py")
NAME = "__version__"


def module_places(root: Path, packages: Iterable[Package]) -> Iterator[Place]:
    """Yield every `__version__` that is assigned a plain PEP 440 string.

    One that is computed, or set in a branch as a fallback, is not a place: it follows another.
    """
    for path in _files(packages):
        module = read_module(root / path)
        node = module.literal_of(module.assigned(NAME)) if module else None
        if node is not None:
            place = Place(path, NAME, node.written, node.start, node.source)
            if place.version is not None:
                yield place


def _files(packages: Iterable[Package]) -> Iterator[str]:
    for package in packages:
        if package.path.endswith(".py"):
            yield package.path
        elif package.path:
            yield from (str(PurePosixPath(package.path, name)) for name in FILES)
