"""Tag, file names, metadata and `__version__` all say the same name and version."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tagboat.checks.words import together
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.archive import Archive
    from tagboat.checks.facts import ReleaseFacts

NAME = "versions"

ATTRIBUTE = "__version__"
WHY = "People who install it would get another version than the one that was released."


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:
    """Compare every place that names the project or its version with the release."""
    if release.tag and release.expected_tag and release.tag != release.expected_tag:
        yield Problem(
            f"the tag is {release.tag}, but version {release.version} is tagged {release.expected_tag}",
            "The tag is how everybody finds the source of a version.",
            f"Release from {release.expected_tag}, or correct `tag-format` in [tool.tagboat].",
        )
    yield from together(
        (archive.filename, problem) for archive in archives for problem in _disagreements(archive, release)
    )


def _disagreements(archive: Archive, release: ReleaseFacts) -> Iterator[Problem]:
    distribution, (core, _) = archive.distribution, archive.core
    yield from _other_name("the file name", distribution.project, release)
    yield from _other_version("the file name", str(distribution.version), release)
    if name := core.get("name"):
        yield from _other_name("the metadata", name, release)
    if version := core.get("version"):
        yield from _other_version("the metadata", version, release)
    for path, literal in _literals(archive):
        yield from _other_version(f"{ATTRIBUTE} in {path}", literal, release)


def _other_name(place: str, name: str, release: ReleaseFacts) -> Iterator[Problem]:
    if canonicalize_name(name) != canonicalize_name(release.project):
        yield Problem(
            f"{place} says {name}, but the project is {release.project}",
            "An index would file it under the other project.",
            "Remove old files from the output folder and build again.",
        )


def _other_version(place: str, version: str, release: ReleaseFacts) -> Iterator[Problem]:
    try:
        agrees = Version(version) == release.version
    except InvalidVersion:
        agrees = False
    if not agrees:
        yield Problem(
            f"{place} says {version}, but {release.version} is being released",
            WHY,
            "Make this place follow the version that tagboat bumps, then build again from the tag.",
        )


def _literals(archive: Archive) -> Iterator[tuple[str, str]]:
    """Path and value of each `__version__` that a top-level module of a wheel spells out."""
    if not archive.is_wheel:
        return
    for path in archive.library:
        package, _, inner = path.partition("/")
        if inner == "__init__.py" or (not inner and package.endswith(".py")):
            yield from _literal(archive, path)


def _literal(archive: Archive, path: str, hops: int = 1) -> Iterator[tuple[str, str]]:
    """The literal in this module, or in the module beside it that it takes `__version__` from."""
    tree = _parsed(archive.read_member(archive.library[path]))
    for node in tree.body:
        value = _assigned(node)
        if value is not None:
            yield path, value
        elif hops and (sibling := _imported_from(node)):
            neighbour = f"{path.rpartition('/')[0]}/{sibling}.py".lstrip("/")
            if neighbour in archive.library:
                yield from _literal(archive, neighbour, hops - 1)


def _parsed(source: bytes) -> ast.Module:
    """The module's syntax tree; an empty one when it cannot hold the name or this Python cannot read it."""
    if ATTRIBUTE.encode() in source:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                pass
    return ast.Module(body=[], type_ignores=[])


def _assigned(node: ast.stmt) -> str | None:
    """The literal that a statement gives to `__version__`, or None."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if not any(isinstance(target, ast.Name) and target.id == ATTRIBUTE for target in targets):
        return None
    value = node.value.value if isinstance(node.value, ast.Constant) else None
    return value if isinstance(value, str) else None


def _imported_from(node: ast.stmt) -> str | None:
    """`_version` of `from ._version import __version__`."""
    if isinstance(node, ast.ImportFrom) and node.level == 1 and any(name.name == ATTRIBUTE for name in node.names):
        return (node.module or "").replace(".", "/") or None
    return None
