"""The indexes of the crash suites: read by other code than tagboat's, and put back between two crashes.

Each has a second one beside it, `prod`, to promote to; its files are listed as `prod/…`.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin

from tagboat.config import IndexConfig
from tagboat.distribution import Distribution
from tagboat.index import open_index

if TYPE_CHECKING:
    from tests.servers import DevpiServer

    from tagboat.index import Index

PREFIXES = {"local": "", "prod": "prod/"}
NAME, FOREIGN = "demo-pkg", "someone-elses"
LINK = re.compile(r'<a href="([^"#]+)#sha256=(\w+)"([^>]*)>')
YANKED = re.compile(r'data-yanked="([^"]*)"')

Listing = dict[str, tuple[str, "str | None"]]
"""Of every file on an index its SHA-256, and why it is yanked (None: it is not)."""


class Place(Protocol):
    """Two indexes, under the names `local` and `prod` in the project's configuration."""

    settings: dict[str, str]
    environ: dict[str, str]

    def listing(self, folder: Path) -> Listing:
        """What the index of the project in `folder` lists."""
        ...

    def restore(self, listing: Listing) -> None:
        """Make it list this again."""
        ...

    def open(self, folder: Path, name: str = "local") -> Index:
        """As tagboat sees one of them."""
        ...


class Folder:
    """The directory index: folders beside the project, which are copied together with it."""

    folders = {"local": "index", "prod": "prod"}  # noqa: RUF012
    settings = {name: f'kind = "directory"\npath = "../{path}"\n' for name, path in folders.items()}  # noqa: RUF012

    def __init__(self) -> None:
        self.environ: dict[str, str] = {}

    def listing(self, folder: Path) -> Listing:
        found: Listing = {}
        for index, path in self.folders.items():
            for page in sorted((folder / path).glob("*/index.html")):
                for name, sha256, attributes in LINK.findall(page.read_text(encoding="utf-8")):
                    yanked = YANKED.search(attributes)
                    found[PREFIXES[index] + name] = sha256, unescape(yanked[1]) if yanked else None
        return found

    def restore(self, listing: Listing) -> None:
        """A copy is fresh."""

    def open(self, folder: Path, name: str = "local") -> Index:
        return open_index(IndexConfig(name, "directory", {"path": self.folders[name]}), root=folder, environ={})


class Devpi:
    """Two indexes of their own on a devpi-server."""

    def __init__(self, server: DevpiServer, name: str, kept: Path) -> None:
        self.server = server
        self.urls = {"local": server.new_index(name), "prod": server.new_index(f"{name}-prod")}
        self.settings = {index: f'kind = "devpi"\nurl = "{url}"\n' for index, url in self.urls.items()}
        self.environ = {"DEVPI_TOKEN": server.password}
        self.kept = kept

    def listing(self, folder: Path) -> Listing:
        found: Listing = {}
        for name, file in self._files():
            found[name] = file["hashes"]["sha256"], None
            path = self.kept / file["hashes"]["sha256"] / file["filename"]
            if not path.exists():  # whatever was ever there can be put back
                path.parent.mkdir(parents=True, exist_ok=True)
                with urllib.request.urlopen(file["url"], timeout=30) as answer:
                    path.write_bytes(answer.read())
        return found

    def restore(self, listing: Listing) -> None:
        there = self.listing(Path())
        for name, file in self._files():
            if there[name] != listing.get(name):
                path = file["url"].removeprefix(f"{self.server.url}/").partition("#")[0]
                self.server.request("DELETE", f"{path}?force")
        for name, (sha256, _) in listing.items():
            if there.get(name) != listing[name]:
                index, _, filename = name.rpartition("/")
                self.open(Path(), index or "local").upload(Distribution.from_file(self.kept / sha256 / filename))

    def open(self, folder: Path, name: str = "local") -> Index:
        return open_index(IndexConfig(name, "devpi", {"url": self.urls[name]}), root=Path(), environ=self.environ)

    def _files(self) -> list[tuple[str, dict[str, Any]]]:
        return [
            (PREFIXES[index] + file["filename"], file)
            for index, url in self.urls.items()
            for project in (NAME, FOREIGN)
            for file in self._page(url, project)
        ]

    def _page(self, url: str, project: str) -> list[dict[str, Any]]:
        accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
        page = f"{url}+simple/{project}/"
        try:
            with urllib.request.urlopen(urllib.request.Request(page, headers=accept), timeout=30) as answer:
                files = json.loads(answer.read())["files"]
                return [{**file, "url": urljoin(page, file["url"])} for file in files]
        except urllib.error.HTTPError as error:
            error.close()
            return []
