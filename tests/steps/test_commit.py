from __future__ import annotations

import pytest
from tests.steps.scene import AFTER, CHANGELOG, FOLDER

from tagboat.errors import CommandFailed, Irreversible
from tagboat.step import State
from tagboat.steps.commit import release_commit

REFORMAT = f"""
file="{FOLDER}/pyproject.toml"
grep -q formatted "$file" && exit 0
printf '# formatted\\n' >> "$file"
"""


def test_only_the_edits_are_committed_with_the_plans_message(scene):
    scene.box.write("mine", "staged by hand")
    scene.box.run("add", "mine")
    scene.apply("edit", "commit")
    facts = scene.box.git.facts(scene.box.head)
    assert facts.changed == {edit.path for edit in scene.plan.edits}
    assert scene.box.run("log", "-1", "--format=%B") == scene.plan.message.rstrip("\n")
    assert scene.box.status() == ["A  mine"]


def test_without_edits_the_base_is_the_release_commit(scene):
    scene.change(edits=())
    assert scene.commit().probe().state is State.DONE
    assert release_commit(scene.box.git, scene.plan) == scene.plan.base
    scene.commit().undo()
    assert scene.box.head == scene.plan.base


@pytest.mark.parametrize("adds", ["exit 1", 'git add "$file"'], ids=["fails", "adds"])
def test_a_hook_that_rewrites_files_is_satisfied_and_leaves_the_tree_clean(scene, adds):
    scene.box.hook("pre-commit", REFORMAT + adds)
    scene.apply("edit", "commit")
    assert scene.commit().probe().state is State.DONE
    assert scene.edit().probe().state is State.DONE
    assert scene.box.git.content("HEAD", f"{FOLDER}/pyproject.toml").endswith("# formatted\n")
    assert scene.box.status() == []


@pytest.mark.parametrize("adds", ["exit 1", 'git add "$file"'], ids=["fails", "adds"])
def test_a_release_that_a_hook_rewrote_is_taken_back_like_any_other(scene, adds):
    scene.box.hook("pre-commit", REFORMAT + adds)
    scene.apply("edit", "commit")
    scene.commit().undo()
    scene.commit().undo()
    scene.edit().undo()
    assert scene.box.head == scene.plan.base
    assert scene.box.status() == []


def test_a_hand_edit_on_top_of_the_release_commit_survives_undo(scene):
    scene.apply("edit", "commit")
    scene.box.write(f"{FOLDER}/pyproject.toml", AFTER["pyproject.toml"] + "# mine\n")
    scene.commit().undo()
    with pytest.raises(Irreversible):
        scene.edit().undo()
    assert scene.text("pyproject.toml").endswith(b"# mine\n")


@pytest.mark.parametrize("script", ["echo 'not today' >&2; exit 1", REFORMAT.replace("grep", "false;") + "exit 1"])
def test_a_hook_that_refuses_leaves_the_edits_as_planned_and_nothing_staged(scene, script):
    scene.box.hook("pre-commit", script)
    scene.apply("edit")
    with pytest.raises(CommandFailed, match="git commit failed") as caught:
        scene.commit().apply()
    assert "release` again" in caught.value.next
    assert scene.box.head == scene.plan.base
    assert scene.box.run("diff", "--cached", "--name-only") == ""
    assert scene.edit().probe().state is State.DONE
    assert scene.commit().probe().state is State.TODO
    scene.edit().undo()
    assert scene.box.status() == []


def test_a_hook_that_removes_a_file_fails_the_step_cleanly(scene):
    scene.box.hook("pre-commit", f'rm -f "{FOLDER}/{CHANGELOG}"; exit 1')
    scene.apply("edit")
    with pytest.raises(CommandFailed):
        scene.commit().apply()


def test_a_hook_that_changes_the_message_changes_nothing_else(scene):
    scene.box.hook("commit-msg", 'printf "[JIRA-1] " | cat - "$1" > "$1.new" && mv "$1.new" "$1"')
    scene.apply("edit", "commit")
    assert scene.box.run("log", "-1", "--format=%s").startswith("[JIRA-1] chore")
    assert scene.commit().probe().state is State.DONE
    scene.commit().undo()
    scene.edit().undo()
    assert scene.box.head == scene.plan.base
    assert scene.box.status() == []


def test_no_identity_is_gits_own_error(scene, monkeypatch):
    scene.apply("edit")
    scene.box.run("config", "--global", "--remove-section", "user")
    scene.box.run("config", "user.useConfigOnly", "true")
    with pytest.raises(CommandFailed, match="git commit failed"):
        scene.commit().apply()
    assert scene.edit().probe().state is State.DONE


@pytest.mark.parametrize("where", ["another branch", "no branch"])
def test_on_another_branch_it_is_blocked(scene, where):
    scene.apply("edit")
    scene.box.run("checkout", "--quiet", *(["-b", "other"] if where == "another branch" else ["--detach"]))
    status = scene.commit().probe()
    assert status.state is State.BLOCKED
    assert "belongs on main" in status.detail
    scene.commit().undo()


