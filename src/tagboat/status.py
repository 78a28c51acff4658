"""Where a project stands: nothing to do, changes to release, or a release that stopped half-way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tagboat import promotion, release, rollback
from tagboat.errors import CommandFailed, IndexFailed, NotReady
from tagboat.planning import plan_release
from tagboat.versions import Request

if TYPE_CHECKING:
    from packaging.version import Version

    from tagboat.changes import Change
    from tagboat.observer import Observer
    from tagboat.plan import PromotionPlan, RollbackPlan
    from tagboat.step import Status
    from tagboat.workspace import LastRelease, Workspace

Verdict = Literal["nothing-to-do", "changes-to-release", "planned", "half-finished", "not-published"]


@dataclass(frozen=True, slots=True)
class OnIndex:
    """What one index has of the last release; `problem` when it could not be read."""

    name: str
    summary: str
    files: tuple[str, ...]
    problem: str = ""
    yanked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that `tagboat status` tells; `tagged_only` is what a release would go on from, or ask about.

    With `rolling_back`, the rollback of `rolled_back` did not get to its end.
    """

    verdict: Verdict
    project: str
    written: Version | None
    last: LastRelease
    changes: tuple[Change, ...]
    next_version: Version | None
    reason: str
    indexes: tuple[OnIndex, ...]
    unfinished: Version | None
    steps: tuple[tuple[str, Status], ...]
    rolled_back: Version | None
    rolling_back: bool
    tagged_only: release.TaggedOnly | None
    promoting: PromotionPlan | None = None
    promotion_steps: tuple[tuple[str, Status], ...] = ()


def look(workspace: Workspace, observer: Observer) -> Report:
    """Look at files, git and indexes; change nothing."""
    unfinished = release.unfinished(workspace)
    withdrawal = rollback.begun(workspace)
    promoting = promotion.unfinished(workspace)
    bringing = promotion.steps_of(workspace, promoting, observer) if promoting else ()
    try:
        plan, problem = (None if unfinished else plan_release(workspace, Request())), ""
    except NotReady as error:
        plan, problem = None, error.what
    steps = release.steps_of(workspace, unfinished, observer) if unfinished else ()
    indexes = tuple(_on_index(workspace, name) for name in (*workspace.index_names, *_promoted_to(workspace)))
    tagged_only = None if unfinished else _tagged_only(workspace)
    verdict: Verdict = "nothing-to-do"
    if unfinished is not None:
        verdict = "half-finished" if unfinished.state.ledger.ours() else "planned"
    elif tagged_only is not None:
        verdict = "not-published"
    elif plan is not None or problem:
        verdict = "changes-to-release"
    return Report(
        verdict=verdict,
        project=workspace.project.name,
        written=workspace.project.version,
        last=workspace.last_release,
        changes=() if unfinished else workspace.changes,
        next_version=plan.version if plan else None,
        reason=plan.reason if plan else problem,
        indexes=indexes,
        unfinished=unfinished.plan.version if unfinished else None,
        steps=tuple((step.name, step.probe()) for step in steps),
        rolled_back=withdrawal.version if withdrawal else None,
        rolling_back=withdrawal is not None and not _is_finished(workspace, withdrawal),
        tagged_only=tagged_only,
        promoting=promoting,
        promotion_steps=tuple((step.name, step.probe()) for step in bringing),
    )


def _is_finished(workspace: Workspace, withdrawal: RollbackPlan) -> bool:
    return workspace.state_of(withdrawal.version).rollback.ledger.is_finished()


def _tagged_only(workspace: Workspace) -> release.TaggedOnly | None:
    try:
        return release.tagged_only(workspace)
    except (CommandFailed, IndexFailed):
        return None  # nobody can be asked; the line of an index says why


def _promoted_to(workspace: Workspace) -> list[str]:
    """Further indexes that the last release was promoted to from here, in the order in which that was begun."""
    version = workspace.last_release.version
    targets = [plan.target for plan in promotion.known(workspace, version)] if version else []
    known = {index.name for index in workspace.config.index} - set(workspace.index_names)
    return [name for name in dict.fromkeys(reversed(targets)) if name in known]


def _on_index(workspace: Workspace, name: str) -> OnIndex:
    index = workspace.index(name)
    version = workspace.last_release.version
    if version is None:
        return OnIndex(name, index.summary, ())
    try:
        files = index.files(workspace.project.name, version)
    except IndexFailed as error:
        return OnIndex(name, index.summary, (), error.what)
    yanked = bool(files) and all(file.yanked for file in files.values())
    return OnIndex(name, index.summary, tuple(sorted(files)), yanked=yanked)
