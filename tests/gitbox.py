"""A real git repository with a bare remote, in a home of its own: nobody's configuration, no network."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING

from tagboat.git import Git
from tagboat.process import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SECONDS = count(1_767_000_000)  # one commit a second, so that an order by date is known


class Box:
    """A work tree, its remote, and the verbs that tests say to git."""

    def __init__(self, top: Path, remote: Path) -> None:
        self.top = top
        self.remote = remote

    @property
    def git(self) -> Git:
        """A look that remembers nothing."""
        return Git.find(self.top)

    def run(
        self, *words: str, cwd: Path | None = None, text: str | None = None, env: dict[str, str] | None = None
    ) -> str:
        now = f"{next(SECONDS)} +0000"
        dates = {"GIT_AUTHOR_DATE": now, "GIT_COMMITTER_DATE": now}
        environ = {**os.environ, **dates, **(env or {})}
        return run(["git", *words], cwd=cwd or self.top, env=environ, input=text).stdout.rstrip("\n")

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def read(self, path: str) -> bytes | None:
        file = self.top / path
        return file.read_bytes() if file.exists() else None

    def commit(self, message: str = "more", files: dict[str, str | bytes] | None = None) -> str:
        """Commit these files and everything else that changed; return the commit's id."""
        for path, text in (files or {}).items():
            self.write(path, text)
        self.run("add", "--all")
        self.run("commit", "--quiet", "--allow-empty", "--no-verify", "-F", "-", text=message)
        return self.head

    def tag(self, name: str, revision: str = "HEAD", message: str | None = "a tag") -> str:
        """Tag a revision, lightweight when there is no message; return the tag's id."""
        note = ["--annotate", "--message", message] if message is not None else []
        self.run("tag", *note, name, revision)
        return self.run("rev-parse", f"refs/tags/{name}")

    def merge(self, branch: str) -> str:
        self.run("merge", "--quiet", "--no-ff", "--no-edit", branch)
        return self.head

    def push(self, *refspecs: str) -> None:
        self.run("push", "--quiet", "origin", *refspecs)

    def clone(self, name: str) -> Box:
        """Somebody else's clone of the remote."""
        folder = self.top.parent / name
        self.run("clone", "--quiet", str(self.remote), str(folder), cwd=self.top.parent)
        return Box(folder, self.remote)

    def hook(self, name: str, script: str, *, on_remote: bool = False) -> None:
        """Install a shell script as a hook, here or on the remote."""
        folder = self.remote / "hooks" if on_remote else self.top / ".git" / "hooks"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    @property
    def head(self) -> str:
        return self.run("rev-parse", "HEAD")

    def refs(self) -> dict[str, str]:
        """Every branch and tag here."""
        return _refs(self.run("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags"))

    def remote_refs(self) -> dict[str, str]:
        """Every branch and tag of the remote."""
        return _refs(self.run("for-each-ref", "--format=%(objectname) %(refname)", cwd=self.remote))

    def status(self) -> list[str]:
        """What `git status` would tell a person: changed and untracked files."""
        return self.run("status", "--porcelain", "--untracked-files=all").splitlines()


def make_box(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, name: str = "a projéct 日本", branch: str = "main"
) -> Box:
    """A repository with one commit, pushed to its bare remote. git sees no configuration but what is written here."""
    isolate(folder, monkeypatch)
    top, remote = folder / name, folder / f"{name}.git"
    box = Box(top, remote)
    top.mkdir()
    box.run("init", "--quiet", "--bare", f"--initial-branch={branch}", str(remote), cwd=folder)
    box.run("init", "--quiet", f"--initial-branch={branch}")
    box.run("remote", "add", "origin", str(remote))
    box.commit("first", {"README.md": "# demo\n"})
    box.push(branch)
    return box


def isolate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give git a home of its own, with a name and an address in it and nothing else."""
    for key in [key for key in os.environ if key.startswith("GIT_") and key != "GIT_EXEC_PATH"]:
        monkeypatch.delenv(key)
    home = folder / "home"
    home.mkdir(exist_ok=True)
    config = home / ".gitconfig"
    config.write_text("[user]\n\tname = A. Tester\n\temail = tester@example.org\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")


def _refs(text: str) -> dict[str, str]:
    return {ref: object_id for object_id, ref in (line.split(" ", 1) for line in text.splitlines())}
