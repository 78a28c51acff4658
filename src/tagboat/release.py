"""Run a release, finish one that was cut short, or take it back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tagboat import preflight
from tagboat.dataclass import dataclass
from tagboat.distribution import parse_filename
from tagboat.errors import Blocked, CommandFailed, IndexFailed, NotReady, Problem, UsageError
from tagboat.pipeline import release_steps
from tagboat.planning import plan_from_tag, plan_release
from tagboat.preload import preload
from tagboat.runner import run, undo
from tagboat.state import StateFolder, release_folders
from tagboat.steps.announce import AnnounceStep
from tagboat.steps.files import has_text
from tagboat.steps.publish import PublishStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.distribution import Distribution
    from tagboat.index.interface import Index
    from tagboat.observer import Observer
    from tagboat.plan import Plan
    from tagboat.step import Step
    from tagboat.versions import Request
    from tagboat.workspace import Workspace


BEFORE_BUILDING = ("edit", "commit", "tag")
BEFORE_PUSHING = (*BEFORE_BUILDING, "build", "check")
BEFORE_PUBLISHING = (*BEFORE_PUSHING, "push")


@dataclass(frozen=True, slots=True)
class Release:
    """A release that can be run: its plan, where its state is kept, and whether that was begun before."""

    plan: Plan
    state: StateFolder
    resumed: bool


@dataclass(frozen=True, slots=True)
class TaggedOnly:
    """A release that HEAD was tagged for, with no state folder to tell of it, and whose end is not reached.

    `lacking` names the indexes that do not have all of it. Unless `pushed`, nobody else has seen the tag, so nothing
    can have been published or withdrawn.
    """

    plan: Plan
    pushed: bool
    lacking: tuple[str, ...]


def unfinished(workspace: Workspace) -> Release | None:
    """The release that was begun, or saved as a plan, and did not reach its end: the most recent one.

    One that was withdrawn is at its end, until that is undone.
    """
    for _, state in release_folders(workspace.root):
        if state.ledger.is_finished() or state.rollback.rollback_plan() is not None:
            continue
        plan = state.plan()
        if plan is None:
            continue
        release = Release(plan, state, resumed=True)
        if not _finished_elsewhere(workspace, release):
            return release
    return None


def prepare(
    workspace: Workspace,
    request: Request,
    tag: str | None = None,
    *,
    until: str | None = None,
    tag_only: bool = False,
) -> Release | None:
    """The release to run: the unfinished one, or a new one that nothing stands in the way of.

    `until` is the last step that is wanted now: without publishing, nobody needs a credential for an index. With
    `tag_only` the branch is not pushed, also in a release that was begun otherwise.
    Changes nothing. Raises `NotReady` with every problem; None when there is nothing to release.
    """
    if any(index.kind != "directory" for index in workspace.config.publish_to):
        preload("urllib3")
    begun = unfinished(workspace)
    if begun is not None:
        _refuse_another(begun.plan, request, tag)
        if not begun.state.ledger.ours():
            _refuse_problems(workspace, begun.plan, until)
        return replace(begun, plan=replace(begun.plan, tag_only=begun.plan.tag_only or tag_only))
    if tag is not None:
        plan: Plan | None = plan_from_tag(workspace, tag)
    else:
        plan = (None if request.exact else _going_on(workspace)) or plan_release(workspace, request)
    if plan is None:
        return None
    plan = replace(plan, tag_only=tag_only)
    _refuse_problems(workspace, plan, until)
    return Release(plan, workspace.state_of(plan.version), resumed=False)


def problems(workspace: Workspace, plan: Plan, until: str | None = None, *, trying: bool = True) -> list[Problem]:
    """Everything that stands in the way of a plan that has not begun, told at once.

    Without `trying` nothing is left behind on an index to see whether it lets us in.
    """
    publishing = until not in BEFORE_PUBLISHING
    found = preflight.problems(
        plan,
        workspace.git,
        workspace.work_tree,
        workspace.indexes(plan.indexes),
        workspace.config.branch,
        publishing=publishing,
        asking=until not in BEFORE_BUILDING,
        needs_remote=not (plan.from_tag and until in BEFORE_PUSHING) and not _was_pushed(workspace, plan),
        trying=trying,
    )
    if publishing:
        found += preflight.order_problems(workspace.config.publish_to)
    if until in (None, "announce"):
        found += preflight.forge_problems(plan, workspace.forge)
    if until not in BEFORE_BUILDING and not plan.from_tag:  # a tag's files need not be those that are checked out
        found += workspace.foreseen()
    return found


def carry_out(
    workspace: Workspace,
    release: Release,
    observer: Observer,
    *,
    until: str | None = None,
    given: Sequence[Distribution] = (),
) -> bool:
    """Run a release, or what is left of it; `until` stops after that step. True when it is finished.

    `given` are wheels that were built elsewhere.
    """
    announcing = until not in BEFORE_PUBLISHING
    steps = steps_of(workspace, release, observer, given, announcing=announcing)
    wanted = up_to(steps, until)
    if not release.resumed or release.state.plan() != release.plan:
        release.state.keep_plan(release.plan)
    finished = len(wanted) == len(steps) and (announcing or not workspace.config.forge.kind)
    run(wanted, release.state.ledger, observer, finish=finished)
    return finished


def take_back(workspace: Workspace, release: Release, observer: Observer) -> tuple[str, ...]:
    """Undo what an unfinished release began, as far as it can be undone, then forget it.

    Returns what nobody can tell to be taken back, in sentences.

    Raises `Blocked` when its ledger was lost: then nobody can tell what it began.
    """
    if not any(release.state.ledger.events()) and _has_traces(workspace, release):
        raise Blocked(
            f"the ledger of the release of {release.plan.version} is lost",
            why="Without it nobody can tell what this release made from what was there before.",
            next="`tagboat release` finishes the release; to take it back all the same, go by `tagboat status`.",
        )
    announced = AnnounceStep.name in release.state.ledger.ours()
    doubts = undo(steps_of(workspace, release, observer, announcing=announced), release.state.ledger, observer)
    release.state.remove()
    return doubts


def steps_of(
    workspace: Workspace,
    release: Release,
    observer: Observer,
    given: Sequence[Distribution] = (),
    *,
    announcing: bool = True,
) -> list[Step]:
    """The steps of a release, with their tools; without `announcing` nobody looks whether there is a forge."""
    plan, verifier = release.plan, workspace.verifier(observer)
    return release_steps(
        plan,
        git=workspace.git,
        state=release.state,
        indexes=workspace.indexes(plan.indexes),
        build=workspace.build_of(plan.tag, observer),
        check=lambda distributions: workspace.check(plan.version, plan.tag, plan.tag, distributions),
        verify=verifier.release,
        early=verifier,
        wait=workspace.config.verify.wait,
        progress=observer.progress,
        given=given,
        pushed=_was_pushed(workspace, plan),
        forge=workspace.forge if announcing else None,
        public=workspace.is_public(plan.indexes),
        by_rules=workspace.by_rules,
    )


def publish(
    workspace: Workspace,
    distributions: Sequence[Distribution],
    indexes: Sequence[Index],
    observer: Observer,
) -> None:
    """Publish distributions that were built elsewhere: the release's own publish steps, without the rest."""
    first = distributions[0]
    state = workspace.state_of(first.version).elsewhere
    state.adopt(distributions)
    steps = [
        PublishStep(
            first.project,
            first.version,
            index,
            state,
            wait=workspace.config.verify.wait,
            progress=observer.progress,
            command="tagboat publish",
        )
        for index in indexes
    ]
    run(steps, state.ledger, observer, finish=False)


