"""What the checks are told about the release."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.version import Version


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What the distributions have to agree with. Paths have slashes and start at the project's folder.

    Attributes:
        project: the name that the project gives itself, in any spelling.
        version: what is being released.
        tag: the tag that was built; "" when none is known.
        expected_tag: the tag that the configured format makes of `version`; "" when none is known.
        tagged_files: every file of the project's folder in the tagged tree; None when there is no tree to
            compare with.
        backend: `build-backend` of pyproject.toml ("hatchling.build"); the advice is written for it.
        required: globs; each has to match a tagged file, and that file has to be in the sdist.
        allow: globs of files and folders on which the checks of contents stay silent.
    """

    project: str
    version: Version
    tag: str = ""
    expected_tag: str = ""
    tagged_files: frozenset[str] | None = None
    backend: str = ""
    required: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    def origin(self, path: str) -> str:
        """Where a path of a wheel comes from: `src/a/b.py` for `a/b.py`; the path itself when unknown."""
        if self.tagged_files is None or path in self.tagged_files:
            return path
        if f"src/{path}" in self.tagged_files:
            return f"src/{path}"
        inner = f"/{path}"
        places = {f"/{tagged}".find(inner): tagged for tagged in self.tagged_files if inner in f"/{tagged}"}
        return places[min(places)][: min(places)] + path if places else path

    def allows(self, path: str) -> bool:
        """Whether `allow` names this file, a folder that holds it, or the place that it comes from."""
        if not self.allow:
            return False
        candidates = {*_with_parents(path), *_with_parents(self.origin(path))}
        return any(fnmatchcase(each, glob.strip("/")) for glob in self.allow for each in candidates)


def _with_parents(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
