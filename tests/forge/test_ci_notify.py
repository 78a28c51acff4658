"""The job that tells: jobs and times from the forge, one message to a real server, and never a failure."""

from __future__ import annotations

import json

import pytest
from tests.ci.checkout import CONFIGURATION, Origin
from tests.forge.quay import TAG
from tests.index.scripted import Reply, scripted


@pytest.fixture
def job(github, tmp_path):
    kind = f'\n[tool.tagboat.forge]\nkind = "github"\nurl = "{github.server.url}"\nrepository = "crew/boat"\n'
    forge = Origin(tmp_path, tmp_path / "cache").begin(configuration=CONFIGURATION + kind)
    checkout = forge.github(tmp_path / "job", "push", f"refs/tags/{TAG}")
    plan = {"result": "success", "outputs": {"version": "0.2.0", "to-main": "true"}}
    needs = {"plan": plan, "publish-main": {"result": "success", "outputs": {}}}
    checkout.environ |= {
        "GITHUB_API_URL": github.server.url,
        "GITHUB_RUN_ID": "42",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "crew/boat",
        "TAGBOAT_NEEDS": json.dumps(needs),
    }
    return checkout


def test_success_is_told_with_version_index_page_and_times(job, github):
    github.server.jobs[42] = [("Publish to main", "success", 61), ("Tell how it went", None, 0)]
    with scripted(lambda _: Reply(200)) as hook:
        urls = hook.url.replace("http", "json") + "/s3cret"
        ran = job.ci("notify", TAGBOAT_NOTIFY_URLS=urls, GITHUB_TOKEN="write-token")
    (asked,) = hook.posts()
    told = json.loads(asked.body)
    assert told["title"] == "demo-pkg 0.2.0 is released to main"
    assert told["message"].startswith("pip install demo-pkg==0.2.0\n\nPublish to main: success (61 s)\n")
    assert "https://github.com/crew/boat/actions/runs/42" in told["message"]
    assert "2 releases in 30 days" in told["message"]
    assert "s3cret" not in ran.stdout + ran.stderr + ran.summary
    assert "| `Publish to main` | `success` | 61 s |" in ran.summary


def test_it_never_fails(job):
    ran = job.ci("notify")
    assert "nobody was told: TAGBOAT_NOTIFY_URLS is not set" in ran.stdout
    assert "publish-main" in ran.summary  # without a token nobody tells times
    ran = job.ci("notify", TAGBOAT_NOTIFY_URLS="nonsense://s3cret")
    assert "number 1 is none that apprise knows" in ran.stdout
    assert "s3cret" not in ran.stdout + ran.stderr + ran.summary
    (job.folder / "pyproject.toml").write_text("[tool.tagboat]\nodd = 1\n", encoding="utf-8")
    assert "nobody was told: " in job.ci("notify").stdout
