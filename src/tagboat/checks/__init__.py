"""Look into the distributions before anybody else does: every problem of every check at once."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from tagboat.archive import Archive
from tagboat.checks import (
    description,
    entry_points,
    metadata,
    paths,
    record,
    required,
    sdist,
    shipped,
    versions,
    wheel,
)
from tagboat.checks.facts import ReleaseFacts
from tagboat.errors import CheckFailed, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tagboat.distribution import Distribution

__all__ = ["CHECKS", "INDEX_RULES", "Check", "ReleaseFacts", "run_checks"]

INDEX_RULES = "index"
"""What `ignore` calls the rules of the indexes, which are asked beside these checks (`tagboat.index.rules`)."""


class Check(Protocol):
    """One question about the distributions, asked by a module of this package."""

    @property
    def NAME(self) -> str:  # noqa: N802 - a module's constant
        """What `ignore` in the configuration calls it."""
        ...

    def check(self, archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:
        """Yield what is wrong; reads only."""
        ...


CHECKS: tuple[Check, ...] = (
    versions,  # tag, file names, metadata and __version__ say the same
    required,  # README, licence and the package itself are there
    metadata,  # the metadata is valid and does not contradict itself
    description,  # the project's page will render, as `twine check --strict` sees it
    entry_points,  # every command and plug-in names a module that is there
    paths,  # every path can be unpacked on every system, and stays inside
    record,  # a wheel's RECORD lists exactly its files, with their hashes
    wheel,  # a wheel installs modules, and nothing else beside other projects' modules
    sdist,  # the sdist is the tagged tree: nothing foreign in it, no source file missing
    shipped,  # no tests, caches, .env files or keys
)


def run_checks(
    distributions: Sequence[Distribution], release: ReleaseFacts, ignore: Collection[str] = ()
) -> tuple[Problem, ...]:
    """Every problem that the checks find, those named in `ignore` left out. None found: an empty tuple.

    A distribution that cannot be read is a problem, and so is having none.
    """
    if not distributions:
        return (
            Problem(
                "there is no distribution to check",
                "Nothing checked is not the same as nothing wrong.",
                "Build the project first, or name the files of the release.",
            ),
        )
    problems: list[Problem] = []
    with ExitStack() as opened:
        archives = [
            opened.enter_context(archive)
            for distribution in distributions
            if (archive := _opened(distribution, problems))
        ]
        problems += _unknown(ignore)
        for check in CHECKS:
            if check.NAME not in ignore:
                problems += check.check(archives, release)
    return tuple(problems)


def _unknown(ignore: Collection[str]) -> Iterator[Problem]:
    names = [*(check.NAME for check in CHECKS), INDEX_RULES]
    for name in sorted(set(ignore).difference(names)):
        yield Problem(
            f"there is no check named {name} to ignore",
            "A misspelt name would leave the check on, or off, unseen.",
            f"Write in `ignore` of [tool.tagboat.check] one of: {', '.join(names)}.",
        )


def _opened(distribution: Distribution, problems: list[Problem]) -> Archive | None:
    try:
        return Archive.open(distribution)
    except CheckFailed as error:
        problems.append(Problem(error.what, error.why, error.next))
        return None
