"""Look into the distributions before anything is public."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tagboat.errors import Blocked, CheckFailed, IndexFailed, Problem
from tagboat.step import Status, done, todo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagboat.distribution import Distribution
    from tagboat.index.interface import Index
    from tagboat.state import StateFolder

    Check = Callable[[Sequence[Distribution]], Sequence[Problem]]


class CheckStep:
    """Run every check over the frozen distributions, and ask every index by its rules; all is told at once.

    Without `by_rules` the indexes object only to what they have themselves. `about` says what is looked at, `advice`
    what to do when it is not good.
    """

    name = "check"

    def __init__(
        self,
        state: StateFolder,
        check: Check,
        indexes: Sequence[Index],
        *,
        by_rules: bool = True,
        about: str = "metadata, contents, tagged tree, versions, the rules of every index",
        advice: str = "`tagboat undo`, mend the project, release again.",
    ) -> None:
        self.state = state
        self.check = check
        self.indexes = indexes
        self.by_rules = by_rules
        self.about = about
        self.advice = advice

    def probe(self) -> Status:
        """Done when exactly these bytes passed before."""
        distributions = self.state.distributions()
        if distributions is not None and self.state.proof(self.name) == fingerprint(distributions):
            return done(f"{len(distributions)} distributions passed")
        return todo(self.about)

    def apply(self) -> None:
        """Check."""
        distributions = frozen(self.state)
        problems = list(self.check(distributions))
        problems += objections(self.indexes, distributions, by_rules=self.by_rules, known=problems)
        if problems:
            raise CheckFailed(
                "the distributions must not be published as they are",
                problems=problems,
                next=f"Nothing was published. {self.advice}",
            )
        self.state.keep_proof(self.name, fingerprint(distributions))

    def undo(self) -> None:
        """Forget the result."""
        self.state.keep_proof(self.name, None)


def objections(
    indexes: Sequence[Index],
    distributions: Sequence[Distribution],
    *,
    by_rules: bool = True,
    known: Sequence[Problem] = (),
) -> list[Problem]:
    """What these indexes object to, each problem with the name of its index; what is known is left out.

    Raises `IndexFailed` for an index that had to be read for that and could not, unless another one objects.
    """
    told = {each.what for each in known}
    found: list[Problem] = []
    failures: list[IndexFailed] = []
    for index in indexes:
        try:
            problems = list(index.objections(distributions, by_rules=by_rules))
        except IndexFailed as error:
            failures.append(error)
            problems = [Problem(error.what, error.why, error.next)]
        found += [replace(each, what=_named(index, each.what)) for each in problems if each.what not in told]
    if failures and len(failures) == len(found):
        raise failures[0]
    return found


def _named(index: Index, what: str) -> str:
    return what if what.startswith(index.name) else f"{index.name}: {what}"


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
