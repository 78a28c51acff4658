"""What a rule is, and what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagboat.dataclass import dataclass
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that a rule points at: the line, from 1, and what is there."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy.

    Attributes:
        name: what people write to allow an exception.
        wants: the policy, in a sentence.
        risk: what can go wrong where it is not kept.
        mend: what to do.
        find: the places where it is not kept, of a `Workflow`, a `GitLabPipeline` or both, as `forges` says.
        strict: asked for only by `--strict`: many good pipelines do without.
    """

    name: str
    wants: str
    risk: str
    mend: str
    find: Callable[[Any], Iterator[Spot]]
    strict: bool = False
    forges: tuple[str, ...] = ("github",)


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a rule is not kept: `why` is what can go wrong, `next` the mend."""

    rule: str
    file: str
    line: int
    what: str
    why: str
    next: str

    @property
    def problem(self) -> Problem:
        """As one problem among others."""
        return Problem(f"{self.file}:{self.line}: {self.what} [{self.rule}]", self.why, self.next)
