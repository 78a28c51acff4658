"""Withdraw a published version and prove that installs fall back; or offer it again."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tagboat import promotion
from tagboat.errors import Blocked, NotReady, TagboatError
from tagboat.index.simple import select
from tagboat.origin import host_of
from tagboat.pipeline import rollback_steps
from tagboat.plan import RollbackPlan
from tagboat.preflight import index_problems
from tagboat.runner import run, undo
from tagboat.state import StateFolder
from tagboat.steps.fallback import FallbackStep
from tagboat.steps.withdraw import needs_a_person

if TYPE_CHECKING:
    from packaging.version import Version

    from tagboat.observer import Observer
    from tagboat.step import Step
    from tagboat.workspace import Workspace


def begun(workspace: Workspace, version: Version | None = None) -> RollbackPlan | None:
    """The most recent rollback that was begun and not undone, of any version or of this one.

    The ledger is begun before the plan is kept, so a plan without a ledger has lost it.
    """
    found = (workspace.root / ".tagboat").glob("*/rollback/plan.json")
    for path in sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        state = StateFolder(path.parent)
        plan = state.rollback_plan()
        events = any(state.ledger.events())
        if plan is not None and (state.ledger.ours() or not events) and version in (None, plan.version):
            return plan
    return None


def prepare(workspace: Workspace, version: Version, reason: str, *, again: bool = False) -> RollbackPlan:
    """The rollback to run: the one begun for this version, or a new one. Changes nothing. Raises `NotReady`.

    `again` says that a version which no index has may have been withdrawn before, from another machine.
    """
    earlier = workspace.state_of(version).rollback.rollback_plan()
    if earlier is not None:
        return earlier
    project = workspace.project.name
    indexes = workspace.indexes([*workspace.index_names, *_promoted_to(workspace, version)])
    if not indexes:
        raise NotReady("no index is configured, so there is nothing to withdraw from")
    # Where a person withdraws, no credential of ours is needed.
    found = [problem for index in indexes if not needs_a_person(index) for problem in index_problems(index)]
    if found:
        raise NotReady(f"{project} {version} cannot be withdrawn yet", problems=found)
    listed = {index.name: index.files(project) for index in indexes}
    if not again and not any(select(files.values(), canonicalize_name(project), version) for files in listed.values()):
        raise NotReady(
            f"{project} {version} is not on {', '.join(listed)}",
            next="`tagboat status` shows what each index has.",
        )
    hosts = {name: tuple(sorted({host_of(file.url) for file in files.values()})) for name, files in listed.items()}
    return RollbackPlan(project=project, version=version, reason=reason, indexes=tuple(listed), hosts=hosts)


def _promoted_to(workspace: Workspace, version: Version) -> list[str]:
    """Further indexes that the version was promoted to, though releases do not go there.

    Those that a promotion from here names, and of the other configured ones those that show it, unless surely with
    other bytes than ours: the same name and version can be a stranger's there.
    """
    from_here = {plan.target for plan in promotion.known(workspace, version)}
    others = [each.name for each in workspace.config.index if each.name not in workspace.index_names]
    ours: set[str | None] = set(workspace.state_of(version).hashes().values())
    for name in workspace.index_names if others else ():
        ours |= _shown(workspace, name, version)
    return [name for name in others if name in from_here or _may_be(ours, _shown(workspace, name, version))]


def _may_be(ours: set[str | None], shown: set[str | None]) -> bool:
    """Whether what an index shows may be ours, by the hashes; where nobody tells any, it may."""
    return bool(shown) and (not ours or None in ours | shown or bool(ours & shown))


def _shown(workspace: Workspace, name: str, version: Version) -> set[str | None]:
    """The hashes that an index shows of the version, None for one that it does not tell.

    Nothing of one that cannot be opened or read: it stands in nobody's way here.
    """
    try:
        with closing(workspace.index(name)) as index:
            return {file.sha256 for file in index.files(workspace.project.name, version).values()}
    except TagboatError:
        return set()


def carry_out(workspace: Workspace, plan: RollbackPlan, observer: Observer, *, wait: float | None = None) -> str:
    """Withdraw, or do what is left of it; says what a fresh install gets now.

    `wait` (seconds) stands in for that of the configuration where a person takes longer than a server.
    """
    state = workspace.state_of(plan.version).rollback
    state.path.mkdir(parents=True, exist_ok=True)
    state.ledger.write("begun")
    state.keep_plan(plan)
    steps = steps_of(workspace, plan, observer, wait=wait)
    run(steps, state.ledger, observer)
    return "; ".join(step.probe().detail for step in steps if isinstance(step, FallbackStep))


def take_back(workspace: Workspace, plan: RollbackPlan, observer: Observer) -> None:
    """Offer the withdrawn version again, where the index allows. Raises `Blocked` when the ledger was lost."""
    state = workspace.state_of(plan.version).rollback
    if not any(state.ledger.events()):
        raise Blocked(
            f"the ledger of the rollback of {plan.version} is lost",
            why="Without it nobody can tell whether the version was withdrawn from here, or by somebody else before.",
            next=f"`tagboat rollback {plan.version}` withdraws the rest; the index's own pages may offer it again.",
        )
    undo(steps_of(workspace, plan, observer), state.ledger, observer)
    state.remove()


def withdrew(workspace: Workspace, version: Version) -> bool:
    """Whether anything was withdrawn from here; what others had withdrawn before is not ours to offer again."""
    return any(step.startswith("withdraw:") for step in workspace.state_of(version).rollback.ledger.ours())


def steps_of(workspace: Workspace, plan: RollbackPlan, observer: Observer, *, wait: float | None = None) -> list[Step]:
    """The steps of a rollback, with their tools."""
    verifier = workspace.verifier(observer)
    return rollback_steps(
        plan,
        state=workspace.state_of(plan.version).rollback,
        indexes=workspace.indexes(plan.indexes),
        prove=lambda index: verifier.fallback(index, plan.project, plan.version, plan.hosts.get(index.name, ())),
        wait=workspace.config.verify.wait if wait is None else wait,
        show=observer.by_hand,
        note=observer.note,
        tag=workspace.tag_of(plan.version),
        forge=workspace.forge,
    )
