"""Releases that go wrong on the way, executed: what is run again converges, and what was tampered with is refused."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.ci.planted import other_bytes
from tests.ci.world import DATABRICKS, FORGE, PYPI, ci
from tests.index.fakes.contract import Reply
from tests.index.fakes.warehouse import Held

if TYPE_CHECKING:
    from tests.ci.conftest import MakeWorld
    from tests.ci.runner.run import Run
    from tests.ci.world import World

pytestmark = pytest.mark.nightly

DOWN = Reply(503, b"<html>Backend is unhealthy</html>", {"Content-Type": "text/html"})
NOW = datetime.now(timezone.utc)
ATTEMPTS = 6
"""How often twine sends a file that the server has a bad moment for."""


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    made = make_world("databricks-tools", PYPI + FORGE + ci("3.12"))
    made.generate()
    return made


def check_released(world: World, run: Run) -> None:
    assert set(run.outcomes().values()) == {"success"}, run.log.masked
    assert world.held("pypi") == DATABRICKS
    assert world.api.published("v0.2.0") is not None
    assert world.leaks(run) == []


def test_one_bad_moment_of_the_index_is_passed_over(world: World) -> None:
    world.indexes["pypi"].refusals = [DOWN]
    run = world.tag("v0.2.0")
    assert world.indexes["pypi"].refusals == []
    check_released(world, run)


def test_a_half_uploaded_release_is_finished_by_running_the_failed_jobs_again(world: World) -> None:
    index = world.indexes["pypi"]

    def go_down_after_the_first_file(_: Run) -> None:
        index.after_first = [DOWN] * ATTEMPTS

    world.hub.meanwhile["build"] = go_down_after_the_first_file
    run = world.tag("v0.2.0")
    assert run.result("publish-pypi") == "failure"
    assert len(world.held("pypi")) == 1
    assert world.api.published("v0.2.0") is None
    held = {name: file.sha256 for name, file in index.held.items()}

    index.after_first = []
    run.rerun(failed_only=True)
    check_released(world, run)
    assert held.items() <= {name: file.sha256 for name, file in index.held.items()}.items()


@pytest.mark.parametrize("strict", [False, True], ids=["a name per attempt", "a name per run"])
def test_a_whole_run_that_is_run_again_finds_everything_done(world: World, strict: bool) -> None:
    run = world.tag("v0.2.0")
    check_released(world, run)
    run.artifacts.strict = strict
    held = {name: file.sha256 for name, file in world.indexes["pypi"].held.items()}
    run.rerun()
    check_released(world, run)
    assert held == {name: file.sha256 for name, file in world.indexes["pypi"].held.items()}
    assert len(world.api.releases) == 1


def test_an_artifact_that_was_changed_in_the_store_is_refused_by_its_digest(world: World) -> None:
    world.hub.meanwhile["build"] = lambda run: tamper(run, openly=True)
    run = world.tag("v0.2.0")
    assert run.result("publish-pypi") == "failure"
    assert "the digest is not the expected" in run.log.masked
    assert world.held("pypi") == set()


def test_an_artifact_that_the_store_vouches_for_is_refused_by_the_hashes_of_the_build_job(world: World) -> None:
    world.hub.meanwhile["build"] = lambda run: tamper(run, openly=False)
    run = world.tag("v0.2.0")
    assert run.result("publish-pypi") == "failure"
    assert "FAILED" in run.log.masked
    assert world.held("pypi") == set()
    assert world.issuer.issued == []


def test_a_file_more_in_the_artifact_is_refused(world: World) -> None:
    def add(run: Run) -> None:
        artifact = run.artifacts.find("release")
        more = {"dist/databricks_tools-0.2.0-cp313-cp313-linux_x86_64.whl": b"more"}
        artifact.replace(artifact.files() | more, openly=False)

    world.hub.meanwhile["build"] = add
    run = world.tag("v0.2.0")
    assert run.result("publish-pypi") == "failure"
    assert world.held("pypi") == set()


def test_what_an_index_changed_is_found_before_it_is_announced(world: World) -> None:
    def swap(_: Run) -> None:
        held = world.indexes["pypi"].held["databricks_tools-0.2.0-py3-none-any.whl"]
        held.data += b"\0"

    world.hub.meanwhile["publish-pypi"] = swap
    run = world.tag("v0.2.0")
    assert run.result("publish-pypi") == "success"
    assert run.result("verify-pypi") == "failure"
    assert run.result("announce") == "skipped"
    assert world.api.published("v0.2.0") is None


def test_another_file_of_the_same_name_on_the_index_is_not_taken_for_ours(world: World) -> None:
    name = "databricks_tools-0.2.0-py3-none-any.whl"

    def put(run: Run) -> None:
        index = world.indexes["pypi"]
        wheel = run.artifacts.find("release").files()[f"dist/{name}"]
        index.held[name] = Held(wheel + b"somebody else's", NOW)
        index.projects.add("databricks-tools")
        index.created["databricks-tools", Version("0.2.0")] = NOW

    world.hub.meanwhile["build"] = put
    publisher = world.indexes["pypi"].publisher
    assert publisher is not None
    publisher.pending = ""  # the project is there already
    run = world.tag("v0.2.0")
    assert run.result("publish-pypi") == "success"  # it passes over what is there
    assert run.result("verify-pypi") == "failure"
    assert name in run.log.masked.rpartition("verify-pypi")[2]
    assert run.result("announce") == "skipped"

    del world.hub.meanwhile["build"]
    again = run.rerun()
    assert again.conclusion == "failure"
    assert again.result("announce") == "skipped"
    assert world.api.releases == []


def test_a_wheel_that_somebody_planted_on_the_index_is_not_adopted(world: World) -> None:
    name = "databricks_tools-0.2.0-py3-none-any.whl"
    index = world.indexes["pypi"]

    def plant(run: Run) -> None:
        """Before the build, a wheel that installs and works, with a module more."""
        made = world.form("0.2.0").artifacts.find("release").files()[f"dist/{name}"]
        index.held[name] = Held(other_bytes(made, **{"databricks_tools/more__py": "print('ahoy')\n"}), NOW)
        index.projects.add("databricks-tools")
        index.created["databricks-tools", Version("0.2.0")] = NOW

    world.hub.meanwhile["plan"] = lambda run: None if run.event.name != "push" else plant(run)
    run = world.tag("v0.2.0")
    assert run.result("build") == "failure", run.log.masked
    assert "differs in databricks_tools/more.py" in " ".join(run.log.masked.split())
    assert world.held("pypi") == {name}
    assert world.api.releases == []


def test_an_index_that_lists_files_late_is_waited_for(world: World) -> None:
    world.indexes["pypi"].lag = 4
    check_released(world, world.tag("v0.2.0"))
    assert world.indexes["pypi"].lag == 0


def test_a_tag_that_moves_in_the_middle_of_a_run_stops_it(world: World) -> None:
    def move(_: Run) -> None:
        world.sandbox.commit("feat: something else")
        world.sandbox.git("tag", "--force", "--annotate", "v0.2.0", "-m", "moved")
        world.sandbox.git("push", "--quiet", "--force", "origin", "v0.2.0")

    world.hub.meanwhile["plan"] = move
    run = world.tag("v0.2.0")
    assert run.result("build") == "failure", run.log.masked
    assert world.held("pypi") == set()


def test_a_second_tag_of_the_same_version_publishes_nothing_more(world: World) -> None:
    check_released(world, world.tag("v0.2.0"))
    world.sandbox.commit("feat: more")
    run = world.form("0.2.0", dry_run="false", confirm="0.2.0")
    assert run.result("publish-pypi") in {"skipped", "success"}
    assert world.held("pypi") == DATABRICKS
    assert len(world.api.releases) == 1


def tamper(run: Run, *, openly: bool) -> None:
    """Put another wheel into the artifact, under the same name."""
    artifact = run.artifacts.find("release")
    files = artifact.files()
    wheel = next(name for name in files if name.endswith(".whl"))
    artifact.replace({**files, wheel: files[wheel] + b"\0"}, openly=openly)
