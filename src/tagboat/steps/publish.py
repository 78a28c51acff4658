"""The distributions onto one index."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tagboat.errors import Irreversible, NotVisible
from tagboat.index.interface import Deletes
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.check import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from packaging.version import Version

    from tagboat.distribution import Distribution
    from tagboat.index.interface import Index, IndexFile
    from tagboat.state import StateFolder

    Progress = Callable[[str, int, int], None]
    """Called with a file name, bytes sent and bytes in all."""


class PublishStep:
    """Upload what the index lacks, wheels before the sdist, and wait until it lists everything.

    A file is there only if its bytes are: names prove nothing.
    """

    def __init__(
        self,
        project: str,
        version: Version,
        index: Index,
        state: StateFolder,
        *,
        wait: float,
        progress: Progress,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = f"publish:{index.name}"
        self._begun = f"{self.name} begun"
        self._taken = f"{self.name} taken"
        self.project = project
        self.version = version
        self.index = index
        self.state = state
        self.wait = wait
        self.progress = progress
        self.sleep = sleep

    def probe(self) -> Status:
        """Compare what the index lists with our hashes."""
        distributions = self.state.distributions()
        if distributions is None:
            return todo(f"to {self.index.summary}")
        listed = self.index.files(self.project, self.version)
        missing = []
        for distribution in distributions:
            file = listed.get(distribution.filename)
            if file is None:
                missing.append(distribution.filename)
            elif (there := self._hash_of(file)) != distribution.sha256:
                return blocked(
                    f"{distribution.filename} is on {self.index.name} with other bytes"
                    f" (ours {distribution.sha256}, there {there});"
                    f" if theirs is the good one, delete {self.state.path}"
                )
        if listed and all(file.yanked for file in listed.values()):
            return blocked(
                f"{self.version} was withdrawn from {self.index.name}; offer it again with `tagboat undo`"
                f" where that was done, or release the next version"
            )
        if missing:
            return todo(f"{', '.join(missing)} to {self.index.summary}")
        return done(f"{len(distributions)} files on {self.index.summary}")

    def apply(self) -> None:
        """Upload, then wait."""
        distributions = frozen(self.state)
        listed = self.index.files(self.project, self.version)
        for distribution in sorted(distributions, key=lambda each: (each.kind == "sdist", each.filename)):
            if distribution.filename not in listed:
                self._upload(distribution)
        self._wait_until_listed(distributions)

    def undo(self) -> None:
        """Delete what this release uploaded, where the index lets us."""
        ours = self._ours()
        if isinstance(self.index, Deletes):
            self.index.delete(self.project, self.version, ours)
        elif ours:
            raise Irreversible(
                f"{self.index.name} cannot take files back: {', '.join(ours)}",
                why="This is past the point of no return, so the tag stays too.",
                next=f"Finish with `tagboat release`, then `tagboat rollback {self.version}` if it is bad.",
            )
        for note in (self._begun, self._taken):
            self.state.keep_proof(note, None)

    def _ours(self) -> list[str]:
        """The files that the index has from us: it did not list them before, and lists our bytes, or took them."""
        listed = self.index.files(self.project, self.version)
        taken = self._noted(self._taken)
        return [
            name
            for name, sha256 in self._noted(self._begun).items()
            if (self._hash_of(listed[name]) == sha256 if name in listed else name in taken)
        ]

    def _upload(self, distribution: Distribution) -> None:
        # An index can list a file only minutes after it took it; until then nobody but us knows of it. And what
        # it lists when we died in between is ours, unlike what somebody put there before.
        self._note(self._begun, distribution)
        self.index.upload(distribution, lambda sent, total: self.progress(distribution.filename, sent, total))
        self._note(self._taken, distribution)

    def _note(self, note: str, distribution: Distribution) -> None:
        noted = {**self._noted(note), distribution.filename: distribution.sha256}
        self.state.keep_proof(note, " ".join(f"{name}:{sha256}" for name, sha256 in noted.items()))

    def _noted(self, note: str) -> dict[str, str]:
        pairs = (word.rpartition(":") for word in (self.state.proof(note) or "").split())
        return {name: sha256 for name, _, sha256 in pairs}

    def _hash_of(self, file: IndexFile) -> str:
        return file.sha256 or hash_by_download(self.index, file)

    def _wait_until_listed(self, distributions: Sequence[Distribution]) -> None:
        deadline = time.monotonic() + self.wait
        pause = 0.1
        while True:
            listed = self.index.files(self.project, self.version)
            missing = [each.filename for each in distributions if each.filename not in listed]
            if not missing:
                return
            if time.monotonic() + pause > deadline:
                raise NotVisible(
                    f"published, but {self.index.name} does not list {', '.join(missing)} after {self.wait:g} s",
                    why="The index took the files; some indexes need minutes to show them. Nothing is broken.",
                    next="Run `tagboat release` again later: it goes on from here.",
                )
            self.sleep(pause)
            pause = min(pause * 2, 10.0)


def hash_by_download(index: Index, file: IndexFile) -> str:
    """The SHA-256 of a file whose index does not tell it."""
    import tempfile
    from pathlib import Path

    from tagboat.distribution import sha256_of

    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        return sha256_of(index.fetch(file, Path(folder)))
