from __future__ import annotations

import pytest
from tests.steps.scene import CHANGELOG, FOLDER, SDIST, Scene

from tagboat.config import IndexConfig
from tagboat.errors import IndexFailed, Problem
from tagboat.git import Git
from tagboat.plan import Edit
from tagboat.preflight import index_problems, order_problems, problems
from tagboat.steps.files import listed
from tagboat.testing import FakeIndex


@pytest.fixture
def scene(box, tmp_path) -> Scene:
    return Scene(box, tmp_path)


def found(scene: Scene, *, branch: str | None = None, indexes: list[FakeIndex] | None = None) -> list[Problem]:
    git = scene.box.git
    return problems(scene.plan, git, git.work_tree(), [scene.index] if indexes is None else indexes, branch)


def whats(scene: Scene, **options) -> list[str]:
    return [problem.what for problem in found(scene, **options)]


def test_nothing_stands_in_the_way_of_a_good_plan(scene):
    before = (scene.box.refs(), scene.box.remote_refs(), scene.box.status())
    assert whats(scene, branch="main") == []
    assert (scene.box.refs(), scene.box.remote_refs(), scene.box.status()) == before


def test_everything_is_told_at_once_with_what_to_do_next(scene, monkeypatch):
    scene.box.write(f"{FOLDER}/src/demo/__init__.py", "dirty")
    scene.box.tag("v0.2.0")
    scene.box.run("config", "--global", "--remove-section", "user")
    scene.box.run("config", "user.useConfigOnly", "true")
    scene.box.run("remote", "set-url", "origin", str(scene.box.remote) + "-gone")
    scene.index.put(SDIST, b"x")
    scene.index.trouble.append(Problem("no credential for fake"))
    all_found = found(scene, branch="trunk")
    assert [problem.what.split(":")[0] for problem in all_found] == [
        "uncommitted changes",
        "git does not know who you are",
        "releases are made from trunk, but main is checked out",
        f"the tag v0.2.0 is there already, on {scene.box.git.tag('v0.2.0').commit[:10]}",
        "the remote origin cannot be reached",
        "no credential for fake",
        "fake has demo 0.2.0 already",
    ]
    assert all(problem.next for problem in all_found if "credential" not in problem.what)


@pytest.mark.parametrize("name", ["other.txt", f"{FOLDER}/pyproject.toml"])
def test_uncommitted_changes_are_told_and_untracked_files_are_not(scene, name):
    scene.box.commit("other", {"other.txt": "x"})
    scene.change(base=scene.box.head)
    scene.box.write("untracked", "x")
    assert whats(scene) == []
    scene.box.write(name, "changed by hand")
    assert whats(scene) == [f"uncommitted changes: {name}"]


def test_files_that_an_interrupted_run_of_this_plan_wrote_are_no_uncommitted_changes(scene):
    first = scene.plan.edits[0]
    scene.box.write(first.path, first.after)
    assert whats(scene) == []
    scene.apply("edit")
    assert whats(scene) == []


@pytest.mark.parametrize("path", ["new.txt", f"{FOLDER}/docs/deep/new.txt", "new folder/new.txt"])
def test_an_untracked_file_that_would_be_written_is_told(scene, path):
    scene.box.write(path, "by hand")
    scene.change(edits=(Edit(path, "by hand", "by us"),))
    (what,) = whats(scene)
    assert what == f"the release would write {path}, which git does not track yet"


def test_a_file_that_the_release_makes_is_no_problem(scene):
    assert CHANGELOG in scene.plan.edits[-1].path
    assert whats(scene) == []


def test_a_detached_head_is_told(scene):
    scene.box.run("checkout", "--quiet", "--detach")
    assert whats(scene) == ["HEAD is detached: no branch is checked out"]


def test_a_shallow_clone_is_told(scene, tmp_path):
    folder = tmp_path / "shallow"
    scene.box.run("clone", "--quiet", "--depth=1", scene.box.remote.as_uri(), str(folder))
    git = Git(folder)
    (problem,) = problems(scene.plan, git, git.work_tree(), [], None)
    assert "shallow" in problem.what
    assert "--unshallow" in problem.next


def test_any_tag_of_the_version_stands_in_the_way_of_a_release_that_edits(scene):
    scene.box.tag("v0.2.0")  # even on the base: the release commit will be another
    (what,) = whats(scene)
    assert what.startswith("the tag v0.2.0 is there already")


def test_a_tag_on_the_remote_only_is_told(scene):
    other = scene.box.clone("other")
    other.tag("v0.2.0")
    other.push("v0.2.0")
    (problem,) = found(scene)
    assert problem.what == "origin has a tag v0.2.0 already"
    assert "pull --tags" in problem.next