def up_to(steps: Sequence[Step], name: str | None) -> Sequence[Step]:
    """The steps up to and with the named one; "publish" means the last of several. Raises `UsageError`."""
    if name is None:
        return steps
    ends = [number for number, step in enumerate(steps, 1) if name in (step.name, step.name.partition(":")[0])]
    if not ends:
        raise UsageError(f"there is no step {name}", why=f"The steps are: {', '.join(step.name for step in steps)}.")
    return steps[: ends[-1]]


def _refuse_another(plan: Plan, request: Request, tag: str | None) -> None:
    """While one release is half-finished, no other version may begin."""
    wanted = tag or (str(request.exact) if request.exact else None)
    if wanted in (None, plan.tag, str(plan.version)):
        return
    raise NotReady(
        f"the release of {plan.version} is half-finished",
        next=f"`tagboat release` finishes it, `tagboat undo` takes it back; then release {wanted}.",
    )


def _refuse_problems(workspace: Workspace, plan: Plan, until: str | None) -> None:
    found = problems(workspace, plan, until)
    if found:
        raise NotReady(
            f"{plan.project} {plan.version} cannot be released yet",
            problems=found,
            next="Nothing was changed.",
        )


def tagged_only(workspace: Workspace) -> TaggedOnly | None:
    """The release that HEAD was tagged for and that no state folder tells of, unless it is all there."""
    tag, version = workspace.last_release.tag, workspace.last_release.version
    git = workspace.git
    if tag is None or version is None or git.resolve(f"refs/tags/{tag}") != git.resolve("HEAD"):
        return None
    state = workspace.state_of(version)
    if state.plan() is not None or state.rollback.rollback_plan() is not None:
        return None  # finished, else it would have been found as unfinished; or withdrawn from here
    if workspace.project.version not in (None, version):
        return None  # somebody's own tag: the files say another version
    plan = plan_from_tag(workspace, tag, with_branch=True)
    ref = f"refs/tags/{tag}"
    if plan.remote is not None and ref not in git.remote_refs(plan.remote, ref):
        return TaggedOnly(plan, False, plan.indexes)
    lacking = tuple(index.name for index in workspace.indexes(plan.indexes) if _lacks_files(index, plan))
    return TaggedOnly(plan, True, lacking) if lacking else None


