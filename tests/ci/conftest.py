"""The engine of the workflows that are executed, and the worlds in which that happens."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
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

    MakeWorld = Callable[[str, str], World]

TESTED = ("3.10", "3.12")
"""Pythons on which the examples are tested, of those that there are."""


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """GitHub's own parser and expression engine."""
    with running_engine() as made:
        yield made


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the tagboat that people run; jobs begin with none."""
    return tmp_path_factory.mktemp("cache")


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
def locked(shelf: Shelf, pythons: dict[str, Interpreter]) -> str:
    """A requirements file with this tagboat in it."""
    return lock(shelf, pythons[TOOL_PYTHON])


@pytest.fixture
def make_world(engine: Engine, tmp_path: Path, cache: Path, shelf: Shelf, locked: str) -> Iterator[MakeWorld]:
    """Make a world of an example and a configuration."""
    with ExitStack() as stack:

        def make(example: str, configuration: str) -> World:
            return stack.enter_context(a_world(engine, tmp_path, cache, shelf, locked, example, configuration))

        yield make
