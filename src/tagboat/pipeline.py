"""THE lists: what a release and a rollback are made of, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.steps.build import BuildStep
from tagboat.steps.check import CheckStep
from tagboat.steps.commit import CommitStep
from tagboat.steps.edit import EditStep
from tagboat.steps.fallback import FallbackStep
from tagboat.steps.publish import PublishStep
from tagboat.steps.push import PushStep
from tagboat.steps.tag import TagStep
from tagboat.steps.verify import VerifyStep
from tagboat.steps.withdraw import WithdrawStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.git import Git
    from tagboat.index.interface import Index
    from tagboat.plan import Plan, RollbackPlan
    from tagboat.state import StateFolder
    from tagboat.step import Step
    from tagboat.steps.build import Build
    from tagboat.steps.check import Check
    from tagboat.steps.fallback import Prove
    from tagboat.steps.publish import Progress
    from tagboat.steps.verify import Verify


def release_steps(
    plan: Plan,
    *,
    git: Git,
    state: StateFolder,
    indexes: Sequence[Index],
    build: Build,
    check: Check,
    verify: Verify,
    wait: float,
    progress: Progress,
) -> list[Step]:
    """The steps of a release: reversible before irreversible, local before remote.

    Each index is verified before the next one is published to, so a test index really is a test.
    """
    steps: list[Step] = [
        EditStep(plan, git),  # version and changelog into the working tree
        CommitStep(plan, git, state),  # the release commit, through the user's hooks
        TagStep(plan, git),  # before the build: versions derived from git need it
        BuildStep(plan, state, indexes, build),  # once, from a clean checkout of the tag
        CheckStep(state, check),  # everything that can be seen without installing
    ]
    if plan.remote is not None:
        steps.append(PushStep(plan, git, plan.remote, indexes))  # branch and tag, both or neither
    for index in indexes:
        steps.append(PublishStep(plan.project, plan.version, index, state, wait=wait, progress=progress))  # hash-exact
        steps.append(VerifyStep(index, state, verify))  # installed from there, and tried
    return steps


def rollback_steps(plan: RollbackPlan, *, state: StateFolder, indexes: Sequence[Index], prove: Prove) -> list[Step]:
    """The steps of a rollback: off every index first, then the proofs."""
    withdraw: list[Step] = [
        WithdrawStep(plan.project, plan.version, plan.reason, index, state.path / "kept") for index in indexes
    ]
    return [*withdraw, *(FallbackStep(index, prove) for index in indexes)]
