"""The artifacts of a run: immutable archives with the hash that they had when they were uploaded.

Observed: a name is taken once in an attempt. A run again of failed jobs reads what earlier attempts uploaded, the
newest of a name; a run again of all jobs reads nothing old (go-gitea/gitea#38901, PocketShell-io/pocketshell#1809).
Others say that a name is taken once in the whole run, so `strict` is that, and a good workflow stands both.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Artifact:
    """One artifact; `digest` is what the service was told when it came."""

    id: str
    name: str
    archive: Path
    digest: str
    attempt: int

    def is_intact(self) -> bool:
        return sha256(self.archive.read_bytes()).hexdigest() == self.digest

    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.archive) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def replace(self, files: dict[str, bytes], *, openly: bool) -> None:
        """Tamper with it; unless `openly`, the service vouches for the new bytes as for the old."""
        pack(self.archive, files)
        if not openly:
            self.digest = sha256(self.archive.read_bytes()).hexdigest()


@dataclass
class Artifacts:
    """All artifacts of a run, kept in `folder`."""

    folder: Path
    strict: bool = False
    all: list[Artifact] = field(default_factory=list)
    attempt: int = 0
    oldest: int = 1

    def begin(self, attempt: int, *, inherits: bool) -> None:
        """A new attempt, which sees what earlier ones left, or does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.attempt = attempt
        if not inherits:
            self.oldest = attempt

    def add(self, name: str, files: dict[str, bytes], *, overwrite: bool = False) -> Artifact:
        """Keep files under a name. Raises `FileExistsError` for one that is taken."""
        taken = [each for each in self.all if each.name == name and (self.strict or each.attempt == self.attempt)]
        if taken and not overwrite:
            raise FileExistsError(name)
        self.all = [each for each in self.all if each not in taken]
        number = str(1000 + len(list(self.folder.iterdir())))
        archive = self.folder / f"{number}.zip"
        pack(archive, files)
        made = Artifact(number, name, archive, sha256(archive.read_bytes()).hexdigest(), self.attempt)
        self.all.append(made)
        return made

    def visible(self) -> list[Artifact]:
        """What a job may download, the newest of each name."""
        newest = {each.name: each for each in self.all if each.attempt >= self.oldest}
        return list(newest.values())

    def find(self, name: str) -> Artifact:
        """The newest of a name."""
        return next(each for each in reversed(self.all) if each.name == name)


def pack(archive: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(archive, "w") as made:
        for name, data in sorted(files.items()):
            made.writestr(name, data)
