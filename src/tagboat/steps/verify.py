"""Install from the index, and try what was installed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from tagboat.step import Status, done, todo
from tagboat.steps.check import fingerprint, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagboat.distribution import Distribution
    from tagboat.index.interface import Index
    from tagboat.state import StateFolder

    Verify = Callable[[Index, Sequence[Distribution]], str]
    """Returns what was shown, for people; raises `VerifyFailed`."""


class VerifiesEarly(Protocol):
    """What can make the environments of `Verify` before there is anything to install into them."""

    def get_ready(self, frozen: Callable[[], Sequence[Distribution] | None]) -> None:
        """Begin, for the distributions that the function finds; returns at once."""
        ...

    def let_go(self) -> None:
        """Remove what was not used."""
        ...


class VerifyStep:
    """Show that people who install from the index get this release, and that it works."""

    def __init__(self, index: Index, state: StateFolder, verify: Verify, early: VerifiesEarly | None = None) -> None:
        self.name = f"verify:{index.name}"
        self.index = index
        self.state = state
        self.verify = verify
        self.early = early
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

    def get_ready(self) -> None:
        """Let the environments be made once there is something to install, unless that was verified before."""
        if self.early is not None and self.state.hashes() and not self.state.proof(self.name):
            self.early.get_ready(self.state.distributions)

    def let_go(self) -> None:
        """Remove those that were not used."""
        if self.early is not None:
            self.early.let_go()

    def undo(self) -> None:
        """Forget the result."""
        self.state.keep_proof(self.name, None)
