"""A static index in a bucket of S3-compatible storage, which pip and uv install from over plain HTTP.

    <prefix>index.json, index.html, <prefix>             the projects
    <prefix><project>/                                   the project's page: the truth
    <prefix><project>/index.html, index.json             made of it; the first is what a website shows for a folder
    <prefix><project>/<16 hex digits>/<file>, <wheel>.metadata

The page is one object that is replaced whole, and only while it is still the one that was read: so any number of
processes may publish at once, and no reader ever sees half a page. Every upload has a folder of its own, so its URL
stands for the same bytes for ever, and nobody deletes what somebody else has just sent. A process that dies leaves
at most files that no page lists; they are swept away a day later.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from packaging.utils import canonicalize_name

from tagboat.config.urls import check_urls
from tagboat.distribution import sha256_of
from tagboat.errors import Blocked, IndexFailed, Problem, TagboatError
from tagboat.index import static
from tagboat.index.bucket import LARGEST, LOGIN, Bucket
from tagboat.index.credentials import Login
from tagboat.index.credentials.aws import Aws
from tagboat.index.http import Client
from tagboat.index.kinds import KINDS
from tagboat.index.simple import JSON, Reader, select
from tagboat.index.upload import refuse_other_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from packaging.utils import NormalizedName
    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.distribution import Distribution
    from tagboat.index.interface import IndexFile, Progress
    from tagboat.index.reach import Reach

    Files = dict[str, IndexFile]
    Change = Callable[[Files], None]

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
ZIP, GZIP = "application/zip", "application/gzip"
PROBE = ".tagboat/"  # a key like those of the pages
LONG_DEAD = timedelta(days=1)


def open_index(config: IndexConfig, reach: Reach) -> S3Index:
    """The index of a configuration."""
    at, environ = config.at, reach.environ
    region = at.get("region") or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", "")
    endpoint = at.get("endpoint-url") or environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL", "")
    if endpoint and "endpoint-url" not in at:
        check_urls(replace(config, at={"endpoint-url": endpoint}, file="AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL"))
    transport = reach.transport(config)
    aws = Aws(environ, reach.around.home, region, endpoint, transport.ca_file)
    prefix = f"{stripped}/" if (stripped := at.get("prefix", "").strip("/")) else ""
    return S3Index(
        Bucket(config.name, at["bucket"], aws, transport.sleep),
        prefix,
        at.get("simple-url") or own_url(at["bucket"], region, endpoint) + quote(prefix),
        Client(config.name, (), Login(), transport),
        is_own_url="simple-url" not in at,
    )


def own_url(bucket: str, region: str, endpoint: str) -> str:
    """The URL of the bucket itself, which shows every object to whoever may read it."""
    if endpoint:
        return f"{endpoint.rstrip('/')}/{bucket}/"
    host = ".".join(part for part in ("s3", region, "amazonaws.com") if part)
    host += ".cn" if region.startswith("cn-") else ""
    # A certificate is for one name below the host, and a dot would make two of it.
    return f"https://{host}/{bucket}/" if "." in bucket else f"https://{bucket}.{host}/"


class S3Index:
    """A static index in a bucket. It yanks and deletes, and any number of processes may write to it at once."""

    def __init__(
        self,
        bucket: Bucket,
        prefix: str,
        simple_url: str,
        reader: Client,
        *,
        is_own_url: bool,
        long_dead: timedelta = LONG_DEAD,
    ) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.name = bucket.index
        self.simple_url = simple_url.rstrip("/") + "/"
        self.summary = f"{self.name} (the bucket {bucket.bucket}{f', {prefix}' if prefix else ''})"
        self.side_by_side = KINDS["s3"].side_by_side
        self._reader = reader
        self._is_own_url = is_own_url
        self._long_dead = long_dead

    def files(self, project: str, version: Version | None = None) -> Files:
        """What both of the project's pages list, read by the API; their second is the one that lags behind.

        So what died between the two is not there yet, and the next try completes it.
        """
        name = canonicalize_name(project)
        first, second = (self._files_on(self._page(name, end), name) for end in ("", "index.html"))
        return select((second[each] for each in first if each in second), name, version)

    def shown(self, project: str, version: Version | None = None) -> Files:
        """What people see: by way of another server, where one is in front of the bucket, which may keep old pages."""
        if self._is_own_url:
            return self.files(project, version)
        return Reader(self._reader, self.simple_url).files(project, version)

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """Send one file to a new place, then list it, unless it is listed by then."""
        name = distribution.project
        listed = self._truth(name, None).get(distribution.filename)
        if listed is not None:
            refuse_other_bytes(self.name, distribution, listed.sha256 or "")
            self._change(name, lambda _: None)
            return
        url = f"{self._base(name)}{secrets.token_hex(8)}/{quote(distribution.filename)}"
        self._send(distribution, url, progress)

        def add(files: Files) -> None:
            there = files.setdefault(distribution.filename, static.entry(distribution, files, url).file)
            if there.url != url:
                refuse_other_bytes(self.name, distribution, there.sha256 or "")

        try:
            self._change(name, add)
        finally:
            self._drop_unlisted(name, distribution.filename, url)

    def fetch(self, file: IndexFile, destination: Path) -> Path:
        """Download a listed file by the API."""
        partial = destination / f".{file.filename}.part"
        self.bucket.download(self._key(file.url), partial)
        sha256 = sha256_of(partial)
        if file.sha256 not in {None, sha256}:
            partial.unlink()
            raise IndexFailed(
                f"{self.name} hands out other bytes of {file.filename} than it lists",
                why=f"listed: sha256 {file.sha256}; in the bucket: sha256 {sha256}",
            )
        return partial.replace(destination / file.filename)

    def problems(self) -> Iterator[Problem]:
        """What keeps us from writing and others from installing; nothing is written for it."""
        try:
            if self.bucket.who() is None:
                yield Problem(f"no credential is known for {self.name}", next=LOGIN)
                return
            self.bucket.try_out(f"{self.prefix}{PROBE}")
            yield from self._unreadable()
        except TagboatError as error:
            yield Problem(error.what, error.why, error.next)

    def objections(self, distributions: Sequence[Distribution], *, by_rules: bool = True) -> Iterator[Problem]:  # noqa: ARG002 - the size is one of S3 itself
        """What is too large for one put, and other bytes under our names."""
        for each in distributions:
            listed = self.files(each.project, each.version).get(each.filename)
            try:
                refuse_other_bytes(self.name, each, (listed and listed.sha256) or each.sha256)
            except Blocked as error:
                yield Problem(error.what, error.why, error.next)
            if each.size > LARGEST:
                yield Problem(f"{self.name} takes no file of more than 5 GiB, and {each.filename} is one")

    def login_words(self) -> str:
        """The access key, which is no secret, and how boto3 came by it."""
        found = self.bucket.who()
        return f"with the access key {found[0]}, that boto3 found by {found[1]}" if found else "without a credential"

    def close(self) -> None:
        """Nothing was begun."""

    def install_environment(self) -> dict[str, str]:
        """No credential is sent to where people install from."""
        return self._reader.transport.install_environment(self.simple_url)

    def yank(self, project: str, version: Version, reason: str) -> None:
        """PEP 592. A file that is yanked already keeps its reason."""
        name = canonicalize_name(project)

        def mark(files: Files) -> None:
            offered = (file for file in select(files.values(), name, version).values() if not file.yanked)
            files.update(static.marked(offered, reason))

        self._change(name, mark)

    def unyank(self, project: str, version: Version, filenames: Iterable[str] | None = None) -> None:
        """PEP 592."""
        name, wanted = canonicalize_name(project), None if filenames is None else set(filenames)

        def unmark(files: Files) -> None:
            chosen = select(files.values(), name, version)
            files.update(static.marked((chosen[each] for each in chosen if wanted is None or each in wanted), None))

        self._change(name, unmark)

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Take the files off the pages, then out of the bucket."""
        name = canonicalize_name(project)
        listed = select(self._truth(name, None).values(), name, version)
        doomed = {listed[each].url for each in listed.keys() & set(filenames)}

        def drop(files: Files) -> None:
            for file in list(files.values()):
                if file.url in doomed:
                    del files[file.filename]

        self._change(name, drop)
        self.bucket.remove(self._keys(doomed))

    def _drop_unlisted(self, name: NormalizedName, filename: str, url: str) -> None:
        """Remove what we sent when somebody else's file is listed in its stead; with no answer it stays as it is."""
        with suppress(IndexFailed):
            listed = self._truth(name, None).get(filename)
            if listed is not None and listed.url != url:
                self.bucket.remove(self._keys([url]))

    def _send(self, distribution: Distribution, url: str, progress: Progress | None) -> None:
        """The file and what lies beside it; nobody is told of them yet."""
        key = self._key(url)
        if metadata := static.entry(distribution, {}).metadata:
            self.bucket.put(f"{key}.metadata", metadata, TEXT)
        self.bucket.send(key, distribution, GZIP if key.endswith(".gz") else ZIP, progress)

    def _change(self, name: NormalizedName, change: Change) -> None:
        """Change what the project's page lists, then bring everything up to date that is made of it.

        A copy is made again until it is that of the page as it is then: whoever else changes the page does
        the same, so the last page is what the copies end up with.
        """

        def after(body: bytes | None) -> Files:
            files = self._truth(name, body)
            change(files)
            return files

        def changed(body: bytes | None) -> bytes:
            return static.project_html(name, after(body).values(), self._href(name))

        if not self._held(self._page(name)) and not after(None):  # no page for a project that nobody published
            return
        self.bucket.settle(self._page(name), HTML, changed)
        self._copy(self._page(name, "index.html"), HTML, lambda _: self._held(self._page(name)))
        self._copy(self._page(name, "index.json"), JSON, lambda _: self._project_json(name))
        self._enlist(name)
        self._sweep(name)

    def _copy(self, key: str, content_type: str, make: Callable[[bytes | None], bytes]) -> None:
        while self.bucket.settle(key, content_type, make):
            pass

    def _enlist(self, name: NormalizedName) -> None:
        """Put the project on the pages of all projects."""
        root = f"{self.prefix}index.json"

        def add(body: bytes | None) -> bytes:
            return static.root_json(sorted({*static.names_in(body), name} if body else {name}))

        self.bucket.settle(root, JSON, add)
        for key in {f"{self.prefix}index.html", self.prefix} - {""}:
            self._copy(key, HTML, lambda _: static.root_html(static.names_in(self._held(root))))

    def _sweep(self, name: NormalizedName) -> None:
        """Remove what nobody can be about to list any more."""
        old = datetime.now(timezone.utc) - self._long_dead
        place = re.compile(re.escape(self._page(name)) + "[0-9a-f]{16}/[^/]+")
        lying = [each.key for each in self.bucket.listing(self._page(name)) if each.modified < old]
        if lying:
            listed = set(self._keys(file.url for file in self._truth(name, None).values()))
            self.bucket.remove(key for key in lying if place.fullmatch(key) and key not in listed)

    def _project_json(self, name: NormalizedName) -> bytes:
        sizes = {each.key: each.size for each in self.bucket.listing(self._page(name))}
        files = self._truth(name, None).values()
        sized = [replace(file, size=sizes.get(self._key(file.url))) for file in files]
        return static.project_json(name, sized, self._href(name))

    def _truth(self, name: NormalizedName, body: bytes | None) -> Files:
        """What the project's page lists (`body` when it was read before).

        In a bucket that another tool filled, the page may be there under its other name only.
        """
        if body is None and not (body := self._held(self._page(name))):
            return self._files_on(self._page(name, "index.html"), name)
        return self._parsed(body, name)

    def _files_on(self, key: str, name: NormalizedName) -> Files:
        return self._parsed(self._held(key), name)

    def _parsed(self, body: bytes, name: NormalizedName) -> Files:
        return static.listed_on(body, self._base(name), name, self.name)

    def _held(self, key: str) -> bytes:
        held = self.bucket.read(key)
        return held.body if held else b""

    def _unreadable(self) -> Iterator[Problem]:
        """Whether anybody can install from here, by asking as they would."""
        there = bool(self._held(f"{self.prefix}index.json"))
        answer = self._reader.get(f"{self.simple_url}{'index.json' if there else PROBE}")
        where = f"simple-url in [tool.tagboat.index.{self.name}]"
        if answer.status == 0:
            yield Problem(f"{self.simple_url} cannot be reached", answer.explain(), f"Look at {where}.")
        elif self._is_own_url and (answer.status in {401, 403} if there else self.bucket.is_private()):
            yield Problem(
                f"installers cannot read {self.name}: the bucket {self.bucket.bucket} is private",
                why=f"pip and uv bring no credential to {self.simple_url}",
                next=f"Let everybody read it, or name what people install from as {where}.",
            )
        elif there and answer.status == 404:
            yield Problem(
                f"{self.simple_url} does not show what is in the bucket {self.bucket.bucket}",
                next=f"Look at prefix and at {where}.",
            )

    def _page(self, name: NormalizedName, end: str = "") -> str:
        return f"{self.prefix}{name}/{end}"

    def _base(self, name: NormalizedName) -> str:
        return f"{self.simple_url}{name}/"

    def _href(self, name: NormalizedName) -> Callable[[IndexFile], str]:
        return partial(_relative, self._base(name))

    def _key(self, url: str) -> str:
        return self.prefix + unquote(url.removeprefix(self.simple_url))

    def _keys(self, urls: Iterable[str]) -> list[str]:
        """Files and what lies beside them."""
        return [key + end for key in map(self._key, urls) for end in ("", ".metadata")]


def _relative(base: str, file: IndexFile) -> str:
    return file.url.removeprefix(base)
