"""How runs go beside one another, how long, and with what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.ci.audit.commands import BUILDS, INSTALLS, LOCKED, logical_lines, matches
from tagboat.ci.audit.finding import Rule, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.document import Value
    from tagboat.ci.audit.github import Workflow
    from tagboat.ci.audit.gitlab import GitLabPipeline
    from tagboat.ci.audit.pipeline import Pipeline

TAGBOAT_BUILDS = re.compile(r"\btagboat\b")  # it sets the time of the commit itself


def _groups(workflow: Workflow) -> Iterator[Value]:
    """What says how runs wait: for the whole workflow, and for each job that uploads."""
    for value in (workflow.root["concurrency"], *(job.value["concurrency"] for job in workflow.publishing)):
        if value:
            yield value


def _cancelled(workflow: Workflow) -> Iterator[Spot]:
    for group in _groups(workflow) if workflow.concerns_release else ():
        cancel = group["cancel-in-progress"]
        if cancel and not cancel.is_false:
            yield Spot(cancel.line, "a newer run ends one that may be uploading")


def _beside(workflow: Workflow) -> Iterator[Spot]:
    if workflow.publishing and not any(_groups(workflow)):
        yield Spot(workflow.line, "two releases can run beside one another")


def _dropped(workflow: Workflow) -> Iterator[Spot]:
    for group in _groups(workflow) if workflow.concerns_release else ():
        if group["queue"].text != "max":
            yield Spot(group.line, "a third release takes the place of the one that waits")


def _endless(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.jobs:
        if not job.value["timeout-minutes"] and not job.value["uses"]:
            yield Spot(job.line, f"the job {job.name} may hang for six hours")


def _unlocked(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.jobs:
        held = pipeline.forge == "github" and job.publishes and job.may("id-token")  # type: ignore[attr-defined]
        for script in job.scripts if not job.tests and not held else ():
            for line in logical_lines(script.text):
                match = INSTALLS.search(line)
                if match and not LOCKED.search(line):
                    where = pipeline.line_of(script.value, match[0])
                    yield Spot(where, f"the job {job.name} installs what is newest: {' '.join(match[0].split())}")


def _timeless(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.jobs:
        for script in job.scripts:
            known = "SOURCE_DATE_EPOCH" in script.env or any("SOURCE_DATE_EPOCH" in each.text for each in job.scripts)
            for text in matches(BUILDS, script.text):
                if not known and not TAGBOAT_BUILDS.search(text):
                    yield Spot(
                        pipeline.line_of(script.value, text), f"the job {job.name} builds with the time of the day"
                    )


def _numbers(pipeline: Pipeline) -> Iterator[Spot]:
    for key, value in pipeline.root.scalars():
        if value.kind == "number" and "." in value.text and "python" in key.lower():
            said = "" if str(float(value.text)) == value.text else f", and so {float(value.text)}"
            yield Spot(value.line, f"Python {value.text} is written as a number{said}")


def _interrupted(pipeline: GitLabPipeline) -> Iterator[Spot]:
    for job in pipeline.jobs:
        if job.publishes and job["interruptible"].is_true:
            yield Spot(job["interruptible"].line, f"a newer pipeline ends the job {job.name}, which may be uploading")


def _at_once(pipeline: GitLabPipeline) -> Iterator[Spot]:
    for job in pipeline.jobs:
        if job.publishes and not job["resource_group"]:
            yield Spot(job.line, f"the job {job.name} can run beside itself")


def _retried(pipeline: GitLabPipeline) -> Iterator[Spot]:
    for job in pipeline.jobs:
        retry = job["retry"]
        reasons = retry["when"].texts()
        on_failure = not reasons or {"always", "script_failure", "unknown_failure"} & set(reasons)
        if job.publishes and retry and retry.text != "0" and on_failure:
            yield Spot(retry.line, f"the job {job.name} is run again whatever it failed by")


CANCELLED = Rule(
    "release-cancelled",
    "No run ends another that releases.",
    "A push ends the run in the middle of its uploads: half of the files are on the index.",
    "Write `cancel-in-progress: false`.",
    _cancelled,
)
BESIDE = Rule(
    "release-concurrent",
    "Releases wait for one another.",
    "Two tags pushed together upload side by side, and the older one may be the last that is announced.",
    "Add `concurrency` with a group for the repository and `cancel-in-progress: false`.",
    _beside,
    strict=True,
)
DROPPED = Rule(
    "release-dropped",
    "Every release that waits has its turn.",
    "A group keeps one waiting run: a third release replaces the second, which is never published.",
    "Add `queue: max` to `concurrency`.",
    _dropped,
    strict=True,
)
ENDLESS = Rule(
    "timeout-missing",
    "Every job has its time.",
    "A job that hangs holds up every later release for six hours.",
    "Write `timeout-minutes`.",
    _endless,
    strict=True,
)
UNLOCKED = Rule(
    "install-unlocked",
    "Tools of a release are installed with their hashes.",
    "What is newest on that day runs in the release, be it broken or taken over.",
    "Lock them: `pip install --require-hashes -r FILE`.",
    _unlocked,
    strict=True,
    forges=("github", "gitlab"),
)
TIMELESS = Rule(
    "build-timeless",
    "A build knows the time of its commit.",
    "The same commit gives other bytes on each run, so nobody can build it again and compare.",
    "Set SOURCE_DATE_EPOCH to the time of the commit: `git log -1 --format=%ct`.",
    _timeless,
    strict=True,
    forges=("github", "gitlab"),
)
NUMBERS = Rule(
    "python-as-number",
    "Versions of Python are texts.",
    "3.10 as a number is 3.1: that Python is not found, or another one is tested.",
    'Put it into quotes: "3.10".',
    _numbers,
    forges=("github", "gitlab"),
)
INTERRUPTED = Rule(
    "publish-interruptible",
    "A job that uploads is not ended by a newer pipeline.",
    "Half of the files are on the index.",
    "Write `interruptible: false`.",
    _interrupted,
    forges=("gitlab",),
)
AT_ONCE = Rule(
    "resource-group-missing",
    "Uploads to one index wait for one another.",
    "Two tags pushed together upload side by side.",
    "Write `resource_group: NAME-OF-THE-INDEX`.",
    _at_once,
    strict=True,
    forges=("gitlab",),
)
RETRIED = Rule(
    "publish-retried",
    "An upload that failed is not simply run again.",
    "An upload without an answer may have arrived; the second try fails by the first, or hides what it failed by.",
    "Retry failures of the runner only: `when: [runner_system_failure, stuck_or_timeout_failure]`.",
    _retried,
    forges=("gitlab",),
)
