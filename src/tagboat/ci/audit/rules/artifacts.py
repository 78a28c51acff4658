"""Artifacts and caches: what jobs hand to one another."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from tagboat.ci.audit.finding import Rule, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.github import Step, Workflow, WorkflowJob

UPLOAD, DOWNLOAD = "actions/upload-artifact", "actions/download-artifact"


def _uploads(workflow: Workflow) -> Iterator[tuple[WorkflowJob, Step]]:
    return ((job, step) for job, step in workflow.steps() if step.action == UPLOAD)


def _overwritten(workflow: Workflow) -> Iterator[Spot]:
    named = [_name(step) for _, step in _uploads(workflow)]
    by_name = any(_by_name(workflow))
    for job, step in _uploads(workflow):
        # One of the same job's earlier attempt may go, when what is published is taken by its id.
        if step.inputs["overwrite"].is_true and (by_name or named.count(_name(step)) > 1):
            yield Spot(step.inputs["overwrite"].line, f"the job {job.name} replaces an artifact that is there")


def _name(step: Step) -> str:
    return step.inputs["name"].text or "artifact"


def _clashing(workflow: Workflow) -> Iterator[Spot]:
    named: dict[str, list[tuple[WorkflowJob, Step]]] = defaultdict(list)
    for job, step in _uploads(workflow):
        name = _name(step)
        named[name].append((job, step))
        if job.value["strategy"]["matrix"] and not re.search(r"matrix\.|strategy\.|runner\.", name):
            yield Spot(step.line, f"every job of the matrix of {job.name} uploads an artifact of the name {name}")
    for name, steps in named.items():
        for job, step in steps[1:]:
            if step.inputs["overwrite"].is_true:
                continue  # that is worse, and told
            yield Spot(step.line, f"the job {job.name} uploads a second artifact of the name {name}")


def _empty(workflow: Workflow) -> Iterator[Spot]:
    for job, step in _uploads(workflow):
        if step.inputs["if-no-files-found"].text != "error":
            yield Spot(step.line, f"the job {job.name} may hand over nothing, and is green")


def _by_name(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.publishing:
        for step in job.steps:
            if step.action == DOWNLOAD and not step.inputs["artifact-ids"]:
                yield Spot(step.line, f"the job {job.name} takes an artifact by its name")


def _foreign(workflow: Workflow) -> Iterator[Spot]:
    for job, step in workflow.steps():
        from_elsewhere = step.action == DOWNLOAD and (step.inputs["run-id"] or step.inputs["repository"])
        if from_elsewhere or re.search(r"(?i)download-workflow-artifact|action-download-artifact", step.action):
            yield Spot(step.line, f"the job {job.name} takes an artifact of another run")


def _cached(workflow: Workflow) -> Iterator[Spot]:
    for job, step in workflow.steps():
        if re.match(r"actions/cache(?:/restore)?$", step.action):
            yield Spot(step.line, f"the job {job.name} takes files from a cache")
        cache = step.inputs["cache"] or step.inputs["enable-cache"]
        if re.match(r"actions/setup-|astral-sh/setup-uv", step.action) and cache and not cache.is_false:
            yield Spot(cache.line, f"the job {job.name} takes packages from a cache")


def _cached_by_default(workflow: Workflow) -> Iterator[Spot]:
    for job, step in workflow.steps():
        if step.action == "astral-sh/setup-uv" and not step.inputs["enable-cache"]:
            yield Spot(step.line, f"the job {job.name} takes packages from a cache, unless it is told not to")


OVERWRITTEN = Rule(
    "artifact-overwritten",
    "An artifact stays as it was uploaded.",
    "A later job or a re-run puts other files in its place, and these are published.",
    "Take `overwrite` away; a name for each upload.",
    _overwritten,
)
CLASHING = Rule(
    "artifact-clash",
    "Every artifact has a name of its own.",
    "The second upload under a name fails, or what is published is by chance that of the last job.",
    "Put what differs into the name, such as `${{ matrix.python }}`.",
    _clashing,
)
EMPTY = Rule(
    "artifact-empty",
    "An upload of no files is an error.",
    "Nothing is handed over with a mere warning; the job that uploads fails far from the cause, or does nothing.",
    "Write `if-no-files-found: error`.",
    _empty,
    strict=True,
)
BY_NAME = Rule(
    "artifact-by-name",
    "The job that uploads takes the artifact by its id.",
    "Any job of the run can make an artifact of that name, or one more that a pattern takes, too.",
    "Hand `artifact-id` over as an output of the build job, and give it as `artifact-ids`.",
    _by_name,
    strict=True,
)
FOREIGN = Rule(
    "artifact-of-another-run",
    "What is published was built in the same run.",
    "Runs of pull requests make artifacts, too: what a stranger built is published.",
    "Build in this workflow.",
    _foreign,
)
CACHED = Rule(
    "cache-in-release",
    "A release uses no cache.",
    "Any branch's run can write into a cache that this one reads: code that nobody reviewed is built in.",
    "Take it away: a release is rare, and a minute longer is cheap.",
    _cached,
)
CACHED_BY_DEFAULT = Rule(
    "cache-by-default",
    "An action that caches unless told otherwise is told.",
    "setup-uv takes packages from a cache on GitHub's runners, which any branch's run can have written.",
    "Write `enable-cache: false`.",
    _cached_by_default,
    strict=True,
)
