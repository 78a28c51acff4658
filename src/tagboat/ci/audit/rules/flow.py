"""What comes before an upload, beside it and after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.ci.audit.commands import (
    COMPARES,
    PROMOTES_DRAFT,
    SLEEPS,
    STARTS_WORKFLOW,
    VERIFIES,
    does,
    installed_loosely,
    logical_lines,
)
from tagboat.ci.audit.finding import Rule, Spot
from tagboat.ci.audit.github import PUBLISHES, SECRET, Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.github import WorkflowJob
    from tagboat.ci.audit.pipeline import Job, Pipeline

OTHER_TOKEN = re.compile(r"secrets\.(?!GITHUB_TOKEN\b)\w+|steps\.[\w-]+\.outputs\.token")


def _untested(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.publishing:
        if not any(each.tests for each in (job, *pipeline.before(job))):
            yield Spot(job.line, f"no job that the job {job.name} waits for runs the tests")


def _fail_fast(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.jobs:
        strategy = job.value["strategy"]
        if job.tests and strategy["matrix"] and not strategy["fail-fast"].is_false:
            yield Spot(strategy.line, f"the first failure ends all of the job {job.name}")


def _two(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.publishing:
        for upload in job.uploads[1:]:
            yield Spot(upload.line, f"the job {job.name} uploads a second time: {upload.tool}")


def _skipping(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.publishing:
        checked = any(_verifies(each) for each in (job, *pipeline.after(job)))
        for upload in job.uploads:
            if upload.skips_existing and not upload.to_test and not checked:
                yield Spot(upload.line, f"{upload.tool} passes over files that are there, and nobody compares them")


def _verifies(job: Job) -> bool:
    return job.says(VERIFIES)


def _unverified(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.publishing:
        skips = any(upload.skips_existing and not upload.to_test for upload in job.uploads)  # that is worse, and told
        if not skips and not any(_verifies(each) for each in pipeline.after(job)):
            yield Spot(job.line, f"no job looks what the index has after the job {job.name}")


def _too_early(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.jobs:
        if _makes_public(pipeline, job) and any(each.publishes for each in pipeline.after(job)):
            yield Spot(job.line, f"the upload waits for the job {job.name}, which makes the release public")


def _not_waiting(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.jobs if pipeline.publishing else ():
        others = (job, *pipeline.before(job), *pipeline.after(job))
        if _makes_public(pipeline, job) and not any(each.publishes for each in others):
            yield Spot(job.line, f"the job {job.name} makes the release public, whatever becomes of the upload")


def _makes_public(pipeline: Pipeline, job: Job) -> bool:
    """Whether there is a release for all to see after the job, which was none before."""
    if isinstance(pipeline, Workflow) and set(pipeline.triggers) == {"release"}:
        return False
    return (job.releases and not job.drafts) or job.says(PROMOTES_DRAFT)


def _starts_nothing(workflow: Workflow) -> Iterator[Spot]:
    push = workflow.triggers.get("push")
    by_tag = "release" in workflow.triggers or (push is not None and bool(push["tags"]) and not push["branches"])
    if workflow.publishing or by_tag:
        return
    for job in workflow.jobs:
        if job.pushes_tag and not _starts(job) and not _by_other(job):
            yield Spot(
                job.line, f"the job {job.name} makes a tag or a release by GITHUB_TOKEN, and that starts no workflow"
            )


def _starts(job: WorkflowJob) -> bool:
    texts = [script.text for script in job.scripts] + [step.inputs["script"].text for step in job.steps]
    return any(does(STARTS_WORKFLOW, text) for text in texts)


def _by_other(job: WorkflowJob) -> bool:
    """Whether another token than the run's own is used, and only that: the first of `a || b` may be missing."""
    tokens = [
        value.text for _, value in job.value.scalars() if SECRET.search(value.text) or "outputs.token" in value.text
    ]
    return any(
        OTHER_TOKEN.search(text) and "GITHUB_TOKEN" not in text and "github.token" not in text for text in tokens
    )


