"""What every contract fake is built on: a strict server on 127.0.0.1.

A fake knows the requests of its contract and no others. An unknown path, verb or query key, and a field that is
missing or makes no sense, is answered with 500 and noted in `violations`; whoever started the fake fails the test
by `fake.checked()`. Every route tells its source: the server's own code, its specification or its documentation.
"""

from __future__ import annotations

import base64
import email.message
import email.parser
import hashlib
import html
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from packaging.utils import canonicalize_name
from tests.index.scripted import Asked, Reply, Scripted, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

F = TypeVar("F", bound="Fake")
Handler = "Callable[[Fake, Request], Reply]"


class Violation(Exception):  # noqa: N818 - said of the request
    """A request that the contract does not know."""


@dataclass(frozen=True)
class Request:
    """One request: `parts` is what the route's pattern found in the path, unquoted; `query` has one value a key."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    parts: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    @property
    def basic(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        user, _, password = base64.b64decode(value).decode().partition(":")
        return user, password

    @property
    def bearer(self) -> str | None:
        """The token of `Authorization: Bearer`."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value if scheme.lower() == "bearer" else None

    @property
    def json(self) -> object:
        """The body; a violation when it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Violation(f"{self.method} {self.path}: the body is no JSON") from error


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    query: frozenset[str]
    source: str
    answer: Callable[..., Reply]


@dataclass
class Upload:
    """The legacy upload form, taken apart and checked as every server does."""

    filename: str
    content: bytes
    fields: dict[str, list[str]]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def one(self, name: str) -> str:
        return self.fields[name][0]


def route(method: str, pattern: str, *, query: Iterable[str] = (), source: str) -> Callable[[Handler], Handler]:
    """A method of a fake that answers one kind of request; `query` names the keys that it may have."""

    def mark(answer: Handler) -> Handler:
        answer.route = Route(method, re.compile(pattern), frozenset(query), source, answer)  # type: ignore[attr-defined]
        return answer

    return mark


class Fake:
    """A server that keeps to its contract. Subclasses add routes; `files` is what it holds, by name."""

    routes: ClassVar[tuple[Route, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = [each.route for each in vars(cls).values() if hasattr(each, "route")]
        cls.routes = (*own, *cls.routes)

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.violations: list[str] = []
        self.asked: list[Asked] = []
        self.trouble: list[Reply | None] = []
        self.lock = threading.RLock()
        self.url = ""

    def __call__(self, asked: Asked) -> Reply | None:
        with self.lock:
            self.asked.append(asked)
            try:
                return self._answer(asked)
            except Violation as error:
                self.violations.append(str(error))
                return Reply(500, f"contract: {error}".encode(), {"Content-Type": "text/plain"})

    def _answer(self, asked: Asked) -> Reply | None:
        split = urlsplit(asked.path)
        for known in self.routes:
            found = known.pattern.fullmatch(split.path) if known.method == asked.method else None
            if found is None:
                continue
            given = parse_qs(split.query, keep_blank_values=True)
            if unknown := given.keys() - known.query:
                raise Violation(f"{asked.method} {split.path}: unknown query keys {sorted(unknown)}")
            if asked.method == "POST" and self.trouble:
                return self.trouble.pop(0)
            parts = {name: unquote(value) for name, value in found.groupdict().items() if value is not None}
            query = {name: values[0] for name, values in given.items()}
            request = Request(asked.method, split.path, asked.headers, asked.body, parts, query)
            return known.answer(self, request)
        raise Violation(f"{asked.method} {split.path}: no such path in the contract")

    def fail_next(self, *replies: Reply | None) -> None:
        """The next POSTs get these answers instead of their own; None hangs up without a word."""
        self.trouble += replies

    @contextmanager
    def serving(self: F) -> Iterator[F]:
        """Serve on 127.0.0.1, on a free port; afterwards every request must have kept to the contract."""
        with scripted(self) as server:
            self.url = server.url
            yield self
        self.checked()

    def checked(self) -> None:
        """Fail when a request broke the contract."""
        assert not self.violations, "\n".join(self.violations)

    def posts(self) -> list[Asked]:
        return [each for each in self.asked if each.method == "POST"]


def read_upload(request: Request, *, required: Iterable[str] = ()) -> Upload:
    """The upload form of a request, held against Warehouse's docs/user/api/upload.md."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise Violation(f"upload: the content type is {kind}")
    fields: dict[str, list[str]] = {}
    filename, content = "", b""
    for head, data in _parts(kind, request.body):
        name = str(head.get_param("name", header="content-disposition"))
        if name == "content":
            filename, content = head.get_filename() or "", data
        else:
            fields.setdefault(name, []).append(data.decode())
    for name in (
        ":action",
        "protocol_version",
        "filetype",
        "pyversion",
        "metadata_version",
        "name",
        "version",
        *required,
    ):
        if name not in fields:
            raise Violation(f"upload of {filename}: the field {name} is missing")
    if not filename or not content:
        raise Violation("upload: no file in it")
    if fields[":action"] != ["file_upload"] or fields["protocol_version"] != ["1"]:
        raise Violation("upload: not the file_upload of protocol 1")
    upload = Upload(filename, content, fields)
    if "sha256_digest" in fields and fields["sha256_digest"] != [upload.sha256]:
        raise Violation(f"upload of {filename}: sha256_digest is not that of the file")
    return upload


