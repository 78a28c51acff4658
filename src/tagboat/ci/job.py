"""The job that we run in: where its outputs and its summary go."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

System = Literal["github", "gitlab", ""]

MOST = 1_000_000
"""Bytes that a summary may have; GitHub drops one of more than 1 MiB."""

DOTENV = "tagboat.env"
"""Where GitLab's jobs leave their outputs, in the project's folder: a report of the kind dotenv."""


class Job:
    """A job of GitHub Actions or of GitLab CI, or a laptop, where `say` prints what would have been written.

    What others wrote (titles, messages of commits) cannot end an output before its time.
    """

    def __init__(self, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
        self.environ = environ
        self.say = say
        self.system: System = (
            "github" if environ.get("GITHUB_ACTIONS") else "gitlab" if environ.get("GITLAB_CI") else ""
        )

    def quieten(self) -> None:
        """Keep GitHub from taking what this step prints for commands: much of it was written by others.

        https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands, "Stopping and starting".
        """
        if self.system == "github":
            self.say(f"::stop-commands::{secrets.token_hex(16)}")

    def outputs(self, values: Mapping[str, str]) -> None:
        """Hand values to the jobs that follow. On GitLab `to-pypi` becomes the variable `TAGBOAT_TO_PYPI`."""
        path = self.environ.get("GITHUB_OUTPUT")
        if self.system == "github" and path:
            _append(Path(path), "".join(_heredoc(name, value) for name, value in values.items()))
        elif self.system == "gitlab":
            lines = (f"{_variable(name)}={_one_line(value)}\n" for name, value in values.items())
            _append(Path(self.environ.get("CI_PROJECT_DIR", ".")) / DOTENV, "".join(lines))
        for name, value in values.items():
            self.say(f"{name}={_one_line(value)}")

    def summary(self, markdown: str) -> None:
        """Show a text on the page of the run; elsewhere than on GitHub, in the log."""
        path = self.environ.get("GITHUB_STEP_SUMMARY")
        if self.system == "github" and path:
            _append(Path(path), _shortened(markdown) + "\n")
        else:
            self.say(f"\n{markdown}")


def _heredoc(name: str, value: str) -> str:
    """One output as GitHub reads it; nobody can guess its end.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands, "Multiline strings".
    """
    end = f"end_{secrets.token_hex(16)}"
    return f"{name}<<{end}\n{value}\n{end}\n"


def _variable(name: str) -> str:
    return "TAGBOAT_" + re.sub(r"\W", "_", name).upper()


def _one_line(value: str) -> str:
    """GitLab knows no value of several lines; none of ours needs them there."""
    return " ".join(value.split())


def _shortened(markdown: str) -> str:
    data = markdown.encode("utf-8", "replace")
    if len(data) <= MOST:
        return markdown
    return data[:MOST].decode("utf-8", "ignore") + "\n\n… and more, which does not fit here.\n"


def _append(path: Path, text: str) -> None:
    with path.open("ab") as file:
        file.write(text.encode("utf-8", "replace"))
