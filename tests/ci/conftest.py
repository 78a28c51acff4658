"""A repository that jobs check out, and what its build job packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.ci.checkout import Origin, Packed, pack

if TYPE_CHECKING:
    from pathlib import Path


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
