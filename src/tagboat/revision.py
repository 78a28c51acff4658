"""Build a commit, branch or tag from a clean checkout of it, so that nothing stray gets in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.builder import Worker
    from tagboat.distribution import Distribution
    from tagboat.observer import Observer
    from tagboat.workspace import Workspace

WANTED_NEXT = ("tagboat.checks", "packaging.metadata", "tagboat.verify", "tagboat.index.rules", "importlib.metadata")
"""Modules that a release wants after the build: the back end takes longer than their import."""


class RevisionBuild:
    """Builds a revision into a folder when it is called. Its back end can be started before, and is kept till then."""

    def __init__(self, workspace: Workspace, revision: str, observer: Observer) -> None:
        self.workspace = workspace
        self.revision = revision
        self.observer = observer
        self._worker: Worker | None = None
        self._started = False

    def get_ready(self) -> None:
        """Start the back end that the files ask for as they are; of the revision they may ask for another one."""
        if not self._started:
            from tagboat.builder import start_worker

            self._started = True
            passed = self.workspace.config.build.environment
            self._worker = start_worker(self.workspace.root, cache=self.workspace.cache, passed=passed)

    def let_go(self) -> None:
        """End the back end."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def __call__(self, destination: Path) -> Sequence[Distribution]:
        """Build sdist and wheel."""
        from tagboat.builder import build

        git, workspace = self.workspace.git, self.workspace
        with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
            checkout = Path(folder) / "checkout"
            git.checkout_into(self.revision, checkout)
            try:
                return build(
                    checkout / workspace.folder,
                    destination,
                    epoch=git.commit_time(self.revision),
                    cache=workspace.cache,
                    report=self.observer.note,
                    passed=workspace.config.build.environment,
                    worker=self._worker,
                    meanwhile=WANTED_NEXT,
                )
            finally:
                self.let_go()
