"""Run a list of steps, and undo it: the only caller of `apply` and `undo`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tagboat.errors import Blocked
from tagboat.step import GetsReady, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.ledger import Ledger
    from tagboat.observer import Observer
    from tagboat.step import Status, Step


def run(steps: Sequence[Step], ledger: Ledger, observer: Observer, *, finish: bool = True) -> None:
    """Bring every step to DONE, in order. Run it again after any failure: what is done is skipped.

    `finish` says that these are all steps of the run. Raises `Blocked` when the world disagrees, and whatever a
    step raises.
    """
    try:
        for number, step in enumerate(steps):
            begin = time.monotonic()
            for later in _that_get_ready(steps[number:]):
                later.get_ready()
            try:
                _run_one(step, ledger, observer, begin)
            except BaseException as error:
                observer.failed(step.name, error, time.monotonic() - begin)
                raise
    finally:
        for each in _that_get_ready(steps):
            each.let_go()
    if finish:
        ledger.write("finished")


def _that_get_ready(steps: Sequence[Step]) -> list[GetsReady]:
    return [step for step in steps if isinstance(step, GetsReady)]


def _run_one(step: Step, ledger: Ledger, observer: Observer, begin: float) -> None:
    status = step.probe()
    _refuse_blocked(step, status)
    if status.state is State.DONE:
        observer.skipped(step.name, status.detail)
        return
    ledger.write("started", step.name)
    observer.started(step.name, status.detail)
    step.apply()
    status = step.probe()
    _refuse_blocked(step, status)
    if status.state is not State.DONE:
        raise Blocked(
            f"{step.name}: was carried out, but the world does not show it: {status.detail}",
            next="Run the same command again; if it stays so, `tagboat undo` takes the release back.",
        )
    ledger.write("done", step.name)
    observer.done(step.name, status.detail, time.monotonic() - begin)


def _refuse_blocked(step: Step, status: Status) -> None:
    if status.state is State.BLOCKED:
        if status.advice:
            raise Blocked(f"{step.name}: {status.detail}", next=status.advice)
        raise Blocked(
            f"{step.name}: {status.detail}",
            why="Going on would overwrite or contradict work that is not this release's.",
            next="`tagboat status` shows every step; `tagboat undo` takes back what this release began.",
        )


def undo(steps: Sequence[Step], ledger: Ledger, observer: Observer) -> tuple[str, ...]:
    """Take back, last first, the steps that this release began. Safe to repeat.

    Stops at the first step that cannot be taken back, by its `Irreversible`. Returns what no step could tell to be
    taken back, in sentences.
    """
    ours = ledger.ours()
    doubts: list[str] = []
    for step in reversed(steps):
        if step.name not in ours:
            continue
        begin = time.monotonic()
        observer.started(step.name, "taking it back")
        try:
            doubt = step.undo()
        except BaseException as error:
            observer.failed(step.name, error, time.monotonic() - begin)
            raise
        ledger.write("undone", step.name)
        observer.undone(step.name, doubt or "taken back", time.monotonic() - begin)
        doubts += [doubt] if doubt else []
    return tuple(doubts)
