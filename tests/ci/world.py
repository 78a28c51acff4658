"""Everything around a release on GitHub: a project, its repository, the forge, PyPI and TestPyPI by their own names.

Jobs reach all of it by the hosts that exist in reality, so that configuration, workflows and tools are the real ones,
byte for byte; see tests/ci/runner/README.md.
"""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from tests.ci.runner.gitserver import git_server
from tests.ci.runner.hub import Hub
from tests.ci.runner.index import PackageIndex
from tests.ci.runner.network import network
from tests.e2e.sandbox import EXAMPLES, make_sandbox
from tests.forge.fakes.github import REPO
from tests.forge.fakes.github import GitHub as Api
from tests.index.fakes.contract import Reply, json_reply, route
from tests.index.fakes.warehouse import GitHub, Publisher
from twine.repository import LEGACY_PYPI

from tagboat.index.kinds.pypi import own_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ci.runner.engine import Engine
    from tests.ci.runner.index import Shelf
    from tests.ci.runner.network import Network
    from tests.ci.runner.run import Run
    from tests.e2e.sandbox import Sandbox
    from tests.index.fakes.contract import Request

OWNER, NAME = "crew", "boat"
REPOSITORY = f"{OWNER}/{NAME}"
PYPI = '\n[tool.tagboat.index.pypi]\nkind = "pypi"\n'
BOTH = f'\n[tool.tagboat.index.testpypi]\nkind = "testpypi"\n{PYPI}'
FORGE = '\n[tool.tagboat.forge]\nkind = "github"\n'
SCOPES = {"issues": "issues", "pulls": "pull-requests", "actions": "actions"}
DATABRICKS = {"databricks_tools-0.2.0-py3-none-any.whl", "databricks_tools-0.2.0.tar.gz"}
DUCKALOG = {"duckalog-0.1.0-py3-none-any.whl", "duckalog-0.1.0.tar.gz"}
SECRETS = ("planted-in-the-repository-1", "planted-in-the-environment-2")


def ci(*pythons: str, more: str = "") -> str:
    """What jobs do: the Pythons that are tested, and one on which a release is verified, with uv alone."""
    listed = ", ".join(f'"{each}"' for each in pythons)
    return f'\n[tool.tagboat.verify]\npythons = "one"\npip = false\n\n[tool.tagboat.ci]\npythons = [{listed}]\n{more}'


