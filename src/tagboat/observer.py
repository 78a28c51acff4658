"""Who is told what happens in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Observer(Protocol):
    """Everything that can happen in a run. Each call returns at once and never fails the run."""

    def started(self, step: str, detail: str) -> None:
        """`apply` or `undo` begins."""
        ...

    def skipped(self, step: str, detail: str) -> None:
        """The step was done already."""
        ...

    def done(self, step: str, detail: str, seconds: float) -> None:
        """The step is done now."""
        ...

    def undone(self, step: str, detail: str, seconds: float) -> None:
        """The step is taken back."""
        ...

    def failed(self, step: str, error: BaseException, seconds: float) -> None:
        """`apply` or `undo` ended with an error, or the step was found blocked."""
        ...

    def progress(self, what: str, done: int, total: int) -> None:
        """So many of all bytes are through."""
        ...

    def note(self, text: str) -> None:
        """One line about what the running step is doing."""
        ...

    def by_hand(self, page: str, steps: Sequence[str]) -> None:
        """A person has to do this on that page now, line by line; the run watches until it is done."""
        ...


class Silent:
    """Nobody is told anything: for callers of the API who look at the result alone."""

    def started(self, step: str, detail: str) -> None:
        """Nothing."""

    def skipped(self, step: str, detail: str) -> None:
        """Nothing."""

    def done(self, step: str, detail: str, seconds: float) -> None:
        """Nothing."""

    def undone(self, step: str, detail: str, seconds: float) -> None:
        """Nothing."""

    def failed(self, step: str, error: BaseException, seconds: float) -> None:
        """Nothing."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

    def by_hand(self, page: str, steps: Sequence[str]) -> None:
        """Nothing."""
