"""The second suite: kills at random times, of tagboat alone or with every program that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.crash.cases import SCENARIOS, WAYS, Outcome, go_on
from tests.crash.world import wait_for_orphans

if TYPE_CHECKING:
    import random

    from tests.crash.cases import Scenario, Stages

LONGEST = 4  # kills in a row


@dataclass(frozen=True, slots=True)
class Chance:
    """What one random case does, drawn before it starts.

    Attributes:
        moments: of every kill in a row, when it comes, as a part of the time that an undisturbed run takes.
        group: of every kill, whether the programs that tagboat started die as well.
    """

    scenario: Scenario
    way: str
    moments: tuple[float, ...]
    group: tuple[bool, ...]

    @classmethod
    def draw(cls, dice: random.Random) -> Chance:
        """Draw a case: a long row of kills is rare."""
        kills = min(LONGEST, 1 + int(dice.expovariate(1.2)))
        return cls(
            scenario=dice.choices(SCENARIOS, weights=(5, 3, 2, 1, 2))[0],
            way=dice.choice(WAYS),
            moments=tuple(dice.uniform(0.05, 1.0) for _ in range(kills)),
            group=tuple(dice.random() < 0.5 for _ in range(kills)),
        )

    def __str__(self) -> str:
        kills = ", ".join(
            f"{moment:.3f}{' with its children' if group else ''}"
            for moment, group in zip(self.moments, self.group, strict=True)
        )
        return f"{self.scenario.name}/{self.way}, killed at {kills}"


def run(stages: Stages, chance: Chance, duration: float) -> Outcome:
    """Kill, and kill again, then go on. `duration` is that of an undisturbed run, in seconds."""
    world = stages.begin(chance.scenario, "case")
    for moment, group in zip(chance.moments, chance.group, strict=True):
        process = subprocess.Popen(
            world.command(*chance.scenario.words),
            cwd=world.project,
            env=world.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(moment * duration)
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        wait_for_orphans(process.pid)
    return go_on(world, chance.scenario, chance.way, replace(stages.goals, tracking=False))


def durations(stages: Stages) -> dict[str, float]:
    """How long an undisturbed run of every scenario takes, in seconds."""
    found = {}
    for scenario in SCENARIOS:
        world = stages.begin(scenario, "case")
        begin = time.monotonic()
        world.tagboat(*scenario.words)
        found[scenario.name] = time.monotonic() - begin
    return found
