"""What comes after a release, executed: it is told, it is withdrawn, it is looked after."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest
from tests.ci.runner.hub import Deployment
from tests.ci.runner.shelf import EXTRAS
from tests.ci.world import BOTH, FORGE, PYPI, ci
from tests.index.scripted import Reply, scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ci.conftest import MakeWorld
    from tests.ci.world import World
    from tests.index.scripted import Scripted

pytestmark = pytest.mark.nightly

PLANTED = "planted-in-a-webhook-3"


@pytest.fixture
def hook() -> Iterator[Scripted]:
    """A server that takes messages."""
    with scripted(lambda _: Reply(200)) as server:
        yield server


def with_hook(world: World, hook: Scripted) -> None:
    url = hook.url.replace("http://", f"json://ada:{PLANTED}@")
    world.hub.environments["notify"] = Deployment({"TAGBOAT_NOTIFY_URLS": url})


def told(hook: Scripted) -> list[dict[str, str]]:
    return [json.loads(asked.body) for asked in hook.posts()]


def test_a_release_and_a_failure_are_told_once_each(make_world: MakeWorld, hook: Scripted) -> None:
    world = make_world("databricks-tools", PYPI + FORGE + ci("3.12", more="notify = true\n"), EXTRAS)
    world.generate()
    with_hook(world, hook)
    publisher = world.indexes["pypi"].publisher
    assert publisher is not None
    publisher.environment = "another"
    run = world.tag("v0.2.0")
    assert run.result("publish-pypi") == "failure"
    assert run.result("notify") == "success", run.log.masked
    assert len(told(hook)) == 1
    assert "fail" in str(told(hook)[0]).lower()

    publisher.environment = "pypi"
    run.rerun(failed_only=True)
    assert run.result("verify-pypi") == "success", run.log.masked
    assert "0.2.0" in str(told(hook)[-1])
    assert world.leaks(run, PLANTED) == []


def test_a_message_that_cannot_be_sent_fails_no_release(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12", more="notify = true\n"), EXTRAS)
    world.generate()
    world.hub.environments["notify"] = Deployment({"TAGBOAT_NOTIFY_URLS": f"json://ada:{PLANTED}@127.0.0.1:9"})
    run = world.tag("v0.2.0")
    assert run.conclusion == "success", run.log.masked
    assert world.leaks(run, PLANTED) == []


def test_a_version_is_withdrawn_by_a_form_and_a_person(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + FORGE + ci("3.12"))
    world.generate()
    assert world.tag("v0.2.0").conclusion == "success"

    refused = world.hub.dispatch("rollback.yml", version="0.2.0", reason="tells the wrong hour", confirm="0.2")
    assert refused.outcomes() == {"confirm": "failure", "rollback": "skipped"}

    index = world.indexes["pypi"]
    hand = threading.Timer(20, index.yank, ("databricks-tools", "0.2.0", "tells the wrong hour"))
    hand.start()
    try:
        run = world.hub.dispatch("rollback.yml", version="0.2.0", reason="tells the wrong hour", confirm="0.2.0")
    finally:
        hand.cancel()
        hand.join()
    assert run.conclusion == "success", run.log.masked
    assert any("by hand" in issue["title"] for issue in world.api.issues)
    release = world.api.published("v0.2.0")
    assert release is not None
    assert "tells the wrong hour" in release.body
    assert world.leaks(run) == []


def test_a_release_is_looked_after_every_week(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", BOTH + ci("3.12"))
    world.generate()
    assert world.tag("v0.2.0").conclusion == "success"
    run = world.hub.schedule("health.yml")
    assert run.conclusion == "success", run.log.masked
    assert "0.2.0" in run.summary
