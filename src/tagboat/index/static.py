"""The pages of an index that is nothing but files: PEP 503, 592, 691, 700 and 714, made of values.

A project's HTML page is the truth of such an index: what it does not list is not there.
"""

from __future__ import annotations

import hashlib
import html
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tagboat.distribution import parse_filename
from tagboat.errors import CheckFailed, IndexFailed
from tagboat.index.interface import IndexFile
from tagboat.index.metadata import read_metadata, requires_python
from tagboat.index.simple import NotASimplePage, parse_page, select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from packaging.utils import NormalizedName
    from packaging.version import Version

    from tagboat.distribution import Distribution

    Href = Callable[[IndexFile], str]
    """Where a file lies, as the project's page says it."""

API_VERSION = "1.1"  # the first with sizes; 1.0 could not say all that we know


@dataclass(frozen=True, slots=True)
class Entry:
    """What a page is to say of a new file, and what has to lie beside it: the wheel's own metadata, or nothing."""

    file: IndexFile
    metadata: bytes


def entry(distribution: Distribution, siblings: Mapping[str, IndexFile], url: str = "") -> Entry:
    """The entry of a distribution.

    A file that joins a yanked version is yanked like the rest of it: installers would take to it else.
    """
    try:
        metadata = read_metadata(distribution)
    except CheckFailed:  # an odd file is none of the index's business
        metadata = b""
    version = select(siblings.values(), distribution.project, distribution.version).values()
    yanked = next((file for file in version if file.yanked), None)
    offered = metadata if distribution.kind == "wheel" else b""
    file = IndexFile(
        distribution.filename,
        url=url,
        sha256=distribution.sha256,
        requires_python=requires_python(metadata),
        yanked=yanked is not None,
        yanked_reason=yanked.yanked_reason if yanked else "",
        metadata_sha256=hashlib.sha256(offered).hexdigest() if offered else None,
    )
    return Entry(file, offered)


def listed_on(page: bytes, url: str, name: NormalizedName, index: str) -> dict[str, IndexFile]:
    """The files on a project's page. Raises `IndexFailed` for a page that somebody else made for something else."""
    try:
        return select(parse_page("text/html", page.decode(), url), name, None)
    except ValueError as error:
        raise IndexFailed(
            f"{index} cannot be read: its page of {name} is no index page",
            why=f"It is {error}." if isinstance(error, NotASimplePage) else "It is not in UTF-8.",
            next=f"Another website may lie there. Look at {url}.",
        ) from error


def marked(files: Iterable[IndexFile], reason: str | None) -> dict[str, IndexFile]:
    """The files, by name, yanked for a reason; None takes the mark off."""
    return {file.filename: replace(file, yanked=reason is not None, yanked_reason=reason or "") for file in files}


def project_html(name: str, files: Iterable[IndexFile], href: Href) -> bytes:
    """The page of a project for every installer."""
    return _html(f"Links for {name}", [_html_entry(file, href(file)) for file in _ordered(files)])


def project_json(name: str, files: Iterable[IndexFile], href: Href) -> bytes:
    """The same as JSON, with the sizes, which HTML has no place for."""
    ordered = _ordered(files)
    page = {
        "meta": {"api-version": API_VERSION},
        "name": name,
        "versions": list(dict.fromkeys(str(_age(file)[0]) for file in ordered)),
        "files": [_json_entry(file, href(file)) for file in ordered],
    }
    return json.dumps(page, indent=1).encode()


def root_html(names: Iterable[str]) -> bytes:
    """The page of all projects."""
    return _html("Simple index", [project_anchor(name) for name in names])


def root_json(names: Iterable[str]) -> bytes:
    """The same as JSON."""
    projects = {"meta": {"api-version": API_VERSION}, "projects": [{"name": each} for each in names]}
    return json.dumps(projects, indent=1).encode()


def project_anchor(name: str) -> str:
    """How a project stands on the page of all."""
    return _anchor(f"{name}/", name)


def names_in(root: bytes) -> list[str]:
    """The projects that `root_json` was made of."""
    return [str(each["name"]) for each in json.loads(root)["projects"]]


def _ordered(files: Iterable[IndexFile]) -> list[IndexFile]:
    return sorted(files, key=_age)


def _age(file: IndexFile) -> tuple[Version, str]:
    parsed = parse_filename(file.filename)
    assert parsed is not None  # noqa: S101 - only distributions are listed
    return parsed[2], file.filename


def _json_entry(file: IndexFile, href: str) -> dict[str, object]:
    entry: dict[str, object] = {
        "filename": file.filename,
        "url": href,
        "hashes": {"sha256": file.sha256} if file.sha256 else {},
        "yanked": (file.yanked_reason or True) if file.yanked else False,
    }
    if file.size is not None:
        entry["size"] = file.size
    if file.requires_python:
        entry["requires-python"] = file.requires_python
    if file.metadata_sha256:
        entry["core-metadata"] = {"sha256": file.metadata_sha256}
    return entry


def _html_entry(file: IndexFile, href: str) -> str:
    attributes = {}
    if file.requires_python:
        attributes["data-requires-python"] = file.requires_python
    if file.metadata_sha256:  # the old name is for pip before 23.2
        attributes["data-core-metadata"] = f"sha256={file.metadata_sha256}"
        attributes["data-dist-info-metadata"] = f"sha256={file.metadata_sha256}"
    if file.yanked:
        attributes["data-yanked"] = file.yanked_reason
    digest = f"#sha256={file.sha256}" if file.sha256 else ""
    return _anchor(f"{href}{digest}", file.filename, attributes)


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
