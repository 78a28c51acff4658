"""THE lists: what a release, a promotion and a rollback are made of, in order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tagboat.index.interface import Promotes
from tagboat.steps.announce import AnnounceStep
from tagboat.steps.build import BuildStep
from tagboat.steps.check import CheckStep
from tagboat.steps.commit import CommitStep
from tagboat.steps.compare import CompareStep
from tagboat.steps.edit import EditStep
from tagboat.steps.fallback import FallbackStep
from tagboat.steps.fetch import FetchStep
from tagboat.steps.publish import PublishStep
from tagboat.steps.push import PushStep
from tagboat.steps.request import ProposeStep, RequestStep
from tagboat.steps.retract import RetractStep
from tagboat.steps.tag import TagStep
from tagboat.steps.verify import VerifyStep
from tagboat.steps.withdraw import WithdrawStep, needs_a_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.distribution import Distribution
    from tagboat.forge.interface import Forge
    from tagboat.git import Git
    from tagboat.index.interface import Index
    from tagboat.plan import Plan, PromotionPlan, RollbackPlan
    from tagboat.state import StateFolder
    from tagboat.step import Step
    from tagboat.steps.build import Build
    from tagboat.steps.check import Check
    from tagboat.steps.fallback import Prove
    from tagboat.steps.publish import Progress
    from tagboat.steps.verify import VerifiesEarly, Verify
    from tagboat.steps.withdraw import Note, Show


def release_steps(
    plan: Plan,
    *,
    git: Git,
    state: StateFolder,
    indexes: Sequence[Index],
    build: Build,
    check: Check,
    verify: Verify,
    early: VerifiesEarly | None = None,
    wait: float,
    progress: Progress,
    given: Sequence[Distribution] = (),
    pushed: bool = False,
    forge: Forge | None = None,
    public: bool = False,
    by_rules: bool = True,
) -> list[Step]:
    """The steps of a release: reversible before irreversible, local before remote.

    Each index is verified before the next one is published to, so a test index really is a test. `early` makes the
    environments of `verify`. `given` are wheels that were built elsewhere, `pushed` says that this run was started by
    the push of the tag, `public` that the page on the forge may tell where the project is installed from.
    """
    steps: list[Step] = [
        EditStep(plan, git),  # version and changelog into the working tree
        CommitStep(plan, git, state),  # the release commit, through the user's hooks
        TagStep(plan, git),  # before the build: versions derived from git need it
        BuildStep(plan, state, indexes, build, given),  # once, from a clean checkout of the tag
        CheckStep(state, check, indexes, by_rules=by_rules),  # all that can be seen without installing
    ]
    if plan.remote is not None:
        steps.append(PushStep(plan, git, plan.remote, indexes, pushed=pushed))  # branch and tag, both or neither
    for index in indexes:
        steps.append(PublishStep(plan.project, plan.version, index, state, wait=wait, progress=progress))  # hash-exact
        steps.append(VerifyStep(index, state, verify, early))  # installed from there, and tried
    if forge is not None:
        steps.append(AnnounceStep(plan, forge, state, public=public))  # the release's page, published last of all
    return steps


def request_steps(plan: Plan, remote: str, base: str, *, git: Git, state: StateFolder, forge: Forge) -> list[Step]:
    """The steps of a request to merge a release: its merge into the branch `base` is what releases."""
    return [
        ProposeStep(plan, git, remote, state),  # the release commit, on a branch of its own
        RequestStep(plan, base, forge),  # with the notes
    ]


def promote_steps(
    plan: PromotionPlan,
    *,
    state: StateFolder,
    source: Index,
    target: Index,
    verify: Verify,
    wait: float,
    progress: Progress,
    by_rules: bool = True,
) -> list[Step]:
    """The steps of a promotion: the very bytes of the source, and the same proof as after a release.

    The files come here in any case, to be checked by the target's rules and to be known in the install.
    """
    by_server = isinstance(source, Promotes) and source.can_promote(target)
    promote = partial(source.promote, plan.project, plan.version, target) if by_server else None  # type: ignore[attr-defined]
    rules = f"the rules of {target.name}"
    check = CheckStep(
        *(state, lambda _: (), [target]),
        by_rules=by_rules,
        about=rules,
        advice="`tagboat undo` forgets the promotion.",
    )
    publish = PublishStep(
        *(plan.project, plan.version, target, state),
        wait=wait,
        progress=progress,
        promote=promote,
        command=plan.command,
    )
    return [
        FetchStep(plan, source, state),  # hash-exact, and frozen
        check,  # by what the target would refuse
        publish,  # by the source's server where it can, else uploaded
        CompareStep(plan, source, target),  # equal on both sides
        VerifyStep(target, state, verify),  # installed from there, and tried
    ]


def rollback_steps(
    plan: RollbackPlan,
    *,
    state: StateFolder,
    indexes: Sequence[Index],
    prove: Prove,
    wait: float,
    show: Show,
    note: Note,
    tag: str = "",
    forge: Forge | None = None,
) -> list[Step]:
    """The steps of a rollback: off every index first, then the proofs.

    Where a person has to do it comes last: the other indexes need not wait for that, nor the page of the `tag` on the
    forge, which warns everybody meanwhile.
    """
    by_hand: dict[bool, list[Step]] = {False: [], True: []}
    for index in indexes:
        by_hand[needs_a_person(index)].append(
            WithdrawStep(
                *(plan.project, plan.version, plan.reason, index, state.path / "kept"), wait=wait, show=show, note=note
            )
        )
    page: list[Step] = [] if forge is None else [RetractStep(tag, plan.reason, forge)]
    return [*by_hand[False], *page, *by_hand[True], *(FallbackStep(index, prove) for index in indexes)]
