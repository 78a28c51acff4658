from __future__ import annotations

import pytest

from tagboat.errors import CommandFailed, Irreversible
from tagboat.step import State


@pytest.fixture
def scene(scene):
    scene.apply("edit", "commit", "tag")
    return scene


def refs(scene) -> dict[str, str]:
    return {ref.rpartition("/")[2]: each for ref, each in scene.box.remote_refs().items()}


def test_branch_and_tag_are_on_the_remote(scene):
    scene.apply("push")
    assert refs(scene) == {"main": scene.box.head, "v0.2.0": scene.box.git.tag("v0.2.0").id}


def test_commits_made_since_are_not_pushed_along(scene):
    released = scene.box.head
    scene.box.commit("not released")
    scene.apply("push")
    assert refs(scene)["main"] == released


def test_a_tag_that_is_refused_takes_the_branch_down_with_it(scene):
    scene.box.hook("update", 'case "$1" in refs/tags/*) echo "no tags here" >&2; exit 1;; esac', on_remote=True)
    with pytest.raises(CommandFailed, match=r"origin did not take main and v0\.2\.0") as caught:
        scene.push().apply()
    assert "no tags here" in caught.value.why
    assert "Nothing was pushed" in caught.value.next
    assert refs(scene) == {"main": scene.plan.base}
    assert scene.push().probe().state is State.TODO


def test_a_pre_push_hook_can_refuse(scene):
    scene.box.hook("pre-push", "echo 'tests fail' >&2; exit 1")
    with pytest.raises(CommandFailed) as caught:
        scene.push().apply()
    assert "tests fail" in caught.value.why


def test_a_remote_that_cannot_be_reached_is_never_taken_for_empty(scene):
    scene.box.remote.rename(scene.box.remote.with_name("gone"))
    for verb in ("probe", "apply", "undo"):
        with pytest.raises(CommandFailed):
            getattr(scene.push(), verb)()


def test_a_remote_branch_that_moved_blocks(scene):
    other = scene.box.clone("other")
    other.commit("theirs")
    other.push("main")
    status = scene.push().probe()
    assert status.state is State.BLOCKED
    assert "has moved" in status.detail
    with pytest.raises(CommandFailed):
        scene.push().apply()
    assert refs(scene) == {"main": other.head}


def test_the_same_tag_by_another_clone_blocks_even_on_the_same_commit(scene):
    scene.box.push("main")
    other = scene.box.clone("other")
    theirs = other.tag("v0.2.0", scene.box.head)
    other.push("v0.2.0")
    status = scene.push().probe()
    assert status.state is State.BLOCKED
    assert "somebody released it first" in status.detail
    scene.push().undo()
    assert refs(scene)["v0.2.0"] == theirs


def test_of_two_who_push_at_once_one_wins_and_the_other_can_go_back(scene):
    other = scene.box.clone("other")
    theirs = other.commit("their release")
    tag = other.tag("v0.2.0")
    ours = scene.push()
    assert ours.probe().state is State.TODO
    other.push("main", "v0.2.0")
    with pytest.raises(CommandFailed):
        ours.apply()
    scene.push().undo()  # their commit is not known here: it has to be looked at
    assert refs(scene) == {"main": theirs, "v0.2.0": tag}
    scene.tag().undo()
    scene.commit().undo()
    scene.edit().undo()
    assert scene.box.status() == []
    assert scene.box.head == scene.plan.base


def test_a_branch_that_was_pushed_by_hand_lacks_only_the_tag(scene):
    scene.box.push("main")
    assert scene.push().probe().state is State.TODO
    scene.apply("push")
    assert scene.push().probe().state is State.DONE


def test_a_branch_that_grew_since_needs_only_the_tag(scene):
    scene.box.push("main")
    other = scene.box.clone("other")
    theirs = other.commit("theirs, on top")
    other.push("main")
    scene.box.run("fetch", "--quiet")
    scene.apply("push")
    assert refs(scene)["main"] == theirs
    assert scene.push().probe().state is State.DONE


def test_undo_never_takes_commits_on_top_along(scene):
    scene.apply("push")
    other = scene.box.clone("other")
    theirs = other.commit("theirs, on top")
    other.push("main")
    before = refs(scene)
    for _ in range(2):  # their commit is unknown here, then known
        with pytest.raises(Irreversible, match="commits on top of the release commit"):
            scene.push().undo()
        scene.box.run("fetch", "--quiet")
    assert refs(scene) == before
    assert before["main"] == theirs


def test_undo_never_takes_along_what_is_pushed_in_the_very_moment(scene):
    scene.apply("push")
    theirs = scene.box.clone("other")
    theirs.commit("theirs, on top")
    step = scene.push()
    look = step._pushed

    def look_and_lose():
        found = list(look())
        theirs.push("main")
        return found

    step._pushed = look_and_lose
    with pytest.raises(Irreversible):
        step.undo()
    assert refs(scene)["main"] == theirs.head
    assert "v0.2.0" in refs(scene)


