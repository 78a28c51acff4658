"""The real release, upgrade and rollback on a clone, a bare remote and the embedded index."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat import release, rollback
from tagboat.config import IndexConfig
from tagboat.config.model import ForgeConfig
from tagboat.dataclass import dataclass
from tagboat.errors import BuildFailed, NotReady, TagboatError
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from packaging.version import Version

    from tagboat.observer import Observer
    from tagboat.plan import Plan
    from tagboat.versions import Request

INDEX = "rehearsal"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What was shown: the plan that was carried out, and what a fresh install got after the rollback."""

    plan: Plan
    after_rollback: str


def rehearse(workspace: Workspace, request: Request, observer: Observer, show: Callable[[Plan], None]) -> Rehearsed:
    """Release HEAD for real, where nobody else can see it. Raises what the release would raise.

    The project, its repository and its remote are only read.
    """
    with tempfile.TemporaryDirectory(prefix="tagboat-rehearsal-") as folder, _about_the_copy():
        copy = _copy(workspace, Path(folder))
        previous = copy.last_release.version
        if previous is not None and copy.last_release.tag is not None:
            with _step(observer, "baseline", f"publish {previous} from its tag, as it is now") as tell:
                try:
                    _publish_tag(copy, copy.last_release.tag, observer)
                    tell(f"{previous} is on the index")
                except BuildFailed as error:  # nobody can mend a tag
                    tell(f"{previous} does not build any more ({error.what}): no upgrade and no fall-back to show")
                    previous = None
        prepared = release.prepare(copy, request)
        if prepared is None:
            raise NotReady(
                "there is nothing to rehearse: no change since the last release asks for one",
                next="Name a step: `tagboat rehearse patch`.",
            )
        plan = prepared.plan
        show(plan)
        release.carry_out(copy, prepared, observer)
        if previous is not None:
            _upgrade(copy, previous, plan.version, observer)
        return Rehearsed(plan, rollback.carry_out(copy, rollback.prepare(copy, plan.version, "rehearsed"), observer))


@contextmanager
def _about_the_copy() -> Iterator[None]:
    """Advice to undo or to withdraw is meant for a real release; here it would hit the wrong one."""
    try:
        yield
    except TagboatError as error:
        advice = "" if "`tagboat " in error.next else f"{error.next}\n"
        error.next = f"{advice}Only the copy was changed: mend it in your project, commit, rehearse again.".lstrip()
        raise


def _copy(workspace: Workspace, folder: Path) -> Workspace:
    clone = workspace.git.rehearsal_clone(folder)
    index = IndexConfig(INDEX, "directory", {"path": str(folder / "index")})
    config = replace(workspace.config, index=(index,), indexes=(INDEX,), remote="origin", forge=ForgeConfig())
    return Workspace(clone.top / workspace.folder, environ=workspace.environ, cache=workspace.cache, config=config)


def _publish_tag(copy: Workspace, tag: str, observer: Observer) -> None:
    """Put the release that people have now onto the rehearsal's index, to upgrade from and fall back to."""
    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        for distribution in copy.build_revision(tag, Path(folder), observer):
            copy.index(INDEX).upload(distribution)


def _upgrade(copy: Workspace, previous: Version, version: Version, observer: Observer) -> None:
    """What people do who have the previous version: `pip install --upgrade`, and the same with uv."""
    with _step(observer, "upgrade", f"{previous} to {version} with pip and with uv") as tell:
        shown = copy.verifier(observer).upgrade(copy.index(INDEX), copy.project.name, previous, version)
        tell(shown)


@contextmanager
def _step(observer: Observer, name: str, detail: str) -> Iterator[Callable[[str], None]]:
    """Report a part of the rehearsal that is no step of a release."""
    begin = time.monotonic()
    told = [detail]
    observer.started(name, detail)
    try:
        yield told.append
    except BaseException as error:
        observer.failed(name, error, time.monotonic() - begin)
        raise
    observer.done(name, told[-1], time.monotonic() - begin)
