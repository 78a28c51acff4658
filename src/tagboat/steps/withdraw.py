"""A published version off one index, by the best power that the index has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import textfile
from tagboat.distribution import Distribution, parse_filename
from tagboat.errors import Irreversible
from tagboat.index.interface import Deletes, Yanks
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.publish import hash_by_download

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.version import Version

    from tagboat.index.interface import Index


class WithdrawStep:
    """Yank where the index can, else delete. What is deleted is kept first, so that undo can bring it back."""

    def __init__(self, project: str, version: Version, reason: str, index: Index, keep: Path) -> None:
        self.name = f"withdraw:{index.name}"
        self.project = project
        self.version = version
        self.reason = reason
        self.index = index
        self.keep = keep / index.name

    def probe(self) -> Status:
        """Done when a new install passes every file of the version by."""
        files = self.index.files(self.project, self.version)
        if not files:
            return done(f"{self.index.name} lists no file of {self.version}")
        if all(file.yanked for file in files.values()):
            return done(f"{len(files)} files yanked on {self.index.name}")
        if isinstance(self.index, Yanks):
            return todo(f"yank {len(files)} files on {self.index.summary} (reversible)")
        if isinstance(self.index, Deletes):
            return todo(f"delete {len(files)} files from {self.index.summary} (copies are kept)")
        return blocked(
            f"{self.index.name} gives tagboat no way to withdraw: do it on the index's own pages,"
            " then run this again to prove the fall-back"
        )

    def apply(self) -> None:
        """Withdraw every file of the version."""
        if isinstance(self.index, Yanks):
            self._note_offered()
            self.index.yank(self.project, self.version, self.reason)
        elif isinstance(self.index, Deletes):
            files = self.index.files(self.project, self.version)
            self.keep.mkdir(parents=True, exist_ok=True)
            for file in files.values():
                self.index.fetch(file, self.keep)
            self.index.delete(self.project, self.version, files)

    def undo(self) -> None:
        """Offer the version again: take our yank off, or upload the kept files. What others yanked stays yanked."""
        if isinstance(self.index, Yanks):
            self.index.unyank(self.project, self.version, self._offered())
            return
        listed = self.index.files(self.project, self.version)
        kept = [Distribution.from_file(path) for path in sorted(self.keep.glob("*")) if parse_filename(path.name)]
        if not listed and not kept:
            raise Irreversible(
                f"{self.index.name} lists no file of {self.version}, and no copy was kept",
                next=f"Publish it anew from its tag: `tagboat release --tag`, with the tag of {self.version}.",
            )
        for distribution in kept:
            file = listed.get(distribution.filename)
            if file is None or (file.sha256 or hash_by_download(self.index, file)) != distribution.sha256:
                self.index.upload(distribution)

    def _note_offered(self) -> None:
        """Remember which files were offered before we came; a rerun of what was cut short adds to them."""
        files = self.index.files(self.project, self.version).values()
        offered = {*self._offered(), *(file.filename for file in files if not file.yanked)}
        textfile.write(self.keep / "offered", "".join(f"{name}\n" for name in sorted(offered)))

    def _offered(self) -> list[str]:
        path = self.keep / "offered"
        return path.read_text(encoding="utf-8").split() if path.is_file() else []