def _guessing(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.jobs:
        slept = False
        for script in job.scripts:
            for line in logical_lines(script.text):
                slept = slept or bool(SLEEPS.search(line))
                if slept:
                    for text in installed_loosely(line):
                        where = pipeline.line_of(script.value, text)
                        yield Spot(where, f"after a pause, {text} gets whichever version there is")


def _mixed(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.jobs:
        for script in job.scripts:
            for line in logical_lines(script.text):
                if "--extra-index-url" in line and re.search(r"(?i)//test\.|test-?pypi", line):
                    where = pipeline.line_of(script.value, "--extra-index-url")
                    yield Spot(where, "one install gets files from a test index and from another, whichever is higher")


def _password(workflow: Workflow) -> Iterator[Spot]:
    for _, step in workflow.steps():
        if step.action == PUBLISHES and step.inputs["password"] and step.inputs["attestations"].is_true:
            yield Spot(step.inputs["attestations"].line, "attestations are asked for, and there is a password")


def _no_attestations(workflow: Workflow) -> Iterator[Spot]:
    for _, step in workflow.steps():
        own_index = step.inputs["repository-url"] and "//test." not in step.inputs["repository-url"].text
        by_identity = step.action == PUBLISHES and not step.inputs["password"]
        if by_identity and not own_index and step.inputs["attestations"].is_false:
            yield Spot(step.inputs["attestations"].line, "the files are published without attestations")


def _by_token(workflow: Workflow) -> Iterator[Spot]:
    for job, step in workflow.steps():
        if step.action == PUBLISHES and step.inputs["password"] and not step.inputs["attestations"]:
            yield Spot(step.inputs["password"].line, f"the job {job.name} publishes with a token that lives on")


def _runner(workflow: Workflow) -> Iterator[Spot]:
    for job, step in workflow.steps():
        if step.action == PUBLISHES and any(re.match(r"(?i)windows|macos", each) for each in job.runs_on):
            yield Spot(step.line, f"{PUBLISHES} runs on Linux only, and the job {job.name} does not")


def _unchecked(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.publishing:
        downloads = [step for step in job.steps if step.action == "actions/download-artifact"]
        if downloads and not job.says(COMPARES):
            yield Spot(downloads[0].line, f"the job {job.name} does not compare what it got with what was built")


UNTESTED = Rule(
    "publish-untested",
    "An upload waits for the tests of the same commit.",
    "A tag on a commit that was never tested, or failed, is published.",
    "Run the tests in this pipeline, and name their job in `needs`.",
    _untested,
    strict=True,
    forges=("github", "gitlab"),
)
FAIL_FAST = Rule(
    "tests-fail-fast",
    "Every Python's result is known.",
    "The first failure cancels the others: nobody sees whether it is one Python or all.",
    "Write `fail-fast: false` beside the matrix.",
    _fail_fast,
    strict=True,
)
TWO = Rule(
    "two-uploads",
    "One job for one index.",
    "When the second upload fails, a re-run begins with the first; attestations of the first make the second fail; and"
    " both have the same environment.",
    "Make a job for each index, the second waiting for the first.",
    _two,
    forges=("github", "gitlab"),
)
SKIPPING = Rule(
    "skip-existing-unchecked",
    "Files that an index has already are compared.",
    "A file of this name with other bytes, from a half-finished run or from somebody else, is taken for ours.",
    "Let a job after the upload compare the index's hashes with the built files: `tagboat ci verify`.",
    _skipping,
    forges=("github", "gitlab"),
)
UNVERIFIED = Rule(
    "publish-unverified",
    "What was uploaded is looked for on the index, and installed.",
    "The run is green, and nobody can install the version.",
    "Add a job after the upload that waits for the files, compares and installs them: `tagboat ci verify`.",
    _unverified,
    strict=True,
    forges=("github", "gitlab"),
)
TOO_EARLY = Rule(
    "release-too-early",
    "The forge's release is public after the files are on the index.",
    "People are told of a version that they cannot install; where releases are immutable, its files are fixed before"
    " the upload failed.",
    "Let the job wait for the upload, or make a draft that a last job publishes.",
    _too_early,
    forges=("github", "gitlab"),
)
NOT_WAITING = Rule(
    "release-not-waiting",
    "The forge's release waits for the upload.",
    "When the upload fails, a release is announced that nobody can install.",
    "Let the job wait for the upload, or better for the job that verifies it.",
    _not_waiting,
    strict=True,
    forges=("github", "gitlab"),
)
STARTS_NOTHING = Rule(
    "tag-starts-nothing",
    "What makes a tag in CI starts what the tag should start.",
    "GitHub starts no workflow for what GITHUB_TOKEN pushes: the tag is there, and nothing is published.",
    "Run `gh workflow run publish.yml --ref TAG` after it (with `actions: write`), or push with the token of an app.",
    _starts_nothing,
)
GUESSING = Rule(
    "install-after-sleep",
    "The version that was published is what is installed to verify it.",
    "After a pause the index may still show the old version; it installs well, and the check is green.",
    "Wait until the index lists the files, then install `name==version`: `tagboat ci verify`.",
    _guessing,
    forges=("github", "gitlab"),
)
MIXED = Rule(
    "extra-index-url",
    "Nothing is installed from a test index and another at once.",
    "To pip both are equal: anybody can put a higher version of a dependency onto the test index, and it is run here.",
    "Install the dependencies from the real index first, then the one file with --no-deps and its hash.",
    _mixed,
    forges=("github", "gitlab"),
)
PASSWORD = Rule(
    "password-with-attestations",
    "Attestations go with an identity, not with a password.",
    "A password turns trusted publishing off, and attestations with it: the upload warns or fails.",
    "Take the password away, or write `attestations: false`.",
    _password,
)
NO_ATTESTATIONS = Rule(
    "attestations-off",
    "What is published by an identity is attested.",
    "Nobody can tell afterwards which workflow and which commit a file came from.",
    "Take `attestations: false` away.",
    _no_attestations,
    strict=True,
)
BY_TOKEN = Rule(
    "token-instead-of-identity",
    "Where an index trusts the job's identity, no token is kept.",
    "A token that leaks can publish until somebody revokes it; an identity ends with the job.",
    "Enter the workflow at the index as a trusted publisher and remove the password; where it has to be a token, say so"
    " with `attestations: false`.",
    _by_token,
    strict=True,
)
RUNNER = Rule(
    "publish-runner",
    "The action that uploads runs on Linux.",
    "It is a container: on Windows and macOS the job fails after everything was built.",
    "Write `runs-on: ubuntu-latest`.",
    _runner,
)
UNCHECKED = Rule(
    "artifact-unchecked",
    "The job that uploads compares the files with the hashes of the job that built them.",
    "An artifact that was changed in between is published.",
    "Hand the hashes over as an output, and run `sha256sum --check` before the upload.",
    _unchecked,
    strict=True,
)
