"""A forge of one repository: it starts workflows, and gives jobs what they may have."""

from __future__ import annotations

import secrets
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from tests.ci.runner import event, triggers
from tests.ci.runner.actions import ACTIONS
from tests.ci.runner.actions.acting import Acting
from tests.ci.runner.engine import WorkflowError
from tests.ci.runner.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.ci.runner.engine import Engine, Workflow
    from tests.ci.runner.job import JobRun
    from tests.index.fakes.warehouse import GitHub

WORKFLOWS = ".github/workflows"
NOBODY = "0" * 40


@dataclass(frozen=True, slots=True)
class Deployment:
    """An environment: its own secrets and variables, and the refs that may use it, as patterns; none is every ref."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)
    refs: tuple[str, ...] = ()

    def admits(self, ref: str) -> bool:
        return not self.refs or any(fnmatch(ref, pattern) for pattern in self.refs)


@dataclass
class Hub:
    """The forge. `origin` is the bare repository, `folder` where machines come to be, `issuer` who knows the jobs.

    `meanwhile` is what somebody does in the middle of a run, after the job of that name.
    `uv_cache` is where the stand-in of pip keeps what it downloaded, and uv what it knows of this machine's Pythons.
    """

    engine: Engine
    origin: Path
    folder: Path
    repository: str = "harbour/boats"
    issuer: GitHub | None = None
    network_environ: Mapping[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    variables: dict[str, str] = field(default_factory=dict)
    environments: dict[str, Deployment] = field(default_factory=dict)
    actions: dict[str, Callable[[Acting], dict[str, str]]] = field(default_factory=lambda: dict(ACTIONS))
    path: tuple[str, ...] = ("/usr/local/bin", "/usr/bin", "/bin")
    real_pip: bool = False
    uv_cache: Path = field(default_factory=lambda: Path(sys.prefix) / "ci-uv-cache")
    actor: str = "ada"
    owner_id: str = "42"
    server_url: str = "https://github.com"
    api_url: str = "https://api.github.com"
    meanwhile: dict[str, Callable[[Run], None]] = field(default_factory=dict)
    tokens: dict[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    runs: list[Run] = field(default_factory=list)

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    @property
    def name(self) -> str:
        return self.repository.partition("/")[2]

    # ---- what people do

    def push(self, ref: str, before: str = NOBODY) -> list[Run]:
        """What the push of a ref starts; it is in the repository already."""
        return self._start(event.pushed(ref, self.commit(ref), before, self._about()))

    def dispatch(self, workflow: str, ref: str = "refs/heads/main", **inputs: str) -> Run:
        """Send the form of a workflow. `_` in a name is `-`. Raises `triggers.Refused`."""
        path = f"{WORKFLOWS}/{workflow}"
        found = self.read(self.commit(ref), path)
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        typed = triggers.form(found, given)
        return self._run(found, event.dispatched(path, ref, self.commit(ref), typed, self._about()))

    def pull_request(self, number: int, head: str, base: str = "main") -> list[Run]:
        """Open a pull request between two branches; its merge is made as the forge makes it."""
        merge = f"refs/pull/{number}/merge"
        sides = {"base": self.commit(f"refs/heads/{base}"), "head": self.commit(f"refs/heads/{head}")}
        tree = self.git("merge-tree", "--write-tree", sides["base"], sides["head"])
        parents = [word for sha in sides.values() for word in ("-p", sha)]
        shas = {**sides, "merge": self.git("commit-tree", tree, *parents, "-m", f"Merge {head} into {base}")}
        self.git("update-ref", merge, shas["merge"])
        return self._start(event.opened(number, base, head, merge, shas, self._about()))

    def schedule(self, workflow: str) -> Run:
        """The time of a workflow came."""
        ref = "refs/heads/main"
        found = self.read(self.commit(ref), f"{WORKFLOWS}/{workflow}")
        cron = found.root["on"]["schedule"][0]["cron"]
        return self._run(found, event.scheduled(ref, self.commit(ref), cron, self._about()))

    # ---- the repository

    def git(self, *words: str) -> str:
        identity = ["-c", "user.name=GitHub", "-c", "user.email=noreply@example.org"]
        done = subprocess.run(
            ["git", "-C", str(self.origin), *identity, *words], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, ref: str) -> str:
        return self.git("rev-parse", "--verify", f"{ref}^{{commit}}")

    def read(self, commit: str, path: str) -> Workflow:
        """A workflow as a commit has it."""
        return self.engine.load(path, self.git("show", f"{commit}:{path}") + "\n")

    def _start(self, what: event.Event) -> list[Run]:
        listed = self.git("ls-tree", "--name-only", what.sha, f"{WORKFLOWS}/").splitlines()
        found = [self.read(what.sha, path) for path in listed if path.endswith((".yml", ".yaml"))]
        return [self._run(workflow, what) for workflow in found if triggers.is_started(workflow, what)]

    def _run(self, workflow: Workflow, what: event.Event) -> Run:
        run = Run(self, workflow, what, 7001 + len(self.runs))
        self.runs.append(run)
        return run.execute()

    def _about(self) -> dict[str, object]:
        owner = {"login": self.owner, "id": int(self.owner_id)}
        return {"full_name": self.repository, "name": self.name, "owner": owner, "default_branch": "main"}

    # ---- what jobs get

    @contextmanager
    def admitted(self, job: JobRun) -> Iterator[str]:
        """A token for the time of a job, with the scopes of that job."""
        token = f"ghs_{secrets.token_urlsafe(27)}"
        self.tokens[token] = job.permissions
        try:
            yield token
        finally:
            del self.tokens[token]

    def scopes(self, token: str) -> Mapping[str, str]:
        """What a token may do; nothing when its job is over."""
        return self.tokens.get(token, {})

    def deployment(self, name: str) -> Deployment:
        """An environment. GitHub makes one that does not exist, without any rule."""
        return self.environments.setdefault(name, Deployment())

    def identity(self, job: JobRun) -> dict[str, str]:
        """Where a job asks for a token that says who it is."""
        if self.issuer is None:
            return {}
        run = job.run
        named = next((name for name, each in self.environments.items() if each is job.place), "")
        subject = f"environment:{named}" if named else f"ref:{run.event.ref}"
        workflow = f"{self.repository}/{run.workflow.path}@{run.event.ref}"
        claims = {
            "sub": f"repo:{self.repository}:{subject}",
            "repository": self.repository,
            "repository_owner": self.owner,
            "repository_owner_id": self.owner_id,
            "ref": run.event.ref,
            "sha": run.event.sha,
            "event_name": run.event.name,
            "workflow_ref": workflow,
            "job_workflow_ref": workflow,
        }
        self.issuer.claims = claims | ({"environment": named} if named else {})
        self.issuer.secret = secrets.token_hex(16)
        run.log.hide(self.issuer.secret)
        return self.issuer.environ()

    def act(self, job: JobRun, uses: str, inputs: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
        """Do what an action does."""
        name = uses.partition("@")[0]
        if name not in self.actions:
            raise WorkflowError(f"Unable to resolve action {uses}, repository not found")
        return self.actions[name](Acting(job, inputs, environ))
