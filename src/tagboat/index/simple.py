"""Reading a project's page of the simple repository API.

PEP 691 (JSON) is asked for first, PEP 503 (HTML) is understood; with PEP 592 (yanked), 700 (sizes) and
714 (core metadata). The reader is our own because importing the ready-made library takes half a second;
the tests hold this one against it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.utils import canonicalize_name

from tagboat.distribution import parse_filename
from tagboat.errors import IndexFailed
from tagboat.index.interface import IndexFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from packaging.version import Version

    from tagboat.index.answer import Answer
    from tagboat.index.http import Client

# Never "latest": some servers answer that with a broken content type.
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
JSON = "application/vnd.pypi.simple.v1+json"
HTML = frozenset({"text/html", "application/vnd.pypi.simple.v1+html"})
# What a sign-in or error page has and a page of links has not.
FOREIGN = frozenset({"form", "input", "script", "iframe"})


class NotASimplePage(ValueError):  # noqa: N818 - said of the page, and never leaves this module's callers
    """Whatever this is, it is not a project's page."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its index sees it: every version, also one without files (PEP 700), and its status (PEP 792)."""

    versions: frozenset[str] = frozenset()
    status: str = ""


def not_found(answer: Answer) -> bool:
    """What nearly every index says of a project that it does not know."""
    return answer.status == 404


