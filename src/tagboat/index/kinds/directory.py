"""The embedded index: a folder that pip and uv install from, as `file://` or behind any web server.

    <folder>/index.html, index.json                 the projects
    <folder>/<project>/index.html, index.json       the project's files (PEP 503 and 691, 592, 700, 714)
    <folder>/<project>/<file>, <wheel>.metadata

A project's index.html is the truth: what it does not list is not there, and it is written last and whole.
So a process that dies leaves at most files that nobody sees, and the next try writes them anew. Writers of
one project take turns by a lock file; readers need none.
"""

from __future__ import annotations

import hashlib
import html
import json
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
from tagboat.index.interface import IndexFile
from tagboat.index.metadata import read_metadata, requires_python
from tagboat.index.simple import parse_page, select
from tagboat.index.upload import refuse_other_bytes
from tagboat.lock import exclusive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from packaging.utils import NormalizedName
    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.index.interface import Progress
    from tagboat.index.reach import Reach

BLOCK = 1 << 20
API_VERSION = "1.1"  # the first with sizes; 1.0 could not say all that we know


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
            if found.sha256 != file.sha256:
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

    def objections(self, distributions: Sequence[Distribution]) -> Iterator[Problem]:  # noqa: ARG002
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
            for filename, file in select(files.values(), name, version).items():
                if filename in wanted:
                    files[filename] = replace(file, yanked=reason is not None, yanked_reason=reason or "")

    def _listed(self, name: NormalizedName) -> dict[str, IndexFile]:
        page = self.folder / name / "index.html"
        try:
            text = page.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        return select(parse_page("text/html", text, page.as_uri()), name, None)

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
                ordered = sorted(files.values(), key=_age)
                textfile.write_bytes(folder / "index.json", _project_json(name, ordered, folder))
                textfile.write_bytes(folder / "index.html", _project_html(name, ordered))
            for filename in before.keys() - files.keys():
                (folder / filename).unlink(missing_ok=True)
                (folder / f"{filename}.metadata").unlink(missing_ok=True)
        self._write_root(name)

    def _describe(self, distribution: Distribution, siblings: Mapping[str, IndexFile]) -> IndexFile:
        """The entry of a file that lies in the folder; a wheel's metadata is laid beside it.

        A file that joins a yanked version is yanked like the rest of it: installers would take to it else.
        """
        try:
            metadata = read_metadata(distribution)
        except CheckFailed:  # an odd file is none of the index's business
            metadata = b""
        version = select(siblings.values(), distribution.project, distribution.version).values()
        yanked = next((file for file in version if file.yanked), None)
        offered = distribution.kind == "wheel" and metadata
        if offered:
            textfile.write_bytes(self.folder / distribution.project / f"{distribution.filename}.metadata", metadata)
        return IndexFile(
            distribution.filename,
            url="",
            sha256=distribution.sha256,
            requires_python=requires_python(metadata),
            yanked=yanked is not None,
            yanked_reason=yanked.yanked_reason if yanked else "",
            metadata_sha256=hashlib.sha256(metadata).hexdigest() if offered else None,
        )

    def _write_root(self, name: NormalizedName) -> None:
        """The list of projects, when the project is not on it yet."""
        page = self.folder / "index.html"
        entry = _anchor(f"{name}/", name)
        if page.is_file() and entry.encode() in page.read_bytes():
            return
        with exclusive(self.folder / ".lock"):
            names = sorted(path.parent.name for path in self.folder.glob("*/index.html"))
            projects = {"meta": {"api-version": API_VERSION}, "projects": [{"name": each} for each in names]}
            textfile.write_bytes(self.folder / "index.json", json.dumps(projects, indent=1).encode())
            textfile.write_bytes(page, _html("Simple index", [_anchor(f"{each}/", each) for each in names]))

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise IndexFailed(f"{self.name} {what}", why=f"{error.strerror}: {error.filename}") from error


def _belongs(filename: str, project: NormalizedName) -> bool:
    parsed = parse_filename(filename)
    return parsed is not None and parsed[1] == project


def _age(file: IndexFile) -> tuple[Version, str]:
    parsed = parse_filename(file.filename)
    assert parsed is not None  # noqa: S101 - only distributions are listed
    return parsed[2], file.filename


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


def _project_json(name: str, files: list[IndexFile], folder: Path) -> bytes:
    versions = dict.fromkeys(str(_age(file)[0]) for file in files)
    page = {
        "meta": {"api-version": API_VERSION},
        "name": name,
        "versions": list(versions),
        "files": [_json_entry(file, folder) for file in files],
    }
    return json.dumps(page, indent=1).encode()


def _json_entry(file: IndexFile, folder: Path) -> dict[str, object]:
    entry: dict[str, object] = {
        "filename": file.filename,
        "url": quote(file.filename),
        "hashes": {"sha256": file.sha256},
        "size": (folder / file.filename).stat().st_size,
        "yanked": (file.yanked_reason or True) if file.yanked else False,
    }
    if file.requires_python:
        entry["requires-python"] = file.requires_python
    if file.metadata_sha256:
        entry["core-metadata"] = {"sha256": file.metadata_sha256}
    return entry


def _project_html(name: str, files: list[IndexFile]) -> bytes:
    return _html(f"Links for {name}", [_html_entry(file) for file in files])


def _html_entry(file: IndexFile) -> str:
    attributes = {}
    if file.requires_python:
        attributes["data-requires-python"] = file.requires_python
    if file.metadata_sha256:  # the old name is for pip before 23.2
        attributes["data-core-metadata"] = f"sha256={file.metadata_sha256}"
        attributes["data-dist-info-metadata"] = f"sha256={file.metadata_sha256}"
    if file.yanked:
        attributes["data-yanked"] = file.yanked_reason
    return _anchor(f"{quote(file.filename)}#sha256={file.sha256}", file.filename, attributes)


def _anchor(href: str, text: str, attributes: dict[str, str] | None = None) -> str:
    rest = "".join(f' {key}="{html.escape(value)}"' for key, value in (attributes or {}).items())
    return f'<a href="{html.escape(href)}"{rest}>{html.escape(text)}</a><br>'


def _html(title: str, lines: list[str]) -> bytes:
    head = (
        "<!DOCTYPE html>\n<html>\n<head>\n"
        '<meta charset="utf-8">\n<meta name="pypi:repository-version" content="1.0">\n'
        f"<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n"
    )
    return (head + "\n".join(lines) + "\n</body>\n</html>\n").encode()
