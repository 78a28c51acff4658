"""A sample of both crash suites, the same at every run; `make crash` runs all of them.

Every test kills right after an effect that landed and that nothing could be noted of.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from tests.crash.cases import SCENARIOS, go_on
from tests.crash.chance import Chance, durations, run
from tests.crash.suite import at_effect, borrowed, prepared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crash.cases import Scenario, Stages

RELEASE, UNDO, ROLLBACK, UNDO_ROLLBACK, PROMOTE = SCENARIOS


@pytest.fixture(scope="module")
def directory() -> Iterator[Stages]:
    """The worlds to crash in, on a directory index."""
    with prepared(["directory"], workers=1) as stages, borrowed(stages["directory"]) as mine:
        yield mine


@pytest.fixture(scope="module")
def devpi() -> Iterator[Stages]:
    """The worlds to crash in, on a real devpi-server."""
    with prepared(["devpi"], workers=1) as stages, borrowed(stages["devpi"]) as mine:
        yield mine


def verdicts(stages: Stages, scenario: Scenario, effect: str) -> dict[str, str]:
    """How each way of going on ends, after a kill between the first such effect and the next one."""
    number = next(number for number, line in enumerate(stages.effects(scenario), 1) if effect in line)
    outcomes = dict(at_effect(stages, scenario, number + 1))
    assert not [outcome.reasons for outcome in outcomes.values() if outcome.verdict == "wrong"]
    assert outcomes["rerun"].verdict == outcomes["other"].verdict == "converged"
    return {way: outcome.verdict for way, outcome in outcomes.items()}


@pytest.mark.parametrize(
    ("effect", "without_state"),
    [
        ("/.__init__.py.tagboat", "asked"),  # a half-written file in the working tree
        ("'add', '--force'", "asked"),
        ("'commit', '--quiet'", "converged"),
        ("'tag', '--annotate'", "converged"),
        (".distributions.json.tagboat /", "converged"),
        ("'push', '--atomic'", "asked"),
        ("/demo-pkg/index.html", "asked"),  # one of two files is listed
    ],
)
def test_a_killed_release_is_finished_or_undone(directory: Stages, effect: str, without_state: str) -> None:
    found = verdicts(directory, RELEASE, effect)
    assert found["no-ledger"] == "converged"
    assert found["no-state"] == without_state


@pytest.mark.parametrize("effect", ["/demo-pkg/index.html", "'push', '--atomic'", "'update-ref'"])
def test_a_killed_undo_goes_on_and_without_its_ledger_asks(directory: Stages, effect: str) -> None:
    assert verdicts(directory, UNDO, effect)["no-ledger"] == "asked"


def test_a_killed_rollback_goes_on(directory: Stages) -> None:
    assert verdicts(directory, ROLLBACK, "/demo-pkg/index.html")["no-ledger"] == "converged"


def test_a_killed_undo_of_a_rollback_goes_on_and_without_its_ledger_asks(directory: Stages) -> None:
    assert verdicts(directory, UNDO_ROLLBACK, "rollback/ledger.jsonl")["no-ledger"] == "asked"


@pytest.mark.parametrize("effect", ["/prod/demo-pkg/index.html", ".proofs.json.tagboat /"])
def test_a_killed_promotion_goes_on_or_is_taken_back(directory: Stages, effect: str) -> None:
    found = verdicts(directory, PROMOTE, effect)
    assert found["no-ledger"] == found["no-state"] == "converged"


@pytest.mark.nightly
def test_every_command_killed_between_two_files_on_devpi_goes_on(devpi: Stages) -> None:
    verdicts(devpi, RELEASE, "b'POST")
    verdicts(devpi, UNDO, "b'DELETE")
    verdicts(devpi, ROLLBACK, "b'DELETE")
    verdicts(devpi, UNDO_ROLLBACK, "b'POST")
    verdicts(devpi, PROMOTE, "b'POST /alice/")


@pytest.mark.parametrize("lock", ["index.lock", "refs/heads/main.lock", "refs/tags/v0.2.0.lock"])
def test_a_lock_that_a_killed_git_left_is_named_and_then_the_release_goes_on(directory: Stages, lock: str) -> None:
    world = directory.begin(RELEASE, "case")
    path = world.project / ".git" / lock
    path.touch()
    outcome = go_on(world, RELEASE, "rerun", directory.goals)
    assert outcome.verdict == "asked"
    assert str(path) in outcome.reasons[0]


def test_a_plan_that_was_only_saved_is_forgotten_without_a_question(directory: Stages) -> None:
    world = directory.begin(RELEASE, "case")
    assert world.tagboat("plan", "--save").status == 0
    assert world.tagboat("undo").status == 0
    assert list(directory.goals.is_base(world)) == []
    assert world.verdict() == "changes-to-release"


@pytest.mark.nightly
def test_kills_at_random_times_leave_nothing_wrong(directory: Stages) -> None:
    dice, lasts = random.Random(7), durations(directory)
    for _ in range(8):
        chance = Chance.draw(dice)
        outcome = run(directory, chance, lasts[chance.scenario.name])
        assert outcome.verdict != "wrong", f"{chance}: {outcome.reasons}"
