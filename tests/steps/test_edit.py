from __future__ import annotations

import stat

import pytest
from tests.steps.scene import AFTER, BEFORE, CHANGELOG, FOLDER

from tagboat.errors import Irreversible
from tagboat.plan import Edit
from tagboat.step import State


def test_a_release_without_edits_has_nothing_to_do(scene):
    step = scene.change(edits=()).edit()
    assert step.probe().state is State.DONE
    step.apply()
    step.undo()
    assert scene.box.status() == []


def test_every_byte_is_as_planned_and_comes_back_as_it_was(scene):
    scene.apply("edit")
    assert scene.text("pyproject.toml") == b'version = "0.2.0"\r\n'
    assert scene.text(CHANGELOG) == b"caf\xe9\r\n"
    scene.edit().undo()
    assert scene.text("pyproject.toml") == b'version = "0.1.0"\r\n'
    assert scene.text(CHANGELOG) is None
    assert scene.box.status() == []


def test_a_hand_edited_file_blocks_and_is_named(scene):
    scene.box.write(f"{FOLDER}/pyproject.toml", "by hand")
    status = scene.edit().probe()
    assert status.state is State.BLOCKED
    assert "pyproject.toml" in status.detail
    assert "__init__" not in status.detail


def test_a_file_that_appeared_where_one_is_to_be_made_blocks(scene):
    scene.box.write(f"{FOLDER}/{CHANGELOG}", "by hand")
    assert scene.edit().probe().state is State.BLOCKED
    with pytest.raises(Irreversible):
        scene.edit().undo()
    assert scene.text(CHANGELOG) == b"by hand"


def test_undo_puts_nothing_back_while_one_file_was_edited_since(scene):
    scene.apply("edit")
    scene.box.write(f"{FOLDER}/pyproject.toml", AFTER["pyproject.toml"] + "# by hand\n")
    before = scene.files()
    with pytest.raises(Irreversible, match="was edited since the release wrote it") as caught:
        scene.edit().undo()
    assert "git checkout" in caught.value.next
    assert scene.files() == before


def test_undo_leaves_alone_what_somebody_committed(scene):
    scene.apply("edit")
    scene.box.commit("I finished it by hand")
    scene.edit().undo()
    assert scene.text("pyproject.toml") == AFTER["pyproject.toml"].encode()
    assert scene.box.status() == []


def test_undo_on_another_branch_leaves_its_files_alone(scene):
    scene.apply("edit", "commit")
    scene.box.run("checkout", "--quiet", "-b", "other", scene.plan.base)
    scene.box.commit("other", {f"{FOLDER}/pyproject.toml": "other\n"})
    scene.commit().undo()
    scene.edit().undo()
    assert scene.text("pyproject.toml") == b"other\n"
    assert scene.box.status() == []


def test_a_file_that_a_killed_run_was_writing_leaves_nothing_behind(scene):
    left = [
        scene.box.write(f"{FOLDER}/{name}", "ha") for name in (".pyproject.toml.tagboat", "docs/.CHANGELOG.md.tagboat")
    ]
    scene.apply("edit")
    assert not any(path.exists() for path in left)
    left = [
        scene.box.write(f"{FOLDER}/{name}", "ha") for name in (".pyproject.toml.tagboat", "docs/.CHANGELOG.md.tagboat")
    ]
    scene.edit().undo()
    assert not any(path.exists() for path in left)


def test_a_files_mode_stays(scene):
    path = scene.box.top / FOLDER / "pyproject.toml"
    path.chmod(0o755)
    scene.apply("edit")
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_line_endings_that_git_converts_are_no_hand_edit(scene):
    scene.box.run("config", "core.autocrlf", "true")
    path = f"{FOLDER}/notes.txt"
    scene.box.commit("crlf", {path: b"one\r\n"})
    scene.change(base=scene.box.head, edits=(Edit(path, "one\r\n", "two\r\n"),))
    scene.apply("edit", "commit")
    assert scene.edit().probe().state is State.DONE
    assert scene.box.git.content("HEAD", path) == "two\n"
    scene.commit().undo()
    scene.edit().undo()
    assert scene.box.read(path) == b"one\r\n"
    assert scene.box.status() == []


def test_the_release_commit_holds_the_edits_whatever_the_files_are_now(scene):
    scene.apply("edit", "commit")
    scene.box.write(f"{FOLDER}/pyproject.toml", BEFORE["pyproject.toml"])
    assert scene.edit().probe().state is State.DONE
