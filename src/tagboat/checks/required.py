"""README, licence, build configuration and the package itself are where people and tools look for them."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from tagboat.archive import module_stem
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tagboat.archive import Archive
    from tagboat.checks.facts import ReleaseFacts

NAME = "required"

STUBS = re.compile(r"[^/]+-stubs/.+\.pyi")
SOURCES = (
    *(".py", ".pyx", ".pyi"),
    *(".c", ".cc", ".cpp", ".cxx", ".f", ".f90", ".rs", ".go"),
)

# What has to lie at the top of the tree and of the sdist: a name, how it looks, what to do without it.
TOP_LEVEL: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "pyproject.toml or setup.py",
        re.compile(r"pyproject\.toml|setup\.py"),
        "Without it no installer knows how to build the project: write a pyproject.toml with [build-system].",
    ),
    (
        "README",
        re.compile(r"readme(\.\w+)?", re.IGNORECASE),
        'Write a README.md, and name it in pyproject.toml: [project] readme = "README.md".',
    ),
    (
        "licence file",
        re.compile(r"(licen[cs]e|copying|unlicense)([.-].*)?|licenses/.+", re.IGNORECASE),
        'Add a LICENSE file, and name it in pyproject.toml: [project] license-files = ["LICENSE"].',
    ),
)


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:
    """Look for the required files in the tagged tree, the sdists and the wheels."""
    configured = [
        (glob, re.compile(translate(glob)), "Add it, or take it off `required` in the configuration.")
        for glob in release.required
    ]
    for name, pattern, advice in (*TOP_LEVEL, *configured):
        yield from _missing(name, pattern.fullmatch, advice, archives, release)
    for archive in archives:
        yield from _wheel(archive) if archive.is_wheel else _sdist(archive)


def _missing(
    name: str,
    matches: Callable[[str], object],
    advice: str,
    archives: Sequence[Archive],
    release: ReleaseFacts,
) -> Iterator[Problem]:
    """A required file that is nowhere, or does not reach an sdist. A back end may have copied it from elsewhere."""
    tagged = [path for path in sorted(release.tagged_files or ()) if matches(path)]
    sdists = [archive for archive in archives if not archive.is_wheel]
    lacking = [sdist for sdist in sdists if not any(map(matches, sdist.files))]
    if release.tagged_files is not None and not tagged and lacking == sdists:
        yield Problem(f"there is no {name} in the tagged tree", "The checks require it.", advice)
        return
    for sdist in lacking:
        found = f", though {tagged[0]} is in the tagged tree" if tagged else ""
        yield Problem(
            f"{sdist.filename} holds no {name}{found}",
            "The checks require it.",
            "Include it in the sdist in the settings of the build back end." if tagged else advice,
        )


def _sdist(archive: Archive) -> Iterator[Problem]:
    if not any(path.endswith(SOURCES) and path != "setup.py" for path in archive.files):
        yield Problem(
            f"{archive.filename} holds no source file",
            "There is nothing in it to build or install.",
            "Tell the build back end where the package is, then build again.",
        )


def _wheel(archive: Archive) -> Iterator[Problem]:
    has_scripts = any(".data/scripts/" in path for path in archive.files)
    if not has_scripts and not any(map(_is_module, archive.library)):
        yield Problem(
            f"{archive.filename} is empty: it holds no module that Python can import",
            "People could install it, and then not use it.",
            "Tell the build back end where the package is, then build again.",
        )
    if not any(_is_licence(archive, path) for path in archive.files):
        yield Problem(
            f"{archive.filename} holds no licence file",
            "Most licences have to travel with every copy.",
            'Name it in pyproject.toml: [project] license-files = ["LICENSE*"].',
        )


def _is_module(path: str) -> bool:
    stem = module_stem(path)
    return STUBS.fullmatch(path) is not None or (stem is not None and "." not in stem)


def _is_licence(archive: Archive, path: str) -> bool:
    inner = path.removeprefix(f"{archive.dist_info}/")
    return inner != path and (inner.startswith("licenses/") or TOP_LEVEL[-1][1].fullmatch(inner) is not None)
