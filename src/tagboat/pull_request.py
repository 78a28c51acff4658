"""Release by a request to merge: for a branch that takes no push. The merge is what releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import preflight
from tagboat.dataclass import dataclass
from tagboat.errors import NotReady, Problem
from tagboat.pipeline import request_steps
from tagboat.planning import plan_release
from tagboat.release import unfinished
from tagboat.runner import run, undo
from tagboat.state import StateFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.version import Version

    from tagboat.observer import Observer
    from tagboat.plan import Plan
    from tagboat.step import Step
    from tagboat.versions import Request
    from tagboat.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Proposal:
    """A request that can be opened: the plan of the release, and where its state is kept."""

    plan: Plan
    state: StateFolder


def begun(workspace: Workspace, version: Version | None = None) -> Plan | None:
    """The most recent request that was opened from here and whose release is not tagged yet; of this version or any."""
    found = (workspace.root / ".tagboat").glob("*/pull-request/plan.json")
    for path in sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        state = StateFolder(path.parent)
        plan = state.plan()
        if plan is None or version not in (None, plan.version) or not state.ledger.ours():
            continue
        if workspace.git.tag(plan.tag) is None:
            return plan
    return None


def prepare(workspace: Workspace, request: Request) -> Proposal | None:
    """What is to be proposed, decided anew: the branch may have moved since. Changes nothing.

    Raises `NotReady` with every problem; None when there is nothing to release.
    """
    half = unfinished(workspace)
    if half is not None and half.state.ledger.ours():
        raise NotReady(
            f"the release of {half.plan.version} is half-finished",
            next="`tagboat release` finishes it, `tagboat undo` takes it back; then `tagboat release --pr`.",
        )
    plan = plan_release(workspace, request)
    if plan is None:
        return None
    problems = list(_problems(workspace, plan))
    if problems:
        raise NotReady(
            f"{plan.project} {plan.version} cannot be proposed yet", problems=problems, next="Nothing was changed."
        )
    return Proposal(plan, workspace.state_of(plan.version).pull_request)


def carry_out(workspace: Workspace, proposal: Proposal, observer: Observer) -> str:
    """Push the branch and open the request, or update both; says where it is."""
    proposal.state.keep_plan(proposal.plan)
    steps = steps_of(workspace, proposal.plan)
    run(steps, proposal.state.ledger, observer)
    return steps[-1].probe().detail


def take_back(workspace: Workspace, plan: Plan, observer: Observer) -> None:
    """Close the request and delete its branch. Raises `Irreversible` when it was merged."""
    state = workspace.state_of(plan.version).pull_request
    undo(steps_of(workspace, plan), state.ledger, observer)
    state.remove()


def steps_of(workspace: Workspace, plan: Plan) -> list[Step]:
    """The steps of a request, with their tools."""
    assert workspace.forge is not None and plan.remote is not None  # noqa: S101, PT018 - `prepare` has looked
    assert plan.branch is not None  # noqa: S101 - as well
    state = workspace.state_of(plan.version).pull_request
    return request_steps(plan, plan.remote, plan.branch, git=workspace.git, state=state, forge=workspace.forge)


def _problems(workspace: Workspace, plan: Plan) -> Iterator[Problem]:
    """Everything that stands in the way of a proposal."""
    if workspace.forge is None:
        yield Problem(
            "no forge is configured, so there is nowhere to open a request",
            next='Add [tool.tagboat.forge] with kind = "github" or "gitlab" to pyproject.toml.',
        )
    if not plan.edits:
        yield Problem(
            "no file says this version or its notes, or all do already: there is nothing to merge",
            next="`tagboat release --tag-only` tags what is there.",
        )
    yield from preflight.problems(
        plan, workspace.git, workspace.work_tree, (), workspace.config.branch, publishing=False, asking=False
    )
    yield from preflight.forge_problems(plan, workspace.forge)
    if plan.upstream is not None and plan.upstream != plan.base and workspace.git.is_ancestor(plan.upstream, plan.base):
        yield Problem(
            f"{plan.branch} has commits that {plan.remote} has not",
            "They would be a part of the request.",
            "Bring them there first, by a request of their own.",
        )
    yield from workspace.foreseen()
