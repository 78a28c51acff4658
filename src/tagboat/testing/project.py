"""A project in git, with a remote and a first release."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tagboat.process import run

if TYPE_CHECKING:
    from pathlib import Path


def make_project(path: Path, *, name: str = "demo", version: str = "0.1.0") -> Path:
    """Make a small releasable project in the folder `path` and return it.

    It is a git repository on branch main with one commit, the tag `v0.1.0`, an identity of its own, and
    the bare remote `origin`, which lies beside it as `<path>.git` and has all of it.
    """
    for file, text in _PROJECT.items():
        target = path / file.format(name=name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.format(name=name, version=version).encode())
    remote = path.with_name(f"{path.name}.git")
    for words in (
        ["init", "--quiet", "--bare", "--initial-branch=main", os.fspath(remote)],
        ["init", "--quiet", "--initial-branch=main"],
        ["config", "user.name", "A. Tester"],
        ["config", "user.email", "tester@example.org"],
        ["remote", "add", "origin", os.fspath(remote)],
        ["add", "--all"],
        ["commit", "--quiet", "--message", f"Release {version}"],
        ["tag", "--annotate", f"v{version}", "--message", f"{name} {version}"],
        ["push", "--quiet", "--set-upstream", "--follow-tags", "origin", "main"],
    ):
        run(["git", *words], cwd=path)
    return path


_PROJECT = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
description = "A project for tests"
readme = "README.md"
requires-python = ">=3.10"
license = "MIT"
license-files = ["LICENSE"]
""",
    "README.md": "# {name}\n\nA project for tests.\n",
    "LICENSE": "MIT License\n",
    ".gitignore": "__pycache__/\n/dist/\n",
    "src/{name}/__init__.py": '"""A package for tests."""\n',
}
