"""Build a commit, branch or tag from a clean checkout of it, so that nothing stray gets in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.distribution import Distribution
    from tagboat.observer import Observer
    from tagboat.workspace import Workspace

WANTED_NEXT = ("tagboat.checks", "packaging.metadata", "tagboat.verify", "tagboat.index.rules", "importlib.metadata")
"""Modules that a release wants after the build: the back end takes longer than their import."""


class RevisionBuild:
    """Builds a revision into a folder when it is called. The back end can be started before."""

    def __init__(self, workspace: Workspace, revision: str, observer: Observer) -> None:
        self.workspace = workspace
        self.revision = revision
        self.observer = observer

    def get_ready(self) -> None:
        """Start the back end that the files ask for as they are; of the revision they may ask for another one."""
        self.workspace.start_worker()

    def let_go(self) -> None:
        """End the back end."""
        self.workspace.stop_worker()

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
                    worker=workspace.worker,
                    meanwhile=WANTED_NEXT,
                )
            finally:
                self.let_go()
