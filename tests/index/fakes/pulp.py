"""The contract of an index of Pulp's Python plugin, as far as tagboat goes by it.

Source of everything: pulp_python 3.36 (`app/pypi/views.py`, `app/pypi/serializers.py`, `app/tasks/upload.py`,
`app/tasks/yank.py`, `app/viewsets.py`) on pulpcore 3.123. `make pulp` runs the same tests on the real server.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from packaging.utils import canonicalize_name
from tests.index.fakes.contract import (
    Fake,
    Reply,
    Request,
    Violation,
    json_reply,
    project_of,
    read_upload,
    route,
    text_reply,
)
from tests.servers import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

VIEWS = "pulp_python 3.36.4: app/pypi/views.py"
CORE = "pulpcore 3.123.1: app/viewsets/"
LAG = 0.15
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
INDEX = r"/pypi/(?P<base>[\w/-]+)/"
REPOSITORY = r"/pulp/api/v3/repositories/python/python/(?P<pk>[0-9a-f-]{36})/"


@dataclass
class Package:
    """A file in a repository; `version` is spelled as its metadata do."""

    filename: str
    content: bytes
    version: str
    pk: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def href(self) -> str:
        return f"/pulp/api/v3/content/python/packages/{self.pk}/"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def metadata(self) -> bytes:
        """METADATA of a wheel; an sdist has none beside it."""
        if not self.filename.endswith(".whl"):
            return b""
        with zipfile.ZipFile(BytesIO(self.content)) as archive:
            return archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")))


@dataclass
class Repository:
    name: str
    pk: str = field(default_factory=lambda: str(uuid.uuid4()))
    number: int = 0
    packages: dict[str, Package] = field(default_factory=dict)
    yanked: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def href(self) -> str:
        return f"/pulp/api/v3/repositories/python/python/{self.pk}/"

    @property
    def latest(self) -> str:
        return f"{self.href}versions/{self.number}/"


@dataclass
class Task:
    """Work that is done a moment later: Pulp answers first."""

    due: float
    work: Callable[[], None]
    state: str = "waiting"
    error: str = ""


class PulpFake(Fake):
    """A Pulp with one user, admin. Tasks are done a moment after they were given."""

    def __init__(self) -> None:
        super().__init__()
        self.repositories: dict[str, Repository] = {}
        self.distributions: dict[str, Repository] = {}
        self.closed: set[str] = set()
        self.tasks: dict[str, Task] = {}
        self.stuck = False
        self.broken = ""

    @route("POST", "/pulp/api/v3/repositories/python/python/", source=f"{CORE}repository.py")
    def make_repository(self, request: Request) -> Reply:
        if refused := self._api_refusal(request):
            return refused
        wanted = _object(request, {"name"})
        repository = Repository(str(wanted["name"]))
        self.repositories[repository.pk] = repository
        return json_reply(201, {"pulp_href": repository.href, "name": repository.name})

    @route("POST", "/pulp/api/v3/distributions/python/pypi/", source=f"{CORE}publication.py")
    def make_distribution(self, request: Request) -> Reply:
        if refused := self._api_refusal(request):
            return refused
        wanted = _object(request, {"name", "base_path", "repository"}, {"allow_uploads"})
        repository = next(each for each in self.repositories.values() if each.href == wanted["repository"])

        def make() -> None:
            self.distributions[str(wanted["base_path"])] = repository
            if wanted.get("allow_uploads") is False:
                self.closed.add(str(wanted["base_path"]))

        return self._later(make)

    @route("GET", "/pulp/api/v3/distributions/python/pypi/", query=["base_path"], source=f"{CORE}publication.py")
    def find_distribution(self, request: Request) -> Reply:
        if refused := self._api_refusal(request):
            return refused
        found = self.distributions.get(request.query["base_path"])
        results = [{"base_path": request.query["base_path"], "repository": found.href}] if found else []
        return json_reply(200, {"count": len(results), "next": None, "previous": None, "results": results})

    @route("GET", REPOSITORY, source=f"{CORE}repository.py")
    def show_repository(self, request: Request) -> Reply:
        if refused := self._api_refusal(request):
            return refused
        repository = self.repositories[request.parts["pk"]]
        return json_reply(200, {"pulp_href": repository.href, "latest_version_href": repository.latest})

    @route(
        "GET",
        "/pulp/api/v3/content/python/packages/",
        query=["repository_version", "filename"],
        source="pulp_python 3.36.4: app/viewsets.py, PythonPackageContentFilter",
    )
    def find_packages(self, request: Request) -> Reply:
        if refused := self._api_refusal(request):
            return refused
        version = request.query["repository_version"]
        repository = next((each for each in self.repositories.values() if each.latest == version), None)
        if repository is None:
            raise Violation(f"not the latest version of any repository: {version}")
        package = repository.packages.get(request.query["filename"])
        results = [{"pulp_href": package.href, "filename": package.filename}] if package else []
        return json_reply(200, {"count": len(results), "next": None, "previous": None, "results": results})

    @route("POST", f"{REPOSITORY}modify/", source="pulp_python 3.36.4: app/viewsets.py, modify")
    def modify(self, request: Request) -> Reply:
        if refused := self._api_refusal(request):
            return refused
        gone = _object(request, {"remove_content_units"})["remove_content_units"]
        repository = self.repositories[request.parts["pk"]]

        def remove() -> None:
            kept = {name: each for name, each in repository.packages.items() if each.href not in gone}
            repository.number += kept != repository.packages
            repository.packages = kept

        return self._later(remove)

    @route("GET", "/pulp/api/v3/tasks/(?P<pk>[0-9a-f-]{36})/", source=f"{CORE}task.py")
    def show_task(self, request: Request) -> Reply:
        if refused := self._api_refusal(request):
            return refused
        self._work()
        task = self.tasks[request.parts["pk"]]
        error = {"description": task.error, "traceback": None} if task.error else None
        return json_reply(200, {"state": task.state, "error": error})

    @route("POST", f"{INDEX}(?:legacy|simple)/", source=f"{VIEWS}, PackageUploadMixin.upload")
    def upload(self, request: Request) -> Reply:
        base = request.parts["base"]
        if refused := self._index_refusal(request, base):
            return refused
        if base in self.closed:
            return text_reply(403, reason="Index is not allowing uploads")
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            if parse_qs(request.body.decode()) != {":action": ["file_upload"]}:
                raise Violation("an upload without a file that is no question either")
            return json_reply(
                400, {"content": ["No file was submitted."], "sha256_digest": ["This field is required."]}
            )
        upload = read_upload(request, required=["sha256_digest"])
        repository = self.distributions[base]
        if upload.filename in repository.packages:
            return text_reply(400, reason=f"Package {upload.filename} already exists in index")

        def add() -> None:
            package = Package(upload.filename, upload.content, upload.one("version"))
            repository.packages = {**repository.packages, package.filename: package}
            repository.number += 1

        return self._later(add)

    @route("POST", f"{INDEX}(?P<verb>yank|unyank)/", source=f"{VIEWS}, YankView; app/tasks/yank.py")
    def mark(self, request: Request) -> Reply:
        base, verb = request.parts["base"], request.parts["verb"]
        if refused := self._index_refusal(request, base):
            return refused
        repository = self.distributions[base]
        wanted = _object(request, {"name", "version"}, {"yanked_reason"})
        name, version = canonicalize_name(str(wanted["name"])), str(wanted["version"])
        there = any(
            project_of(each.filename) == name and each.version == version for each in repository.packages.values()
        )
        if verb == "yank" and not there:
            return text_reply(404, f"{name}=={version} not found in repository")

        def change() -> None:
            if verb == "yank":
                repository.yanked[name, version] = str(wanted.get("yanked_reason", ""))
            else:
                repository.yanked.pop((name, version), None)
            repository.number += 1

        return self._later(change)

    @route("GET", f"{INDEX}simple/", source=f"{VIEWS}, SimpleView.list")
    def projects(self, request: Request) -> Reply:
        if refused := self._reading_refusal(request):
            return refused
        repository = self._shown(request)
        if repository is None:
            return text_reply(404)
        names = sorted({project_of(name) for name in repository.packages})
        return self._page(request, {"projects": [{"name": name} for name in names]}, [(f"{n}/", n, "") for n in names])

    @route("GET", f"{INDEX}simple/(?P<project>[a-z0-9-]+)/", source=f"{VIEWS}, SimpleView.retrieve; app/utils.py")
    def project(self, request: Request) -> Reply:
        if refused := self._reading_refusal(request):
            return refused
        repository = self._shown(request)
        packages = [
            each
            for each in (repository.packages.values() if repository else ())
            if project_of(each.filename) == request.parts["project"]
        ]
        if repository is None or not packages:
            return text_reply(404, f"{request.parts['project']} does not exist.")
        files = [self._file(request.parts["base"], repository, each) for each in packages]
        links = []
        for file in files:
            more = ' data-requires-python="&gt;=3.8"'
            if file["yanked"] is not False:
                more += f' data-yanked="{file["yanked"] if isinstance(file["yanked"], str) else ""}"'
            links.append((f"{file['url']}#sha256={file['hashes']['sha256']}", str(file["filename"]), more))  # type: ignore[index]
        return self._page(request, {"name": request.parts["project"], "files": files}, links)

    @route("GET", f"{INDEX}pypi/(?P<project>[a-z0-9-]+)/json/", source=f"{VIEWS}, MetadataView")
    def metadata(self, request: Request) -> Reply:
        if refused := self._reading_refusal(request):
            return refused
        repository = self._shown(request)
        releases: dict[str, list[dict[str, str]]] = {}
        for each in repository.packages.values() if repository else ():
            if project_of(each.filename) == request.parts["project"]:
                releases.setdefault(each.version, []).append({"filename": each.filename})
        return json_reply(200, {"info": {}, "releases": releases}) if releases else text_reply(404)

    @route("GET", r"/pulp/content/(?P<base>[\w/-]+)/(?P<name>[^/]+)", source="pulpcore 3.123.1: content/handler.py")
    def content(self, request: Request) -> Reply:
        self._work()
        packages = self.distributions[request.parts["base"]].packages
        name = request.parts["name"]
        package = packages.get(name.removesuffix(".metadata"))
        body = (package.metadata if name.endswith(".metadata") else package.content) if package else b""
        return Reply(200, body) if body else text_reply(404)

    def _file(self, base: str, repository: Repository, package: Package) -> dict[str, object]:
        yanked: object = repository.yanked.get((project_of(package.filename), package.version), False)
        digest = hashlib.sha256(package.metadata).hexdigest() if package.metadata else ""
        return {
            "filename": package.filename,
            "url": f"{self.url}/pulp/content/{base}/{package.filename}",
            "hashes": {"sha256": package.sha256},
            "requires-python": ">=3.8",
            "core-metadata": {"sha256": digest} if digest else False,
            "yanked": True if yanked == "" else yanked,
            "size": len(package.content),
        }

    @staticmethod
    def _page(request: Request, data: dict[str, object], links: list[tuple[str, str, str]]) -> Reply:
        if SIMPLE_JSON in request.headers.get("accept", "").lower():
            body = json.dumps({"meta": {"api-version": "1.1", "_last-serial": 1000000000}, **data}).encode()
            kind = SIMPLE_JSON
        else:
            anchors = "".join(f'<a href="{href}" rel="internal"{more}>{text}</a><br/>' for href, text, more in links)
            body, kind = f"<!DOCTYPE html><html><body>{anchors}</body></html>".encode(), "text/html; charset=utf-8"
        return Reply(200, body, {"Content-Type": kind, "Cache-Control": "max-age=600, public"})

    def _reading_refusal(self, request: Request) -> Reply | None:
        """Reading is open to everybody, but not to who comes with a wrong password."""
        return self._api_refusal(request) if request.basic else None

    def _shown(self, request: Request) -> Repository | None:
        self._work()
        return self.distributions.get(request.parts["base"])

    def _later(self, work: Callable[[], None]) -> Reply:
        pk = str(uuid.uuid4())
        self.tasks[pk] = Task(time.monotonic() + LAG, work)
        return json_reply(202, {"task": f"/pulp/api/v3/tasks/{pk}/"})

    def _work(self) -> None:
        for task in self.tasks.values():
            if task.state == "waiting" and time.monotonic() > task.due and not self.stuck:
                if self.broken:
                    task.state, task.error = "failed", self.broken
                else:
                    task.work()
                    task.state = "completed"

    def _api_refusal(self, request: Request) -> Reply | None:
        """The REST API and the index ask for the same credential."""
        self._work()
        if request.basic == ("admin", PASSWORD):
            return None
        detail = "Invalid username/password." if request.basic else "Authentication credentials were not provided."
        return json_reply(401, {"detail": detail})

    def _index_refusal(self, request: Request, base: str) -> Reply | None:
        if refused := self._api_refusal(request):
            return refused
        return None if base in self.distributions else json_reply(404, {"detail": "Not found."})


def _object(request: Request, needed: set[str], optional: frozenset[str] | set[str] = frozenset()) -> dict[str, object]:
    if not re.match("application/json", request.headers.get("content-type", "")):
        raise Violation(f"{request.path}: a body that is not called JSON")
    data = request.json
    if not isinstance(data, dict) or needed - data.keys() or data.keys() - needed - optional:
        raise Violation(f"{request.path}: {sorted(data) if isinstance(data, dict) else data}, not {sorted(needed)}")
    return data
