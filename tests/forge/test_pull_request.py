"""Release by a request to merge: proposed, updated, taken back; merged in any way, tagged, and started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.gitbox import Box
from tests.projects import make_project

from tagboat import pull_request, release
from tagboat.ci.tagging import Merged, Nothing, find_merged, tag_and_start
from tagboat.config import load_config
from tagboat.config.model import ForgeConfig
from tagboat.errors import Blocked, CommandFailed, Irreversible, NotReady
from tagboat.observer import Silent
from tagboat.state import ensure_home
from tagboat.steps.request import branch_of
from tagboat.versions import Request
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from tests.forge.quay import Quay

    from tagboat.pull_request import Proposal

MINOR = Request.parse("minor", None)
BRANCH = "release/v0.2.0"


@pytest.fixture
def box(box: Box) -> Box:
    """A project at 0.1.0, tagged, with a feature since."""
    make_project(box.top, name="demo", version="0.1.0")
    box.write(".gitignore", ".tagboat/\n")
    box.write("CHANGELOG.md", "# Changelog\n")
    box.commit("feat: the first one")
    box.tag("v0.1.0")
    box.commit("feat: a sail", {"sail.txt": "x"})
    box.push("main", "v0.1.0")
    return box


def workspace_of(box: Box, quay: Quay) -> Workspace:
    """A look that remembers nothing."""
    from dataclasses import replace

    config = replace(load_config(box.top), forge=ForgeConfig(quay.kind, quay.server.url, "crew/boat"))
    tokens = dict.fromkeys(("GITHUB_TOKEN", "GITLAB_TOKEN"), "write-token")
    workspace = Workspace(box.top, environ={"PATH": "", "GITHUB_API_URL": quay.server.url, **tokens}, config=config)
    assert workspace.forge is not None
    workspace.forge.sleep = quay.slept.append  # type: ignore[attr-defined]
    return workspace


def propose(box: Box, quay: Quay, request: Request = MINOR) -> Proposal:
    workspace = workspace_of(box, quay)
    ensure_home(workspace.root)
    proposal = pull_request.prepare(workspace, request)
    assert proposal is not None
    pull_request.carry_out(workspace, proposal, Silent())
    return proposal


def pulls(quay: Quay) -> list[dict]:
    return quay.server.pulls if quay.kind == "github" else quay.server.merges


def merge(box: Box, how: str) -> str:
    """Merge the request on the remote as a forge does, somewhere else; what main is then."""
    other = box.clone(f"forge-{how}")
    if how == "merge":
        other.run("merge", "--quiet", "--no-ff", "-m", "Merge pull request #100", f"origin/{BRANCH}")
    elif how == "squash":
        other.run("merge", "--quiet", "--squash", f"origin/{BRANCH}")
        other.commit("Release 0.2.0 (#100)")
    else:
        other.commit("fix: meanwhile", {"other.txt": "x"})
        other.run("cherry-pick", f"origin/{BRANCH}")
    other.push("main")
    box.run("pull", "--quiet", "--tags", "origin", "main")
    return box.head


def test_a_request_is_opened_and_branch_and_tree_stay_as_they_were(box, quay):
    box.hook("pre-commit", "exit 1")  # a commit aside runs no hook
    before = (box.head, box.refs(), box.status(), box.read("pyproject.toml"))
    proposal = propose(box, quay)
    assert (box.head, box.refs(), box.status(), box.read("pyproject.toml")) == before
    tip = box.remote_refs()[f"refs/heads/{BRANCH}"]
    assert box.run("show", f"{tip}:pyproject.toml").count('version = "0.2.0"') == 1
    assert box.run("log", "-1", "--format=%P %s", tip) == f"{box.head} Release 0.2.0"
    assert "refs/tags/v0.2.0" not in box.remote_refs()
    (opened,) = pulls(quay)
    assert opened["title"] == "Release 0.2.0"
    assert "- a sail" in opened.get("body", opened.get("description"))
    assert branch_of(proposal.plan) == BRANCH


def test_opened_twice_is_as_opened_once(box, quay):
    propose(box, quay)
    refs = box.remote_refs()
    propose(box, quay)
    assert box.remote_refs() == refs
    assert len(pulls(quay)) == 1


def test_a_lost_state_changes_nothing_of_that(box, quay):
    import shutil

    propose(box, quay)
    refs = box.remote_refs()
    shutil.rmtree(box.top / ".tagboat")
    propose(box, quay)
    assert box.remote_refs() == refs
    assert len(pulls(quay)) == 1


def test_when_the_branch_moved_the_request_is_made_anew(box, quay):
    propose(box, quay)
    box.commit("feat: a second sail", {"second.txt": "x"})
    box.push("main")
    propose(box, quay)
    tip = box.remote_refs()[f"refs/heads/{BRANCH}"]
    assert box.run("log", "-1", "--format=%P", tip) == box.head
    (opened,) = pulls(quay)
    assert "a second sail" in opened.get("body", opened.get("description"))


def test_commits_of_somebody_else_on_the_branch_are_never_overwritten(box, quay):
    propose(box, quay)
    other = box.clone("other")
    other.run("switch", "--quiet", BRANCH)
    theirs = other.commit("better words", {"CHANGELOG.md": "# Changelog\n\nBetter\n"})
    other.push(BRANCH)
    box.commit("feat: a second sail", {"second.txt": "x"})
    box.push("main")
    with pytest.raises(Blocked, match="more on it than a release commit"):
        propose(box, quay)
    workspace = workspace_of(box, quay)
    plan = pull_request.begun(workspace)
    assert plan is not None
    with pytest.raises(Irreversible, match="somebody else"):
        pull_request.take_back(workspace, plan, Silent())
    assert box.remote_refs()[f"refs/heads/{BRANCH}"] == theirs


def test_it_is_taken_back(box, quay):
    before = box.remote_refs()
    propose(box, quay)
    workspace = workspace_of(box, quay)
    plan = pull_request.begun(workspace, Version("0.2.0"))
    assert plan is not None
    pull_request.take_back(workspace, plan, Silent())
    assert box.remote_refs() == before
    assert pulls(quay)[0]["state"] == "closed"
    assert pull_request.begun(workspace_of(box, quay)) is None


def test_one_that_was_merged_is_not_taken_back(box, quay):
    propose(box, quay)
    if quay.kind == "github":
        pulls(quay)[0].update(state="closed", merged_at="2026-11-26T10:00:00Z")
    else:
        pulls(quay)[0]["state"] = "merged"
    workspace = workspace_of(box, quay)
    plan = pull_request.begun(workspace)
    assert plan is not None
    assert "was merged" in pull_request.steps_of(workspace, plan)[1].probe().detail
    with pytest.raises(Irreversible, match="was merged"):
        pull_request.take_back(workspace, plan, Silent())


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_request_it_is_finished_or_taken_back(box, github, after):
    quay = github
    for number in range(1, 6):
        quay.server.pulls.clear()
        setattr(quay.server, "dies_after" if after else "dies_before", number + 1)  # the first asks for rights
        with pytest.raises(Exception, match="did not answer"):
            propose(box, quay)
        quay.server.revive()
        propose(box, quay)
        assert [each["state"] for each in pulls(quay)] == ["open"]
        workspace = workspace_of(box, quay)
        plan = pull_request.begun(workspace)
        assert plan is not None
        pull_request.take_back(workspace, plan, Silent())
        assert f"refs/heads/{BRANCH}" not in box.remote_refs()
        quay.server.revive()
        if quay.server.count == 0 and number > 3:
            break


def test_every_problem_is_told_before_anything_is_done(box, quay):
    from dataclasses import replace

    box.commit("feat: not pushed", {"third.txt": "x"})
    box.write("sail.txt", "changed")
    workspace = workspace_of(box, quay)
    workspace.environ = {"PATH": ""}
    workspace.forge.environ = {"PATH": ""}  # type: ignore[union-attr]
    with pytest.raises(NotReady) as caught:
        pull_request.prepare(workspace, MINOR)
    told = "\n".join(each.what for each in caught.value.problems)
    assert "uncommitted changes: sail.txt" in told
    assert "main has commits that origin has not" in told
    assert "there is no token" in told
    bare = Workspace(box.top, environ={"PATH": ""}, config=replace(workspace.config, forge=ForgeConfig()))
    with pytest.raises(NotReady) as caught:
        pull_request.prepare(bare, MINOR)
    assert "no forge is configured" in caught.value.problems[0].what


def test_nothing_to_release_is_nothing_to_propose(box, quay):
    box.run("reset", "--quiet", "--hard", "v0.1.0")
    assert pull_request.prepare(workspace_of(box, quay), Request()) is None


def test_where_nothing_changes_there_is_nothing_to_merge(box, quay):
    propose(box, quay)
    merge(box, "merge")
    with pytest.raises(NotReady) as caught:
        pull_request.prepare(workspace_of(box, quay), Request.parse("0.2.0", None))
    assert any("nothing to merge" in each.what for each in caught.value.problems)


# -- the merge is tagged ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_merged_release_is_recognised_however_it_was_merged(box, quay, how):
    propose(box, quay)
    head = merge(box, how)
    found = find_merged(workspace_of(box, quay))
    assert isinstance(found, Merged)
    assert (found.tag, found.commit) == ("v0.2.0", head)
    assert found.message.startswith("demo 0.2.0\n\n### Added\n\n- a sail")


def test_commits_that_came_later_do_not_hide_it(box, quay):
    propose(box, quay)
    head = merge(box, "squash")
    box.commit("fix: later")
    box.commit("docs: even later")
    found = find_merged(workspace_of(box, quay))
    assert isinstance(found, Merged)
    assert found.commit == head


def nothing(box: Box, quay: Quay) -> str:
    found = find_merged(workspace_of(box, quay))
    assert isinstance(found, Nothing)
    return found.why


def test_what_is_no_release_is_not_tagged_and_says_why(box, quay):
    assert nothing(box, quay) == f"0.1.0 is tagged already, on {box.run('rev-parse', 'v0.1.0^{commit}')[:10]}"
    text = box.read("pyproject.toml").decode()
    init = box.read("src/demo/__init__.py").decode()

    def says(version: str) -> None:
        box.write("src/demo/__init__.py", init.replace("0.1.0", version))
        box.commit("work", {"pyproject.toml": text.replace("0.1.0", version)})

    says("0.3.0.dev0")
    assert "development version" in nothing(box, quay)
    says("0.3.0")
    assert nothing(box, quay) == "the files say 0.3.0, and the changelog has no entry of it"
    says("0.0.9")
    assert nothing(box, quay) == "the files say 0.0.9, and 0.1.0 is released already"
    box.run("rm", "--quiet", "pyproject.toml")
    box.commit("gone")
    assert "no file says a version" in nothing(box, quay)


def test_a_version_that_comes_from_git_is_recognised_by_the_changelog(box, quay):
    make_project(box.top, "setuptools-scm", name="demo")
    box.commit("build: from git", {"CHANGELOG.md": "# Changelog\n\n## [0.2.0] - 2026-01-01\n\n- a sail\n"})
    found = find_merged(workspace_of(box, quay))
    assert isinstance(found, Merged)
    assert (found.tag, found.notes) == ("v0.2.0", "- a sail")


def test_a_shallow_checkout_is_refused(box, quay, tmp_path):
    box.run("clone", "--quiet", "--depth=1", box.remote.as_uri(), str(tmp_path / "shallow"), cwd=tmp_path)
    with pytest.raises(NotReady, match="shallow"):
        find_merged(workspace_of(Box(tmp_path / "shallow", box.remote), quay))


def test_the_tag_is_made_by_the_forge_and_what_it_would_not_start_is_started(box, quay):
    quay.server.tags.clear()
    propose(box, quay)
    head = merge(box, "squash")
    workspace = workspace_of(box, quay)
    found = find_merged(workspace)
    assert isinstance(found, Merged)
    said = tag_and_start(workspace, found, {"GITHUB_ACTIONS": "true", "TAGBOAT_WORKFLOW": "publish.yml"})
    assert said[0] == f"v0.2.0 is on {head[:10]} in {workspace.forge.summary}"
    assert quay.server.tags == {"v0.2.0"}
    if quay.kind == "github":
        inputs = {"version": "0.2.0", "channel": "all", "dry-run": "false", "confirm": "0.2.0"}
        assert quay.server.dispatched == [("publish.yml", "v0.2.0", inputs)]
        assert "starts nothing by itself" in said[1]
    else:
        assert len(said) == 1


def test_a_job_that_runs_again_starts_it_again_and_others_do_not(box, github):
    github.server.tags.clear()
    propose(box, github)
    merge(box, "squash")
    workspace = workspace_of(box, github)
    found = find_merged(workspace)
    assert isinstance(found, Merged)
    actions = {"GITHUB_ACTIONS": "true"}
    tag_and_start(workspace, found, actions)
    box.tag("v0.2.0")  # as the next checkout has it
    github.server.refs["v0.2.0"] = found.commit
    again = workspace_of(box, github)
    found = find_merged(again)
    assert isinstance(found, Merged)
    assert "already" in tag_and_start(again, found, actions)[0]
    assert len(github.server.dispatched) == 1
    assert len(tag_and_start(again, found, {**actions, "GITHUB_RUN_ATTEMPT": "2"})) == 2
    assert len(github.server.dispatched) == 2


def test_on_a_laptop_nothing_is_started_for_the_tag_does_that(box, github):
    github.server.tags.clear()
    propose(box, github)
    merge(box, "squash")
    workspace = workspace_of(box, github)
    found = find_merged(workspace)
    assert isinstance(found, Merged)
    assert len(tag_and_start(workspace, found, {})) == 1
    assert github.server.dispatched == []


def test_without_a_forge_nobody_makes_the_tag(box, quay):
    from dataclasses import replace

    workspace = workspace_of(box, quay)
    bare = Workspace(box.top, environ={"PATH": ""}, config=replace(workspace.config, forge=ForgeConfig()))
    with pytest.raises(NotReady, match="no forge is configured"):
        tag_and_start(bare, Merged("demo", Version("0.2.0"), "v0.2.0", box.head, ""), {})


# -- a branch that takes no push -------------------------------------------------------------------------------


def protected(box: Box) -> None:
    box.hook(
        "update",
        'if [ "$1" = refs/heads/main ]; then echo "GH006: Protected branch update failed" >&2; exit 1; fi',
        on_remote=True,
    )


def test_a_protected_branch_is_told_with_both_ways_and_tag_only_goes_on(box):
    protected(box)
    workspace = Workspace(box.top, environ={"PATH": ""})
    ensure_home(workspace.root)
    prepared = release.prepare(workspace, MINOR, until="push")
    assert prepared is not None
    steps = {step.name: step for step in release.steps_of(workspace, prepared, Silent())}
    prepared.state.keep_plan(prepared.plan)
    for name in ("edit", "commit", "tag"):
        prepared.state.ledger.write("started", name)
        steps[name].apply()
    with pytest.raises(CommandFailed) as caught:
        steps["push"].apply()
    assert "tagboat release --tag-only" in caught.value.next
    assert "tagboat release --pr" in caught.value.next
    main = box.remote_refs()["refs/heads/main"]
    again = Workspace(box.top, environ={"PATH": ""})
    goes_on = release.prepare(again, Request(), tag_only=True)
    assert goes_on is not None
    assert goes_on.plan.tag_only
    push = next(step for step in release.steps_of(again, goes_on, Silent()) if step.name == "push")
    assert push.probe().detail == "v0.2.0 to origin"
    push.apply()
    assert push.probe().state.value == "done"
    assert box.remote_refs()["refs/heads/main"] == main
    assert "refs/tags/v0.2.0" in box.remote_refs()
    push.undo()
    assert "refs/tags/v0.2.0" not in box.remote_refs()
    assert box.remote_refs()["refs/heads/main"] == main


def test_tag_only_is_kept_in_the_plan(box):
    workspace = Workspace(box.top, environ={"PATH": ""})
    prepared = release.prepare(workspace, MINOR, until="push", tag_only=True)
    assert prepared is not None
    assert type(prepared.plan).from_json(prepared.plan.to_json()) == prepared.plan


def test_proposing_beside_a_half_finished_release_is_refused(box, quay):
    workspace = workspace_of(box, quay)
    ensure_home(workspace.root)
    prepared = release.prepare(workspace, MINOR, until="push")
    assert prepared is not None
    prepared.state.keep_plan(prepared.plan)
    prepared.state.ledger.write("started", "edit")
    with pytest.raises(NotReady, match="half-finished"):
        pull_request.prepare(workspace_of(box, quay), MINOR)


def test_a_refused_push_of_the_proposal_is_told_and_a_wrong_version_is_no_proposal_of_ours(box, quay):
    box.hook("update", "echo no >&2; exit 1", on_remote=True)
    with pytest.raises(CommandFailed, match=f"did not take {BRANCH}"):
        propose(box, quay)
    assert pull_request.begun(workspace_of(box, quay), Version("9.9")) is None
    plan = pull_request.begun(workspace_of(box, quay))
    assert plan is not None
    pull_request.take_back(workspace_of(box, quay), plan, Silent())
    assert pull_request.begun(workspace_of(box, quay)) is None


def test_a_rehearsal_never_has_a_forge(box, quay, tmp_path):
    from tagboat.rehearsal import _copy

    (tmp_path / "copy").mkdir()
    assert _copy(workspace_of(box, quay), tmp_path / "copy").forge is None
