from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from tests.index.proxy import SpoilingProxy, spoiling_proxy
from tests.servers import PASSWORD, DevpiServer, PypiServer, devpi_server, pypiserver

from tagboat.config import IndexConfig
from tagboat.index import Index, open_index
from tagboat.index.legacy import LegacyIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

counter = itertools.count()


@pytest.fixture(scope="session")
def devpi() -> Iterator[DevpiServer]:
    with devpi_server() as server:
        yield server


@pytest.fixture(scope="session")
def pypi_server() -> Iterator[PypiServer]:
    with pypiserver() as server:
        yield server


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own keyring has no part in tests."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture
def fresh() -> str:
    """A name that no other test uses."""
    return f"boat-{next(counter)}"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The right credential for the index `x`, and a home without any."""
    (tmp_path / "home").mkdir()
    return {
        "HOME": str(tmp_path / "home"),
        "TAGBOAT_X_USERNAME": "alice",
        "TAGBOAT_X_PASSWORD": PASSWORD,
    }


@dataclass
class Case:
    """One index of the conformance suite, opened as users do. `path` is its place on `server`."""

    config: IndexConfig
    environ: dict[str, str]
    root: Path
    project: str
    server: str = ""
    path: str = ""
    index: Index = field(init=False)

    def __post_init__(self) -> None:
        self.index = self.open()

    def open(self, **changes: str) -> Index:
        return open_index(self.config, root=self.root, environ={**self.environ, **changes})

    @contextmanager
    def through_proxy(self) -> Iterator[tuple[SpoilingProxy, Index]]:
        """The same index at the end of a bad line, by a client that does not wait between tries."""
        with spoiling_proxy(self.server) as proxy:
            config = replace(self.config, at={"url": proxy.url + self.path})
            index = open_index(config, root=self.root, environ=self.environ)
            assert isinstance(index, LegacyIndex)
            index.client.transport = replace(index.client.transport, sleep=lambda _: None)
            yield proxy, index


@pytest.fixture(params=["directory", "devpi", "pypiserver"])
def case(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    if request.param == "directory":
        return Case(IndexConfig("x", "directory", {"path": "the index"}), environ, tmp_path, fresh)
    return make_remote(request, tmp_path, environ, fresh)


@pytest.fixture(params=["devpi", "pypiserver"])
def remote(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    return make_remote(request, tmp_path, environ, fresh)


def make_remote(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    if request.param == "devpi":
        devpi: DevpiServer = request.getfixturevalue("devpi")
        server, path = devpi.url, devpi.new_index(fresh).removeprefix(devpi.url)
    else:
        pypi_server: PypiServer = request.getfixturevalue("pypi_server")
        server, path = pypi_server.url.rstrip("/"), "/"
    config = IndexConfig("x", request.param, {"url": server + path})
    return Case(config, environ, tmp_path, fresh, server, path)
