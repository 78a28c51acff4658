"""The examples as they stand, executed: their own configuration, and the workflows that are committed with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.ci.runner.hub import Deployment
from tests.ci.world import DATABRICKS, DUCKALOG
from tests.servers import PASSWORD, devpi_server

if TYPE_CHECKING:
    from tests.ci.conftest import MakeWorld

    from tagboat.environment import Interpreter

pytestmark = pytest.mark.nightly

MINUTES = 10


def need(pythons: dict[str, Interpreter], *versions: str) -> None:
    if missing := sorted(set(versions) - pythons.keys()):
        pytest.skip(f"NOT TESTED: the example is tested on Python {', '.join(missing)}, and this machine has none")


def test_duckalog_is_released_to_pypi(
    make_world: MakeWorld, pythons: dict[str, Interpreter], record_property: pytest.RecordProperty
) -> None:
    need(pythons, "3.9", "3.10", "3.11", "3.12")
    world = make_world("duckalog")
    world.lock()
    run = world.tag("v0.1.0")
    record_property("seconds per job", run.times())
    assert set(run.outcomes().values()) == {"success"}, run.log.masked
    assert [leg.title for leg in run.results["test"].legs] == [f"test (3.{minor})" for minor in (9, 10, 11, 12)]
    assert world.held("pypi") == DUCKALOG
    assert world.api.published("v0.1.0") is not None
    assert world.leaks(run) == []
    assert run.seconds < 60 * MINUTES


def test_databricks_tools_is_released_to_the_index_of_the_company(
    make_world: MakeWorld, pythons: dict[str, Interpreter], record_property: pytest.RecordProperty
) -> None:
    need(pythons, "3.10", "3.11", "3.12")
    world = make_world("databricks-tools")
    world.lock()
    with devpi_server() as server:
        root = replace(server, user="root", password="root")
        root.request("PATCH", "root", {"password": PASSWORD})
        replace(root, password=PASSWORD).new_index("prod")
        world.network.hosts["pypi.company.example"] = server.url
        world.hub.environments["internal"] = Deployment({"DEVPI_TOKEN": PASSWORD})
        run = world.tag("v0.2.0")
        record_property("seconds per job", run.times())
        assert set(run.outcomes().values()) == {"success"}, run.log.masked
        assert all(name in str(server.request("GET", "root/prod/databricks-tools/0.2.0")) for name in DATABRICKS)
    assert world.api.published("v0.2.0") is not None
    assert world.identified(run) == set()
    assert world.leaks(run, PASSWORD) == []
    assert run.seconds < 60 * MINUTES
