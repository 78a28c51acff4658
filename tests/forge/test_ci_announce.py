"""The job that announces: what the build job packed becomes the release of its tag."""

from __future__ import annotations

import json
import shutil

import jsonschema
import pytest
from tests.ci.checkout import CONFIGURATION, Origin
from tests.forge.quay import TAG
from tests.forge.test_cli import SCHEMA

from tagboat.ci.handover import pack
from tagboat.cli.app import run as tagboat
from tagboat.distribution import Distribution

FILES = {"demo_pkg-0.2.0.tar.gz": b"sdist", "demo_pkg-0.2.0-py3-none-any.whl": b"wheel"}


@pytest.fixture
def folder(github, tmp_path, monkeypatch):
    """A checkout of the tag with a handover in it, and the variables that the job has."""
    kind = f'\n[tool.tagboat.forge]\nkind = "github"\nurl = "{github.server.url}"\n'
    origin = Origin(tmp_path, tmp_path / "cache").begin(configuration=CONFIGURATION + kind)
    job = origin.github(tmp_path / "job", "push", f"refs/tags/{TAG}")
    built = []
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
        built.append(Distribution.from_file(tmp_path / name))
    head = job.git("rev-parse", "HEAD")
    sums = pack(job.folder / "handover", project="demo-pkg", tag=TAG, commit=head, distributions=built)
    variables = {
        "GITHUB_REPOSITORY": "crew/boat",
        "GITHUB_API_URL": github.server.url,
        "GITHUB_TOKEN": "write-token",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "TAGBOAT_SHA256SUMS": sums,
    }
    for name, value in {**job.environ, **variables}.items():
        monkeypatch.setenv(name, value)
    return job.folder


def test_what_was_packed_is_announced_with_the_notes_and_again_is_the_same(folder, github, capsys, tmp_path):
    assert tagboat(["-C", str(folder), "ci", "announce"]) == 0
    assert github.shown() == {**FILES, "SHA256SUMS": (folder / "handover" / "SHA256SUMS").read_bytes()}
    assert "roles, `see`" in github.text()
    summary = (tmp_path / "summary").read_text("utf-8")
    assert "3 assets on" in summary
    out = capsys.readouterr()
    assert "write-token" not in summary + out.out + out.err
    before = github.leftovers()
    shutil.rmtree(folder / ".tagboat")  # a job that runs again has nothing of the first
    assert tagboat(["-C", str(folder), "ci", "announce", "--json"]) == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), SCHEMA)
    assert github.leftovers() == before


def test_nothing_is_announced_without_rights_of_a_dry_run_or_without_a_forge(folder, github, capsys, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "read-token")
    assert tagboat(["-C", str(folder), "ci", "announce"]) == 4
    assert "permissions: contents: write" in capsys.readouterr().err
    release = folder / "handover" / "release.json"
    text = release.read_text("utf-8")
    release.write_text(text.replace(f'"tag": "{TAG}"', '"tag": ""'), encoding="utf-8")
    assert tagboat(["-C", str(folder), "ci", "announce"]) == 4
    assert "built in a dry run" in capsys.readouterr().err
    release.write_text(text, encoding="utf-8")
    pyproject = folder / "pyproject.toml"
    pyproject.write_text(pyproject.read_text("utf-8").partition("[tool.tagboat.forge]")[0], encoding="utf-8")
    assert tagboat(["-C", str(folder), "ci", "announce"]) == 4
    assert "no forge is configured" in capsys.readouterr().err
    assert github.server.releases == []
