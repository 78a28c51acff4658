from __future__ import annotations

import pytest
from tests.steps.scene import NOTES

from tagboat.errors import CommandFailed
from tagboat.step import State


@pytest.fixture
def scene(scene):
    scene.apply("edit", "commit")
    return scene


def test_the_tag_is_annotated_with_the_notes(scene):
    scene.apply("tag")
    tag = scene.box.git.tag("v0.2.0")
    assert tag.id != tag.commit == scene.box.head
    assert scene.box.git.tag_text(tag) == f"demo 0.2.0\n\n{NOTES}\n"


def test_without_notes_the_message_is_one_line(scene):
    scene.change(notes="").apply("tag")
    assert scene.box.git.tag_text(scene.box.git.tag("v0.2.0")) == "demo 0.2.0\n"
    scene.tag().undo()
    assert scene.box.git.tag("v0.2.0") is None


@pytest.mark.parametrize("message", [None, "by hand", "demo 0.2.0 by hand"])
def test_a_persons_tag_on_the_release_commit_is_good_and_stays(scene, message):
    scene.box.tag("v0.2.0", message=message)
    assert scene.tag().probe().state is State.DONE
    scene.tag().undo()
    assert scene.box.git.tag("v0.2.0") is not None


def test_a_tag_elsewhere_blocks_and_stays(scene):
    scene.box.tag("v0.2.0", "HEAD~1")
    status = scene.tag().probe()
    assert status.state is State.BLOCKED
    assert scene.plan.base[:10] in status.detail
    scene.tag().undo()
    assert scene.box.git.tag("v0.2.0") is not None


@pytest.mark.parametrize("name", ["packages/demo/v0.2.0", "v1!0.2.0+local.1", "0.2.0"])
def test_tags_of_any_format(scene, name):
    scene.box.run("branch", "0.2.0")
    scene.change(tag=name).apply("tag")
    assert scene.tag().probe().state is State.DONE
    scene.tag().undo()
    assert scene.tag().probe().state is State.TODO


def test_a_tag_with_the_name_of_a_folder_of_tags_is_gits_error(scene):
    scene.box.tag("v0.2.0/rc1")
    assert scene.tag().probe().state is State.TODO
    with pytest.raises(CommandFailed, match="git tag failed"):
        scene.tag().apply()
    scene.tag().undo()
    assert scene.box.git.tag("v0.2.0/rc1") is not None


def test_from_an_existing_tag_nothing_is_made_and_nothing_taken(scene):
    scene.box.tag("v0.2.0")
    scene.change(edits=(), branch=None, base=scene.box.head)
    assert scene.tag().probe().state is State.DONE
    scene.tag().undo()
    assert scene.box.git.tag("v0.2.0") is not None
