"""What the tests of CI have in common: a repository that jobs check out, and worlds in which workflows are executed."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from tests.ci.checkout import Origin, Packed, pack
from tests.ci.runner.actions.python import known
from tests.ci.runner.engine import engine as running_engine
from tests.ci.runner.shelf import lock, stocked
from tests.ci.world import World, a_world

from tagboat.ci.generate.render import TOOL_PYTHON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.ci.runner.engine import Engine
    from tests.ci.runner.index import Shelf

    from tagboat.environment import Interpreter

    class MakeWorld(Protocol):
        """Make a world of an example, with a configuration or as it stands.

        Its jobs install tagboat with these extras.
        """

        def __call__(self, example: str, configuration: str | None = None, extras: tuple[str, ...] = ...) -> World: ...


TIMES = "seconds per job"
TESTED = ("3.9", "3.10", "3.11", "3.12")
"""Pythons on which the examples are tested, of those that there are."""


@pytest.fixture(scope="session")
def job_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache of build environments for the whole session: making them is the slow part."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory, job_cache: Path) -> Origin:
    """A project with the tag v0.2.0, and a feature on main since. Nobody pushes to it."""
    origin = Origin(tmp_path_factory.mktemp("origin"), job_cache).begin()
    origin.commit("feat: `x` | <img src=x> [a](b)\n\n```\n::error::pwned\n")
    return origin


@pytest.fixture
def own_origin(tmp_path: Path, job_cache: Path) -> Origin:
    """A project with the tag v0.2.0, to push to."""
    return Origin(tmp_path / "origin", job_cache).begin()


@pytest.fixture(scope="session")
def packed(origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    """What the build job packs of v0.2.0. Tests copy it."""
    return pack(origin, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """GitHub's own parser and expression engine."""
    with running_engine() as made:
        yield made


@pytest.fixture(scope="session")
def pythons() -> dict[str, Interpreter]:
    """The Pythons of this machine, by what people call them; without the one of the jobs nothing can be executed."""
    found = {each.minor: each for each in known(Path(sys.prefix) / "ci-uv-cache")}
    if TOOL_PYTHON not in found:
        pytest.skip(f"NOT TESTED: jobs run on Python {TOOL_PYTHON}, and this machine has none")
    return found


@pytest.fixture(scope="session")
def shelf(pythons: dict[str, Interpreter]) -> Shelf:
    """What jobs install."""
    return stocked(pythons[TOOL_PYTHON], [pythons[each] for each in TESTED if each in pythons])


@pytest.fixture(scope="session")
def locked(shelf: Shelf, pythons: dict[str, Interpreter]) -> Callable[[tuple[str, ...]], str]:
    """Requirements files with this tagboat in them, by its extras."""
    return lru_cache(lambda extras: lock(shelf, pythons[TOOL_PYTHON], extras))


@pytest.fixture
def make_world(
    engine: Engine, tmp_path: Path, job_cache: Path, shelf: Shelf, locked: Callable[[tuple[str, ...]], str]
) -> Iterator[MakeWorld]:
    """Makes worlds; they end with the test."""
    with ExitStack() as stack:

        def make(example: str, configuration: str | None = None, extras: tuple[str, ...] = ("ci", "github")) -> World:
            made = a_world(engine, tmp_path, job_cache, shelf, locked(extras), example, configuration)
            return stack.enter_context(made)

        yield make


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how long the jobs of executed workflows took."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == TIMES:
                terminalreporter.section(report.nodeid, sep="-")
                terminalreporter.write_line(str(value))
