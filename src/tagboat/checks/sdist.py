"""The sdist is the tagged tree: nothing foreign in it, and no source file of the packages lost."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tagboat.archive import module_stem
from tagboat.checks.advice import leave_out
from tagboat.checks.words import listed
from tagboat.errors import Problem
from tagboat.project.unwanted import offence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tagboat.archive import Archive
    from tagboat.checks.facts import ReleaseFacts

NAME = "sdist"

# What back ends write themselves: metadata, setuptools' setup.cfg, uv's copy of the original
# pyproject.toml, the lock file that maturin needs, and the version file of setuptools-scm and its kin.
GENERATED = re.compile(
    r"PKG-INFO|(.*/)?[^/]+\.egg-info/.+|setup\.cfg|pyproject\.toml\.orig|Cargo\.lock"
    r"|(.*/)?_{0,2}(scm_)?version_{0,2}(\.\w+)?",
    re.IGNORECASE,
)
WRITE_SETUP_PY = ("poetry", "flit", "pdm")
SOURCES = (".py", ".pyi", "/py.typed")


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:
    """Compare the names of the files with those of the tagged tree."""
    sdists = [archive for archive in archives if not archive.is_wheel]
    wheels = [archive for archive in archives if archive.is_wheel]
    for sdist in sdists:
        yield from _naming(sdist)
        yield from _foreign(sdist, release)
    sources = _package_files(wheels, release)
    for sdist in sdists:
        yield from _lost(sdist, [path for path in sources if path.endswith(SOURCES) and path not in sdist.files])
    for wheel in wheels:
        yield from _lost(wheel, _lost_on_the_way(wheel, sources))
    if sdists and wheels:
        yield from _lost_data(sdists + wheels, sources)


def _naming(sdist: Archive) -> Iterator[Problem]:
    distribution = sdist.distribution
    suffix = ".tar.gz" if sdist.filename.endswith(".tar.gz") else ".zip"
    expected = f"{distribution.project.replace('-', '_')}-{distribution.version}"
    if sdist.filename != expected + suffix:
        yield Problem(
            f"{sdist.filename} should be named {expected}{suffix}",
            "Indexes refuse names that are not normalised (PEP 625).",
            "Update the build back end.",
        )
    stem = sdist.filename.removesuffix(suffix)
    others = [member.name for member in sdist.members if member.name.split("/")[0] != stem]
    if others:
        yield Problem(
            f"{sdist.filename} does not hold one single folder {stem}, but also {listed(others)}",
            "Installers look for the project in the only folder of an sdist.",
            "Build it with a PEP 517 back end, and do not repack it.",
        )


def _foreign(sdist: Archive, release: ReleaseFacts) -> Iterator[Problem]:
    if release.tagged_files is None:
        return
    licences = sdist.core[0].get("license_files", [])
    foreign = [
        path
        for path in sdist.files
        if not (_is_tagged(path, release.tagged_files) or path in licences or _is_generated(path, release))
        and not release.allows(path)
        and not offence(path)
    ]
    if foreign:
        yield Problem(
            f"{sdist.filename} holds files that are not in the tagged tree: {listed(foreign)}",
            "Nobody could find where they come from, or build the same again.",
            "Commit what belongs to the project before the release. " + leave_out(release.backend, foreign),
        )


def _is_tagged(path: str, tagged_files: frozenset[str]) -> bool:
    """Tracked itself, or inside of something that is tracked as a whole: a submodule, a linked folder."""
    while path and path not in tagged_files:
        path = path.rpartition("/")[0]
    return bool(path)


def _is_generated(path: str, release: ReleaseFacts) -> bool:
    by_back_end = path == "setup.py" and release.backend.startswith(WRITE_SETUP_PY)
    return by_back_end or GENERATED.fullmatch(path) is not None


def _package_files(wheels: Iterable[Archive], release: ReleaseFacts) -> dict[str, str]:
    """Tracked files of the packages in the wheels: where they are in the tree, where in a wheel."""
    found: dict[str, str] = {}
    tagged = sorted(release.tagged_files or ())
    for wheel in wheels:
        for root, prefix in _package_folders(wheel, tagged):
            for path in tagged:
                if path.startswith(root) and not offence(path) and not release.allows(path):
                    found[path] = path.removeprefix(prefix)
    return found


def _package_folders(wheel: Archive, tagged: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Folder in the tree of each package, and the part of it that a wheel does not show ("src/")."""
    tops = {path.partition("/")[0] for path in wheel.library if "/" in path}
    prefixes = set()
    for top in sorted(tops):
        prefix = _prefix(top, wheel.library, tagged)
        if prefix is not None:
            prefixes.add(prefix)
            yield f"{prefix}{top}/", prefix
    for path in tagged:
        prefix, _, rest = path.partition("/")
        package, _, inner = rest.partition("/")
        if inner == "__init__.py" and f"{prefix}/" in prefixes and package not in tops:
            yield f"{prefix}/{package}/", f"{prefix}/"


def _prefix(top: str, library: Mapping[str, object], tagged: Iterable[str]) -> str | None:
    """Where the tree has the package: the place from which most of its files came."""
    votes: Counter[str] = Counter()
    for path in tagged:
        before, found, after = f"/{path}".partition(f"/{top}/")
        if found and f"{top}/{after}" in library:
            votes[f"{before}/".lstrip("/")] += 1
    return max(votes, key=lambda prefix: (votes[prefix], -len(prefix)), default=None)


def _lost_on_the_way(wheel: Archive, sources: Mapping[str, str]) -> list[str]:
    """Python sources that are not in the wheel, neither as they are nor compiled."""
    stems = {module_stem(path) for path in wheel.library}
    return [
        path
        for path, inner in sources.items()
        if path.endswith(SOURCES) and inner not in wheel.library and inner.removesuffix(".py") not in stems
    ]


def _lost(archive: Archive, paths: list[str]) -> Iterator[Problem]:
    if paths:
        yield Problem(
            f"{archive.filename} lacks source files of the project: {listed(paths)}",
            "What works in the repository would fail for the people who install it.",
            "Include them in the settings of the build back end, or name them in `allow`.",
        )


def _lost_data(archives: Iterable[Archive], sources: Mapping[str, str]) -> Iterator[Problem]:
    shipped = {path for archive in archives for path in (archive.library if archive.is_wheel else archive.files)}
    lost = [
        path
        for path, inner in sources.items()
        if not path.endswith(SOURCES)
        and shipped.isdisjoint((path, inner))
        and not path.rpartition("/")[2].startswith(".")
    ]
    if lost:
        yield Problem(
            f"files of the package are neither in the sdist nor in a wheel: {listed(lost)}",
            "What works in the repository would fail for the people who install it.",
            "Include them as package data in the settings of the build back end, or name them in `allow`.",
        )
