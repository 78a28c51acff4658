"""The distributions from an index that has them already."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.distribution import Distribution
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.publish import hash_by_download

if TYPE_CHECKING:
    from tagboat.index.interface import Index
    from tagboat.plan import PromotionPlan
    from tagboat.state import StateFolder


class FetchStep:
    """Download the files of a promotion from its source, each with the hash that was decided on."""

    def __init__(self, plan: PromotionPlan, index: Index, state: StateFolder) -> None:
        self.name = f"fetch:{index.name}"
        self.plan = plan
        self.index = index
        self.state = state

    def probe(self) -> Status:
        """Done when all of them are here with these bytes."""
        if self.state.distributions() is not None and self.state.hashes() == dict(self.plan.files):
            return done(f"{len(self.plan.files)} files of {self.index.name} are here")
        problem = self._differs()
        return blocked(problem) if problem else todo(f"{', '.join(self.plan.files)} from {self.index.summary}")

    def apply(self) -> None:
        """Download, and freeze."""
        listed = self.index.files(self.plan.project, self.plan.version)
        with tempfile.TemporaryDirectory(prefix="tagboat-") as name:
            files = [listed[filename] for filename in self.plan.files]
            self.state.adopt(Distribution.from_file(self.index.fetch(file, Path(name))) for file in files)

    def undo(self) -> None:
        """Remove our copies."""
        self.state.forget_distributions()

    def _differs(self) -> str:
        """What the index has no more, or with other bytes."""
        listed = self.index.files(self.plan.project, self.plan.version)
        for filename, sha256 in self.plan.files.items():
            file = listed.get(filename)
            if file is None:
                return f"{filename} is no more on {self.index.name}"
            if (there := file.sha256 or hash_by_download(self.index, file)) != sha256:
                return f"{filename} on {self.index.name} is another file by now ({there}, was {sha256})"
        return ""
