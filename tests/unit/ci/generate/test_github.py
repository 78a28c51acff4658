from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.ci.variants import EVERYTHING, Variant

from tagboat.ci.drift import Drift, write
from tagboat.ci.generate import written
from tagboat.ci.generate.github import FOLDER, MARK, github_files
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FOREIGN = "name: mine\non: push\n"


def foreign(top: Path, *names: str) -> None:
    for name in names:
        file = top / FOLDER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(FOREIGN)


def paths(found: Drift) -> set[str]:
    return {edit.path.removeprefix(f"{FOLDER}/") for edit in found.edits}


def test_a_workflow_of_somebody_else_is_left_alone_and_ours_gets_another_name(tmp_path):
    pipeline = Variant(forge="github").pipeline(tmp_path)
    foreign(tmp_path, "check.yml", "publish.yml")
    found = github_files(pipeline, tmp_path)
    assert {"release-check.yml", "tagboat-publish.yml", "rollback.yml"} <= paths(found)
    assert list(found.notes) == [
        "publish.yml is not one that tagboat made, so ours is tagboat-publish.yml.",
        "check.yml is not one that tagboat made, so ours is release-check.yml.",
    ]
    write(tmp_path, found)
    assert (tmp_path / FOLDER / "check.yml").read_text() == FOREIGN


def test_a_workflow_keeps_its_name_when_the_usual_one_becomes_free(tmp_path):
    """Its name is part of what an index trusts."""
    pipeline = Variant().pipeline(tmp_path)
    foreign(tmp_path, "publish.yml")
    write(tmp_path, github_files(pipeline, tmp_path))
    (tmp_path / FOLDER / "publish.yml").unlink()
    assert not github_files(pipeline, tmp_path)


def test_when_every_name_is_taken_nothing_is_written(tmp_path):
    pipeline = Variant().pipeline(tmp_path)
    foreign(tmp_path, "publish.yml", "tagboat-publish.yml")
    with pytest.raises(ConfigError, match="under every name") as error:
        github_files(pipeline, tmp_path)
    assert [problem.what for problem in error.value.problems] == ["publish: publish.yml, tagboat-publish.yml"]


def test_a_merged_request_starts_the_workflow_by_the_name_that_it_has(tmp_path):
    pipeline = EVERYTHING.pipeline(tmp_path)
    foreign(tmp_path, "publish.yml")
    texts = {edit.path: edit.after for edit in github_files(pipeline, tmp_path).edits}
    assert "TAGBOAT_WORKFLOW: tagboat-publish.yml" in texts[f"{FOLDER}/release.yml"]


def test_what_is_not_asked_for_any_more_goes_away(tmp_path):
    pipeline = EVERYTHING.pipeline(tmp_path)
    write(tmp_path, github_files(pipeline, tmp_path))
    found = github_files(replace(pipeline, pull_requests=False), tmp_path)
    assert found.stale == (f"{FOLDER}/release.yml",)
    assert found
    write(tmp_path, found)
    assert not (tmp_path / FOLDER / "release.yml").exists()
    assert (tmp_path / FOLDER / "publish.yml").read_text().startswith(MARK)


def test_a_foreign_release_workflow_is_not_stale(tmp_path):
    pipeline = Variant().pipeline(tmp_path)
    foreign(tmp_path, "release.yml")
    assert github_files(pipeline, tmp_path).stale == ()


def test_a_pin_that_somebody_moved_on_stays_and_one_that_is_older_does_not(tmp_path):
    pipeline = Variant().pipeline(tmp_path)
    write(tmp_path, github_files(pipeline, tmp_path))
    file = tmp_path / FOLDER / "publish.yml"
    text = file.read_text()
    ours = next(line for line in text.splitlines() if "actions/checkout@" in line)
    newer = f"        uses: actions/checkout@{'c' * 40} # v99.1.0"
    file.write_text(text.replace(ours, newer))
    assert not github_files(pipeline, tmp_path)
    file.write_text(text.replace(ours, newer.replace("v99.1.0", "v6.0.0")))
    (edit,) = github_files(pipeline, tmp_path).edits
    assert edit.after == text


def test_only_the_pin_stays_when_something_else_was_changed(tmp_path):
    pipeline = Variant().pipeline(tmp_path)
    write(tmp_path, github_files(pipeline, tmp_path))
    file = tmp_path / FOLDER / "publish.yml"
    moved = file.read_text().replace("# v7.0.1", "# v99.0.0")
    file.write_text(moved.replace("persist-credentials: false", "persist-credentials: true"))
    (edit,) = github_files(pipeline, tmp_path).edits
    assert edit.after == moved


def test_a_lock_of_actions_has_to_follow(tmp_path):
    pipeline = Variant().pipeline(tmp_path)
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "actions.lock").write_text("{}")
    first = github_files(pipeline, tmp_path)
    assert any("gh actions-lock" in note for note in first.notes)
    write(tmp_path, first)
    assert github_files(pipeline, tmp_path).notes == ()
    assert (tmp_path / FOLDER / "actions.lock").read_text() == "{}"


def test_line_ends_of_windows_are_no_difference(tmp_path):
    pipeline = Variant().pipeline(tmp_path)
    write(tmp_path, github_files(pipeline, tmp_path))
    for file in (tmp_path / ".github").rglob("*.yml"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert not github_files(pipeline, tmp_path)


def test_another_forge_and_a_missing_index_are_told(tmp_path):
    notes = github_files(Variant((), "gitlab").pipeline(tmp_path), tmp_path).notes
    assert len(notes) == 2
    assert paths(github_files(Variant((), "gitlab").pipeline(tmp_path / "x"), tmp_path)) >= {"publish.yml", "check.yml"}


def test_what_was_written_is_recognised(tmp_path):
    assert written(tmp_path) == []
    foreign(tmp_path, "publish.yml")
    assert written(tmp_path) == []
    write(tmp_path, github_files(Variant().pipeline(tmp_path), tmp_path))
    assert written(tmp_path) == ["github"]
