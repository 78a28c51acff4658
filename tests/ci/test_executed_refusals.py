"""What must not be published, executed: nothing reaches an index, and the log says why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.ci.runner.hub import Deployment
from tests.ci.world import BOTH, FORGE, PYPI, ci

if TYPE_CHECKING:
    from tests.ci.conftest import MakeWorld
    from tests.ci.runner.run import Run
    from tests.ci.world import World

LATER = {"test", "build", "publish-pypi", "verify-pypi"}


def check_nothing_happened(world: World, run: Run) -> None:
    """The plan refused, no other job ran, no index and no forge was told anything."""
    assert run.result("plan") == "failure", run.log.masked
    assert {run.result(job) for job in LATER} == {"skipped"}
    assert world.held("pypi") == set()
    assert world.issuer.issued == []
    assert world.leaks(run) == []


def test_a_form_without_its_confirmation_or_with_a_hostile_version_is_refused(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    world.sandbox.git("tag", "v0.2.0")
    world.sandbox.git("push", "--quiet", "origin", "v0.2.0")

    run = world.form("0.2.0", "refs/tags/v0.2.0", dry_run="false")
    check_nothing_happened(world, run)
    assert "confirm" in run.log.masked

    hostile = '0.2.0"; touch pwned; echo "`touch pwned`$(touch pwned)\n::add-mask::e\n\0'.replace("\0", "")
    run = world.form(hostile, "refs/tags/v0.2.0", dry_run="false", confirm=hostile)
    check_nothing_happened(world, run)
    assert list(world.hub.folder.rglob("pwned")) == []
    assert "e" not in run.log.secrets


@pytest.mark.nightly
def test_a_dry_run_tests_and_builds_and_publishes_nothing(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", BOTH + FORGE + ci("3.12"))
    world.generate()
    run = world.form("0.2.0")
    assert run.conclusion == "success", run.log.masked
    ran = {job for job, result in run.outcomes().items() if result != "skipped"}
    assert ran == {"plan", "test", "build"}
    assert world.held("testpypi") == world.held("pypi") == set()
    assert world.api.releases == []
    assert world.issuer.issued == []
    assert world.leaks(run) == []


@pytest.mark.nightly
def test_failed_tests_stop_the_release(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    world.commit("test: one that fails", "tests/test_bad.py", "def test_bad():\n    assert False\n")
    run = world.tag("v0.2.0")
    assert run.result("test") == "failure"
    assert run.result("publish-pypi") == "skipped"
    assert "❌ Python 3.12: the tests failed" in run.summary
    assert world.held("pypi") == set()


@pytest.mark.nightly
def test_a_tag_that_is_not_the_version_in_the_files_is_refused(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    run = world.tag("v9.9.9")
    check_nothing_happened(world, run)
    assert "0.2.0" in run.log.masked


@pytest.mark.nightly
def test_a_shallow_checkout_is_told(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    world.change_workflow("fetch-depth: 0", "fetch-depth: 1")
    run = world.tag("v0.2.0")
    check_nothing_happened(world, run)
    assert "fetch-depth" in run.log.masked


@pytest.mark.nightly
def test_without_the_permission_for_an_identity_the_upload_fails(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    world.change_workflow("      id-token: write", "      contents: read")
    run = world.tag("v0.2.0")
    assert run.result("publish-pypi") == "failure"
    assert run.result("verify-pypi") == "skipped"
    assert "missing or insufficient OIDC token permissions" in run.log.masked
    assert world.held("pypi") == set()


@pytest.mark.nightly
def test_another_environment_than_the_index_knows_is_not_trusted(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    publisher = world.indexes["pypi"].publisher
    assert publisher is not None
    publisher.environment = "release"
    run = world.tag("v0.2.0")
    assert run.result("publish-pypi") == "failure"
    assert "invalid-publisher" in run.log.masked
    assert world.held("pypi") == set()

    publisher.environment = "pypi"  # its owner mends it, and runs the failed jobs again
    run.rerun(failed_only=True)
    assert set(run.outcomes().values()) == {"success"}, run.log.masked
    assert len(world.held("pypi")) == 2


@pytest.mark.nightly
def test_an_environment_for_tags_keeps_a_branch_out_even_of_a_spoiled_workflow(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    world.change_workflow("needs.plan.outputs.to-pypi == 'true'", "true")
    world.hub.environments["pypi"] = Deployment(refs=("refs/tags/v*",))
    run = world.form("0.2.0")
    assert run.result("publish-pypi") == "failure"
    assert "not allowed to deploy to pypi" in run.log.masked
    assert world.held("pypi") == set()
