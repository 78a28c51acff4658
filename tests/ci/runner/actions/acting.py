"""An action at work: its inputs, the machine that it is on, and how it speaks."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.ci.runner.job import ActionFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.ci.runner.hub import Hub
    from tests.ci.runner.job import JobRun


@dataclass(frozen=True, slots=True)
class Acting:
    """One use of an action. `given` is what stands under `with:`, `environ` what its programs get."""

    job: JobRun
    given: Mapping[str, str]
    environ: Mapping[str, str]

    @property
    def hub(self) -> Hub:
        return self.job.run.hub

    @property
    def workspace(self) -> Path:
        return self.job.workspace

    def inputs(self, **defaults: str) -> dict[str, str]:
        """Every input by name, with `_` for `-`. Fails for one that the action does not have."""
        given = {name.replace("-", "_"): value for name, value in self.given.items()}
        if unknown := sorted(given.keys() - defaults.keys()):
            raise ActionFailed(f"Unexpected input(s) {unknown}, valid inputs are {sorted(defaults)}")
        return {**defaults, **given}

    def say(self, text: str) -> None:
        self.job.run.log.write(f"{text}\n")

    def run(self, *words: str, environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
        """What a program prints; its failure is the action's."""
        variables = {**self.environ, **(environ or {})}
        done = subprocess.run(
            words,
            cwd=cwd or self.workspace,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            self.say(done.stdout + done.stderr)
            raise ActionFailed(f"The process '{words[0]}' failed with exit code {done.returncode}")
        return done.stdout.strip()


def is_true(name: str, text: str) -> bool:
    """A boolean as @actions/core reads it: YAML 1.2's spellings and no others."""
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    raise ActionFailed(f'Input does not meet YAML 1.2 "Core Schema" specification: {name}')
