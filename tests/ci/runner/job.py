"""One job on a machine of its own: its contexts, its environment, its steps."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.ci.runner import commands, permissions, shell
from tests.ci.runner.engine import WorkflowError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.runner.engine import Job, Step, Tree
    from tests.ci.runner.hub import Deployment
    from tests.ci.runner.run import Run

FILES = ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE")


class ActionFailed(Exception):  # noqa: N818 - what an action did
    """What an action says before it fails."""


@dataclass
class Done:
    """A step that ran, or was skipped."""

    name: str
    outcome: str
    conclusion: str
    outputs: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass
class JobRun:
    """One leg of a job: a machine of its own, and what came of it."""

    run: Run
    job: Job
    matrix: Mapping[str, object]
    needs: Mapping[str, object]
    result: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    steps: dict[str, Done] = field(default_factory=dict)
    summary: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.folder: Path = self.run.new_machine(self.job.id)
        self.workspace = self.folder / "work" / self.run.hub.name / self.run.hub.name
        self.home, self.temp = self.folder / "home", self.folder / "temp"
        for path in (self.workspace, self.home, self.temp):
            path.mkdir(parents=True)
        self.paths: list[str] = []
        self.environment: dict[str, str] = {}
        own, common = self.job.body.get("permissions"), self.run.workflow.root.get("permissions")
        self.permissions = permissions.of_job(own, common)
        self.token = ""
        self.place: Deployment | None = None

    @property
    def title(self) -> str:
        values = ", ".join(str(value) for value in self.matrix.values())
        return f"{self.job.id} ({values})" if values else self.job.id

    @property
    def may_identify(self) -> bool:
        """Whether the job may have a token that says who it is."""
        return self.permissions.get("id-token") == "write"

    def execute(self) -> None:
        """Run every step; what came of it is in `result`, `outputs` and `steps`."""
        began = time.monotonic()
        with self.run.hub.admitted(self) as token:
            self.token = token
            self.run.log.hide(token)
            try:
                self._begin()
                self._steps(began)
                self._outputs()
            except (WorkflowError, ActionFailed) as error:
                self._say(f"##[error]{error}\n")
                self.result = "failure"
        self.seconds = time.monotonic() - began

    # ---- contexts

    def contexts(self) -> dict[str, object]:
        """What expressions of this job see, before the environment of a step."""
        run, place = self.run, self.place
        held = {**run.hub.secrets, **(place.secrets if place else {}), "GITHUB_TOKEN": self.token}
        return {
            **run.contexts(),
            "github": {**run.github(), "token": self.token, "job": self.job.id, "workspace": str(self.workspace)},
            "secrets": held,
            "vars": {**run.hub.variables, **(place.variables if place else {})},
            "needs": self.needs,
            "matrix": self.matrix,
            "strategy": {"fail-fast": True, "job-index": 0, "job-total": 1, "max-parallel": 1},
            "job": {"status": self.result},
            "steps": {
                name: {"outputs": done.outputs, "outcome": done.outcome, "conclusion": done.conclusion}
                for name, done in self.steps.items()
            },
            "runner": {"os": "Linux", "arch": "X64", "temp": str(self.temp), "environment": "github-hosted"},
            "env": self.environment,
        }

    def evaluate(self, tree: Tree, *, strings: bool = False, env: Mapping[str, str] | None = None) -> Any:
        contexts = self.contexts()
        if env is not None:
            contexts["env"] = env
        status = {name: self.result == value for name, value in STATUS.items()}
        return self.run.hub.engine.evaluate(tree, contexts, status, strings=strings)

    def environ(self) -> dict[str, str]:
        """The variables that every program of this job gets; nobody but the runner sets these."""
        context = self.run.github()
        names = {
            f"GITHUB_{name.upper()}": str(value) for name, value in context.items() if isinstance(value, (str, int))
        }
        return {
            **names,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_JOB": self.job.id,
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_PATH": str(self.temp / "event.json"),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_ENVIRONMENT": "github-hosted",
            **(self.run.hub.identity(self) if self.may_identify else {}),
        }

    def machine_environ(self) -> dict[str, str]:
        """What is set on a machine before any job runs on it."""
        hub = self.run.hub
        path = ":".join([*self.paths, *hub.path])
        return {"PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8", "SHELL": "/bin/bash", **hub.network_environ}

    # ---- the course of a job

    def _begin(self) -> None:
        body, workflow = self.job.body, self.run.workflow.root
        (self.temp / "event.json").write_text(json.dumps(self.run.event.payload), encoding="utf-8")
        environment = self.evaluate(body.get("environment"))
        if environment is not None:
            name = environment["name"] if isinstance(environment, Mapping) else environment
            self.place = self.run.hub.deployment(str(name))
            if not self.place.admits(self.run.event.ref):
                ref = self.run.event.short_ref
                raise ActionFailed(f"{ref} is not allowed to deploy to {name} due to environment protection rules.")
        for secret in self.contexts()["secrets"].values():  # type: ignore[attr-defined]
            self.run.log.hide(secret)
        for tree in (workflow.get("env"), body.get("env")):
            self.environment |= self.evaluate(tree or {}, strings=True)

    def _steps(self, began: float) -> None:
        limit = 60 * float(self.evaluate(self.job.body.get("timeout-minutes")) or 360)
        for step in self.job.steps:
            done = self._step(step, began + limit - time.monotonic())
            self.steps[step.id] = done
            if done.conclusion == "failure" and self.result == "success":
                self.result = "failure"
            if time.monotonic() > began + limit:
                self._say(f"##[error]The job has exceeded the maximum execution time of {limit / 60:g} minutes\n")
                self.result = "cancelled"

    def _step(self, step: Step, seconds: float) -> Done:
        body = step.body
        env = {**self.environment, **self.evaluate(body.get("env") or {}, strings=True)}
        name = self.evaluate(body.get("name"), env=env) or body.get("uses") or _first_line(body.get("run"))
        if not _truth(self.evaluate(step.condition, env=env)):
            return Done(name, "skipped", "skipped")
        self.run.log.note(f"##[group]{self.title}: {name}\n")
        began, outcome = time.monotonic(), "success"
        files = _Files(self.temp, step.id)
        outputs: dict[str, str] = {}
        try:
            outputs = self._work(step, env, files, self._limit(step, seconds))
        except (ActionFailed, WorkflowError, commands.BadCommand) as error:
            self._say(f"##[error]{error}\n")
            outcome = "failure"
        try:
            outputs |= files.outputs()
            self._heed(files)
        except commands.BadCommand as error:
            self._say(f"##[error]{error}\n")
            outcome = "failure"
        goes_on = outcome == "failure" and _truth(self.evaluate(body.get("continue-on-error"), env=env))
        return Done(name, outcome, "success" if goes_on else outcome, outputs, time.monotonic() - began)

    def _work(self, step: Step, env: Mapping[str, str], files: _Files, seconds: float) -> dict[str, str]:
        runner = {**self.environ(), **files.environ()}
        if "uses" in step.body:
            inputs = self.evaluate(step.body.get("with") or {}, strings=True, env=env)
            return self.run.hub.act(self, step.body["uses"], inputs, {**self.machine_environ(), **env, **runner})
        self._script(step, {**self.machine_environ(), **env, **runner}, env, seconds)
        return {}

    def _script(self, step: Step, environ: Mapping[str, str], env: Mapping[str, str], seconds: float) -> None:
        defaults = {**_defaults(self.run.workflow.root), **_defaults(self.job.body)}
        said = {**defaults, **{key: step.body[key] for key in ("shell", "working-directory") if key in step.body}}
        said = self.evaluate(said, strings=True, env=env)
        script = self.temp / f"{secrets.token_hex(8)}.sh"
        script.write_text(self.evaluate(step.body["run"], strings=True, env=env), encoding="utf-8")
        words = shell.command(said.get("shell", ""), script)
        ended = shell.run(words, self.workspace / said.get("working-directory", "."), environ, seconds)
        for secret in commands.masks(ended.output):
            self.run.log.hide(secret)
        self._say(ended.output)
        commands.check_retired(ended.output)
        if ended.timed_out:
            raise ActionFailed(f"The action '{_first_line(step.body['run'])}' has timed out.")
        if ended.status:
            raise ActionFailed(f"Process completed with exit code {ended.status}.")

    def _heed(self, files: _Files) -> None:
        """What the step left in its files counts for the steps after it."""
        self.environment |= commands.read_environment(files.path("ENV"))
        self.paths = [*commands.read_paths(files.path("PATH")), *self.paths]
        self.summary += commands.read_summary(files.path("STEP_SUMMARY"))

    def _limit(self, step: Step, seconds: float) -> float:
        own = self.evaluate(step.body.get("timeout-minutes"))
        return min(seconds, 60 * float(own)) if own else seconds

    def _outputs(self) -> None:
        """What later jobs get. As on GitHub, empty ones are left out, and those in which a secret stands."""
        for name, value in self.evaluate(self.job.body.get("outputs") or {}, strings=True).items():
            if self.run.log.mask(value) != value:
                self._say(f"##[warning]Skip output '{name}' since it may contain secret.\n")
            elif value:
                self.outputs[name] = value

    def _say(self, text: str) -> None:
        self.run.log.write(text)


STATUS = {"success": "success", "failure": "failure", "cancelled": "cancelled"}


class _Files:
    """The files by which one step talks to the runner."""

    def __init__(self, folder: Path, step: str) -> None:
        self.folder = folder / f"_{step}_{secrets.token_hex(4)}"
        self.folder.mkdir()
        for name in FILES:
            self.path(name).touch()

    def path(self, name: str) -> Path:
        return self.folder / name.lower()

    def environ(self) -> dict[str, str]:
        return {f"GITHUB_{name}": str(self.path(name)) for name in FILES}

    def outputs(self) -> dict[str, str]:
        return commands.read_pairs(self.path("OUTPUT"))


def _truth(value: object) -> bool:
    return value not in (None, False, 0, "")


def _defaults(body: Mapping[str, Tree]) -> dict[str, Tree]:
    return dict((body.get("defaults") or {}).get("run") or {})


def _first_line(tree: object) -> str:
    return f"Run {tree.splitlines()[0]}" if isinstance(tree, str) and tree else "Run"
