"""Publish and verify what the build job packed, by the very steps of a release: resumable, and hash-exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tagboat.ci.handover import SUMS, arrive
from tagboat.errors import CheckFailed, NotReady, Problem, UsageError
from tagboat.preflight import index_problems
from tagboat.runner import run
from tagboat.steps.check import objections
from tagboat.steps.listed import ListedStep
from tagboat.steps.publish import PublishStep
from tagboat.steps.verify import VerifyStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tagboat.ci.handover import Handover
    from tagboat.ci.job import Job
    from tagboat.observer import Observer
    from tagboat.state import StateFolder
    from tagboat.workspace import Workspace


def received(folder: Path, job: Job, workspace: Workspace) -> Handover:
    """What arrived in a folder, held against the hashes that the job was told, and against its checkout.

    On a laptop, where nobody tells, the folder's own SHA256SUMS counts. Raises `CheckFailed` with everything that is
    wrong.
    """
    sums = job.environ.get("TAGBOAT_SHA256SUMS", "")
    if not sums and job.system:
        raise UsageError(
            "TAGBOAT_SHA256SUMS is not set",
            why="Without it nobody can tell whether the files are those that were built.",
            next="Give the job the output sha256sums of the build job.",
        )
    if not sums and (folder / SUMS).is_file():
        sums = (folder / SUMS).read_text("utf-8", "replace")
    handover = arrive(folder, sums)
    problems = list(_other_release(handover, job.environ, workspace))
    if problems:
        raise CheckFailed("what arrived is another release", problems=problems, next="Nothing was published.")
    return handover


def publish(workspace: Workspace, handover: Handover, name: str, observer: Observer) -> None:
    """Publish to the index of this name, and wait until it lists everything. Raises `NotReady` for a dry run."""
    if not handover.tag:
        raise NotReady(
            "what arrived was built in a dry run, from no tag",
            next="Nothing was published. `tagboat release` tags a version; a run that starts from the tag publishes.",
        )
    index = workspace.index(name)
    problems = index_problems(index)
    if problems:
        raise NotReady(f"nothing can be published to {name} yet", problems=problems)
    if found := objections([index], handover.distributions, by_rules=workspace.by_rules):
        raise CheckFailed("these distributions must not be published", problems=found, next="Nothing was published.")
    state = _adopted(workspace, handover)
    step = PublishStep(
        *(handover.project, handover.version, index, state),
        wait=workspace.config.verify.wait,
        progress=observer.progress,
        command=f"tagboat ci publish --to {name}",
    )
    run([step], state.ledger, observer, finish=False)


def verify(workspace: Workspace, handover: Handover, name: str, observer: Observer) -> str:
    """Wait until the index lists exactly what was handed over, install it from there and try it; says what was shown.

    Raises `Blocked` when the index has another file of this version, or other bytes.
    """
    index = workspace.index(name)
    state = _adopted(workspace, handover)
    listed = ListedStep(
        *(handover.project, handover.version, index, state),
        wait=workspace.config.verify.wait,
        command=f"tagboat ci verify --from {name}",
    )
    verified = VerifyStep(index, state, workspace.verifier(observer).release)
    run([listed, verified], state.ledger, observer, finish=False)
    return verified.shown


def _adopted(workspace: Workspace, handover: Handover) -> StateFolder:
    state = workspace.state_of(handover.version)
    state.adopt(handover.distributions)
    return state


def _other_release(handover: Handover, environ: Mapping[str, str], workspace: Workspace) -> Iterator[Problem]:
    """What says that these files, good as they are, are not the ones that this job is for."""
    ours = workspace.project.name
    if canonicalize_name(handover.project) != canonicalize_name(ours):
        yield Problem(f"it is one of {handover.project}, and this is {ours}")
    for variable, here in (("TAGBOAT_VERSION", str(handover.version)), ("TAGBOAT_TAG", handover.tag)):
        told = environ.get(variable, here)
        if told != here:
            yield Problem(f"{variable} is {told or 'empty'}, and what arrived has {here or 'none'}")
    if handover.tag not in ("", workspace.tag_of(handover.version)):
        yield Problem(f"its tag {handover.tag} is none of {handover.version}")
    head = workspace.git.resolve("HEAD")
    if handover.commit != head:
        yield Problem(
            f"it was built from {handover.commit[:10]}, but {str(head)[:10]} is checked out",
            "Another commit may have other settings.",
        )
