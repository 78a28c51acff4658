"""A project of its own for each test: an example in git with a bare remote, and tagboat as a program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.projects import EXAMPLES, copy_example

REPOSITORY = Path(__file__).resolve().parents[2]

# Settings of whoever runs the tests that must not reach what is tested.
FOREIGN = ("GIT_", "PIP_", "UV_", "TWINE_", "TAGBOAT_", "DEVPI_", "PYPI", "VIRTUAL_ENV")


def clean_environ(home: Path, cache: Path) -> dict[str, str]:
    """An environment with an empty HOME and nobody's settings, but the machine's Pythons."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    home.mkdir(parents=True, exist_ok=True)
    pyenv = os.environ.get("PYENV_ROOT") or str(Path("~/.pyenv").expanduser())
    return {
        **environ,
        "HOME": str(home),
        "PYENV_ROOT": pyenv,
        "TAGBOAT_CACHE_DIR": str(cache),
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(Path("~/.cache/uv").expanduser()),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONWARNINGS": "error",
    }


@dataclass
class Sandbox:
    """One project in a checkout, its bare remote, and the environment that programs get."""

    project: Path
    remote: Path
    environ: dict[str, str] = field(repr=False)

    def git(self, *words: str, check: bool = True) -> str:
        """Run git in the project; what it printed."""
        done = subprocess.run(
            ["git", *words], cwd=self.project, env=self.environ, check=check, capture_output=True, text=True
        )
        return done.stdout.strip()

    def tagboat(self, *words: str, check: bool = True, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run tagboat in the project, as a user would."""
        done = subprocess.run(
            [sys.executable, "-m", "tagboat", *words],
            cwd=cwd or self.project,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not any(line.startswith("Traceback") for line in done.stderr.splitlines()), done.stderr
        assert not check or done.returncode == 0, f"status {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *words: str, check: bool = True) -> dict[str, object]:
        """Run tagboat with `--json`; the document."""
        document: dict[str, object] = json.loads(self.tagboat(*words, "--json", check=check).stdout)
        return document

    def commit(self, message: str, **files: str) -> str:
        """Write files (`__` in a name is a slash), commit and push them; the commit's id."""
        for name, text in files.items():
            path = self.project / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def configure(self, text: str) -> None:
        """Add settings to pyproject.toml and commit them."""
        path = self.project / "pyproject.toml"
        path.write_bytes(path.read_bytes() + text.encode())
        self.commit("chore: configure tagboat")

    def clone(self, name: str) -> Sandbox:
        """Another person's clone of the same remote."""
        folder = self.project.parent / name
        subprocess.run(["git", "clone", "--quiet", self.remote, folder], env=self.environ, check=True)
        sandbox = Sandbox(folder, self.remote, self.environ)
        sandbox.git("config", "user.name", "Grace")  # the same commit by the same person in one second is the same
        return sandbox


def make_sandbox(folder: Path, source: Path, cache: Path, *, tag: str | None = None) -> Sandbox:
    """Copy a project, put it into git, tag it, push it to a bare remote of its own."""
    project, remote = folder / "project", folder / "remote.git"
    if source.parent == EXAMPLES:
        copy_example(source.name, project)
    else:
        shutil.copytree(source, project, ignore=shutil.ignore_patterns("__pycache__", ".tagboat", "dist"))
    environ = clean_environ(folder / "home", cache)
    (folder / "home" / ".gitconfig").write_text(
        "[user]\n\tname = Ada\n\temail = ada@example.invalid\n[init]\n\tdefaultBranch = main\n", encoding="utf-8"
    )
    sandbox = Sandbox(project, remote, environ)
    subprocess.run(["git", "init", "--quiet", "--bare", remote], env=environ, check=True)
    sandbox.git("init", "--quiet")
    sandbox.git("remote", "add", "origin", str(remote))
    sandbox.git("add", "--all")
    sandbox.git("commit", "--quiet", "-m", "The project as it is")
    if tag is not None:
        sandbox.git("tag", "--annotate", tag, "-m", tag)
    sandbox.git("push", "--quiet", "--set-upstream", "--tags", "origin", "main")
    return sandbox