def _parts(kind: str, body: bytes) -> Iterator[tuple[email.message.Message, bytes]]:
    """The parts of a multipart body, head and content. A content is copied once, for it may be big."""
    boundary = email.parser.Parser().parsestr(f"Content-Type: {kind}\n\n").get_boundary()
    if not boundary:
        raise Violation("upload: the content type has no boundary")
    mark = f"--{boundary}".encode()
    at = body.find(mark)
    while at >= 0 and body[at + len(mark) : at + len(mark) + 2] == b"\r\n":
        start, end = body.find(b"\r\n\r\n", at) + 4, body.find(b"\r\n" + mark, at + len(mark))
        if start < 4 or end < start - 2:
            raise Violation("upload: a part without head or end")
        yield email.parser.BytesParser().parsebytes(body[at + len(mark) + 2 : start]), body[start:end]
        at = end + 2
    if at < 0 or body[at + len(mark) : at + len(mark) + 2] != b"--":
        raise Violation("upload: the form has no end")


def project_of(filename: str) -> str:
    """The normalised project of a distribution's file name."""
    stem = filename.split("-", maxsplit=1)[0] if filename.endswith(".whl") else filename.rpartition("-")[0]
    return canonicalize_name(stem)


def version_of(filename: str) -> str:
    """The version in a distribution's file name, as it is spelled there."""
    return filename.split("-")[1] if filename.endswith(".whl") else filename.rpartition("-")[2].removesuffix(".tar.gz")


def html_page(files: dict[str, bytes], href: str, *, algorithm: str = "sha256") -> Reply:
    """A PEP 503 page; `href` holds {name}. Without an algorithm it tells no hashes."""
    links = []
    for name, data in files.items():
        digest = f"#{algorithm}={hashlib.new(algorithm, data).hexdigest()}" if algorithm else ""
        links.append(f'<a href="{html.escape(href.format(name=name))}{digest}">{html.escape(name)}</a><br/>')
    body = f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>"
    return Reply(200, body.encode(), {"Content-Type": "text/html; charset=utf-8"})


def json_reply(status: int, data: object) -> Reply:
    return Reply(status, json.dumps(data).encode(), {"Content-Type": "application/json"})


def text_reply(status: int, text: str = "", reason: str | None = None) -> Reply:
    return Reply(status, text.encode(), {"Content-Type": "text/plain"}, reason)


__all__ = [
    "Asked",
    "Fake",
    "Reply",
    "Request",
    "Scripted",
    "Upload",
    "Violation",
    "html_page",
    "json_reply",
    "project_of",
    "read_upload",
    "route",
    "text_reply",
    "version_of",
]
