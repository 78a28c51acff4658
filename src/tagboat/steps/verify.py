"""Install from the index, and try what was installed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tagboat.step import Status, done, todo
from tagboat.steps.check import fingerprint, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagboat.distribution import Distribution
    from tagboat.index.interface import Index
    from tagboat.state import StateFolder

    Verify = Callable[[Index, Sequence[Distribution]], str]
    """Returns what was shown, for people; raises `VerifyFailed`."""


class VerifyStep:
    """Show that people who install from the index get this release, and that it works."""

    def __init__(self, index: Index, state: StateFolder, verify: Verify) -> None:
        self.name = f"verify:{index.name}"
        self.index = index
        self.state = state
        self.verify = verify
        self.shown = "installed and tried before"

    def probe(self) -> Status:
        """Done when exactly these bytes were verified before."""
        distributions = self.state.distributions()
        if distributions is not None and self.state.proof(self.name) == fingerprint(distributions):
            return done(self.shown)
        return todo(f"install from {self.index.simple_url}")

    def apply(self) -> None:
        """Install and try."""
        distributions = frozen(self.state)
        with closing(self.index):
            self.shown = self.verify(self.index, distributions)
        self.state.keep_proof(self.name, fingerprint(distributions))

    def undo(self) -> None:
        """Forget the result."""
        self.state.keep_proof(self.name, None)
