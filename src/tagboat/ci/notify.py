"""What the last job of a pipeline tells: how it went, job by job."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tagboat.ci.frequency import frequency
from tagboat.dataclass import dataclass
from tagboat.errors import TagboatError
from tagboat.news import install_line
from tagboat.notify import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagboat.workspace import Workspace

BAD = ("failure", "failed", "cancelled", "canceled", "timed_out")
TO, PUBLISH = "to-", "publish-"


@dataclass(frozen=True, slots=True)
class JobResult:
    """One job of the run; `seconds` None where nobody tells how long it took."""

    name: str
    result: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A whole run: `indexes` are those that it published to, `page` is where people look at it."""

    project: str
    version: str
    indexes: tuple[str, ...]
    jobs: tuple[JobResult, ...]
    page: str
    metrics: str

    @property
    def good(self) -> bool:
        """Whether no job failed."""
        return not any(job.result in BAD for job in self.jobs)

    @property
    def message(self) -> Message:
        """What is told of it."""
        what = f"{self.project} {self.version}".strip()
        where = f" to {', '.join(self.indexes)}" if self.indexes else ""
        title = f"{what} is released{where}" if self.good else f"The release of {what} failed"
        lines = [install_line(self.project, self.version)] if self.good and self.version and self.indexes else []
        lines += [*([""] if lines else []), *(_line(job) for job in self.jobs)]
        return Message(title, "\n".join([*lines, "", *filter(None, (self.page, self.metrics))]), self.good)


def outcome(workspace: Workspace, environ: Mapping[str, str], now: float | None = None) -> Outcome:
    """How the run went, by GitHub's `needs` in TAGBOAT_NEEDS; elsewhere by TAGBOAT_RESULT, which is one word.

    Times come from the forge, where one is configured and the job may ask it.
    """
    needs = _needs(environ)
    plan = needs.get("plan", {}).get("outputs") or {}
    wanted = [name.removeprefix(TO) for name, value in plan.items() if name.startswith(TO) and value == "true"]
    told = [JobResult(name, str(job.get("result", "unknown"))) for name, job in needs.items()]
    if result := environ.get("TAGBOAT_RESULT", ""):
        told.append(JobResult("pipeline", result))
    succeeded = {job.name for job in told if job.result == "success"}
    return Outcome(
        project=workspace.project.name,
        version=environ.get("TAGBOAT_VERSION") or str(plan.get("version", "")),
        indexes=tuple(name for name in wanted if PUBLISH + name in succeeded),
        jobs=tuple(_timed(workspace, environ) or told),
        page=page_of_run(environ),
        metrics=frequency(release_times(workspace), time.time() if now is None else now),
    )


def page_of_run(environ: Mapping[str, str]) -> str:
    """Where people look at the run that this job is part of; "" on a laptop."""
    if run := environ.get("GITHUB_RUN_ID"):
        return f"{environ.get('GITHUB_SERVER_URL', '')}/{environ.get('GITHUB_REPOSITORY', '')}/actions/runs/{run}"
    return environ.get("CI_PIPELINE_URL", "")


def release_times(workspace: Workspace) -> Sequence[int]:
    """When the releases were tagged, in seconds since 1970."""
    return [time for tag, time in workspace.git.tag_times().items() if workspace.version_of(tag) is not None]


def _needs(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """GitHub's `needs` as JSON; what is none says nothing, for a message is better than a failure here."""
    with suppress(ValueError):
        found = json.loads(environ.get("TAGBOAT_NEEDS", ""))
        if isinstance(found, dict):
            return {str(name): job for name, job in found.items() if isinstance(job, dict)}
    return {}


def _timed(workspace: Workspace, environ: Mapping[str, str]) -> list[JobResult]:
    """Every job that is at its end, as the forge tells; none where it does not."""
    run = environ.get("GITHUB_RUN_ID") or environ.get("CI_PIPELINE_ID") or ""
    with suppress(TagboatError):
        if run.isdecimal() and workspace.forge is not None:
            return [JobResult(*each) for each in workspace.forge.jobs_of(int(run))]
    return []


def _line(job: JobResult) -> str:
    seconds = "" if job.seconds is None else f" ({job.seconds:.0f} s)"
    return f"{job.name}: {job.result}{seconds}"