def _going_on(workspace: Workspace) -> Plan | None:
    """What is left of a release that was tagged only. Raises `Blocked` when it may have been withdrawn since."""
    found = tagged_only(workspace)
    if found is None or not found.pushed:
        return None if found is None else found.plan
    raise Blocked(
        f"{found.plan.tag} is tagged and pushed, but {', '.join(found.lacking)} does not have all of it",
        why="Without the state folder of that release, nobody can tell an unfinished one from a withdrawn one.",
        next=f"Publish it with `tagboat release --tag {found.plan.tag}`, or commit something new to release.",
    )


def _has_traces(workspace: Workspace, release: Release) -> bool:
    """Whether anything tells that a release was more than planned."""
    plan, git = release.plan, workspace.git
    return (
        bool(release.state.hashes())
        or (not plan.from_tag and git.tag(plan.tag) is not None)
        or any(has_text(git, edit, edit.after) for edit in plan.edits)
    )


def _finished_elsewhere(workspace: Workspace, release: Release) -> bool:
    """Whether another machine took over: the tag is pushed, every index has the version, and none of it from here.

    That is what a job in CI does with a tag that was made on a laptop.
    """
    plan = release.plan
    ours = release.state.ledger.ours()
    if not ours or plan.remote is None or not plan.indexes or any(":" in step for step in ours):
        return False
    tag, ref = workspace.git.tag(plan.tag), f"refs/tags/{plan.tag}"
    try:
        if tag is None or workspace.git.remote_refs(plan.remote, ref).get(ref) != tag.id:
            return False
        return not any(_lacks_files(index, plan) for index in workspace.indexes(plan.indexes))
    except (CommandFailed, IndexFailed):
        return False  # nobody can be asked, so it stays what it is known to be


def _was_pushed(workspace: Workspace, plan: Plan) -> bool:
    """Whether the tag of a plan is what the CI system started this job with, on the commit that is released."""
    from tagboat.ci.event import TAGS, started_from

    ref, sha = started_from(workspace.environ)
    return plan.from_tag and ref == TAGS + plan.tag and workspace.git.resolve(sha) == plan.base


def _lacks_files(index: Index, plan: Plan) -> bool:
    """Whether an index lacks the sdist or every wheel of a plan's version."""
    names = index.files(plan.project, plan.version)
    return {parsed[0] for name in names if (parsed := parse_filename(name))} != {"sdist", "wheel"}
