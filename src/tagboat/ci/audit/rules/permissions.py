"""What the jobs' tokens may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.audit.finding import Rule, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.document import Value
    from tagboat.ci.audit.github import Workflow

BESIDE_AN_UPLOAD = ("contents", "packages", "actions", "deployments", "pull-requests", "issues")
"""What a job that uploads may only read."""


def _missing(workflow: Workflow) -> Iterator[Spot]:
    if "permissions" not in workflow.root:
        for job in workflow.jobs:
            if "permissions" not in job.value:
                yield Spot(job.line, f"the job {job.name} has no permissions of its own, and the workflow has none")


def _written(permissions: Value) -> list[str]:
    if permissions.text == "write-all":
        return ["everything"]
    return [scope for scope, value in permissions.pairs.items() if value.text == "write"]


def _at_top(workflow: Workflow) -> Iterator[Spot]:
    permissions = workflow.root["permissions"]
    written = _written(permissions)
    if written and len(workflow.jobs) > 1:
        yield Spot(permissions.line, f"every job may write {', '.join(written)}")


def _not_empty(workflow: Workflow) -> Iterator[Spot]:
    permissions = workflow.root["permissions"]
    if any(_missing(workflow)):
        return  # that is worse, and told
    if not permissions or ((permissions.text or permissions.pairs) and not _written(permissions)):
        yield Spot(permissions.line if permissions else workflow.line, "the workflow does not begin with no permission")


def _beside_an_upload(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.publishing:
        if job.permissions.text == "write-all":
            yield Spot(job.permissions.line, f"the job {job.name}, which uploads, may write everything")
        for scope in BESIDE_AN_UPLOAD:
            if job.permissions[scope].text == "write" and "permissions" in job.value:
                yield Spot(job.permissions[scope].line, f"the job {job.name}, which uploads, may write {scope}, too")


MISSING = Rule(
    "permissions-missing",
    "Each job says what its token may do.",
    "Without it the token has what the repository's settings give, which is often to write everything.",
    "Write `permissions: {}` at the top, and in each job what it needs.",
    _missing,
)
AT_TOP = Rule(
    "permissions-at-top",
    "No permission to write at the top of a workflow.",
    "Every job has it, also those that run the code of dependencies: one bad package can then publish or push.",
    "Write `permissions: {}` at the top, and the permission in the one job that needs it.",
    _at_top,
)
NOT_EMPTY = Rule(
    "permissions-not-empty",
    "A workflow begins with `permissions: {}`.",
    "A job that is added later has more than it needs without anybody having said so.",
    "Write `permissions: {}` at the top; a job's own list replaces it.",
    _not_empty,
    strict=True,
)
BESIDE = Rule(
    "permissions-beside-upload",
    "The job that uploads can write nothing else.",
    "What gets hold of this job can publish and change the repository, so nobody can tell afterwards what was there.",
    "Make the release or the commit in a job of its own, and leave `contents: read` here.",
    _beside_an_upload,
)
