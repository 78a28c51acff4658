"""The commands as people and jobs type them: their documents, their words, their exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from tests.projects import make_project

from tagboat.cli.app import run as tagboat

if TYPE_CHECKING:
    from tests.forge.quay import Quay
    from tests.gitbox import Box

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "reference" / "output.schema.json").read_bytes())


@pytest.fixture
def box(box: Box, quay: Quay, monkeypatch) -> Box:
    """A project at 0.1.0, tagged, with a feature since, configured for the forge."""
    root = make_project(box.top, name="demo", version="0.1.0")
    path = root / "pyproject.toml"
    forge = f'kind = "{quay.kind}"\nurl = "{quay.server.url}"\nrepository = "crew/boat"\n'
    path.write_text(f"{path.read_text('utf-8')}\n[tool.tagboat.forge]\n{forge}", encoding="utf-8")
    box.commit("feat: the first one", {"CHANGELOG.md": "# Changelog\n"})
    box.tag("v0.1.0")
    box.commit("feat: a sail", {"sail.txt": "x"})
    box.push("main", "v0.1.0")
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.setenv(name, "write-token")
    for name in ("TAGBOAT_NOTIFY_URLS", "GITHUB_ACTIONS", "GITHUB_REPOSITORY", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", quay.server.url)
    return box


@pytest.fixture
def run(box, capsys):
    """Run a command with --json; its exit code and its document, which fits the schema."""

    def call(*words: str) -> tuple[int, dict]:
        capsys.readouterr()
        code = tagboat(["-C", str(box.top), *words, "--json"])
        out = capsys.readouterr()
        assert "write-token" not in out.out + out.err
        document = json.loads(out.out)
        jsonschema.validate(document, SCHEMA)
        return code, document

    return call


def test_a_request_is_opened_told_and_taken_back(box, quay, run, capsys):
    code, document = run("release", "--pr", "--yes")
    assert (code, document["result"]) == (0, "proposed")
    assert document["plan"]["version"] == "0.2.0"
    assert document["where"].endswith("is open")
    assert tagboat(["-C", str(box.top), "release", "--pr", "--yes"]) == 0
    assert "Its merge releases it." in capsys.readouterr().out
    code, document = run("undo", "--yes")
    assert (code, document["undone"]) == (0, "request")
    assert run("undo", "--yes")[0] == 2
    assert [step["step"] for step in document["steps"]] == ["request", "propose"]


def test_a_request_goes_with_no_other_way(run):
    code, document = run("release", "--pr", "--until", "tag", "--yes")
    assert (code, document["error"]["kind"]) == (2, "UsageError")
    assert run("release", "--pr", "--tag-only", "--yes")[0] == 2


def test_nothing_to_propose_is_no_failure(box, run):
    box.run("reset", "--quiet", "--hard", "v0.1.0")
    assert run("release", "--pr", "--yes") == (0, {"result": "nothing-to-release"})


def test_a_merged_release_is_tagged_and_told(box, quay, run, monkeypatch, tmp_path):
    quay.server.tags.clear()
    assert run("ci", "tag")[1]["why"].startswith("0.1.0 is tagged already")
    run("release", "--pr", "--yes")
    other = box.clone("forge")
    other.run("merge", "--quiet", "--squash", "origin/release/v0.2.0")
    other.commit("Release 0.2.0 (#100)")
    other.push("main")
    box.run("pull", "--quiet", "origin", "main")
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(name, str(tmp_path / name))
    if quay.kind == "github":
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
    code, document = run("ci", "tag")
    assert code == 0
    assert (document["tag"], document["commit"]) == ("v0.2.0", box.head)
    assert quay.server.tags == {"v0.2.0"}
    if quay.kind == "github":
        assert quay.server.dispatched[0][1] == "v0.2.0"
        assert "v0.2.0" in (tmp_path / "GITHUB_OUTPUT").read_text("utf-8")
        assert "starts nothing by itself" in (tmp_path / "GITHUB_STEP_SUMMARY").read_text("utf-8")


def test_a_refused_form_is_told_in_the_summary(box, run, monkeypatch, tmp_path):
    event = tmp_path / "event.json"
    event.write_text(
        json.dumps({"inputs": {"version": "x\n::error::y", "reason": "r", "confirm": ""}}), encoding="utf-8"
    )
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "workflow_dispatch")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    code, document = run("ci", "rollback")
    assert code == 4
    assert "is no version" in document["error"]["problems"][0]["what"]
    assert "is no version" in (tmp_path / "summary").read_text("utf-8")


def test_on_a_laptop_a_rollback_by_form_names_the_command(run):
    code, document = run("ci", "rollback")
    assert code == 2
    assert "tagboat rollback VERSION" in document["error"]["next"]


def test_telling_needs_nothing(run):
    code, document = run("ci", "notify")
    assert (code, document["good"]) == (0, True)
    assert document["told"] == "nobody was told: TAGBOAT_NOTIFY_URLS is not set"


def test_status_of_a_proposal_is_as_before(box, run):
    before = run("status")[1]
    run("release", "--pr", "--yes")
    after = run("status")[1]
    assert before == after
    shutil.rmtree(box.top / ".tagboat")


def test_what_announces_nothing_needs_no_forge(box, run):
    """`repository` is not known here, which only the release on the forge has to know."""
    path = box.top / "pyproject.toml"
    path.write_text(path.read_text("utf-8").replace('repository = "crew/boat"\n', ""), encoding="utf-8")
    box.commit("chore: no repository", {})
    box.push("main")
    assert run("release", "--yes")[1]["error"]["kind"] == "ConfigError"
    code, document = run("bump", "--yes")
    assert (code, document["result"]) == (0, "stopped")
    code, document = run("undo", "--yes")
    assert (code, document["undone"]) == (0, "release")
