"""Look into the distributions before anything is public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import Blocked, CheckFailed
from tagboat.step import Status, done, todo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagboat.distribution import Distribution
    from tagboat.errors import Problem
    from tagboat.state import StateFolder

    Check = Callable[[Sequence[Distribution]], Sequence[Problem]]


class CheckStep:
    """Run every check over the frozen distributions; all problems are told at once."""

    name = "check"

    def __init__(self, state: StateFolder, check: Check) -> None:
        self.state = state
        self.check = check

    def probe(self) -> Status:
        """Done when exactly these bytes passed before."""
        distributions = self.state.distributions()
        if distributions is not None and self.state.proof(self.name) == fingerprint(distributions):
            return done(f"{len(distributions)} distributions passed")
        return todo("metadata, contents, tagged tree, versions")

    def apply(self) -> None:
        """Check."""
        distributions = frozen(self.state)
        problems = self.check(distributions)
        if problems:
            raise CheckFailed(
                "the distributions must not be published as they are",
                problems=problems,
                next="Nothing was published. `tagboat undo`, mend the project, release again.",
            )
        self.state.keep_proof(self.name, fingerprint(distributions))

    def undo(self) -> None:
        """Forget the result."""
        self.state.keep_proof(self.name, None)


def fingerprint(distributions: Sequence[Distribution]) -> str:
    """Names and hashes of distributions in one string."""
    return " ".join(sorted(f"{distribution.filename}:{distribution.sha256}" for distribution in distributions))


def frozen(state: StateFolder) -> tuple[Distribution, ...]:
    """The frozen distributions. Raises `Blocked` when they were lost or changed since they were built."""
    distributions = state.distributions()
    if distributions is None:
        raise Blocked(
            f"the distributions in {state.dist} are gone or changed since they were built",
            next="Run `tagboat release` again: it fetches them from an index, or builds them anew.",
        )
    return distributions