class JobsApi(Api):
    """The forge's API for the tokens of jobs: each may do what the scopes of its job say."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self.hub = hub

    def _right(self, request: Request) -> str | None:
        _, _, token = request.headers.get("authorization", "").partition(" ")
        if token not in self.hub.tokens:
            return None
        after = request.path.removeprefix(f"/repos/{REPOSITORY}/").partition("/")[0]
        return self.hub.tokens[token].get(SCOPES.get(after, "contents"), "none")

    def _guard(self, request: Request, *, write: bool = False) -> Reply | None:
        """As for everybody; the repository is a private one, so that even reading takes the scope."""
        if self._right(request) == "none":
            return json_reply(403, {"message": "Resource not accessible by integration", "status": "403"})
        return super()._guard(request, write=write)

    @route("POST", f"{REPO}/git/refs", source="as GitHub.create_ref; here there is a repository behind it")
    def create_ref(self, request: Request) -> Reply:
        answer = super().create_ref(request)
        if answer.status == 201:
            data = json.loads(request.body)
            made = self.objects[data["sha"]]
            name = data["ref"].removeprefix("refs/tags/")
            self.hub.git("tag", "--annotate", "--message", made["message"], name, made["object"])
        return answer


@dataclass
class World:
    """One project on its way to people."""

    sandbox: Sandbox
    hub: Hub
    api: JobsApi
    issuer: GitHub
    indexes: dict[str, PackageIndex]
    network: Network
    locked: str
    violations: list[str] = field(default_factory=list)

    def generate(self) -> None:
        """Write the workflows as a person does, and push them."""
        self.lock()
        self.sandbox.tagboat("ci", "github")
        self.sandbox.commit("ci: release by tagboat")

    def lock(self) -> None:
        """Say what jobs install, and push that: this tagboat, which is on no real index."""
        self.commit("ci: what the jobs install", ".github/tagboat/requirements.txt", self.locked)

    def commit(self, message: str, path: str, text: str) -> None:
        """Write one file, and push that."""
        file = self.sandbox.project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.sandbox.commit(message)

    def change_workflow(self, before: str, after: str, name: str = "publish.yml") -> None:
        """Spoil a workflow that was written; the part has to be in it."""
        path = f".github/workflows/{name}"
        text = (self.sandbox.project / path).read_text(encoding="utf-8")
        assert before in text
        self.commit("ci: a change by hand", path, text.replace(before, after))

    def tag(self, name: str) -> Run:
        """Push a tag, and run what that starts."""
        self.sandbox.git("tag", "--annotate", name, "-m", name)
        self.sandbox.git("push", "--quiet", "origin", name)
        self.api.tags.add(name)
        (run,) = self.hub.push(f"refs/tags/{name}")
        return run

    def form(self, version: str, ref: str = "refs/heads/main", **inputs: str) -> Run:
        """Send the form of publish.yml."""
        return self.hub.dispatch("publish.yml", ref, version=version, **inputs)

    def follow(self) -> list[Run]:
        """Run the workflows that jobs asked the forge to start."""
        asked, self.api.dispatched = self.api.dispatched, []
        return [self.hub.dispatch(name, f"refs/tags/{ref}", **inputs) for name, ref, inputs in asked]

    def held(self, index: str) -> set[str]:
        """The files on an index."""
        return set(self.indexes[index].held)

    def identified(self, run: Run) -> set[str]:
        """The jobs that could have an identity."""
        return {job for job, result in run.results.items() for leg in result.legs if leg.may_identify}

    def leaks(self, run: Run, *more: str) -> list[str]:
        """Where a secret stands that should not: in what programs printed, summaries, artifacts, the release.

        It is looked for as it is, in URLs, and in base64.
        """
        planted = (*SECRETS, *more)
        secret = {*planted, *map(quote, planted), *(b64encode(each.encode()).decode() for each in planted)}
        secret |= {*self.issuer.issued, *(t for index in self.indexes.values() for t in index.minted)}
        secret |= {token for token in run.log.secrets if token.startswith("ghs_")}
        texts = {"log": run.log.raw, "summary": run.summary}
        for artifact in run.artifacts.all:
            texts |= {name: data.decode("latin-1") for name, data in artifact.files().items()}
        for release in self.api.releases:
            texts["release"] = release.body
            texts |= {name: data.decode("latin-1") for name, data in release.files().items()}
        return [f"{where}: {each}" for where, text in texts.items() for each in secret if each in text]


@contextmanager
def a_world(
    engine: Engine, folder: Path, cache: Path, shelf: Shelf, locked: str, example: str, configuration: str | None
) -> Iterator[World]:
    """An example in its repository, with a configuration or as it stands, and the servers around it."""
    sandbox = make_sandbox(folder, EXAMPLES / example, cache)
    with ExitStack() as stack:
        wires = stack.enter_context(network(folder / "network"))
        issuer = stack.enter_context(GitHub().serving())
        hub = Hub(engine, sandbox.remote, folder / "hub", REPOSITORY, issuer, wires.environ())
        hub.secrets["UNRELATED"] = SECRETS[0]
        indexes = {}
        for kind in ("testpypi", "pypi"):
            publisher = Publisher(OWNER, NAME, environment=kind, pending=example)
            index = stack.enter_context(PackageIndex(issuer, publisher, shelf).serving())
            index.audience = kind
            place = own_place(kind)
            hosts = [urlsplit(url).netloc for url in (place.simple_url, place.upload_url)]
            hosts += [urlsplit(LEGACY_PYPI).netloc] if kind == "pypi" else []  # twine asks there what is on PyPI
            wires.hosts |= dict.fromkeys(hosts, index.url)
            index.url = f"https://{hosts[0]}"
            indexes[kind] = index
        wires.hosts["github.com"] = stack.enter_context(git_server(sandbox.remote, REPOSITORY, hub.scopes))
        api = stack.enter_context(JobsApi(hub).serving())
        wires.hosts["api.github.com"] = api.url
        api.url = hub.api_url
        if configuration is None:
            ignored = shutil.ignore_patterns("__pycache__", ".tagboat", "dist")
            shutil.copytree(EXAMPLES / example, sandbox.project, ignore=ignored, dirs_exist_ok=True)
            sandbox.commit("chore: as it stands")
        else:
            sandbox.configure(configuration)
        yield World(sandbox, hub, api, issuer, indexes, wires, locked)
        assert wires.refused == []
