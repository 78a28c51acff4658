"""A step of a release: it can look, do, and take back."""

from __future__ import annotations

from enum import Enum
from typing import Protocol, runtime_checkable

from tagboat.dataclass import dataclass


class State(Enum):
    """What the world says about a step."""

    TODO = "todo"
    DONE = "done"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Status:
    """A step's state, and the line about it that a person reads.

    `advice` is what to do when it is blocked, where that is another thing than to look what is in the way.
    """

    state: State
    detail: str
    advice: str = ""


def todo(detail: str) -> Status:
    """Not there yet."""
    return Status(State.TODO, detail)


def done(detail: str) -> Status:
    """There, by content."""
    return Status(State.DONE, detail)


def blocked(detail: str, advice: str = "") -> Status:
    """The world disagrees with the plan; going on would harm somebody's work. Or it takes a person: then `advice`."""
    return Status(State.BLOCKED, detail, advice)


class Step(Protocol):
    """One effect of a release on the world.

    `name` is the ledger's key and is never renamed.
    """

    name: str

    def probe(self) -> Status:
        """Look at the world and change nothing. Raises when it cannot look; never guesses."""
        ...

    def apply(self) -> None:
        """Do it. Afterwards `probe` says DONE."""
        ...

    def undo(self) -> str | None:
        """Take it back; safe to repeat, and after an `apply` that was cut short.

        Afterwards `probe` says TODO. Raises `Irreversible` when that cannot be. Returns what nobody can tell to be
        taken back, in sentences.
        """
        ...


@runtime_checkable
class GetsReady(Protocol):
    """A step, or its tool, that can begin before its time: with what needs nothing of the steps before it.

    The world sees no more of that than a process and a temporary folder. It never fails a run: what cannot be begun
    is done, and told, in its time.
    """

    def get_ready(self) -> None:
        """Begin what can be begun by now; returns at once. Called again and again."""
        ...

    def let_go(self) -> None:
        """End what was begun and never wanted. Safe to repeat."""
        ...
