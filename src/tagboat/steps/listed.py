"""The index lists exactly the files that are released: all of them, with their bytes, and no other."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from tagboat.step import Status, blocked, done, todo
from tagboat.steps.check import frozen
from tagboat.steps.files import listed as in_words
from tagboat.steps.publish import hash_by_download, wait_until_listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from packaging.version import Version

    from tagboat.index.interface import Index
    from tagboat.state import StateFolder


class ListedStep:
    """Wait for what another program uploaded. `command` is what people run to go on."""

    def __init__(
        self,
        project: str,
        version: Version,
        index: Index,
        state: StateFolder,
        *,
        wait: float,
        command: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = f"listed:{index.name}"
        self.project = project
        self.version = version
        self.index = index
        self.state = state
        self.wait = wait
        self.command = command
        self.sleep = sleep

    def probe(self) -> Status:
        """Compare names and hashes."""
        ours = self.state.hashes()
        there = self.index.files(self.project, self.version)
        foreign = sorted(there.keys() - ours.keys())
        hashes = {name: file.sha256 or hash_by_download(self.index, file) for name, file in there.items()}
        wrong = sorted(name for name in there.keys() & ours.keys() if hashes[name] != ours[name])
        if foreign or wrong:
            found = [f"{in_words(foreign)}, which this release did not build"] if foreign else []
            found += [f"{in_words(wrong)} with other bytes"] if wrong else []
            return blocked(
                f"{self.index.name} has {' and '.join(found)}",
                f"Find out who uploaded that. `tagboat rollback {self.version}` withdraws the version; then release"
                " the next one.",
            )
        missing = sorted(ours.keys() - there.keys())
        if missing:
            return todo(f"until {self.index.name} lists {in_words(missing)}")
        return done(f"{len(ours)} files on {self.index.name}, with their hashes")

    def apply(self) -> None:
        """Wait."""
        distributions = frozen(self.state)
        with closing(self.index):
            wait_until_listed(self.index, distributions, wait=self.wait, command=self.command, sleep=self.sleep)

    def undo(self) -> None:
        """Nothing was changed."""
