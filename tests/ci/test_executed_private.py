"""A private index with a token, executed against a real devpi; secrets stay where they are kept."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

import pytest
from tests.ci.runner.hub import Deployment
from tests.ci.world import DATABRICKS, FORGE, PYPI, ci
from tests.servers import PASSWORD, devpi_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ci.conftest import MakeWorld
    from tests.servers import DevpiServer

pytestmark = pytest.mark.nightly


@pytest.fixture
def devpi() -> Iterator[DevpiServer]:
    with devpi_server() as server:
        yield server


def corp(url: str) -> str:
    return f'\n[tool.tagboat.index.corp]\nkind = "devpi"\nurl = "{url}"\n'


def page(url: str, project: str) -> str:
    with urllib.request.urlopen(f"{url}+simple/{project}/", timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def test_a_token_of_an_environment_publishes_and_is_seen_nowhere(make_world: MakeWorld, devpi: DevpiServer) -> None:
    url = devpi.new_index("corp")
    world = make_world("databricks-tools", corp(url) + FORGE + ci("3.12"))
    world.generate()
    world.hub.environments["corp"] = Deployment({"DEVPI_TOKEN": PASSWORD})
    run = world.tag("v0.2.0")
    assert set(run.outcomes().values()) == {"success"}, run.log.masked
    assert all(name in page(url, "databricks-tools") for name in DATABRICKS)
    assert world.api.published("v0.2.0") is not None
    assert world.identified(run) == set()
    assert world.leaks(run, PASSWORD) == []


def test_without_its_secret_nothing_is_published_and_the_log_says_what_is_missing(
    make_world: MakeWorld, devpi: DevpiServer
) -> None:
    url = devpi.new_index("corp")
    world = make_world("databricks-tools", corp(url) + ci("3.12"))
    world.generate()
    run = world.tag("v0.2.0")
    assert run.result("publish-corp") == "failure"
    assert "corp wants a credential" in run.log.masked

    world.hub.environments["corp"] = Deployment({"DEVPI_TOKEN": "not-the-token"})
    run.rerun(failed_only=True)
    assert run.result("publish-corp") == "failure"
    assert world.leaks(run, "not-the-token") == []

    world.hub.environments["corp"] = Deployment({"DEVPI_TOKEN": PASSWORD})
    run.rerun(failed_only=True)
    assert set(run.outcomes().values()) == {"success"}, run.log.masked


def test_a_private_index_and_pypi_in_one_release(make_world: MakeWorld, devpi: DevpiServer) -> None:
    url = devpi.new_index("corp")
    world = make_world("databricks-tools", corp(url) + PYPI + FORGE + ci("3.12"))
    world.generate()
    world.hub.environments["corp"] = Deployment({"DEVPI_TOKEN": PASSWORD})
    run = world.tag("v0.2.0")
    assert set(run.outcomes().values()) == {"success"}, run.log.masked
    assert all(name in page(url, "databricks-tools") for name in DATABRICKS)
    assert world.held("pypi") == DATABRICKS
    assert world.identified(run) == {"publish-pypi"}
    assert world.leaks(run, PASSWORD) == []


def test_one_index_alone_is_published_to_when_the_form_says_so(make_world: MakeWorld, devpi: DevpiServer) -> None:
    url = devpi.new_index("corp")
    world = make_world("databricks-tools", corp(url) + PYPI + ci("3.12"))
    world.generate()
    world.hub.environments["corp"] = Deployment({"DEVPI_TOKEN": PASSWORD})
    world.sandbox.git("tag", "v0.2.0")
    world.sandbox.git("push", "--quiet", "origin", "v0.2.0")
    run = world.form("0.2.0", "refs/tags/v0.2.0", channel="pypi", dry_run="false", confirm="0.2.0")
    assert run.result("publish-corp") == "skipped"
    assert run.result("verify-pypi") == "success", run.log.masked
    assert world.held("pypi") == DATABRICKS


def test_a_token_for_pypi_works_where_it_was_chosen(make_world: MakeWorld) -> None:
    world = make_world("databricks-tools", f"{PYPI}trusted-publishing = false\n" + ci("3.12"))
    world.generate()
    token = world.indexes["pypi"].user_token()
    world.hub.environments["pypi"] = Deployment({"PYPI_API_TOKEN": token})
    run = world.tag("v0.2.0")
    assert set(run.outcomes().values()) == {"success"}, run.log.masked
    assert world.held("pypi") == DATABRICKS
    assert world.identified(run) == set()
    assert world.leaks(run, token) == []


def test_a_leak_would_be_found(make_world: MakeWorld, devpi: DevpiServer) -> None:
    world = make_world("databricks-tools", corp(devpi.new_index("corp")) + ci("3.12"))
    world.generate()
    spoiled = 'printf %s "$DEVPI_TOKEN" | base64 && printf %s "$DEVPI_TOKEN" >> "$GITHUB_STEP_SUMMARY"; exit 1\n'
    world.change_workflow("run: tagboat ci publish --to corp", f"run: |\n          {spoiled}")
    world.hub.environments["corp"] = Deployment({"DEVPI_TOKEN": PASSWORD})
    run = world.tag("v0.2.0")
    assert {found.partition(":")[0] for found in world.leaks(run, PASSWORD)} == {"log", "summary"}
