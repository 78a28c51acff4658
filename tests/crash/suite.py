"""The crash suites: every effect of every command, then random times; two cases at a time."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tests.crash.cases import SCENARIOS, WAYS, Outcome, Stages, go_on
from tests.crash.chance import Chance, durations, run
from tests.crash.places import Devpi, Folder
from tests.servers import devpi_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.crash.cases import Scenario

WORKERS = 2
INSTALLED = 10  # after every so many effects the project is installed in the end
KINDS = ("directory", "devpi")


@contextmanager
def prepared(kinds: Sequence[str], workers: int = WORKERS) -> Iterator[dict[str, SimpleQueue[Stages]]]:
    """For each kind of index as many sets of stages as there are workers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crash-")))
        (folder / "tmp").mkdir()
        server = stack.enter_context(devpi_server()) if "devpi" in kinds else None
        found: dict[str, SimpleQueue[Stages]] = {}
        for kind in kinds:
            found[kind] = SimpleQueue()
            for number in range(workers):
                home = folder / f"{kind}-{number}"
                place = Folder() if server is None or kind == "directory" else Devpi(server, home.name, folder / "kept")
                found[kind].put(Stages(home, place, folder / "cache"))
        yield found


def at_effect(
    stages: Stages, scenario: Scenario, effect: int, ways: Sequence[str] = WAYS
) -> Iterator[tuple[str, Outcome]]:
    """Kill right before one effect, then go on in each way from there."""
    crashed = stages.begin(scenario, "crashed")
    ended = crashed.tagboat_until(effect, *scenario.words)
    assert ended.status in (-9, 0), ended.text
    listing = stages.place.listing(crashed.folder)
    for way in ways:
        stages.place.restore(listing)
        world = stages.copied(crashed, "case")
        outcome = go_on(world, scenario, way, stages.goals, install=effect % INSTALLED == 0)
        reasons = (f"before {crashed.effects[-1]}", *outcome.reasons) if outcome.reasons else ()
        yield way, Outcome(outcome.verdict, reasons)


def main() -> int:
    """Run both suites and print the counts."""
    args = _parser().parse_args()
    begin = time.monotonic()
    seed = args.seed if args.seed is not None else random.randrange(1 << 32)
    total: Counter[str] = Counter()
    kinds = args.index or KINDS
    with prepared(kinds) as stages:
        for scenario in SCENARIOS:
            for kind in kinds:
                if args.matrix and scenario.name in (args.scenario or scenario.name):
                    total += matrix(stages[kind], scenario, kind, args)
        for kind in kinds:
            if args.random:
                total += at_random(stages[kind], kind, args.random // len(kinds), seed, args.verbose)
    print(f"in all: {told(total)}, {time.monotonic() - begin:.0f} s")
    return 1 if total["wrong"] else 0


def matrix(queue: SimpleQueue[Stages], scenario: Scenario, kind: str, args: argparse.Namespace) -> Counter[str]:
    """Every effect of one command on one index."""
    begin = time.monotonic()
    with borrowed(queue) as stages:
        effects = len(stages.effects(scenario))
    ways = args.way or WAYS

    def work(effect: int) -> list[tuple[str, Outcome]]:
        with borrowed(queue) as stages:
            return list(at_effect(stages, scenario, effect, ways))

    counts: dict[str, Counter[str]] = {way: Counter() for way in ways}
    points = args.effect or range(1, effects + 2, args.step)
    with ThreadPoolExecutor(WORKERS) as pool:
        for effect, outcomes in zip(points, pool.map(work, points), strict=True):
            for way, outcome in outcomes:
                counts[way][outcome.verdict] += 1
                _tell(outcome, f"{scenario.name}/{kind}/{way} at {effect}", verbose=args.verbose)
    for way in ways:
        print(f"{scenario.name}/{kind}/{way}: {told(counts[way])}", flush=True)
    print(f"    {effects} effects, {time.monotonic() - begin:.0f} s", flush=True)
    return sum(counts.values(), Counter())


def at_random(queue: SimpleQueue[Stages], kind: str, kills: int, seed: int, verbose: bool) -> Counter[str]:
    """So many cases at random times on one index."""
    begin = time.monotonic()
    dice = random.Random(f"{seed} {kind}")
    chances: list[Chance] = []
    while sum(len(chance.moments) for chance in chances) < kills:
        chances.append(Chance.draw(dice))
    with borrowed(queue) as stages:
        lasts = durations(stages)

    def work(chance: Chance) -> Outcome:
        with borrowed(queue) as stages:
            return run(stages, chance, lasts[chance.scenario.name])

    counts: Counter[str] = Counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        for chance, outcome in zip(chances, pool.map(work, chances), strict=True):
            counts[outcome.verdict] += 1
            _tell(outcome, f"{kind}/{chance}", verbose=verbose)
    print(f"random/{kind}: {told(counts)}")
    print(f"    {kills} kills, seed {seed}, {time.monotonic() - begin:.0f} s", flush=True)
    return counts


@contextmanager
def borrowed(queue: SimpleQueue[Stages]) -> Iterator[Stages]:
    """One set of stages for as long as the context is open."""
    stages = queue.get()
    try:
        yield stages
    finally:
        queue.put(stages)


def _tell(outcome: Outcome, label: str, *, verbose: bool) -> None:
    if outcome.verdict == "wrong" or (verbose and outcome.reasons):
        print("\n    ".join([f"{outcome.verdict}: {label}", *outcome.reasons]), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--scenario", action="append", choices=[each.name for each in SCENARIOS])
    parser.add_argument("--index", action="append", choices=KINDS)
    parser.add_argument("--way", action="append", choices=WAYS)
    parser.add_argument("--effect", action="append", type=int, help="only before this effect")
    parser.add_argument("--step", type=int, default=1, help="only before every so many effects")
    parser.add_argument("--no-matrix", dest="matrix", action="store_false", help="random times only")
    parser.add_argument("--random", type=int, default=200, metavar="N", help="kills at random times (default: 200)")
    parser.add_argument("--seed", type=int, help="for the same random times again")
    parser.add_argument("--verbose", action="store_true", help="show the questions, too")
    return parser


def told(counts: Counter[str]) -> str:
    """The counts in words."""
    return f"{counts['converged']} of {counts.total()} converged, {counts['asked']} asked, {counts['wrong']} wrong"
