"""The settings of a repository that carry a release, as a forge tells them to whoever may look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment of deployments.

    Attributes:
        gates: what stops a job before it starts, in words such as "2 reviewers"; empty is an open door.
        refs: patterns of what may deploy, such as "tag v*" or "branch main"; None lets everything.
        names: secrets and variables that are kept with it; None when they could not be looked at.
    """

    gates: tuple[str, ...]
    refs: tuple[str, ...] | None
    names: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class TagRule:
    """A rule about tags: which (patterns of full names, or `~ALL`), and what it forbids whom it does not except."""

    name: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    forbids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What could be looked at; None is what could not, and then `closed` says why, a sentence each.

    Attributes:
        private: whether only some may see the repository.
        environments: by their names.
        tag_rules: those that are in force.
        immutable: whether releases are locked when they are published.
        names: secrets and variables of the repository and of its organisation that every job can have.
        weak: of those names the ones that a log could show or that any branch gets, and why.
        writes: whether the token of a job may write unless its workflow says otherwise.
    """

    private: bool | None
    environments: Mapping[str, Environment] | None
    tag_rules: tuple[TagRule, ...] | None
    immutable: bool | None
    names: frozenset[str] | None
    weak: Mapping[str, str]
    writes: bool | None
    closed: tuple[str, ...]
