"""After a withdrawal: what somebody gets who installs now."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tagboat.step import Status, done, todo

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagboat.index.interface import Index

    Prove = Callable[[Index], str]
    """Installs the newest version afresh and returns what came, for people; raises `VerifyFailed`."""


class FallbackStep:
    """Show by fresh installs that the withdrawn version is no longer what people get."""

    def __init__(self, index: Index, prove: Prove) -> None:
        self.name = f"fallback:{index.name}"
        self.index = index
        self.prove = prove
        self.shown: str | None = None

    def probe(self) -> Status:
        """Always to do once in a run: only an install tells."""
        if self.shown is None:
            return todo(f"install from {self.index.simple_url}")
        return done(self.shown)

    def apply(self) -> None:
        """Install."""
        with closing(self.index):
            self.shown = self.prove(self.index)

    def undo(self) -> None:
        """Nothing was changed; only an install tells again."""
        self.shown = None
