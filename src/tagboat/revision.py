"""Build a commit, branch or tag from a clean checkout of it, so that nothing stray gets in."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.errors import TagboatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.distribution import Distribution
    from tagboat.observer import Observer
    from tagboat.process import Program
    from tagboat.workspace import Workspace

WANTED_NEXT = ("tagboat.checks", "packaging.metadata", "tagboat.verify", "tagboat.index.rules", "importlib.metadata")
"""Modules that a release wants after the build: the back end takes longer than their import."""


class RevisionBuild:
    """Builds a revision into a folder when it is called. Back end and clone can be begun before it is there."""

    def __init__(self, workspace: Workspace, revision: str, observer: Observer) -> None:
        self.workspace = workspace
        self.revision = revision
        self.observer = observer
        self._place: tempfile.TemporaryDirectory[str] | None = None
        self._clone: Program | None = None

    def get_ready(self) -> None:
        """Start the back end that the files ask for as they are; of the revision they may ask for another one."""
        self.workspace.start_worker()
        if self._clone is None:
            with suppress(TagboatError, OSError):  # which the build tells
                self._clone = self.workspace.git.clone_into(self._checkout)

    def let_go(self) -> None:
        """End the back end, and remove the clone."""
        self.workspace.stop_worker()
        if self._clone is not None:
            self._clone.stop()
            self._clone = None
        if self._place is not None:
            self._place.cleanup()
            self._place = None

    @property
    def _checkout(self) -> Path:
        if self._place is None:
            self._place = tempfile.TemporaryDirectory(prefix="tagboat-", ignore_cleanup_errors=True)
        return Path(self._place.name) / "checkout"

    def __call__(self, destination: Path) -> Sequence[Distribution]:
        """Build sdist and wheel."""
        from tagboat.builder import build

        git, workspace, checkout = self.workspace.git, self.workspace, self._checkout
        try:
            git.checkout_into(self.revision, checkout, self._clone)
            return build(
                checkout / workspace.folder,
                destination,
                epoch=git.commit_time(self.revision),
                cache=workspace.cache,
                report=self.observer.note,
                passed=workspace.config.build.environment,
                worker=workspace.worker,
                meanwhile=WANTED_NEXT,
            )
        finally:
            self.let_go()
