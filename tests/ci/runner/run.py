"""One run of a workflow: the order of its jobs, what is skipped, and what is run again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.ci.runner.artifacts import Artifacts
from tests.ci.runner.engine import WorkflowError
from tests.ci.runner.job import JobRun, _truth
from tests.ci.runner.log import Log
from tests.ci.runner.matrix import legs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.ci.runner.engine import Job, Workflow
    from tests.ci.runner.event import Event
    from tests.ci.runner.hub import Hub


@dataclass
class Result:
    """What came of a job: success, failure, cancelled or skipped, by all its legs together."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)
    legs: list[JobRun] = field(default_factory=list)
    why: str = ""

    @property
    def seconds(self) -> float:
        return sum(leg.seconds for leg in self.legs)


class Run:
    """A workflow that an event started."""

    def __init__(self, hub: Hub, workflow: Workflow, event: Event, number: int) -> None:
        self.hub, self.workflow, self.event, self.number = hub, workflow, event, number
        self.attempt = 0
        self.results: dict[str, Result] = {}
        self.log = Log()
        self.artifacts = Artifacts(hub.folder / f"run-{number}" / "artifacts")
        self.seconds = 0.0
        self.machines = 0
        self.is_cancelled = False

    @property
    def conclusion(self) -> str:
        """That of the whole run; a job that may fail does not count."""
        found = {result.result for result in self.results.values()}
        return next((each for each in ("failure", "cancelled") if each in found), "success")

    @property
    def summary(self) -> str:
        """The summaries of all jobs."""
        return "".join(leg.summary for result in self.results.values() for leg in result.legs)

    def result(self, job: str) -> str:
        return self.results[job].result

    def outcomes(self) -> dict[str, str]:
        return {job: result.result for job, result in self.results.items()}

    def times(self) -> str:
        """Seconds per job, for people."""
        rows = [f"{job:24} {each.result:10} {each.seconds:6.1f} s" for job, each in self.results.items()]
        return "\n".join([*rows, f"{'all, one after another':24} {self.conclusion:10} {self.seconds:6.1f} s"])

    def execute(self) -> Run:
        """Run every job."""
        return self._attempt({})

    def rerun(self, *, failed_only: bool = False) -> Run:
        """Run it again: all of it, or the jobs that did not succeed with all that need them.

        Jobs that are left out keep their outputs (docs.github.com, re-running workflows and jobs).
        """
        if not failed_only:
            return self._attempt({})
        again = {job for job, result in self.results.items() if result.result in ("failure", "cancelled")}
        again |= {job.id for job in self.workflow.jobs if again & self._ancestors(job)}
        return self._attempt({job: result for job, result in self.results.items() if job not in again})

    def _attempt(self, kept: dict[str, Result]) -> Run:
        self.attempt += 1
        self.artifacts.begin(self.attempt, inherits=bool(kept))
        self.results = dict(kept)
        began = time.monotonic()
        waiting = [job for job in self.workflow.jobs if job.id not in kept]
        while waiting:
            job = next(job for job in waiting if all(need in self.results for need in job.needs))
            waiting.remove(job)
            self.results[job.id] = self._job(job)
            self.hub.meanwhile.get(job.id, _nothing)(self)
        self.seconds = time.monotonic() - began
        return self

    # ---- contexts

    def github(self) -> dict[str, object]:
        """The context `github` of any job, which is also what GITHUB_* variables are made of."""
        event, hub = self.event, self.hub
        return {
            "repository": hub.repository,
            "repository_owner": hub.owner,
            "repository_id": "1",
            "repository_owner_id": hub.owner_id,
            "event_name": event.name,
            "event": event.payload,
            "ref": event.ref,
            "ref_name": event.short_ref,
            "ref_type": event.ref_type,
            "sha": event.sha,
            "base_ref": event.base,
            "head_ref": event.head,
            "actor": hub.actor,
            "triggering_actor": hub.actor,
            "workflow": self.workflow.name,
            "workflow_ref": f"{hub.repository}/{self.workflow.path}@{event.ref}",
            "workflow_sha": event.sha,
            "run_id": str(self.number),
            "run_number": str(self.number),
            "run_attempt": str(self.attempt),
            "server_url": hub.server_url,
            "api_url": hub.api_url,
        }

    def contexts(self) -> dict[str, object]:
        """What the condition of a job sees, but for `needs`."""
        return {"github": self.github(), "inputs": dict(self.event.inputs), "vars": self.hub.variables}

    # ---- jobs

    def _job(self, job: Job) -> Result:
        needs = {
            need: {"result": self.results[need].result, "outputs": self.results[need].outputs} for need in job.needs
        }
        contexts = {**self.contexts(), "needs": needs}
        engine, status = self.hub.engine, self._status(job)
        try:
            if not _truth(engine.evaluate(job.condition, contexts, status)):
                return Result("skipped")
            strategy = engine.evaluate(job.body.get("strategy") or {}, contexts, status)
            combinations = legs(strategy.get("matrix"))
        except WorkflowError as error:
            self.log.write(f"##[error]{job.id}: {error}\n")
            return Result("failure", why=str(error))
        return self._legs(job, combinations, needs, is_hasty=strategy.get("fail-fast", True) is not False)

    def _legs(
        self, job: Job, combinations: list[dict[str, object]], needs: Mapping[str, object], *, is_hasty: bool
    ) -> Result:
        total = Result("success")
        for matrix in combinations:
            leg = JobRun(self, job, matrix, needs)
            if is_hasty and total.result == "failure":
                leg.result = "cancelled"
            else:
                leg.execute()
            total.legs.append(leg)
            total.outputs |= leg.outputs
            if leg.result != "success" and not _truth(leg.evaluate(job.body.get("continue-on-error"))):
                total.result = "failure" if "failure" in (leg.result, total.result) else leg.result
        return total

    def _status(self, job: Job) -> dict[str, bool]:
        """What the status functions say to the condition of a job, by all its ancestors.

        success() is true when every ancestor succeeded, the far ones too (actions/runner#491, #2205); failure() when
        one of them failed.
        """
        found = {self.results[each].result for each in self._ancestors(job)}
        return {
            "success": found <= {"success"} and not self.is_cancelled,
            "failure": "failure" in found and not self.is_cancelled,
            "cancelled": self.is_cancelled,
        }

    def _ancestors(self, job: Job) -> set[str]:
        jobs = {each.id: each for each in self.workflow.jobs}
        found: set[str] = set()
        ahead = list(job.needs)
        while ahead:
            each = ahead.pop()
            if each not in found:
                found.add(each)
                ahead += jobs[each].needs
        return found

    def new_machine(self, job: str) -> Path:
        """A folder that no other job knows."""
        self.machines += 1
        return self.hub.folder / f"run-{self.number}" / f"{self.machines:02}-{job}"


def _nothing(run: Run) -> None:
    pass
