"""A project, its remote, its index, and things of other people beside it: made once, copied for every crash."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tests.e2e.sandbox import clean_environ, make_sandbox
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers import DevpiServer

EFFECTS = Path(__file__).with_name("effects.py")
NAME, NEW, TAG = "demo-pkg", "0.2.0", "v0.2.0"
FOREIGN = "someone-elses"
LINK = re.compile(r'<a href="[^"]*?([^"/#]+)#sha256=(\w+)"([^>]*)>')
YANKED = re.compile(r'data-yanked(?:="([^"]*)")?')

Listing = dict[str, tuple[str, "str | None"]]
"""File name -> SHA-256, and why it was yanked (None: it was not), of every project on an index."""


class Place(Protocol):
    """An index as the crash suites need it, read by other code than tagboat's."""

    config: str

    def environ(self) -> dict[str, str]: ...
    def listing(self, folder: Path) -> Listing: ...
    def restore(self, listing: Listing) -> None: ...


class Folder:
    """The directory index beside the project: it is copied along with everything else."""

    config = 'kind = "directory"\npath = "../index"\n'

    def environ(self) -> dict[str, str]:
        return {}

    def listing(self, folder: Path) -> Listing:
        found: Listing = {}
        for project in (NAME, FOREIGN):
            page = folder / "index" / project / "index.html"
            found |= parse_page(page.read_text(encoding="utf-8")) if page.exists() else {}
        return found

    def restore(self, listing: Listing) -> None:
        pass


class Devpi:
    """An index of its own on a devpi-server, put back to what it held before every crash."""

    def __init__(self, server: DevpiServer, name: str, files: Path) -> None:
        self.url = server.new_index(name)
        self.server = server
        self.files = files  # every file that ever was on it: to be uploaded again
        self.files.mkdir(parents=True, exist_ok=True)
        self.config = f'kind = "devpi"\nurl = "{self.url}"\n'

    def environ(self) -> dict[str, str]:
        return {"DEVPI_TOKEN": self.server.password}

    def listing(self, folder: Path) -> Listing:
        found: Listing = {}
        for project in (NAME, FOREIGN):
            for file in self._page(project):
                found[file["filename"]] = file["hashes"]["sha256"], None
        return found

    def keep(self) -> None:
        """Download what is there, for `restore`."""
        for project in (NAME, FOREIGN):
            for file in self._page(project):
                path = self.files / f"{file['hashes']['sha256']}" / file["filename"]
                if not path.exists():
                    path.parent.mkdir(exist_ok=True)
                    with urllib.request.urlopen(file["url"], timeout=30) as answer:
                        path.write_bytes(answer.read())

    def restore(self, listing: Listing) -> None:
        there = self.listing(Path())
        for project in (NAME, FOREIGN):
            for file in self._page(project):
                if there[file["filename"]] != listing.get(file["filename"]):
                    self.server.request("DELETE", file["url"].partition("#")[0].removeprefix(self.server.url + "/") + "?force")
        for name, (sha256, _) in listing.items():
            if there.get(name) != listing[name]:
                self._upload(self.files / sha256 / name)

    def _upload(self, path: Path) -> None:
        from tagboat.distribution import Distribution
        from tagboat.index import open_index
        from tagboat.config import IndexConfig

        config = IndexConfig("local", "devpi", url=self.url)
        index = open_index(config, root=Path(), environ={**self.environ(), "HOME": "/nowhere"})
        index.upload(Distribution.from_file(path))

    def _page(self, project: str) -> list[dict[str, dict[str, str]]]:
        request = urllib.request.Request(
            f"{self.url}+simple/{project}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())["files"]
        except urllib.error.HTTPError as error:
            error.close()
            return []