def test_a_branch_with_slashes_is_a_branch(scene):
    scene.box.run("checkout", "--quiet", "-b", "release/ü/1.x")
    scene.change(branch="release/ü/1.x").apply("edit", "commit")
    assert scene.commit().probe().state is State.DONE
    scene.commit().undo()
    assert scene.box.head == scene.plan.base


def test_commits_on_top_stay_where_they_are(scene):
    scene.apply("edit", "commit")
    tip = scene.box.commit("on top", {"other": "x"})
    assert scene.commit().probe().state is State.DONE
    with pytest.raises(Irreversible, match="commits on top") as caught:
        scene.commit().undo()
    assert "git revert" in caught.value.next
    assert scene.box.head == tip


def test_the_release_commit_is_found_below_merges(scene):
    scene.apply("edit", "commit")
    released = scene.box.head
    scene.box.run("checkout", "--quiet", "-b", "side", scene.plan.base)
    scene.box.commit("side", {"side": "x"})
    scene.box.run("checkout", "--quiet", "main")
    scene.box.merge("side")
    assert release_commit(scene.box.git, scene.plan) == released


def test_a_commit_by_hand_of_just_the_edits_is_the_release_commit(scene):
    scene.apply("edit")
    scene.box.commit("my own words")
    assert scene.commit().probe().state is State.DONE
    scene.commit().undo()
    assert scene.box.head == scene.plan.base


def test_a_commit_by_hand_with_more_in_it_is_never_taken_off(scene):
    scene.apply("edit")
    theirs = scene.box.commit("my own words", {"mine": "x"})
    with pytest.raises(Irreversible, match="committed or amended by hand"):
        scene.commit().undo()
    assert scene.box.head == theirs


@pytest.mark.parametrize("words", [("--no-edit",), ("-m", "my own words")], ids=["same", "other"])
def test_a_release_commit_with_more_amended_into_it_is_released_when_a_person_tags_it(scene, words):
    scene.apply("edit", "commit")
    scene.box.write("mine", "x")
    scene.box.run("add", "mine")
    scene.box.run("commit", "--quiet", "--amend", *words)
    theirs = scene.box.head
    status = scene.commit().probe()
    assert status.state is State.BLOCKED
    assert f"{theirs[:10]} also changes mine" in status.detail
    with pytest.raises(Irreversible, match="amended by hand: it also changes mine"):
        scene.commit().undo()
    assert scene.box.head == theirs
    scene.box.run("tag", "-a", scene.plan.tag, theirs[:10], "-m", "mine, too")
    assert scene.commit().probe().state is State.DONE
    assert scene.tag().probe().state is State.DONE


def test_a_release_commit_with_more_amended_out_of_it_again_is_released(scene):
    scene.apply("edit", "commit")
    scene.box.write("mine", "x")
    scene.box.run("add", "mine")
    scene.box.run("commit", "--quiet", "--amend", "--no-edit")
    scene.box.run("rm", "--quiet", "--cached", "mine")
    scene.box.run("commit", "--quiet", "--amend", "--no-edit")
    assert scene.commit().probe().state is State.DONE


def test_what_a_hook_adds_to_the_commit_belongs_to_the_release(scene):
    scene.box.hook("pre-commit", "echo generated > made && git add made")
    scene.apply("edit", "commit")
    assert "made" in scene.box.git.facts(scene.box.head).changed
    assert scene.commit().probe().state is State.DONE
    scene.commit().undo()
    assert scene.box.head == scene.plan.base


def test_more_that_is_amended_to_what_a_hook_added_does_not(scene):
    scene.box.hook("pre-commit", "echo generated > made && git add made")
    scene.apply("edit", "commit")
    scene.box.write("mine", "x")
    scene.box.run("add", "mine")
    scene.box.run("commit", "--quiet", "--amend", "--no-edit")
    assert scene.commit().probe().state is State.BLOCKED


def test_a_commit_by_hand_with_other_texts_is_not_the_release_commit(scene):
    scene.box.commit("bump", {edit.path: edit.after + "other\n" for edit in scene.plan.edits})
    assert release_commit(scene.box.git, scene.plan) is None
    assert scene.commit().probe().state is State.BLOCKED


def test_a_commit_with_our_message_but_without_our_edits_is_not_the_release_commit(scene):
    scene.box.commit(scene.plan.message, {"other": "x"})
    assert release_commit(scene.box.git, scene.plan) is None


def test_a_release_commit_that_is_off_the_branch_but_tagged_is_left_alone(scene):
    scene.apply("edit", "commit", "tag")
    scene.box.run("reset", "--quiet", "--hard", scene.plan.base)
    assert release_commit(scene.box.git, scene.plan) is not None
    scene.commit().undo()
    assert scene.box.head == scene.plan.base


def test_the_branch_may_be_gone(scene):
    scene.apply("edit", "commit")
    scene.box.run("checkout", "--quiet", "-b", "other")
    scene.box.run("branch", "--quiet", "-D", "main")
    assert scene.commit().probe().state is State.BLOCKED
    scene.commit().undo()
    assert "refs/heads/other" in scene.box.refs()
