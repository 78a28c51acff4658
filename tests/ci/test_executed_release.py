"""The generated workflows, executed: from a pushed tag to the verified install and the release on the forge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.ci.world import BOTH, DATABRICKS, DUCKALOG, FORGE, PYPI, ci

if TYPE_CHECKING:
    from tests.ci.conftest import MakeWorld
    from tests.ci.world import World

MINUTES = 10
"""From the tag to the verified install, as the second seed demands it."""


def check_release(world: World, tag: str, files: set[str]) -> None:
    """The release on the forge is published, has exactly these files and their hashes, and nothing of a token."""
    release = world.api.published(tag)
    assert release is not None
    assert world.api.drafts(tag) == []
    assert files <= set(release.files())
    assert world.api.made_tags == []


def test_automatic_release_on_version_tag(make_world: MakeWorld, record_property: pytest.RecordProperty) -> None:
    world = make_world("databricks-tools", PYPI + FORGE + ci("3.12"))
    world.generate()
    run = world.tag("v0.2.0")
    record_property("seconds per job", run.times())
    assert set(run.outcomes().values()) == {"success"}, run.log.masked
    assert world.held("pypi") == DATABRICKS
    check_release(world, "v0.2.0", DATABRICKS)
    assert world.leaks(run) == []
    assert world.identified(run) == {"publish-pypi"}
    assert run.seconds < 60 * MINUTES


@pytest.mark.nightly
def test_both_indexes_are_published_to_and_verified_in_order(
    make_world: MakeWorld, record_property: pytest.RecordProperty
) -> None:
    world = make_world("duckalog", BOTH + FORGE + ci("3.10", "3.12"))
    world.generate()
    run = world.tag("v0.1.0")
    record_property("seconds per job", run.times())
    assert set(run.outcomes().values()) == {"success"}, run.log.masked
    order = [job for job in run.outcomes() if job.startswith(("publish-", "verify-"))]
    assert order == ["publish-testpypi", "verify-testpypi", "publish-pypi", "verify-pypi"]
    assert world.held("testpypi") == world.held("pypi") == DUCKALOG
    assert [leg.title for leg in run.results["test"].legs] == ["test (3.10)", "test (3.12)"]
    assert "✅ Python 3.10: the tests passed" in run.summary
    check_release(world, "v0.1.0", DUCKALOG)
    assert world.leaks(run) == []
    assert world.identified(run) == {"publish-testpypi", "publish-pypi"}
    assert run.seconds < 60 * MINUTES


@pytest.mark.nightly
def test_a_pre_release_goes_to_the_test_index_first_and_is_marked(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", BOTH + FORGE + ci("3.12"))
    world.generate()
    for path in ("pyproject.toml", "src/databricks_tools/__init__.py"):
        text = (world.sandbox.project / path).read_text(encoding="utf-8")
        world.commit("chore: a candidate", path, text.replace("0.2.0", "0.3.0rc1", 1))
    run = world.tag("v0.3.0rc1")
    assert run.conclusion == "success", run.log.masked
    order = [job for job in run.outcomes() if job.startswith("publish-")]
    assert order == ["publish-testpypi", "publish-pypi"]
    release = world.api.published("v0.3.0rc1")
    assert release is not None
    assert release.prerelease


@pytest.mark.nightly
def test_a_dispatch_from_the_tag_publishes_when_the_version_is_confirmed(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    world.generate()
    world.sandbox.git("tag", "v0.2.0")
    world.sandbox.git("push", "--quiet", "origin", "v0.2.0")
    run = world.form("0.2.0", "refs/tags/v0.2.0", dry_run="false", confirm="0.2.0")
    assert run.conclusion == "success", run.log.masked
    assert world.held("pypi") == DATABRICKS


@pytest.mark.nightly
def test_the_lock_that_tagboat_makes_installs_it_with_the_real_pip(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + ci("3.12"))
    lock = world.sandbox.project / ".github" / "tagboat" / "requirements.txt"
    world.sandbox.environ |= {"UV_CACHE_DIR": str(world.hub.uv_cache), **world.network.environ()}
    world.sandbox.tagboat("ci", "github")
    assert "--hash=sha256:" in lock.read_text(encoding="utf-8")
    world.sandbox.commit("ci: release by tagboat")
    world.hub.real_pip = True
    run = world.form("0.2.0")
    assert run.result("plan") == "success", run.log.masked
    assert "Successfully installed" in run.log.raw


@pytest.mark.nightly
def test_the_package_integrity_is_that_of_the_files_of_the_build_job(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", PYPI + FORGE + ci("3.12"))
    world.generate()
    run = world.tag("v0.2.0")
    packed = run.artifacts.find("release").files()
    told = json.loads(packed["release.json"])["files"]
    assert {name: held.sha256 for name, held in world.indexes["pypi"].held.items()} == told
