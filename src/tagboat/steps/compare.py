"""Two indexes hold the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.step import Status, blocked, done, todo
from tagboat.steps.publish import hash_by_download

if TYPE_CHECKING:
    from tagboat.index.interface import Index
    from tagboat.plan import PromotionPlan


class CompareStep:
    """Look at both sides of a promotion: every file is there, with the hash that was decided on."""

    def __init__(self, plan: PromotionPlan, source: Index, target: Index) -> None:
        self.name = f"compare:{target.name}"
        self.plan = plan
        self.source = source
        self.target = target

    def probe(self) -> Status:
        """Done when both list every file with these bytes."""
        missing = []
        for index in (self.source, self.target):
            listed = index.files(self.plan.project, self.plan.version)
            for filename, sha256 in self.plan.files.items():
                file = listed.get(filename)
                if file is None:
                    missing.append(f"{index.name} lacks {filename}")
                elif (there := file.sha256 or hash_by_download(index, file)) != sha256:
                    return blocked(f"{filename} on {index.name} is {there}, not {sha256}")
        if missing:
            return todo("; ".join(missing))
        return done(f"{len(self.plan.files)} files with the same bytes on {self.source.name} and {self.target.name}")

    def apply(self) -> None:
        """Looking is all there is."""

    def undo(self) -> None:
        """Nothing was changed."""
