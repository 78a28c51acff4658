"""One crash, one way of going on, and whether the world is right in the end."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.crash.goals import Goals
from tests.crash.world import NEW, TAG, make_world

if TYPE_CHECKING:
    from tests.crash.places import Place
    from tests.crash.world import Ended, World

ATTEMPTS = 6
QUESTIONS = {0, 2, 3, 4, 5, 11, 13}
WAYS = ("rerun", "other", "no-ledger", "no-state")
LOST = ("no-ledger", "no-state")
NOTHING_LEFT = re.compile(r"there is nothing to undo|is not on local")
LOCK = re.compile(r"(/[^'\s]+\.lock)\b")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A command that will be killed.

    Attributes:
        start: the stage that it starts from.
        words: the command.
        forward: the goal when it is carried out in the end.
        other: the command that goes the other way, and `back`, its goal.
    """

    name: str
    start: str
    words: tuple[str, ...]
    forward: str
    other: tuple[str, ...]
    back: str

    def stays(self, way: str) -> str:
        """The goal that counts, too, when tagboat says that nothing is left to do.

        What was released or promoted to the end is not undone; and what nobody knows of any more, nobody takes back.
        """
        if way == "other":
            return self.forward if self.name in ("release", "promote") else self.back
        return self.back if way in LOST else self.forward


SCENARIOS = (
    Scenario("release", "base", ("release",), "is_released", ("undo",), "is_base"),
    Scenario("undo", "published", ("undo",), "is_base", ("release",), "is_released"),
    Scenario("rollback", "released", ("rollback", NEW), "is_withdrawn", ("undo",), "is_offered"),
    Scenario("undo-rollback", "withdrawn", ("undo",), "is_offered", ("rollback", NEW), "is_withdrawn"),
    Scenario("promote", "released", ("promote", NEW, "--to", "prod"), "is_promoted", ("undo",), "is_offered"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended: `converged`, `asked` (and converged by the answer), or `wrong`, with the reasons."""

    verdict: str
    reasons: tuple[str, ...] = ()


class Stages:
    """The worlds that scenarios start from, on one index, made by undisturbed runs."""

    def __init__(self, folder: Path, place: Place, cache: Path) -> None:
        self.place = place
        self.folder = folder
        self._effects: dict[str, list[str]] = {}
        folder.mkdir(parents=True)
        self.worlds = {"base": make_world(folder / "base", place, cache)}
        self.listings = {"base": place.listing(folder / "base")}
        base = self.worlds["base"].facts()
        self._stage("published", "base", "release", "--until", "publish")
        place.restore(self.listings["base"])
        released = self._stage("released", "base", "release").facts()
        promoted = self._stage("promoted", "released", "promote", NEW, "--to", "prod").facts()
        place.restore(self.listings["released"])
        withdrawn = self._stage("withdrawn", "released", "rollback", NEW).facts()
        tree = self.worlds["released"].git("rev-parse", "main^{tree}")
        self.goals = Goals(base, released, withdrawn, promoted, tree)

    def _stage(self, name: str, start: str, *words: str) -> World:
        world = self.worlds[name] = self.worlds[start].copy(self.folder / name)
        ended = world.tagboat(*words)
        assert ended.status == 0, ended.text
        self.listings[name] = self.place.listing(world.folder)
        return world

    def begin(self, scenario: Scenario, name: str) -> World:
        """A fresh world at a scenario's start."""
        self.place.restore(self.listings[scenario.start])
        return self.copied(self.worlds[scenario.start], name)

    def copied(self, world: World, name: str) -> World:
        """A copy of a world, in place of the last one of that name."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        return world.copy(folder)

    def effects(self, scenario: Scenario) -> list[str]:
        """The effects of a command when nothing disturbs it."""
        if scenario.name not in self._effects:
            world = self.begin(scenario, "case")
            ended = world.tagboat_until(0, *scenario.words)
            assert ended.status == 0, ended.text
            self._effects[scenario.name] = world.effects
        return self._effects[scenario.name]


def go_on(world: World, scenario: Scenario, way: str, goals: Goals, *, install: bool = False) -> Outcome:
    """Go on after a crash in one of the four ways, do what tagboat advises, and look at the world.

    With `install` the project is installed in the end, too.
    """
    if way == "no-ledger":
        world.lose_ledger()
    if way == "no-state":
        world.lose_state()
    words, goal = (scenario.other, scenario.back) if way == "other" else (scenario.words, scenario.forward)
    asked: list[str] = []
    for _ in range(ATTEMPTS):
        ended = world.tagboat(*words)
        if "Traceback" in ended.text or ended.status not in QUESTIONS:
            return Outcome("wrong", (f"{ended.words}: status {ended.status}: {ended.text}", *asked))
        wrong = list(getattr(goals, goal)(world))
        if ended.status == 0 or (not wrong and NOTHING_LEFT.search(ended.text)):
            wrong += goals.installs(world, goal) if install else ()
            return _outcome(wrong, asked)
        asked.append(f"{' '.join(words)}: status {ended.status}: {ended.text}")
        if NOTHING_LEFT.search(ended.text) and not list(getattr(goals, scenario.stays(way))(world)):
            return _outcome([], asked if way in LOST else asked[:-1])
        answer = follow(world, ended)
        if answer is None:
            return Outcome("wrong", ("no advice to follow", *wrong, *asked))
        words, goal = answer or (words, goal)
    return Outcome("wrong", ("no end of questions", *asked))


def _outcome(wrong: list[str], asked: list[str]) -> Outcome:
    verdict = "wrong" if wrong else "asked" if asked else "converged"
    return Outcome(verdict, (*wrong, *asked))


def follow(world: World, ended: Ended) -> tuple[tuple[str, ...], str] | tuple[()] | None:
    """Do as a person would who reads the message: what to run next and its goal, or () for the same again."""
    text = " ".join(ended.text.split())
    locks = {Path(name) for name in LOCK.findall(text) if Path(name).exists()}
    for lock in locks:
        lock.unlink()
    if locks:
        return ()
    if "`git stash`" in text or "places that hold the version" in text:  # a half-written edit: put it away
        world.git("stash", "--quiet")
        world.git("stash", "drop", "--quiet")
        return ()
    if f"Delete .tagboat/{NEW}" in text:
        shutil.rmtree(world.project / ".tagboat" / NEW)
        return ()
    if f"`tagboat release --tag {TAG}`" in text:
        return ("release", "--tag", TAG), "is_released"
    if f"`tagboat rollback {NEW}` withdraws" in text:
        return ("rollback", NEW), "is_withdrawn"
    if "`tagboat release`" in text or "there is nothing to undo" in text:
        return ("release",), "is_released"
    return None
