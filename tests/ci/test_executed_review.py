"""Pull requests, executed: what would be released, and whether the workflows still fit the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.ci.world import PYPI, ci

if TYPE_CHECKING:
    from tests.ci.conftest import MakeWorld
    from tests.ci.runner.run import Run
    from tests.ci.world import World

pytestmark = pytest.mark.nightly


def request(world: World, message: str, path: str, text: str) -> Run:
    """A pull request with one commit; the run of check.yml."""
    world.sandbox.git("switch", "--quiet", "-c", "topic")
    world.commit(message, path, text)
    (run,) = world.hub.pull_request(7, "topic")
    return run


def test_a_pull_request_tells_what_it_would_release(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.sandbox.git("tag", "--annotate", "v0.2.0", "-m", "v0.2.0", "HEAD~1")
    world.sandbox.git("push", "--quiet", "origin", "v0.2.0")
    world.generate()
    run = request(world, "feat: list the catalogs", "docs/catalogs.md", "Catalogs\n")
    assert run.conclusion == "success", run.log.masked
    assert "0.3.0" in run.summary
    assert "list the catalogs" in run.summary
    assert world.issuer.issued == []
    assert world.leaks(run) == []


def test_a_workflow_that_was_changed_by_hand_fails_the_check(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    publish = ".github/workflows/publish.yml"
    text = (world.sandbox.project / publish).read_text(encoding="utf-8")
    run = request(world, "ci: no environment", publish, text.replace("    environment: pypi\n", ""))
    assert run.conclusion == "failure"
    assert "environment: pypi" in run.log.masked


def test_two_versions_in_one_project_fail_the_check(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    module = "src/databricks_tools/__init__.py"
    text = (world.sandbox.project / module).read_text(encoding="utf-8")
    run = request(world, "chore: half a bump", module, text.replace("0.2.0", "9.9.9"))
    assert run.conclusion == "failure", run.log.masked
    assert "9.9.9" in run.log.masked + run.summary