def test_undo_leaves_a_branch_alone_that_somebody_reset_already(scene):
    scene.apply("push")
    scene.box.push(f"+{scene.plan.base}:main")
    scene.push().undo()
    assert refs(scene) == {"main": scene.plan.base}


def test_undo_leaves_a_branch_alone_that_somebody_deleted(scene):
    scene.apply("push")
    scene.box.run("symbolic-ref", "HEAD", "refs/heads/other", cwd=scene.box.remote)
    scene.box.push(":main")
    scene.push().undo()
    assert refs(scene) == {}


def test_undo_puts_unpushed_commits_back_to_unpushed(scene, box):
    scene.box.run("reset", "--quiet", "--hard", scene.plan.base)
    scene.box.run("tag", "-d", "v0.2.0")
    upstream = scene.plan.base
    base = scene.box.commit("not pushed yet", {"other": "x"})
    scene.change(base=base).apply("edit", "commit", "tag", "push")
    scene.push().undo()
    assert refs(scene) == {"main": upstream}


def test_a_remote_without_the_branch_gets_it_and_undo_takes_it_away(scene):
    scene.box.run("symbolic-ref", "HEAD", "refs/heads/trunk", cwd=scene.box.remote)
    scene.box.push("main:trunk", ":main")
    scene.change(upstream=None)
    before = refs(scene)
    assert scene.push().probe().state is State.TODO
    scene.apply("push")
    assert refs(scene)["main"] == scene.box.head
    scene.push().undo()
    assert refs(scene) == before


@pytest.mark.parametrize(
    "protect",
    [
        lambda scene: scene.box.run("config", "receive.denyNonFastForwards", "true", cwd=scene.box.remote),
        lambda scene: scene.box.hook("update", 'case "$3" in 0000*) exit 1;; esac', on_remote=True),
    ],
    ids=["branch", "tag"],
)
def test_a_protected_remote_keeps_both_and_says_why(scene, protect):
    scene.apply("push")
    protect(scene)
    before = refs(scene)
    with pytest.raises(Irreversible, match="does not let branch and tag be taken back") as caught:
        scene.push().undo()
    assert caught.value.why
    assert caught.value.next
    assert refs(scene) == before


def test_a_tag_that_is_lost_here_and_there_on_the_remote_is_a_question(scene):
    scene.apply("push")
    scene.box.run("tag", "-d", "v0.2.0")
    before = refs(scene)
    with pytest.raises(Irreversible, match="whose is it") as caught:
        scene.push().undo()
    assert "git fetch origin tag v0.2.0" in caught.value.next
    assert refs(scene) == before


def test_without_edits_only_the_tag_is_pushed_and_taken_back(scene):
    scene.box.push("main")
    scene.change(edits=(), branch=None, base=scene.box.head, upstream=None)
    before = refs(scene)
    assert scene.push().probe().state is State.TODO
    scene.apply("push")
    assert refs(scene).keys() == {"main", "v0.2.0"}
    assert scene.push().probe().state is State.DONE
    scene.push().undo()
    assert refs(scene) == before


def test_a_branch_with_slashes_is_pushed_as_it_is(scene):
    scene.box.run("checkout", "--quiet", "-b", "release/ü/1.x")
    scene.change(branch="release/ü/1.x", upstream=None).apply("push")
    assert "refs/heads/release/ü/1.x" in scene.box.remote_refs()
    assert scene.push().probe().state is State.DONE


def test_a_branch_that_needed_no_push_is_left_as_somebody_moves_it(scene):
    scene.box.push("main")  # a project whose version is read from git: the release is a tag, and nothing else
    released = scene.box.head
    scene.change(edits=(), base=released, upstream=released).apply("push")
    other = scene.box.clone("other")
    other.commit("theirs, on top")
    other.push("main")
    scene.push().undo()
    assert refs(scene) == {"main": other.head}


def test_a_branch_that_somebody_made_meanwhile_is_left_alone(scene):
    scene.box.run("checkout", "--quiet", "-b", "feature")
    scene.change(edits=(), base=scene.box.head, branch="feature", upstream=None).apply("push")
    assert refs(scene).keys() == {"main", "v0.2.0"}
    scene.box.push("feature")
    scene.push().undo()
    assert refs(scene).keys() == {"main", "feature"}


def test_commits_that_a_tag_only_release_pushed_go_back_too(scene):
    before = refs(scene)
    scene.change(edits=(), base=scene.box.head).apply("push")
    assert refs(scene)["main"] == scene.box.head
    scene.push().undo()
    assert refs(scene) == before
