"""What a pull request would release, and whether it could: looked at and built, nothing changed, no secret needed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.errors import Problem, TagboatError
from tagboat.planning import plan_release
from tagboat.preflight import SHALLOW
from tagboat.versions import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.distribution import Distribution
    from tagboat.observer import Observer
    from tagboat.plan import Plan
    from tagboat.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Review:
    """What was seen: the release that would come (None: none would), what HEAD builds, and all that is wrong."""

    coming: Plan | None
    distributions: tuple[Distribution, ...]
    problems: tuple[Problem, ...]


def review(workspace: Workspace, observer: Observer) -> Review:
    """Plan the next release of HEAD, build and check HEAD as it is. Never raises for what it finds."""
    problems = [SHALLOW] if workspace.git.is_shallow() else []
    coming = None
    distributions: tuple[Distribution, ...] = ()
    try:
        coming = plan_release(workspace, Request())
    except TagboatError as error:
        problems += _told(error)
    try:
        distributions = _built(workspace, observer, problems)
    except TagboatError as error:
        problems += _told(error)
    return Review(coming, distributions, tuple(dict.fromkeys(problems)))


def _built(workspace: Workspace, observer: Observer, problems: list[Problem]) -> tuple[Distribution, ...]:
    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        made = tuple(workspace.build_revision("HEAD", Path(folder), observer))
        version = made[0].version
        problems += workspace.check(version, workspace.tag_of(version), "HEAD", made)
    return made


def _told(error: TagboatError) -> Sequence[Problem]:
    return (Problem(error.what, error.why, error.next), *error.problems)
