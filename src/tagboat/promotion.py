"""Bring a published version from one index to the next, the same bytes; or take that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import release
from tagboat.errors import Blocked, IndexFailed, NotReady, Problem, UsageError
from tagboat.index.interface import Promotes
from tagboat.pipeline import promote_steps
from tagboat.plan import PromotionPlan
from tagboat.preflight import index_problems
from tagboat.runner import run, undo
from tagboat.state import StateFolder
from tagboat.steps.publish import hash_by_download
from tagboat.steps.verify import VerifyStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from packaging.version import Version

    from tagboat.index.interface import Index, IndexFile
    from tagboat.observer import Observer
    from tagboat.step import Step
    from tagboat.workspace import Workspace


def known(workspace: Workspace, version: Version | None = None) -> Iterator[PromotionPlan]:
    """Every promotion that was begun from here, of any version or of this one, the most recent first."""
    found = (workspace.root / ".tagboat").glob("*/promote-*/plan.json")
    for path in sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True):
        plan = StateFolder(path.parent).promotion_plan()
        if plan is not None and version in (None, plan.version):
            yield plan


def unfinished(workspace: Workspace, version: Version | None = None) -> PromotionPlan | None:
    """The most recent promotion that did not reach its end. One whose version was withdrawn is at its end."""
    for plan in known(workspace, version):
        if not _was_rolled_back(workspace, plan.version) and not state_of(workspace, plan).ledger.is_finished():
            return plan
    return None


def state_of(workspace: Workspace, plan: PromotionPlan) -> StateFolder:
    """Where a promotion keeps its plan, ledger and files."""
    return workspace.state_of(plan.version).promotion(plan.source, plan.target)


def source_before(workspace: Workspace, target: str) -> str:
    """The configured index before this one. Raises `UsageError` when there is none."""
    workspace.config.find_index(target)
    names = [index.name for index in workspace.config.index]
    before = names.index(target) - 1
    if before < 0:
        raise UsageError(
            f"there is no index before {target} to promote from",
            why=f"Configured are, in order: {', '.join(names)}.",
            next="Name one with --from.",
        )
    return names[before]


def prepare(workspace: Workspace, version: Version, source: str, target: str) -> PromotionPlan:
    """The promotion to run: the unfinished one, or a new one. Changes nothing. Raises `NotReady` with every problem."""
    if source == target:
        raise UsageError(f"{source} cannot be promoted to itself")
    indexes = workspace.indexes([source, target])
    state = workspace.state_of(version).promotion(source, target)
    earlier = state.promotion_plan()
    if earlier is not None and not state.ledger.is_finished() and not _was_rolled_back(workspace, version):
        return earlier
    begun = release.unfinished(workspace)
    if begun is not None and begun.plan.version == version:
        raise NotReady(
            f"the release of {version} is half-finished",
            next="`tagboat release` finishes it, `tagboat undo` takes it back; then promote it.",
        )
    return _planned(workspace, version, *indexes)


def _planned(workspace: Workspace, version: Version, source: Index, target: Index) -> PromotionPlan:
    """A new plan, once nothing stands in its way."""
    project = workspace.project.name
    found = [*_source_problems(source, target), *index_problems(target)]
    listed: dict[str, Mapping[str, IndexFile]] = {source.name: {}, target.name: {}}
    for index in (source, target):
        try:
            listed[index.name] = index.files(project, version)
        except IndexFailed as error:
            found.append(Problem(error.what, error.why, error.next))
    files = {name: _hash_of(source, file) for name, file in listed[source.name].items()}
    if not found:
        if _was_rolled_back(workspace, version):
            found.append(Problem(f"{version} was withdrawn from here", next="`tagboat undo` offers it again."))
        found += _withdrawn(version, source, listed[source.name], target, listed[target.name])
        found += _other_bytes(source, target, files, listed[target.name])
    if found:
        what = f"{project} {version} cannot be promoted from {source.name} to {target.name} yet"
        raise NotReady(what, problems=dict.fromkeys(found), next="Nothing was changed.")
    return PromotionPlan(project=project, version=version, source=source.name, target=target.name, files=files)


def _was_rolled_back(workspace: Workspace, version: Version) -> bool:
    """Whether the version was withdrawn from here, and that was not undone."""
    return workspace.state_of(version).rollback.rollback_plan() is not None


def _source_problems(source: Index, target: Index) -> list[Problem]:
    """Whoever lets a server move files needs to be somebody there; reading alone is tried soon enough."""
    by_server = isinstance(source, Promotes) and source.can_promote(target)
    return index_problems(source) if by_server else []


def _withdrawn(
    version: Version,
    source: Index,
    at_source: Mapping[str, IndexFile],
    target: Index,
    at_target: Mapping[str, IndexFile],
) -> Iterator[Problem]:
    if not at_source:
        yield Problem(f"{source.name} has no file of {version}", next="`tagboat status` shows what each index has.")
    for index, files in ((source, at_source), (target, at_target)):
        if files and all(file.yanked for file in files.values()):
            yield Problem(
                f"{version} was withdrawn from {index.name}",
                "What was withdrawn once is not offered again by the way.",
                "Offer it again with `tagboat undo` where that was done, or promote the next version.",
            )


def _other_bytes(
    source: Index, target: Index, files: Mapping[str, str], at_target: Mapping[str, IndexFile]
) -> Iterator[Problem]:
    for name in sorted(files.keys() & at_target.keys()):
        if (there := _hash_of(target, at_target[name])) != files[name]:
            yield Problem(
                f"{target.name} has {name} with other bytes than {source.name}",
                f"{source.name}: sha256 {files[name]}; {target.name}: sha256 {there}",
                "A file once published is never replaced: promote the next version.",
            )


def _hash_of(index: Index, file: IndexFile) -> str:
    return file.sha256 or hash_by_download(index, file)


def carry_out(workspace: Workspace, plan: PromotionPlan, observer: Observer) -> str:
    """Promote, or do what is left of it; says what was shown by installing from the target."""
    state = state_of(workspace, plan)
    if state.ledger.is_finished():  # an earlier one, which knew other files or was withdrawn since
        state.remove()
    state.keep_plan(plan)
    steps = steps_of(workspace, plan, observer)
    run(steps, state.ledger, observer)
    return next(step.shown for step in steps if isinstance(step, VerifyStep))


def take_back(workspace: Workspace, plan: PromotionPlan, observer: Observer) -> tuple[str, ...]:
    """Take what this promotion brought off its target, where the target deletes. Raises `Blocked` without a ledger.

    Returns what nobody can tell to be taken back, in sentences.
    """
    state = state_of(workspace, plan)
    if not any(state.ledger.events()) and state.hashes():
        raise Blocked(
            f"the ledger of the promotion of {plan.version} to {plan.target} is lost",
            why="Without it nobody can tell what this promotion brought there from what was there before.",
            next=f"`{plan.command}` finishes it; then `tagboat rollback {plan.version}` if it is bad.",
        )
    doubts = undo(steps_of(workspace, plan, observer), state.ledger, observer)
    state.remove()
    return doubts


def steps_of(workspace: Workspace, plan: PromotionPlan, observer: Observer) -> list[Step]:
    """The steps of a promotion, with their tools."""
    source, target = workspace.indexes([plan.source, plan.target])
    return promote_steps(
        plan,
        state=state_of(workspace, plan),
        source=source,
        target=target,
        verify=workspace.verifier(observer).release,
        wait=workspace.config.verify.wait,
        progress=observer.progress,
        by_rules=workspace.by_rules,
    )
