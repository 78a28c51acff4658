"""The job that tells: jobs and times from the forge, one message to a real server, and never a failure."""

from __future__ import annotations

import json

import pytest
from tests.ci.checkout import CONFIGURATION, Origin
from tests.forge.quay import TAG
from tests.index.scripted import Reply, scripted

from tagboat.cli.app import run as tagboat


@pytest.fixture
def folder(github, tmp_path, monkeypatch):
    kind = f'\n[tool.tagboat.forge]\nkind = "github"\nurl = "{github.server.url}"\nrepository = "crew/boat"\n'
    origin = Origin(tmp_path, tmp_path / "cache").begin(configuration=CONFIGURATION + kind)
    job = origin.github(tmp_path / "job", "push", f"refs/tags/{TAG}")
    plan = {"result": "success", "outputs": {"version": "0.2.0", "to-main": "true"}}
    variables = {
        "GITHUB_API_URL": github.server.url,
        "GITHUB_RUN_ID": "42",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "crew/boat",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "TAGBOAT_NEEDS": json.dumps({"plan": plan, "publish-main": {"result": "success", "outputs": {}}}),
    }
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "TAGBOAT_NOTIFY_URLS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**job.environ, **variables}.items():
        monkeypatch.setenv(name, value)
    return job.folder


def test_success_is_told_with_version_index_page_and_times(folder, github, monkeypatch, capsys, tmp_path):
    github.server.jobs[42] = [("Publish to main", "success", 61), ("Tell how it went", None, 0)]
    monkeypatch.setenv("GITHUB_TOKEN", "write-token")
    with scripted(lambda _: Reply(200)) as hook:
        monkeypatch.setenv("TAGBOAT_NOTIFY_URLS", hook.url.replace("http", "json") + "/s3cret nonsense://s3cret")
        assert tagboat(["-C", str(folder), "ci", "notify"]) == 0
    (asked,) = hook.posts()
    told = json.loads(asked.body)
    assert told["title"] == "demo-pkg 0.2.0 is released to main"
    assert told["message"].startswith("pip install demo-pkg==0.2.0\n\nPublish to main: success (61 s)\n")
    assert "https://github.com/crew/boat/actions/runs/42" in told["message"]
    assert "2 releases in 30 days" in told["message"]
    out, summary = capsys.readouterr(), (tmp_path / "summary").read_text("utf-8")
    assert "number 2 is none that apprise knows" in out.out
    assert "s3cret" not in out.out + out.err + summary
    assert "| `Publish to main` | `success` | 61 s |" in summary


def test_it_never_fails(folder, monkeypatch, capsys, tmp_path):
    assert tagboat(["-C", str(folder), "ci", "notify"]) == 0
    assert "nobody was told: TAGBOAT_NOTIFY_URLS is not set" in capsys.readouterr().out
    assert "publish-main" in (tmp_path / "summary").read_text("utf-8")  # without a token nobody tells times
    (folder / "pyproject.toml").write_text("[tool.tagboat]\nodd = 1\n", encoding="utf-8")
    assert tagboat(["-C", str(folder), "ci", "notify"]) == 0
    assert "nobody was told: " in capsys.readouterr().out
