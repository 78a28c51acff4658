"""Runs the scripts of steps, in the shells that GitHub's runners on Linux have.

Source: actions/runner, src/Runner.Worker/Handlers/ScriptHandlerHelpers.cs.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMANDS = {
    "": "bash -e {0}",
    "bash": "bash --noprofile --norc -eo pipefail {0}",
    "sh": "sh -e {0}",
    "python": "python {0}",
}
"""What each name of a shell stands for; "" is a step that names none."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that ended, or that was ended because it took too long; `output` is both its streams."""

    status: int
    output: str
    timed_out: bool = False


def command(shell: str, script: Path) -> list[str]:
    """The command line for a script. A shell of one's own says with {0} where the script goes."""
    words = shlex.split(COMMANDS.get(shell, shell))
    if "{0}" not in words:
        raise NotImplementedError(f"the shell {shell}")
    return [str(script) if word == "{0}" else word for word in words]


def run(words: list[str], folder: Path, environ: Mapping[str, str], seconds: float) -> Ended:
    """Run a program with all that it starts; after `seconds` all of that is killed."""
    with subprocess.Popen(
        words,
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=max(seconds, 0))
            timed_out = False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            timed_out = True
    return Ended(process.returncode, output.decode(errors="replace"), timed_out)
