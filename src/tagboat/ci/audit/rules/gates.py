"""When something is published: what starts the pipeline, and what the job asks before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.ci.audit.finding import Rule, Spot
from tagboat.ci.audit.github import Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tagboat.ci.audit.document import Value
    from tagboat.ci.audit.github import WorkflowJob
    from tagboat.ci.audit.gitlab import GitLabPipeline, PipelineJob
    from tagboat.ci.audit.pipeline import Job, Pipeline

ASKED_FOR = frozenset(("release", "workflow_call"))
"""Triggers that are a release, or whose caller decides."""

DANGEROUS = ("pull_request_target", "workflow_run", "issue_comment", "issues", "discussion_comment")
DECIDES = re.compile(
    r"github\.(?:ref|ref_type|ref_name|event_name|event\.)|\bneeds\.[\w-]+\.outputs\b|\binputs\.|\b(?:steps|vars|env)\."
)
SCRIPT_DECIDES = re.compile(r"(?s)(?:GITHUB_REF|CI_COMMIT_TAG).*exit 1|\btagboat\s+release\b.*--tag\b")
STATUS = re.compile(r"\b(?:always|cancelled|failure)\(\)")
RESULT = re.compile(r"\.result\b|!\s*failure\(\)|\bsuccess\(\)|contains\(\s*needs\.\*\.result")
OWN_DECISION = re.compile(r"github\.(?:event|ref|head_ref)|(?<!outputs\.)\binputs\.")
DRY = re.compile(r"(?i)dry.?run|test.?only|no.?publish")
TAG = re.compile(r"CI_COMMIT_TAG|\btags\b")


def _ungated(pipeline: Pipeline) -> Iterator[Spot]:
    """Uploads that whatever happens can start, to indexes that people install from."""
    return _open(pipeline, to_test=False)


def _ungated_test(pipeline: Pipeline) -> Iterator[Spot]:
    """The same of test indexes, which some get every commit."""
    return _open(pipeline, to_test=True)


def _open(pipeline: Pipeline, *, to_test: bool) -> Iterator[Spot]:
    for job in pipeline.publishing:
        if all(upload.to_test for upload in job.uploads) == to_test:
            yield from _open_job(pipeline, job)


def _open_job(pipeline: Pipeline, job: Job) -> Iterator[Spot]:
    if isinstance(pipeline, Workflow):
        open_to = [name for name, value in pipeline.triggers.items() if _needs_gate(name, value)]
        if open_to and not _is_gated(pipeline, job):  # type: ignore[arg-type]
            what = f"the job {job.name} uploads whatever {', '.join(open_to)} brings, without a condition"
            yield Spot(job.line, what)
    else:
        yield from _ungated_at_gitlab(pipeline, job)  # type: ignore[arg-type]


def _needs_gate(name: str, value: Value) -> bool:
    if name == "push":
        return not value["tags"] or bool(value["branches"])
    return name not in ASKED_FOR


def _is_gated(workflow: Workflow, job: WorkflowJob, seen: tuple[str, ...] = ()) -> bool:
    """Whether a condition, or a script that can stop, says whether this is a release: its own, or of a job before.

    A job that is passed over takes along those that need it, unless they ask for the status of others themselves.
    """
    if _decides(job):
        return True
    if STATUS.search(job.condition.text):
        return False
    needed = [each for each in workflow.jobs if each.name in job.needs and each.name not in seen]
    return any(_is_gated(workflow, each, (*seen, job.name)) for each in needed)


def _decides(job: WorkflowJob) -> bool:
    lines = {upload.line for upload in job.uploads}
    steps = [step for step in job.steps if lines & set(range(step.line, step.value.end + 1))]
    return (
        bool(DECIDES.search(job.condition.text))
        or (bool(steps) and all(DECIDES.search(step.condition.text) for step in steps))
        or any(SCRIPT_DECIDES.search(script.text) for script in job.scripts)
    )


def _ungated_at_gitlab(pipeline: GitLabPipeline, job: PipelineJob) -> Iterator[Spot]:
    asked = " ".join(value.text for key in ("rules", "only") for _, value in job[key].scalars())
    by_hand = job["when"].text == "manual" or "manual" in asked
    if not TAG.search(asked) and not TAG.search(pipeline.starts_for) and not by_hand:
        yield Spot(job.line, f"the job {job.name} uploads in every pipeline, whatever started it")


def _despite_failure(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.publishing:
        text = job.condition.text
        if re.search(r"\balways\(\)|!\s*cancelled\(\)|\bfailure\(\)", text) and not RESULT.search(text):
            yield Spot(job.condition.line, f"the job {job.name} uploads also when a job before it failed")


def _failure_ignored(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.publishing:
        for each in (job, *pipeline.before(job)):
            for key in ("continue-on-error", "allow_failure"):
                if each.value[key].is_true:
                    yield Spot(each.value[key].line, f"when the job {each.name} fails, the release goes on")
            for script in each.scripts:
                if re.search(r"\|\|\s*(?:true|:)\s*$", script.text, re.MULTILINE) and each.publishes:
                    line = pipeline.line_of(script.value, "||")
                    yield Spot(line, f"when a command of the job {each.name} fails, nobody is told")
        yield from _ignored_steps(pipeline, job.value)


def _ignored_steps(pipeline: Pipeline, job: Value) -> Iterator[Spot]:
    if pipeline.forge == "github":
        for step in job["steps"].entries:
            if step["continue-on-error"].is_true:
                yield Spot(step["continue-on-error"].line, "when this step of the upload fails, the job is green")


def _dangerous(workflow: Workflow) -> Iterator[Spot]:
    for name in DANGEROUS:
        if name in workflow.triggers:
            yield Spot(workflow.triggers[name].line, f"{name} starts a workflow that releases")


def _scheduled(workflow: Workflow) -> Iterator[Spot]:
    if "schedule" in workflow.triggers and workflow.publishing:
        yield Spot(workflow.triggers["schedule"].line, "a schedule is in the file that publishes")


def _called(workflow: Workflow) -> Iterator[Spot]:
    if "workflow_call" in workflow.triggers:
        for job in workflow.publishing:
            if any(upload.by == "identity" for upload in job.uploads):
                yield Spot(job.line, f"the job {job.name} publishes by its identity in a workflow that others call")


def _dispatched(workflow: Workflow) -> Mapping[str, Value] | None:
    """What a person can say who starts it by hand; None where nobody can, or nothing is published."""
    if "workflow_dispatch" not in workflow.triggers or not workflow.publishing:
        return None
    return workflow.triggers["workflow_dispatch"]["inputs"].pairs


def _not_dry(workflow: Workflow) -> Iterator[Spot]:
    inputs = _dispatched(workflow)
    if inputs is None:
        return
    dry = {name: value for name, value in inputs.items() if DRY.search(name)}
    for name, value in dry.items():
        if not value["default"].is_true:
            yield Spot(value.line, f"`{name}` is not on by default")
    if not dry:
        yield Spot(workflow.triggers["workflow_dispatch"].line, "whoever starts it by hand cannot ask for a dry run")


def _unconfirmed(workflow: Workflow) -> Iterator[Spot]:
    inputs = _dispatched(workflow)
    if inputs is not None and not any("confirm" in name.lower() for name in inputs):
        yield Spot(workflow.triggers["workflow_dispatch"].line, "whoever starts it by hand is not asked twice")


def _decided_again(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.publishing:
        if OWN_DECISION.search(job.condition.text):
            yield Spot(job.condition.line, f"the job {job.name} decides by itself whether this is a release")


UNGATED = Rule(
    "publish-ungated",
    "A job uploads only what a tag, a release or somebody's clear word asks for.",
    "A push, a pull request or a run by hand from any branch publishes what is there, and the version is gone.",
    "Give the job an `if` that asks what started the run, or what the job that decides has said.",
    _ungated,
    forges=("github", "gitlab"),
)
UNGATED_TEST = Rule(
    "publish-ungated-test",
    "A job uploads to a test index only what is to be released, too.",
    "A dry run, or any push, uses up the version there: the real release finds other bytes under its name.",
    "Give the job the same `if` as the one for the real index, or a version of its own to each commit.",
    _ungated_test,
    strict=True,
    forges=("github", "gitlab"),
)
DESPITE_FAILURE = Rule(
    "publish-despite-failure",
    "A job uploads only when the jobs before it succeeded.",
    "With always() or !cancelled() it uploads what failed its tests, or files that were not built.",
    "Ask for the results, too: `needs.build.result == 'success'`, or `!failure()`.",
    _despite_failure,
)
FAILURE_IGNORED = Rule(
    "failure-ignored",
    "No failure on the way to an upload is passed over.",
    "The release goes on over failed tests, or is green with half of its files uploaded.",
    "Take it away; what may fail does not belong before the upload.",
    _failure_ignored,
    forges=("github", "gitlab"),
)
DANGEROUS_TRIGGER = Rule(
    "trigger-dangerous",
    "A workflow that releases is not started by strangers.",
    "Such a run has the repository's secrets and identity while it works on what a stranger wrote; PyPI refuses"
    " identities of pull_request_target.",
    "Start it by tags, by releases or by hand.",
    _dangerous,
)
SCHEDULED = Rule(
    "trigger-schedule",
    "A schedule has a file of its own.",
    "GitHub turns a scheduled workflow off after 60 days without activity in public repositories, and with it the tag"
    " that should publish.",
    "Move the schedule and its jobs to another file.",
    _scheduled,
)
CALLED = Rule(
    "publish-called",
    "A job that publishes by its identity is in the workflow that starts.",
    "The identity names the file that was called. PyPI does not support that: the upload or its attestations fail.",
    "Write the job into the workflow that the tag starts, and call the rest.",
    _called,
)
NOT_DRY = Rule(
    "dry-run-off",
    "A run by hand is a dry run until somebody says otherwise.",
    "One click on the button publishes.",
    "Add the input `dry-run`, of type boolean, with the default true.",
    _not_dry,
    strict=True,
)
UNCONFIRMED = Rule(
    "dispatch-unconfirmed",
    "Who publishes by hand types the version twice.",
    "A slip of the hand publishes the wrong version, which cannot be taken back.",
    "Add the input `confirm`, and compare it with the version in the job that decides.",
    _unconfirmed,
    strict=True,
)
DECIDED_AGAIN = Rule(
    "decided-again",
    "One job decides; the others ask for its outputs.",
    "Conditions on events and inputs in several places drift apart, and nobody can say when something is published.",
    "Let the first job decide, and ask only for `needs.plan.outputs`.",
    _decided_again,
    strict=True,
)
