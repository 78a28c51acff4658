"""The distributions onto one index."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

from tagboat.errors import IndexFailed, Irreversible, NotVisible, Refused
from tagboat.index.interface import Attests, Deletes, Hides
from tagboat.index.waiting import still_missing
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.at_once import at_once
from tagboat.steps.check import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from packaging.version import Version

    from tagboat.distribution import Distribution
    from tagboat.index.interface import Index, IndexFile
    from tagboat.state import StateFolder

    Progress = Callable[[str, int, int], None]
    """Called with a file name, bytes sent and bytes in all."""


class PublishStep:
    """Upload what the index lacks, wheels before the sdist, and wait until it lists everything.

    A file is there only if its bytes are: names prove nothing. `promote` lets a server bring the version there from
    another of its indexes, where the target has nothing of it yet; what such an index lacks is uploaded. `command`
    is what people run to go on.
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
        promote: Callable[[], None] | None = None,
        command: str = "tagboat release",
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
        self.promote = promote
        self.command = command
        self.sleep = sleep
        self._notes = threading.Lock()
        self._unsigned: Mapping[str, str] = {}

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
            by_server = ", brought by the server" if self.promote and len(missing) == len(distributions) else ""
            return todo(f"{', '.join(missing)} to {self.index.summary}{by_server}")
        return done(f"{len(distributions)} files on {self.index.summary}{self._without_statement()}")

    def apply(self) -> None:
        """Upload, then wait. The index is closed in every case: no token outlives its use."""
        distributions = frozen(self.state)
        with closing(self.index):
            self._publish(distributions)
            wait_until_listed(self.index, distributions, wait=self.wait, command=self.command, sleep=self.sleep)
            self._compare_attestations(distributions)

    def undo(self) -> str | None:
        """Delete what this release uploaded, where the index lets us. What it may have taken unlisted is told."""
        with closing(self.index):
            ours, doubtful = self._ours()
            if isinstance(self.index, Deletes):
                self.index.delete(self.project, self.version, ours)
            elif ours:
                raise self._irreversible(ours)
        for note in (self._begun, self._taken):
            self.state.keep_proof(note, None)
        if not doubtful:
            return None
        return (
            f"{', '.join(doubtful)} may still appear on {self.index.name}: nobody can tell whether it was taken, and"
            f" some indexes list a file minutes later. Look there in a while; `tagboat rollback {self.version}`"
            " withdraws it, and its name is taken then: release the next version."
        )

    def _irreversible(self, ours: Sequence[str]) -> Irreversible:
        """Why these files cannot be taken back so that it would be as before."""
        what, why = f"{self.index.name} cannot take files back: {', '.join(ours)}", ""
        if isinstance(self.index, Hides):
            what = f"{self.index.name} does not free the names of files that it took: {', '.join(ours)}"
            why = f"It can take them out of sight ({self.index.hidden_as}), but never takes other bytes under them. "
        return Irreversible(
            what,
            why=f"{why}This is past the point of no return, so the tag stays too.",
            next=f"Finish with `{self.command}`, then `tagboat rollback {self.version}` if it is bad.",
        )

    def _publish(self, distributions: Sequence[Distribution]) -> None:
        """Send what is not listed: all wheels before the sdist, so that nobody gets the sdist where a wheel fits."""
        missing = self._missing(distributions)
        if self.promote is not None and len(missing) == len(distributions):
            self._note(self._begun, missing)
            self.promote()
            self._note(self._taken, missing)
            return
        for kind in ("wheel", "sdist"):
            at_once(self.index.side_by_side, self._upload, [each for each in missing if each.kind == kind])

    def _compare_attestations(self, distributions: Sequence[Distribution]) -> None:
        """Raise `IndexFailed` when the index serves other statements than were sent with the files."""
        if not isinstance(self.index, Attests):
            return
        self._unsigned = self.index.unsigned()
        if problems := list(self.index.unattested(distributions)):
            raise IndexFailed(
                f"published, but {self.index.name} does not vouch for it as we did",
                problems=problems,
                next=f"Look at the files on the index; then `{self.command}` goes on, or `tagboat rollback`.",
            )

    def _without_statement(self) -> str:
        """What went without a signed statement in this run, though it could have had one."""
        reasons = "; ".join(dict.fromkeys(self._unsigned.values()))
        return f"; without attestation: {', '.join(self._unsigned)} ({reasons})" if self._unsigned else ""

    def _missing(self, distributions: Sequence[Distribution]) -> list[Distribution]:
        listed = self.index.files(self.project, self.version)
        missing = (each for each in distributions if each.filename not in listed)
        return sorted(missing, key=lambda each: (each.kind == "sdist", each.filename))

    def _ours(self) -> tuple[list[str], list[str]]:
        """The files that the index has from us, and those that it may have.

        It did not list them before. Now it lists our bytes, or took them; or we died in the middle of it.
        """
        listed = self.index.files(self.project, self.version)
        begun, taken = self._noted(self._begun), self._noted(self._taken)
        ours = [
            name
            for name, sha256 in begun.items()
            if (self._hash_of(listed[name]) == sha256 if name in listed else name in taken)
        ]
        return ours, [name for name in begun if name not in listed and name not in taken]

    def _upload(self, distribution: Distribution, stop: Callable[[], None]) -> None:
        def progress(sent: int, total: int) -> None:
            stop()
            self.progress(distribution.filename, sent, total)

        # An index can list a file only minutes after it took it; until then nobody but us knows of it. And what
        # it lists when we died in between is ours, unlike what somebody put there before.
        self._note(self._begun, [distribution])
        try:
            self.index.upload(distribution, progress)
        except Refused:
            self._forget(self._begun, distribution)
            raise
        self._note(self._taken, [distribution])

    def _note(self, note: str, distributions: Sequence[Distribution]) -> None:
        with self._notes:  # reading and writing are one: uploads run side by side
            self._keep(note, {**self._noted(note), **{each.filename: each.sha256 for each in distributions}})

    def _forget(self, note: str, distribution: Distribution) -> None:
        with self._notes:
            noted = self._noted(note)
            self._keep(note, {name: noted[name] for name in noted if name != distribution.filename})

    def _keep(self, note: str, noted: Mapping[str, str]) -> None:
        self.state.keep_proof(note, " ".join(f"{name}:{sha256}" for name, sha256 in noted.items()))

    def _noted(self, note: str) -> dict[str, str]:
        pairs = (word.rpartition(":") for word in (self.state.proof(note) or "").split())
        return {name: sha256 for name, _, sha256 in pairs}

    def _hash_of(self, file: IndexFile) -> str:
        return file.sha256 or hash_by_download(self.index, file)


def wait_until_listed(
    index: Index,
    distributions: Sequence[Distribution],
    *,
    wait: float,
    command: str,
    sleep: Callable[[float], None],
) -> None:
    """Return when an index lists all files of a release. Raises `NotVisible` after `wait` seconds."""

    def look() -> list[str]:
        listed = index.files(distributions[0].project, distributions[0].version)
        return [each.filename for each in distributions if each.filename not in listed]

    if missing := still_missing(look, wait, sleep):
        raise NotVisible(
            f"published, but {index.name} does not list {', '.join(missing)} after {wait:g} s",
            why="The index took the files; some indexes need minutes to show them. Nothing is broken.",
            next=f"Run `{command}` again later: it goes on from here.",
        )


def hash_by_download(index: Index, file: IndexFile) -> str:
    """The SHA-256 of a file whose index does not tell it."""
    import tempfile
    from pathlib import Path

    from tagboat.distribution import sha256_of

    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        return sha256_of(index.fetch(file, Path(folder)))
