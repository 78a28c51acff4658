"""The identity that an index trusts: who has it, and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.ci.audit.commands import BUILDS, INSTALLS, LOCKED, TESTS, logical_lines, matches
from tagboat.ci.audit.finding import Rule, Spot
from tagboat.ci.audit.github import HARMLESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.github import Step, Workflow, WorkflowJob
    from tagboat.ci.audit.gitlab import GitLabPipeline
    from tagboat.ci.audit.pipeline import Pipeline

USES_IDENTITY = re.compile(r"(?i)sign|attest|cosign|oidc|id_token|gcloud|\baws\b|\baz\b|vault|tagboat|curl")


def _missing(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.publishing:
        for upload in job.uploads:
            if upload.by == "identity" and not job.may("id-token"):
                yield Spot(upload.line, f"{upload.tool} has no token, and the job {job.name} no `id-token: write`")


def _missing_at_gitlab(pipeline: GitLabPipeline) -> Iterator[Spot]:
    for job in pipeline.jobs:
        for upload in job.uploads:
            if upload.by == "identity" and not job["id_tokens"]:
                yield Spot(upload.line, f"{upload.tool} has no token, and the job {job.name} no `id_tokens`")


def missing(pipeline: Pipeline) -> Iterator[Spot]:
    """Uploads that nothing lets in."""
    return _missing(pipeline) if pipeline.forge == "github" else _missing_at_gitlab(pipeline)  # type: ignore[arg-type]


def _elsewhere(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.jobs:
        own = "permissions" in job.value
        if own and job.permissions["id-token"].text == "write" and not job.publishes and not _has_use_for_it(job):
            yield Spot(
                job.permissions["id-token"].line, f"the job {job.name} may ask for an identity and has no use for it"
            )


def _has_use_for_it(job: WorkflowJob) -> bool:
    """Whether it may be used by what cannot be looked into, or is by what can."""
    if job.value["uses"]:
        return True
    foreign = (step for step in job.steps if step.action and not HARMLESS.fullmatch(step.action))
    return any(foreign) or any(USES_IDENTITY.search(script.text) for script in job.scripts)


def _builds(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.publishing:
        for script in job.scripts:
            for text in matches(BUILDS, script.text):
                yield Spot(
                    pipeline.line_of(script.value, text), f"the job {job.name} builds and uploads: {text.strip()}"
                )


def _code(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.publishing:
        if job.may("id-token"):
            for step in job.steps:
                yield from _code_of(workflow, job, step)


def _code_of(workflow: Workflow, job: WorkflowJob, step: Step) -> Iterator[Spot]:
    if step.action == "actions/checkout" or step.action.startswith("./"):
        yield Spot(step.line, f"the job {job.name} has the identity, and the repository's code in it: {step.action}")
    for line in logical_lines(step.value["run"].text):
        match = INSTALLS.search(line) or TESTS.search(line)
        if match and not LOCKED.search(line) and not BUILDS.search(line):
            where = workflow.line_of(step.value["run"], match[0])
            yield Spot(
                where, f"the job {job.name} has the identity, and runs others' code: {' '.join(match[0].split())}"
            )


MISSING = Rule(
    "identity-missing",
    "A job that publishes without a token may ask for its identity.",
    "The upload fails after the tag was pushed: nothing is let in, and the release stops half-way.",
    "Give the job `permissions: id-token: write` (GitLab: `id_tokens`), or the upload a token.",
    missing,
    forges=("github", "gitlab"),
)
ELSEWHERE = Rule(
    "identity-elsewhere",
    "Only the job that publishes or signs may ask for an identity.",
    "Any code that runs in this job, that of dependencies too, can publish as the project.",
    "Take `id-token: write` out of this job.",
    _elsewhere,
)
BUILDS_THERE = Rule(
    "build-in-publish-job",
    "What is published is built in another job.",
    "The build runs the code of back ends and plug-ins beside what lets the job publish; and nobody checked or"
    " tested these bytes before they went out.",
    "Build once in a job of its own, hand the files over as an artifact, and only upload here.",
    _builds,
    forges=("github", "gitlab"),
)
CODE = Rule(
    "code-in-publish-job",
    "The job with the identity only downloads, compares and uploads.",
    "Whatever runs here can publish as the project: a dependency, a test, a script of a branch.",
    "Move checkout, installs and tests to other jobs; what has to be installed here, install with --require-hashes.",
    _code,
)
