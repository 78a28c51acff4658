from __future__ import annotations

import itertools
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.index.fakes.pulp import PulpFake
from tests.servers import (
    PASSWORD,
    DevpiServer,
    PulpServer,
    PypiServer,
    S3Server,
    devpi_server,
    moto_server,
    pypiserver,
)

from tagboat.index.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.index.case import Case

counter = itertools.count()


@pytest.fixture(scope="session")
def devpi() -> Iterator[DevpiServer]:
    with devpi_server() as server:
        yield server


@pytest.fixture(scope="session")
def pypi_server() -> Iterator[PypiServer]:
    with pypiserver() as server:
        yield server


@pytest.fixture
def pulp() -> Iterator[PulpServer]:
    """The real server of `make pulp`, else the fake."""
    if url := os.environ.get("TAGBOAT_TEST_PULP"):
        yield PulpServer(url)
    else:
        with PulpFake().serving() as fake:
            yield PulpServer(fake.url)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with moto_server() as server:
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


CASES = tuple(sorted(path.stem for path in (Path(__file__).parent / "cases").glob("[a-z]*.py")))


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    """Every index there is."""
    return make_case(request, tmp_path, environ, fresh)


@pytest.fixture(params=[name for name in CASES if name in KINDS and KINDS[name].on_a_server])
def remote(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    """Every index that is reached over HTTP."""
    return make_case(request, tmp_path, environ, fresh)


def make_case(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    module = import_module(f"tests.index.cases.{request.param}")
    case: Case = module.make(request, tmp_path, environ, fresh)
    return case
