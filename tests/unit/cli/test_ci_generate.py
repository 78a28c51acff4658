"""`tagboat ci github`, `ci gitlab` and `ci check`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import jsonschema
import pytest
from tests.ci.variants import Variant
from tests.index.made import wheel
from tests.projects import EXAMPLES

from tagboat.cli.app import run
from tagboat.git import Git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gitbox import Box

NEEDS = {"jinja2": "ci", "pyyaml": "ci", "pygithub": "github", "pypi-attestations": "attestations"}
"""What the extras of tagboat need, and which."""

PUBLISH = ".github/workflows/publish.yml"


def an_index(folder: Path) -> Path:
    """A folder with pages (PEP 503) of projects that have one version and need what their extras say."""
    needs = "".join(f"Requires-Dist: {name}; extra == '{extra}'\n" for name, extra in NEEDS.items())
    extras = "".join(f"Provides-Extra: {extra}\n" for extra in sorted(set(NEEDS.values())))
    for project in ("tagboat", *NEEDS):
        made = wheel(folder / project, project, "1.0", more=extras + needs if project == "tagboat" else "")
        link = f'<a href="{made.filename}#sha256={made.sha256}">{made.filename}</a>'
        (folder / project / "index.html").write_text(f"<!DOCTYPE html><html><body>{link}</body></html>")
    return folder


@pytest.fixture
def top(box: Box, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project in git, and an index with as much of tagboat as its jobs install."""
    for name in ("PYPI_BACKEND", "TWINE_REPOSITORY_URL", "UV_PUBLISH_URL", "TAGBOAT_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", an_index(tmp_path / "index").as_uri())
    Variant(("pypi",), "github").project(box.top)
    return box.top


def call(capsys: pytest.CaptureFixture[str], top: Path, *words: str) -> tuple[int, str, str]:
    code = run(["ci", *words, "-C", str(top)])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_what_is_written_is_told_and_again_nothing_is(top, capsys):
    code, out, _ = call(capsys, top, "github")
    assert code == 0
    assert next(line.split() for line in out.splitlines()) == ["made", PUBLISH]
    assert ["locked", ".github/tagboat/requirements.txt"] in [line.split() for line in out.splitlines()]
    assert call(capsys, top, "github") == (0, "Nothing has to be written.\n", "")
    assert call(capsys, top, "check")[0] == 0
    assert call(capsys, top, "github", "--check")[0] == 0


def test_the_lock_has_hashes_and_no_address(top, capsys):
    call(capsys, top, "github")
    text = (top / ".github/tagboat/requirements.txt").read_text()
    assert "tagboat==1.0 \\\n    --hash=sha256:" in text
    assert "pygithub==1.0" in text
    assert "://" not in text
    assert str(top.parent) not in text


def test_a_lock_is_made_anew_only_when_asked(top, capsys):
    file = top / ".github/tagboat/requirements.txt"
    call(capsys, top, "github")
    locked = file.read_text()
    file.write_text(locked + "more==1.0\n")
    call(capsys, top, "github")
    assert "more==1.0" in file.read_text()
    call(capsys, top, "github", "--lock")
    assert file.read_text() == locked


def test_a_changed_file_is_told_with_what_changed(top, capsys):
    call(capsys, top, "github")
    file = top / PUBLISH
    file.write_text(file.read_text().replace("persist-credentials: false", "persist-credentials: true"))
    before = file.read_text()
    for words in (("check",), ("github", "--check")):
        code, out, err = call(capsys, top, *words)
        assert code == 3
        assert f"--- a/{PUBLISH}\n+++ b/{PUBLISH}\n@@" in out
        assert "-          persist-credentials: true\n+          persist-credentials: false\n" in out
        assert f"{PUBLISH} differs" in err
    assert file.read_text() == before
    call(capsys, top, "github")
    assert call(capsys, top, "check")[0] == 0


def test_a_changed_configuration_is_a_drift_too(top, capsys):
    call(capsys, top, "github")
    project = top / "pyproject.toml"
    project.write_text(project.read_text() + "notify = true\n")
    code, out, err = call(capsys, top, "check")
    assert code == 3
    assert "+          TAGBOAT_NOTIFY_URLS: ${{ secrets.TAGBOAT_NOTIFY_URLS }}" in out
    assert ".github/tagboat/requirements.txt: it has no apprise" in err
    assert "--lock" in err


