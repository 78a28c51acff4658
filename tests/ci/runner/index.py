"""The indexes that jobs see: a warehouse that also has what tools and build back ends are installed from."""

from __future__ import annotations

import json
import zipfile
from email.parser import BytesParser
from functools import cache, cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name, parse_wheel_filename
from tests.index.fakes.contract import Reply, html_page, json_reply, project_of, route, text_reply, version_of
from tests.index.fakes.warehouse import JSON, GitHub, Publisher, Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.index.fakes.contract import Asked, Request


class Shelf:
    """A folder of wheels by project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def wheels(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for path in sorted(self.folder.glob("*.whl")):
            found.setdefault(canonicalize_name(parse_wheel_filename(path.name)[0]), []).append(path)
        return found

    def entries(self, project: str, url: str) -> list[dict[str, object]]:
        """The files of a project, as the simple API lists them."""
        return [_entry(path, url) for path in self.wheels.get(project, ())]


class PackageIndex(Warehouse):
    """Warehouse, with the wheels of a shelf for projects that nobody uploaded here."""

    def __init__(self, github: GitHub, publisher: Publisher, shelf: Shelf) -> None:
        super().__init__(github, publisher)
        self.shelf = shelf
        self.refusals: list[Reply] = []
        self.after_first: list[Reply] = []
        self.lag = 0

    def _answer(self, asked: Asked) -> Reply | None:
        """As Warehouse, but the next uploads get what is in `refusals`, or once a file is there, in `after_first`."""
        if asked.path == "/legacy/":
            waiting = self.refusals or (self.after_first if self.held else [])
            if waiting:
                return waiting.pop(0)
        return super()._answer(asked)

    @route("GET", r"/simple/(?P<project>[a-z0-9-]+)/", source="as Warehouse.page")
    def page(self, request: Request) -> Reply:
        project = request.parts["project"]
        entries = self.shelf.entries(project, self.url) if project not in self.projects else []
        if not entries:
            return self._late(project) or super().page(request)
        body = {"meta": {"api-version": "1.4"}, "name": project, "files": entries}
        if JSON in request.headers.get("accept", ""):
            kept = {} if project == "tagboat" else {"Cache-Control": "max-age=600, public"}  # ours is built anew
            return Reply(200, json.dumps(body).encode(), {"Content-Type": JSON, **kept})
        wheels = {path.name: path.read_bytes() for path in self.shelf.wheels[project]}
        return html_page(wheels, f"{self.url}/files/{{name}}")

    def _late(self, project: str) -> Reply | None:
        """The page of a project as if nothing were there yet, `lag` times after the first upload."""
        if not self.lag or not any(project_of(name) == project for name in self.held):
            return None
        self.lag -= 1
        return text_reply(404, "404 Not Found")

    @route("GET", r"/pypi/(?P<project>[^/]+)/json", source="docs JSON API; twine asks it with --skip-existing")
    def project_json(self, request: Request) -> Reply:
        project = canonicalize_name(request.parts["project"])
        releases: dict[str, list[dict[str, str]]] = {}
        for name in self.held:
            if project_of(name) == project:
                releases.setdefault(version_of(name), []).append({"filename": name})
        if not releases:
            return json_reply(404, {"message": "Not Found"})
        return json_reply(200, {"info": {"name": project}, "releases": releases})

    @route("GET", r"/files/(?P<name>[^/]+)", source="as Warehouse.file")
    def file(self, request: Request) -> Reply:
        path = self.shelf.folder / request.parts["name"]
        if request.parts["name"] in self.held or not path.is_file():
            return super().file(request)
        return Reply(200, path.read_bytes(), {"Content-Type": "application/octet-stream"})

    @route("HEAD", r"/files/(?P<name>[^/]+)", source="as GET, without the body")
    def head(self, request: Request) -> Reply:
        found = self.file(request)
        return Reply(found.status, b"", {**found.headers, "Content-Length": str(len(found.body))})


def _entry(path: Path, url: str) -> dict[str, object]:
    return {"filename": path.name, "url": f"{url}/files/{path.name}", **_facts(path)}


@cache
def _facts(path: Path) -> dict[str, object]:
    """What does not change: wheels of a shelf are never written again under a name, but for tagboat's own."""
    with zipfile.ZipFile(path) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = BytesParser().parsebytes(archive.read(name), headersonly=True)
    return {
        "hashes": {"sha256": sha256(path.read_bytes()).hexdigest()},
        "requires-python": metadata.get("Requires-Python"),
    }
