"""The embedded index: a folder that pip and uv install from, as `file://` or behind any web server.

    <folder>/index.html, index.json                 the projects
    <folder>/<project>/index.html, index.json       the project's files (PEP 503 and 691, 592, 700, 714)
    <folder>/<project>/<file>, <wheel>.metadata

A project's index.html is the truth: what it does not list is not there, and it is written last and whole; a new
project gets an empty one, and is listed among the projects, before that. So a process that dies leaves at most files
that nobody sees, and the next try writes them anew. Writers of one project take turns by a lock file; readers need
none.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from packaging.utils import canonicalize_name

from tagboat import textfile
from tagboat.distribution import Distribution, parse_filename
from tagboat.errors import CheckFailed, IndexFailed, Problem
from tagboat.index import static
from tagboat.index.simple import select
from tagboat.index.upload import refuse_other_bytes
from tagboat.lock import exclusive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.utils import NormalizedName
    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.index.interface import IndexFile, Progress
    from tagboat.index.reach import Reach

BLOCK = 1 << 20


def open_index(config: IndexConfig, reach: Reach) -> DirectoryIndex:
    """The index of a configuration."""
    return DirectoryIndex(config.name, (reach.root / Path(config.at["path"]).expanduser()).resolve())


class DirectoryIndex:
    """An index in a folder. It yanks and deletes, and any number of processes may write to it at once."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder.absolute()
        self.simple_url = self.folder.as_uri() + "/"
        self.summary = f"{name} (the folder {folder})"
        self.side_by_side = 1  # writers of one project take turns

    def files(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """What the project's page lists."""
        name = canonicalize_name(project)
        with self._errors("cannot be read"):
            return select(self._listed(name).values(), name, version)

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """Copy one file in, then list it."""
        with self._errors(f"did not take {distribution.filename}"), self._writing(distribution.project) as files:
            listed = files.get(distribution.filename)
            if listed is not None:
                refuse_other_bytes(self.name, distribution, listed.sha256 or "")
                return
            _copy(distribution, self.folder / distribution.project, progress)
            files[distribution.filename] = self._describe(distribution, files)

    def fetch(self, file: IndexFile, destination: Path) -> Path:
        """Copy a listed file out."""
        parsed = parse_filename(file.filename)
        source = self.folder / (parsed[1] if parsed else "") / file.filename
        with self._errors(f"did not hand out {file.filename}"):
            found = Distribution.from_file(source)
            if file.sha256 not in {None, found.sha256}:
                raise IndexFailed(
                    f"{self.name} hands out other bytes of {file.filename} than it lists",
                    why=f"listed: sha256 {file.sha256}; in the folder: sha256 {found.sha256}",
                )
            destination.mkdir(parents=True, exist_ok=True)
            return _copy(found, destination, None)

    def problems(self) -> Iterator[Problem]:
        """What keeps files from being written there."""
        above = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        if not above.is_dir():
            yield Problem(f"{self.name}: {above} is not a folder", next="Choose another path for the index.")
        elif not os.access(above, os.W_OK):
            yield Problem(f"{self.name}: no permission to write in {above}")

    def objections(self, distributions: Sequence[Distribution], *, by_rules: bool = True) -> Iterator[Problem]:  # noqa: ARG002
        """A folder takes every distribution."""
        yield from ()

    def close(self) -> None:
        """Nothing was begun."""

    def install_environment(self) -> dict[str, str]:
        """No credential is needed."""
        return {"PIP_INDEX_URL": self.simple_url, "UV_DEFAULT_INDEX": self.simple_url}

    def yank(self, project: str, version: Version, reason: str) -> None:
        """PEP 592. A file that is yanked already keeps its reason."""
        files = self.files(project, version).values()
        self._mark(project, version, [file.filename for file in files if not file.yanked], reason)

    def unyank(self, project: str, version: Version, filenames: Iterable[str] | None = None) -> None:
        """PEP 592."""
        self._mark(project, version, self.files(project, version) if filenames is None else filenames, None)

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Take the files off the page and out of the folder."""
        name = canonicalize_name(project)
        gone = self.files(name, version).keys() & set(filenames)
        if not gone:
            return
        with self._errors("did not delete"), self._writing(name) as files:
            for filename in gone & files.keys():
                del files[filename]

    def reindex(self, project: str) -> None:
        """List whatever distributions lie in the project's folder, put there by hand or by another tool."""
        name = canonicalize_name(project)
        with self._errors("cannot be read"), self._writing(name) as files:
            there = {path.name: path for path in (self.folder / name).iterdir() if _belongs(path.name, name)}
            for filename in files.keys() - there.keys():
                del files[filename]
            for filename in there.keys() - files.keys():
                files[filename] = self._describe(Distribution.from_file(there[filename]), files)

    def _mark(self, project: str, version: Version, filenames: Iterable[str], reason: str | None) -> None:
        """Yank these files for a reason; None takes the mark off."""
        name, wanted = canonicalize_name(project), set(filenames)
        if not wanted:
            return
        with self._errors("cannot be written"), self._writing(name) as files:
            chosen = select(files.values(), name, version)
            files.update(static.marked((chosen[each] for each in chosen.keys() & wanted), reason))

    def _listed(self, name: NormalizedName) -> dict[str, IndexFile]:
        page = self.folder / name / "index.html"
        try:
            body = page.read_bytes()
        except FileNotFoundError:
            return {}
        return static.listed_on(body, page.as_uri(), name, self.name)

    @contextmanager
    def _writing(self, name: NormalizedName) -> Iterator[dict[str, IndexFile]]:
        """The project's files, to be changed in place. The pages follow, then what left them is removed."""
        folder = self.folder / name
        with exclusive(folder / ".lock"):
            for left in folder.glob(".*.tmp"):  # by one who died: nobody else is writing now
                left.unlink()
            files = self._listed(name)
            before = dict(files)
            yield files
            if files != before:
                self._announce(name)
                sized = [replace(each, size=(folder / each.filename).stat().st_size) for each in files.values()]
                textfile.write_bytes(folder / "index.json", static.project_json(name, sized, _href))
                textfile.write_bytes(folder / "index.html", static.project_html(name, sized, _href))
            for filename in before.keys() - files.keys():
                (folder / filename).unlink(missing_ok=True)
                (folder / f"{filename}.metadata").unlink(missing_ok=True)
        self._write_root(name)

    def _announce(self, name: NormalizedName) -> None:
        """List a new project among the projects, before its page lists anything: nobody would come back for that."""
        page = self.folder / name / "index.html"
        if not page.is_file():
            textfile.write_bytes(page, static.project_html(name, (), _href))
        self._write_root(name)

    def _describe(self, distribution: Distribution, siblings: Mapping[str, IndexFile]) -> IndexFile:
        """The entry of a file that lies in the folder; a wheel's metadata is laid beside it."""
        entry = static.entry(distribution, siblings)
        if entry.metadata:
            folder = self.folder / distribution.project
            textfile.write_bytes(folder / f"{distribution.filename}.metadata", entry.metadata)
        return entry.file

    def _write_root(self, name: NormalizedName) -> None:
        """The list of projects, when the project is not on it yet."""
        page = self.folder / "index.html"
        if page.is_file() and static.project_anchor(name).encode() in page.read_bytes():
            return
        with exclusive(self.folder / ".lock"):
            names = sorted(path.parent.name for path in self.folder.glob("*/index.html"))
            textfile.write_bytes(self.folder / "index.json", static.root_json(names))
            textfile.write_bytes(page, static.root_html(names))

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise IndexFailed(f"{self.name} {what}", why=f"{error.strerror}: {error.filename}") from error


def _belongs(filename: str, project: NormalizedName) -> bool:
    parsed = parse_filename(filename)
    return parsed is not None and parsed[1] == project


def _href(file: IndexFile) -> str:
    """Files lie beside their project's page."""
    return quote(file.filename)


def _copy(distribution: Distribution, folder: Path, progress: Progress | None) -> Path:
    """Copy it so that it is there in full or not at all. Raises `CheckFailed` when its bytes have changed."""
    temporary = folder / f".{distribution.filename}.tmp"
    digest = hashlib.sha256()
    done = 0
    with distribution.path.open("rb") as source, temporary.open("wb") as target:
        while block := source.read(BLOCK):
            digest.update(block)
            target.write(block)
            done += len(block)
            if progress is not None:
                progress(done, distribution.size)
        target.flush()
        os.fsync(target.fileno())
    if digest.hexdigest() != distribution.sha256:
        temporary.unlink()
        raise CheckFailed(f"{distribution.filename} was changed after it was built and checked")
    return temporary.replace(folder / distribution.filename)