def test_a_missing_file_is_told(top, capsys):
    call(capsys, top, "github")
    (top / PUBLISH).unlink()
    code, out, err = call(capsys, top, "check")
    assert code == 3
    assert "--- /dev/null" in out
    assert f"{PUBLISH} is missing" in err


def test_a_file_that_nothing_asks_for_any_more_is_told_and_removed(top, capsys):
    project = top / "pyproject.toml"
    plain = project.read_text()
    asked = plain.replace("[tool.tagboat]\n", '[tool.tagboat]\nbranch = "main"\n') + 'release = "pull-request"\n'
    project.write_text(asked)
    call(capsys, top, "github")
    project.write_text(plain)
    assert "release.yml is not asked for any more" in call(capsys, top, "check")[2]
    assert "removed" in call(capsys, top, "github")[1]
    assert not (top / ".github/workflows/release.yml").exists()


def test_without_a_pipeline_there_is_nothing_to_check(top, capsys):
    code, _, err = call(capsys, top, "check")
    assert code == 3
    assert "no pipeline of tagboat's is here" in err


def test_both_systems_are_checked_where_both_are_written(top, capsys):
    call(capsys, top, "github")
    code, out, _ = call(capsys, top, "gitlab")
    assert code == 0
    assert "Nothing includes it yet" in out
    assert "Releases are announced on github" in out
    assert (top / ".gitlab/tagboat/requirements.in").read_text().endswith("tagboat[attestations,ci,github]\n")
    (top / ".gitlab-ci.yml").write_text("include:\n  - local: .gitlab/tagboat.yml\n")
    assert call(capsys, top, "check")[0] == 0
    file = top / ".gitlab/tagboat.yml"
    file.write_text(file.read_text().replace("interruptible: false", "interruptible: true"))
    assert ".gitlab/tagboat.yml differs" in call(capsys, top, "check")[2]
    assert "includes it" not in call(capsys, top, "gitlab")[1]


def test_a_gitlab_pipeline_of_somebody_else_is_left_alone(top, capsys):
    (top / ".gitlab").mkdir()
    (top / ".gitlab/tagboat.yml").write_text("job: {script: [true]}\n")
    code, _, err = call(capsys, top, "gitlab")
    assert code == 3
    assert "not one that tagboat made" in err


def test_where_packages_cannot_be_had_the_rest_is_written_and_the_error_says_so(top, capsys, monkeypatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", (top / "nothing").as_uri())
    code, out, err = call(capsys, top, "github")
    assert code == 11
    assert PUBLISH in out
    assert "everything is written but .github/tagboat/requirements.txt" in err


def test_the_document_says_what_was_done(top, capsys):
    code, out, _ = call(capsys, top, "github", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["result"] == "generated"
    assert PUBLISH in document["files"]
    assert document["locked"] is True
    assert json.loads(call(capsys, top, "github", "--json")[1])["result"] == "up-to-date"
    assert json.loads(call(capsys, top, "check", "--json")[1]) == {"result": "no-drift", "pipelines": ["github"]}


def test_a_project_below_the_top_has_files_of_its_own_name(box, top, capsys):
    Variant(("pypi",), folder="packages/light", name="light").project(box.top)
    assert run(["ci", "github", "-C", str(top / "packages/light")]) == 0
    assert (top / ".github/workflows/publish-light.yml").is_file()
    assert "tagboat -C packages/light ci plan" in (top / ".github/workflows/publish-light.yml").read_text()
    assert (top / ".github/tagboat/light/requirements.txt").is_file()
    assert Git.find(top).top == top
    capsys.readouterr()


def test_the_documents_have_the_published_shape(top, capsys):
    schema = json.loads((EXAMPLES.parent / "docs/reference/output.schema.json").read_text())
    for words in (("github",), ("github",), ("check",), ("gitlab", "--check")):
        jsonschema.validate(json.loads(call(capsys, top, *words, "--json")[1]), schema)


@pytest.mark.parametrize("module", ["jinja2", "yaml"])
def test_without_the_extra_it_is_named(top, capsys, monkeypatch, module):
    from tagboat.ci.generate import render

    render._environment.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    (top / ".github").mkdir()
    (top / ".github/dependabot.yml").write_text("version: 2\nupdates: []\n")
    code, _, err = call(capsys, top, "github")
    assert code == 2
    assert "pip install 'tagboat[ci]'" in err
