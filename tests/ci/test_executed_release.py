"""The generated workflows, executed: from a pushed tag to the verified install and the release on the forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ci.world import BOTH, FORGE, ci

if TYPE_CHECKING:
    from tests.ci.conftest import MakeWorld

DATABRICKS = {"databricks_tools-0.2.0-py3-none-any.whl", "databricks_tools-0.2.0.tar.gz"}


def test_a_pushed_tag_goes_all_the_way(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", BOTH + FORGE + ci("3.12"))
    world.generate()
    run = world.tag("v0.2.0")
    print(run.log.masked)
    print(run.summary)
    print(run.times())
    assert set(run.outcomes().values()) == {"success"}
    assert world.held("testpypi") == world.held("pypi") == DATABRICKS
    assert world.leaks(run) == []
