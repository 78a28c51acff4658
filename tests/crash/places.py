"""The indexes of the crash suites: read by other code than tagboat's, and put back between two crashes."""

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

NAME, FOREIGN = "demo-pkg", "someone-elses"
LINK = re.compile(r'<a href="([^"#]+)#sha256=(\w+)"([^>]*)>')
YANKED = re.compile(r'data-yanked="([^"]*)"')

Listing = dict[str, tuple[str, "str | None"]]
"""Of every file on an index its SHA-256, and why it is yanked (None: it is not)."""


class Place(Protocol):
    """One index, under the name `local` in the project's configuration."""

    settings: str
    environ: dict[str, str]

    def listing(self, folder: Path) -> Listing:
        """What the index of the project in `folder` lists."""
        ...

    def restore(self, listing: Listing) -> None:
        """Make it list this again."""
        ...

    def open(self, folder: Path) -> Index:
        """As tagboat sees it."""
        ...


class Folder:
    """The directory index: a folder beside the project, which is copied together with it."""

    settings = 'kind = "directory"\npath = "../index"\n'

    def __init__(self) -> None:
        self.environ: dict[str, str] = {}

    def listing(self, folder: Path) -> Listing:
        found: Listing = {}
        for page in sorted((folder / "index").glob("*/index.html")):
            for name, sha256, attributes in LINK.findall(page.read_text(encoding="utf-8")):
                yanked = YANKED.search(attributes)
                found[name] = sha256, unescape(yanked[1]) if yanked else None
        return found

    def restore(self, listing: Listing) -> None:
        """A copy is fresh."""

    def open(self, folder: Path) -> Index:
        return open_index(IndexConfig("local", "directory", {"path": "index"}), root=folder, environ={})


class Devpi:
    """An index of its own on a devpi-server."""

    def __init__(self, server: DevpiServer, name: str, kept: Path) -> None:
        self.server = server
        self.url = server.new_index(name)
        self.settings = f'kind = "devpi"\nurl = "{self.url}"\n'
        self.environ = {"DEVPI_TOKEN": server.password}
        self.kept = kept

    def listing(self, folder: Path) -> Listing:
        found: Listing = {}
        for file in self._files():
            found[file["filename"]] = file["hashes"]["sha256"], None
            path = self.kept / file["hashes"]["sha256"] / file["filename"]
            if not path.exists():  # whatever was ever there can be put back
                path.parent.mkdir(parents=True, exist_ok=True)
                with urllib.request.urlopen(file["url"], timeout=30) as answer:
                    path.write_bytes(answer.read())
        return found

    def restore(self, listing: Listing) -> None:
        index = self.open(Path())
        there = self.listing(Path())
        for file in self._files():
            if there[file["filename"]] != listing.get(file["filename"]):
                path = file["url"].removeprefix(f"{self.server.url}/").partition("#")[0]
                self.server.request("DELETE", f"{path}?force")
        for name, (sha256, _) in listing.items():
            if there.get(name) != listing[name]:
                index.upload(Distribution.from_file(self.kept / sha256 / name))

    def open(self, folder: Path) -> Index:
        return open_index(IndexConfig("local", "devpi", {"url": self.url}), root=Path(), environ=self.environ)

    def _files(self) -> list[dict[str, Any]]:
        return [file for project in (NAME, FOREIGN) for file in self._page(project)]

    def _page(self, project: str) -> list[dict[str, Any]]:
        accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
        page = f"{self.url}+simple/{project}/"
        try:
            with urllib.request.urlopen(urllib.request.Request(page, headers=accept), timeout=30) as answer:
                files = json.loads(answer.read())["files"]
                return [{**file, "url": urljoin(page, file["url"])} for file in files]
        except urllib.error.HTTPError as error:
            error.close()
            return []
