"""A repository for small workflows, with no network at all."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest
from tests.ci.runner.gitserver import git_server
from tests.ci.runner.hub import Hub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ci.runner.engine import Engine
    from tests.ci.runner.run import Run

HEAD = "on: [push, workflow_dispatch]\njobs:\n"


@dataclass
class Bench:
    """A hub, and the work tree from which its repository is filled."""

    hub: Hub
    tree: Path

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.invalid")
        done = subprocess.run(["git", *identity, *words], cwd=self.tree, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, workflow: str = "", **files: str) -> str:
        """Commit a workflow and files, and push that; the commit's id."""
        if workflow:
            files[".github/workflows/w.yml"] = workflow
        for name, text in files.items():
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "more")
        self.git("push", "--quiet", "origin", "HEAD:refs/heads/main")
        return self.git("rev-parse", "HEAD")

    def run(self, jobs: str, head: str = HEAD) -> Run:
        """Run jobs, which need not say where they run."""
        self.commit(head + indent(_anywhere(dedent(jobs)), "  "))
        (run,) = self.hub.push("refs/heads/main")
        return run


def _anywhere(jobs: str) -> str:
    """Every job with a `runs-on`."""
    lines = []
    for line in jobs.splitlines():
        lines.append(line)
        if line.endswith(":") and not line.startswith((" ", "#")):
            lines.append("  runs-on: ubuntu-latest")
    return "\n".join(lines) + "\n"


@pytest.fixture
def bench(engine: Engine, tmp_path: Path) -> Iterator[Bench]:
    """A repository named boats, with a git server and no other host."""
    origin, tree = tmp_path / "origin.git", tmp_path / "tree"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", origin], check=True)
    subprocess.run(["git", "clone", "--quiet", origin, tree], check=True, capture_output=True)
    hub = Hub(engine, origin, tmp_path / "hub")
    with git_server(origin, hub.repository, hub.scopes) as url:
        hub.server_url = url
        yield Bench(hub, tree)
