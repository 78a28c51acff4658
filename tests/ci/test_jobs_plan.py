"""`tagboat ci plan` in checkouts as CI systems make them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
from tests.ci.checkout import CONFIGURATION, Origin, listed
from tests.e2e.test_documents import SCHEMA
from tests.index.scripted import Reply, scripted

if TYPE_CHECKING:
    from pathlib import Path

TAG, MAIN = "refs/tags/v0.2.0", "refs/heads/main"
REAL = {"version": "0.2.0", "channel": "all", "dry_run": False, "confirm": "0.2.0"}


def test_a_pushed_tag_is_planned_although_the_checkout_made_it_lightweight(origin: Origin, tmp_path: Path) -> None:
    checkout = origin.github(tmp_path, "push", TAG)
    assert checkout.git("cat-file", "-t", "v0.2.0") == "commit"
    ran = checkout.ci("plan")
    assert ran.outputs == {
        "version": "0.2.0",
        "tag": "v0.2.0",
        "commit": checkout.git("rev-parse", "HEAD"),
        "ref": TAG,
        "publish": "true",
        "prerelease": "false",
        "pythons": '["3.9","3.10","3.11","3.12","3.13","3.14"]',
        "to-staging": "true",
        "to-main": "true",
    }
    assert "## Release of `demo-pkg` `0.2.0`" in ran.summary
    assert "- roles, `see` <b>there</b> | and ![x](there)\n```" in ran.summary
    assert "| `staging` | nothing of it | publishes to it |" in ran.summary
    assert "| `src/demo_pkg/__init__.py, __version__` | `0.2.0` |" in ran.summary
    assert checkout.git("status", "--porcelain") == ""


def test_a_shallow_checkout_is_refused_with_what_to_do(origin: Origin, tmp_path: Path) -> None:
    ran = origin.github(tmp_path, "push", TAG, depth=1).run("ci", "plan")
    assert ran.code == 4
    assert "this is a shallow clone" in ran.stderr
    assert "fetch-depth 0" in ran.summary
    assert ran.output == ""


def test_a_hostile_version_is_refused_and_goes_nowhere(origin: Origin, tmp_path: Path) -> None:
    version = '1.2.3"; touch pwned; "\n```\n# Title\npublish=true\n::set-output name=publish::true'
    checkout = origin.github(tmp_path, "workflow_dispatch", MAIN, **{**REAL, "version": version})
    ran = checkout.run("ci", "plan")
    assert ran.code == 4
    assert "is not a version" in ran.stderr
    assert ran.output == ""
    assert not list(tmp_path.rglob("pwned"))
    assert not any(line.startswith(("# ", "::", "publish")) for line in ran.summary.splitlines())
    assert ran.stdout.startswith("::stop-commands::")


@pytest.mark.parametrize("dry_run", [True, "true", None])
def test_a_dry_run_works_from_any_branch(origin: Origin, tmp_path: Path, dry_run: object) -> None:
    ran = origin.github(tmp_path, "workflow_dispatch", MAIN, version="0.3.0", dry_run=dry_run).ci("plan")
    assert (ran.outputs["tag"], ran.outputs["publish"], ran.outputs["to-main"]) == ("", "false", "false")
    assert ran.outputs["version"] == "0.2.0"
    assert "its next release would be 0.3.0" in ran.summary
    assert "Nothing is published" in ran.summary


@pytest.mark.parametrize("dry_run", [False, "false"])
def test_a_confirmed_dispatch_from_the_tag_publishes(origin: Origin, tmp_path: Path, dry_run: object) -> None:
    inputs = {**REAL, "dry_run": dry_run, "channel": "main"}
    outputs = origin.github(tmp_path, "workflow_dispatch", TAG, **inputs).ci("plan").outputs
    assert (outputs["publish"], outputs["to-staging"], outputs["to-main"]) == ("true", "false", "true")


def test_every_problem_of_a_dispatch_is_told_at_once(origin: Origin, tmp_path: Path) -> None:
    inputs = {**REAL, "confirm": "", "channel": "moon"}
    ran = origin.github(tmp_path, "workflow_dispatch", MAIN, **inputs).run("ci", "plan")
    for words in ('no channel "moon"', "nobody confirmed it", 'started from "main"', "is checked out"):
        assert words in ran.stderr
        assert words in ran.summary


def test_a_tag_that_was_moved_after_the_push_is_refused(own_origin: Origin, tmp_path: Path) -> None:
    old = own_origin.author.git("rev-parse", "HEAD")
    own_origin.commit("fix: more")
    own_origin.tag("v0.2.0")
    checkout = own_origin.github(tmp_path, "push", TAG)
    ran = checkout.run("ci", "plan", GITHUB_SHA=old)
    assert ran.code == 4
    assert "v0.2.0 was moved" in ran.stderr


def test_a_repository_without_a_commit_has_nothing_to_plan(own_origin: Origin, tmp_path: Path) -> None:
    checkout = own_origin.github(tmp_path, "push", TAG)
    checkout.git("checkout", "--quiet", "--orphan", "new")
    assert "has no commit yet" in checkout.run("ci", "plan").stderr


def test_gitlab_gets_the_same_as_variables(origin: Origin, tmp_path: Path) -> None:
    ran = origin.gitlab(tmp_path, "push", tag="v0.2.0").ci("plan")
    lines = dict(line.split("=", 1) for line in ran.dotenv.splitlines())
    assert (lines["TAGBOAT_VERSION"], lines["TAGBOAT_TAG"], lines["TAGBOAT_TO_MAIN"]) == ("0.2.0", "v0.2.0", "true")
    assert "## Release of `demo-pkg` `0.2.0`" in ran.stdout
    assert ran.output == ""


def test_gitlab_has_the_form_in_variables(origin: Origin, tmp_path: Path) -> None:
    inputs = {"version": "0.2.0", "dry_run": "false", "channel": "staging"}
    ran = origin.gitlab(tmp_path, "web", tag="v0.2.0", **inputs).run("ci", "plan")
    assert "nobody confirmed it" in ran.stderr
    ran = origin.gitlab(tmp_path, "web", tag="v0.2.0", **inputs, confirm="0.2.0").ci("plan")
    assert "TAGBOAT_TO_STAGING=true\nTAGBOAT_TO_MAIN=false\n" in ran.dotenv


def test_a_laptop_prints_what_a_job_would_write(origin: Origin, tmp_path: Path) -> None:
    checkout = origin.github(tmp_path, "push", TAG)
    checkout.environ = origin.environ
    ran = checkout.ci("plan")
    assert "to-main=true\n" in ran.stdout
    assert "## Release of `demo-pkg` `0.2.0`" in ran.stdout
    assert "stop-commands" not in ran.stdout
    assert (ran.output, ran.summary, ran.dotenv) == ("", "", "")
    document = json.loads(checkout.ci("plan", "--json").stdout)
    jsonschema.validate(document, SCHEMA)
    assert document["outputs"]["tag"] == "v0.2.0"


def test_what_each_index_has_is_told_without_an_address(own_origin: Origin, tmp_path: Path) -> None:
    with scripted(lambda _: Reply(401)) as private:
        url = private.url + "/secret-place/root/dev"
        own_origin.author.folder.joinpath("pyproject.toml").write_bytes(
            own_origin.author.folder.joinpath("pyproject.toml").read_bytes()
            + f'\n[tool.tagboat.index.closed]\nkind = "devpi"\nurl = "{url}"\n'.encode()
        )
        own_origin.at_version("0.2.0", "0.3.0")
        own_origin.commit("chore: a private index")
        own_origin.tag("v0.3.0")
        checkout = own_origin.github(tmp_path, "push", "refs/tags/v0.3.0")
        index = tmp_path / "main" / "demo-pkg"
        index.mkdir(parents=True)
        (index / "index.html").write_text(
            f'<a href="demo_pkg-0.3.0.tar.gz#sha256={"a" * 64}" data-yanked="bad">demo_pkg-0.3.0.tar.gz</a>',
            encoding="utf-8",
        )
        ran = checkout.ci("plan", DEVPI_TOKEN="planted-secret")
    assert "| `main` | 1 file, withdrawn | publishes to it |" in ran.summary
    assert "| `closed` | cannot be read by this job | publishes to it |" in ran.summary
    for text in (ran.summary, ran.output, ran.stdout, ran.stderr):
        assert "secret" not in text
    assert not listed(tmp_path / "staging")


def test_a_version_from_git_is_in_no_file(tmp_path: Path, job_cache: Path) -> None:
    origin = Origin(tmp_path / "origin", job_cache).begin(backend="setuptools-scm", configuration=CONFIGURATION)
    ran = origin.github(tmp_path, "push", TAG).ci("plan")
    assert ran.outputs["version"] == "0.2.0"
    assert "Nowhere: it is that of the tag." in ran.summary