class Reader:
    """Reads projects' pages below `simple_url` and downloads the files on them.

    `absent` tells the answers that mean: no such project. With `stay`, a redirect to another server is such an
    answer or an error, and never followed.
    """

    def __init__(
        self, client: Client, simple_url: str, *, absent: Callable[[Answer], bool] = not_found, stay: bool = False
    ) -> None:
        self.client = client
        self.simple_url = simple_url.rstrip("/") + "/"
        self._absent = absent
        self._stay = stay

    def files(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """What `Index.files` promises."""
        name = canonicalize_name(project)
        answer = self.client.get(f"{self.simple_url}{name}/", ACCEPT, stay=self._stay)
        if self._absent(answer):
            return {}
        if answer.status != 200:
            raise self.client.failed(
                f"{self.client.name} cannot be read: its page of {name}", answer, next=_away(answer)
            )
        try:
            return select(parse_page(answer.content_type, answer.text, answer.url), name, version)
        except NotASimplePage as error:
            raise IndexFailed(
                f"{self.client.name} cannot be read: its page of {name} is no index page",
                why=f"{urlsplit(answer.url).hostname} answered with {error}.",
                next="Look whether a proxy or a sign-in page is in between, and whether the index URL is right.",
            ) from error

    def project(self, project: str) -> Project:
        """What the page says of the project as a whole; nothing where the index has no JSON or no such page."""
        answer = self.client.get(f"{self.simple_url}{canonicalize_name(project)}/", JSON, stay=self._stay)
        try:
            data = json.loads(answer.text) if answer.status == 200 and answer.content_type == JSON else {}
            versions, status = data.get("versions", []), data.get("project-status", {})
            return Project(frozenset(map(str, versions)), str(status.get("status", "")))
        except (AttributeError, TypeError, ValueError):
            return Project()

    def fetch(self, file: IndexFile, destination: Path) -> Path:
        """What `Index.fetch` promises."""
        partial = destination / f".{file.filename}.part"
        sha256 = self.client.download(file.url, partial)
        if file.sha256 not in {None, sha256}:
            partial.unlink()
            raise IndexFailed(
                f"{self.client.name} hands out other bytes of {file.filename} than it lists",
                why=f"listed: sha256 {file.sha256}; downloaded: sha256 {sha256}",
            )
        return partial.replace(destination / file.filename)


def _away(answer: Answer) -> str:
    """Where a redirect leads that was not followed."""
    if not answer.is_redirect:
        return ""
    host = urlsplit(answer.headers.get("location", "")).hostname
    return f"It sends us to {host}, which is another server. Look whether a sign-in page is in between."


def parse_page(content_type: str, text: str, url: str) -> Iterator[IndexFile]:
    """The files on a page that was found at `url`, in its order. Raises `NotASimplePage`."""
    if content_type == JSON:
        return _parse_json(text, url)
    if content_type in HTML:
        return _parse_html(text, url)
    raise NotASimplePage(f"the content type {content_type or '(none)'}")


def select(files: Iterable[IndexFile], project: str, version: Version | None) -> dict[str, IndexFile]:
    """Files of that project (and version) by name; names that are no distribution's are passed over.

    Of several files with one name the first counts, as it does for installers.
    """
    found: dict[str, IndexFile] = {}
    for file in files:
        parsed = parse_filename(file.filename)
        if parsed and parsed[1] == project and version in {None, parsed[2]}:
            found.setdefault(file.filename, file)
    return found


def _parse_json(text: str, url: str) -> Iterator[IndexFile]:
    try:
        data = json.loads(text)
        version = str(data["meta"]["api-version"])
        if version.partition(".")[0] != "1":
            raise NotASimplePage(f"version {version} of the simple API, which tagboat does not know")
        return iter([_json_file(entry, url) for entry in data["files"]])
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise NotASimplePage("JSON that is not of the simple API") from error


def _json_file(entry: Mapping[str, object], url: str) -> IndexFile:
    yanked = entry.get("yanked", False)
    return IndexFile(
        filename=str(entry["filename"]),
        url=urldefrag(urljoin(url, str(entry["url"])))[0],
        sha256=_sha256(entry["hashes"]),
        size=entry["size"] if isinstance(entry.get("size"), int) else None,  # type: ignore[arg-type]
        requires_python=str(entry["requires-python"]) if entry.get("requires-python") else None,
        yanked=yanked is not False and yanked is not None,
        yanked_reason=yanked if isinstance(yanked, str) else "",
        metadata_sha256=_sha256(entry.get("core-metadata") or entry.get("dist-info-metadata")),
        uploaded=_time(entry.get("upload-time")),
    )


def _time(text: object) -> datetime | None:
    """A time of PEP 700, which is always in UTC."""
    from datetime import datetime, timezone

    try:
        return datetime.fromisoformat(str(text).removesuffix("Z")).replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def _sha256(hashes: object) -> str | None:
    value = hashes.get("sha256") if isinstance(hashes, dict) else None
    return value.lower() if isinstance(value, str) else None


def _parse_html(text: str, url: str) -> Iterator[IndexFile]:
    reader = _HtmlReader(url)
    reader.feed(text)
    reader.close()
    if reader.api_version.partition(".")[0] != "1":
        raise NotASimplePage(f"version {reader.api_version} of the simple API, which tagboat does not know")
    if reader.is_foreign and not any(parse_filename(file.filename) for file in reader.files):
        raise NotASimplePage("a page made for people, without a link to any distribution")
    return iter(reader.files)


class _HtmlReader(HTMLParser):
    """Collects the anchors of a PEP 503 page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.files: list[IndexFile] = []
        self.api_version = "1.0"
        self.is_foreign = False
        self._base = url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.is_foreign |= tag in FOREIGN
        if tag == "base":
            self._base = urljoin(self._base, values.get("href") or "")
        elif tag == "meta" and values.get("name") == "pypi:repository-version":
            self.api_version = values.get("content") or ""
        elif tag == "a" and values.get("href"):
            self.files.append(self._file(values))

    def _file(self, values: dict[str, str | None]) -> IndexFile:
        url, fragment = urldefrag(urljoin(self._base, (values["href"] or "").strip()))
        return IndexFile(
            filename=unquote(urlsplit(url).path.rpartition("/")[2]),
            url=url,
            sha256=_digest(fragment),
            requires_python=values.get("data-requires-python"),
            yanked="data-yanked" in values,
            yanked_reason=values.get("data-yanked") or "",
            metadata_sha256=_digest(values.get("data-core-metadata") or values.get("data-dist-info-metadata") or ""),
        )


def _digest(text: str) -> str | None:
    """The value of `sha256=…`, which may stand among other parts of a fragment."""
    for part in text.split("&"):
        algorithm, _, value = part.partition("=")
        if algorithm == "sha256" and value:
            return value.lower()
    return None
