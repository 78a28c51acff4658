"""A release by pull request, executed: merged, tagged by a job, and published by the run which that job starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.ci.world import PYPI, REPOSITORY, ci

if TYPE_CHECKING:
    from tests.ci.conftest import MakeWorld

pytestmark = pytest.mark.nightly

FORGE = f'\n[tool.tagboat]\nbranch = "main"\n\n[tool.tagboat.forge]\nkind = "github"\nrepository = "{REPOSITORY}"\n'
PERSON = "planted-token-of-a-person-4"


@pytest.mark.parametrize("merge", ["--no-ff", "--squash"])
def test_a_merged_release_is_tagged_and_published(make_world: MakeWorld, merge: str) -> None:
    world = make_world("databricks-tools", PYPI + FORGE + ci("3.12", more='release = "pull-request"\n'))
    git = world.sandbox.git
    git("tag", "--annotate", "v0.2.0", "-m", "v0.2.0")
    git("push", "--quiet", "origin", "v0.2.0")
    world.generate()
    world.commit("feat: list the catalogs", "docs/catalogs.md", "Catalogs\n")

    world.hub.tokens[PERSON] = {"contents": "write", "pull-requests": "write"}
    world.sandbox.environ |= {"GITHUB_TOKEN": PERSON, **world.network.environ()}
    world.sandbox.tagboat("release", "--pr", "--yes")
    (request,) = world.api.pulls
    del world.hub.tokens[PERSON]

    (check,) = world.hub.pull_request(request["number"], request["head"])
    assert check.conclusion == "success", check.log.masked

    git("fetch", "--quiet", "origin")
    git("switch", "--quiet", "main")
    git("merge", "--quiet", *([merge] if merge == "--squash" else [merge, "--no-edit"]), f"origin/{request['head']}")
    if merge == "--squash":
        git("commit", "--quiet", "-m", f"{request['title']} (#{request['number']})")
    git("push", "--quiet", "origin", "main")
    request |= {"state": "closed", "merged_at": "2026-11-26T10:00:00Z"}

    (tagging,) = world.hub.push("refs/heads/main")
    assert tagging.conclusion == "success", tagging.log.masked
    assert world.hub.commit("refs/tags/v0.3.0") == world.hub.commit("refs/heads/main")

    (run,) = world.follow()
    assert set(run.outcomes().values()) == {"success"}, run.log.masked
    assert world.held("pypi") == {"databricks_tools-0.3.0-py3-none-any.whl", "databricks_tools-0.3.0.tar.gz"}
    assert world.api.published("v0.3.0") is not None
    assert world.leaks(tagging, PERSON) == world.leaks(run, PERSON) == []

    (again,) = world.hub.push("refs/heads/main")
    assert again.conclusion == "success", again.log.masked
    assert world.follow() == []