def test_a_branch_without_upstream_and_one_that_moved_are_told(scene):
    scene.box.run("checkout", "--quiet", "-b", "feature/ü")
    scene.change(branch="feature/ü")
    assert whats(scene) == ["feature/ü has no upstream: origin has no such branch"]
    scene.box.run("checkout", "--quiet", "main")
    scene.change(branch="main")
    other = scene.box.clone("other")
    other.commit("theirs")
    other.push("main")
    assert whats(scene) == ["main on origin has moved: it holds commits that are not here"]


def test_local_commits_that_are_not_pushed_yet_are_no_problem(scene):
    scene.box.commit("mine", {"mine": "x"})
    scene.change(base=scene.box.head)
    assert whats(scene) == []


def test_without_a_remote_none_is_asked(scene):
    scene.box.run("remote", "remove", "origin")
    assert whats(scene.change(remote=None)) == []


def test_an_index_that_cannot_be_read_is_told(scene):
    bad = FakeIndex("bad")
    bad.fail_next("files", IndexFailed("bad cannot be read", why="no route", next="wait"))
    worse = FakeIndex("worse")
    worse.fail_next("problems")
    assert found(scene, indexes=[bad, worse]) == [
        Problem("bad cannot be read", "no route", "wait"),
        Problem("worse: the test says no"),
    ]


def test_every_index_tells_all_that_is_wrong_with_it_at_once(scene):
    stage, main = FakeIndex("stage"), FakeIndex("main")
    stage.trouble = [Problem("stage: no credential"), Problem("stage: plain http")]
    main.trouble = [Problem("main: no credential")]
    main.put(SDIST, b"x")
    assert whats(scene, indexes=[stage, main]) == [
        "stage: no credential",
        "stage: plain http",
        "main: no credential",
        f"main has demo 0.2.0 already: {SDIST}",
    ]
    assert (stage.closed, main.closed) == (1, 1)


def test_an_index_that_tells_why_it_cannot_be_read_does_not_tell_it_twice(scene):
    scene.index.trouble = [Problem("no credential")]
    scene.index.fail_next("files")
    assert whats(scene) == ["no credential"]


def test_what_an_index_told_before_it_could_not_be_asked_any_more_counts():
    index = FakeIndex()

    def told():
        yield Problem("no credential")
        raise IndexFailed("gone", why="no route")

    index.problems = told
    assert index_problems(index) == [Problem("no credential"), Problem("gone", "no route")]
    assert index.closed == 1


@pytest.mark.parametrize(
    ("kinds", "late"),
    [
        (("testpypi", "pypi"), []),
        (("testpypi",), []),
        (("pypi", "testpypi"), ["index-1 is a test index, and comes after index-0"]),
        (("devpi", "pypi", "testpypi"), ["index-2 is a test index, and comes after index-0, index-1"]),
    ],
)
def test_a_test_index_comes_first_or_tests_nothing(kinds, late):
    indexes = [IndexConfig(f"index-{number}", kind, {}) for number, kind in enumerate(kinds)]
    assert [problem.what for problem in order_problems(indexes)] == late


def test_from_a_tag_what_is_published_already_is_no_problem(scene):
    tag = scene.box.tag("v0.2.0")
    scene.box.push("v0.2.0")
    scene.index.put(SDIST, b"x")
    scene.box.write("README.md", "dirty")  # which nothing is made from
    scene.change(edits=(), branch=None, from_tag=True)
    assert scene.box.remote_refs()["refs/tags/v0.2.0"] == tag
    assert whats(scene) == []


def test_from_a_tag_another_commit_under_it_is_told(scene):
    scene.box.tag("v0.2.0", "HEAD~1")
    scene.change(edits=(), branch=None, from_tag=True)
    assert len(whats(scene)) == 1


@pytest.mark.parametrize("done", [("edit", "commit"), ("edit", "commit", "tag", "build", "push", "publish")])
def test_a_plan_whose_release_commit_is_there_was_begun_and_may_go_on(scene, done):
    scene.apply(*done)
    assert whats(scene, branch="main") == []
    scene.index.trouble.append(Problem("no credential for fake"))
    assert whats(scene) == ["no credential for fake"]


def test_a_plan_for_another_commit_is_told(scene):
    scene.box.commit("since", {"other": "x"})
    (problem,) = found(scene)
    assert problem.what == f"the plan was made for {scene.plan.base[:10]}, but HEAD is {scene.box.head[:10]}"
    assert "plan again" in problem.next


def test_many_names_are_cut():
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(13)]).endswith("8, 9 and 3 more")
