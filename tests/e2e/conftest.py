"""Sandboxes and servers for the end-to-end tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.sandbox import EXAMPLES, make_sandbox
from tests.servers import devpi_server, pypiserver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.sandbox import Sandbox
    from tests.servers import DevpiServer, PypiServer


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache of build environments for the whole session: making them is the slow part."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def devpi() -> Iterator[DevpiServer]:
    """A real devpi-server."""
    with devpi_server() as server:
        yield server


@pytest.fixture
def private_pypiserver(tmp_path: Path) -> Iterator[PypiServer]:
    """A real pypiserver."""
    with pypiserver(tmp_path / "packages") as server:
        yield server


@pytest.fixture
def databricks(tmp_path: Path, cache: Path) -> Sandbox:
    """The first example at 0.2.0, with a feature committed since, publishing to a folder."""
    sandbox = make_sandbox(tmp_path, EXAMPLES / "databricks-tools", cache, tag="v0.2.0")
    sandbox.configure(
        '\n[tool.tagboat.index.local]\nkind = "directory"\npath = "../index"\n[tool.tagboat.verify]\npythons = "one"\n'
    )
    sandbox.commit("feat: list the catalogs that a role may see", docs__roles__md="Roles\n")
    return sandbox


@pytest.fixture
def duckalog(tmp_path: Path, cache: Path) -> Sandbox:
    """The second example, never released, publishing to a folder."""
    sandbox = make_sandbox(tmp_path, EXAMPLES / "duckalog", cache)
    sandbox.configure(
        '\n[tool.tagboat.index.local]\nkind = "directory"\npath = "../index"\n[tool.tagboat.verify]\npythons = "one"\n'
    )
    return sandbox
