"""The checkout: its history, and the credentials that it leaves behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.ci.audit.commands import READS_HISTORY
from tagboat.ci.audit.finding import Rule, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.github import Step, Workflow, WorkflowJob
    from tagboat.ci.audit.gitlab import GitLabPipeline
    from tagboat.ci.audit.pipeline import Pipeline


def _checkouts(workflow: Workflow) -> Iterator[tuple[WorkflowJob, Step]]:
    return ((job, step) for job, step in workflow.steps() if step.action == "actions/checkout")


def _persisted(workflow: Workflow) -> Iterator[Spot]:
    for job, step in _checkouts(workflow):
        pushes = any(re.search(r"\bgit\s+push\b", script.text) for script in job.scripts)
        if not step.inputs["persist-credentials"].is_false and not pushes:
            yield Spot(step.line, f"the checkout of the job {job.name} leaves the token in the folder")


def _shallow(pipeline: Pipeline, *, builds: bool) -> Iterator[Spot]:
    if pipeline.forge == "gitlab":
        yield from _shallow_at_gitlab(pipeline, builds=builds)  # type: ignore[arg-type]
        return
    for job, step in _checkouts(pipeline):  # type: ignore[arg-type]
        reads = job.says(READS_HISTORY)
        wanted = job.builds and not reads if builds else reads
        if wanted and step.inputs["fetch-depth"].text != "0":
            yield Spot(
                step.line, f"the job {job.name} {'builds' if builds else 'reads history and tags'}, and has one commit"
            )


def _shallow_at_gitlab(pipeline: GitLabPipeline, *, builds: bool) -> Iterator[Spot]:
    for job in pipeline.jobs:
        depth = job["variables"]["GIT_DEPTH"] or pipeline.root["variables"]["GIT_DEPTH"]
        reads = job.says(READS_HISTORY)
        wanted = job.builds and not reads if builds else reads
        if wanted and depth.text != "0":
            yield Spot(
                job.line, f"the job {job.name} {'builds' if builds else 'reads history and tags'}, and has few commits"
            )


def _without_history(pipeline: Pipeline) -> Iterator[Spot]:
    return _shallow(pipeline, builds=False)


def _build_without_history(pipeline: Pipeline) -> Iterator[Spot]:
    return _shallow(pipeline, builds=True)


PERSISTED = Rule(
    "credentials-persisted",
    "A checkout leaves no credential behind.",
    "The token lies in .git, where every later step reads it, and where it gets into artifacts.",
    "Write `persist-credentials: false`.",
    _persisted,
)
SHALLOW = Rule(
    "checkout-shallow",
    "Where history and tags are read, they are there.",
    "A checkout has one commit and no tags: the version is a wrong one, the notes are empty.",
    'Write `fetch-depth: 0` (GitLab: `GIT_DEPTH: "0"`).',
    _without_history,
    forges=("github", "gitlab"),
)
BUILD_SHALLOW = Rule(
    "build-shallow",
    "A build has the history.",
    "A project that takes its version from git builds a wrong one of a single commit.",
    'Write `fetch-depth: 0` (GitLab: `GIT_DEPTH: "0"`).',
    _build_without_history,
    strict=True,
    forges=("github", "gitlab"),
)
