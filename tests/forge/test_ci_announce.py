"""The job that announces: what the build job packed becomes the release of its tag, by a command of its own."""

from __future__ import annotations

import json
import shutil

import jsonschema
import pytest
from tests.ci.checkout import CONFIGURATION, Origin
from tests.forge.quay import TAG
from tests.forge.test_cli import SCHEMA

from tagboat.ci.handover import pack
from tagboat.distribution import Distribution


@pytest.fixture
def job(github, tmp_path):
    """A checkout of the tag with a handover in it, as the job has it."""
    kind = f'\n[tool.tagboat.forge]\nkind = "github"\nurl = "{github.server.url}"\n'
    forge = Origin(tmp_path, tmp_path / "cache").begin(configuration=CONFIGURATION + kind)
    checkout = forge.github(tmp_path / "job", "push", f"refs/tags/{TAG}")
    built = []
    for name, content in (("demo_pkg-0.2.0.tar.gz", b"sdist"), ("demo_pkg-0.2.0-py3-none-any.whl", b"wheel")):
        (tmp_path / name).write_bytes(content)
        built.append(Distribution.from_file(tmp_path / name))
    head = checkout.git("rev-parse", "HEAD")
    sums = pack(checkout.folder / "handover", project="demo-pkg", tag=TAG, commit=head, distributions=built)
    checkout.environ |= {
        "GITHUB_REPOSITORY": "crew/boat",
        "GITHUB_API_URL": github.server.url,
        "GITHUB_TOKEN": "write-token",
        "TAGBOAT_SHA256SUMS": sums,
    }
    return checkout


def test_what_was_packed_is_announced_with_the_notes_and_again_is_the_same(job, github):
    ran = job.ci("announce")
    assert github.shown().keys() == {"demo_pkg-0.2.0.tar.gz", "demo_pkg-0.2.0-py3-none-any.whl", "SHA256SUMS"}
    assert "roles, `see`" in github.text()
    assert "3 assets on" in ran.summary
    assert "write-token" not in ran.summary + ran.stdout + ran.stderr
    before = github.leftovers()
    shutil.rmtree(job.folder / ".tagboat")  # a job that runs again has nothing of the first
    document = json.loads(job.ci("announce", "--json").stdout)
    jsonschema.validate(document, SCHEMA)
    assert github.leftovers() == before


def test_nothing_is_announced_of_a_dry_run_or_without_rights(job, github):
    refused = job.run("ci", "announce", GITHUB_TOKEN="read-token")
    assert refused.code == 4
    assert "permissions: contents: write" in refused.stderr
    pyproject = job.folder / "pyproject.toml"
    pyproject.write_text(pyproject.read_text("utf-8").partition("[tool.tagboat.forge]")[0], encoding="utf-8")
    assert "no forge is configured" in job.run("ci", "announce").stderr
    assert github.server.releases == []
