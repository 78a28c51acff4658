"""GitLab's package registry, by its own source (gitlabhq/gitlabhq, seen in July 2026).

Files that were named: lib/api/pypi_packages.rb @0739b8b, lib/api/project_packages.rb, lib/api/package_files.rb,
app/models/packages/package_file.rb, app/services/packages/create_package_service.rb,
app/presenters/packages/pypi/simple_package_versions_presenter.rb @0ea3fce,
lib/api/helpers/packages/dependency_proxy_helpers.rb, doc/api/rest/authentication.md. Not verified: that an
upload without a credential to a public project is a 401.
"""

from __future__ import annotations

import hashlib
import html
import itertools
import json
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name
from tests.index.fakes.contract import Fake, Reply, Request, Violation, json_reply, read_upload, route, text_reply

PROJECT = r"/api/v4/projects/(?P<project>[^/]+)"
GROUP = r"/api/v4/groups/(?P<group>[^/]+)/-"
PYPI = "lib/api/pypi_packages.rb"
AUTH = "doc/api/rest/authentication.md, lib/gitlab/auth/auth_finders.rb"
JSON = "application/vnd.pypi.simple.v1+json"
PAGES = ("per_page", "page")


@dataclass
class File:
    id: int
    name: str
    content: bytes
    pending: bool = False


@dataclass
class Package:
    id: int
    name: str
    version: str
    requires_python: str
    files: list[File] = field(default_factory=list)
    pending: bool = False


class Gitlab(Fake):
    """One project, by id and by path, in one group."""

    def __init__(self, password: str) -> None:
        super().__init__()
        self.project = {"7", "ships/boats"}
        self.group = {"3", "ships"}
        self.access = {password}  # personal, group and project access tokens: any user name goes with them
        self.job_tokens: set[str] = set()
        self.deploy_tokens: dict[str, str] = {}
        self.packages: list[Package] = []
        self.public = True
        self.registry = True
        self.forwarding = ""  # where a project without a version is looked for instead
        self.json = False  # the feature flag pypi_pep_691_json
        self.protected: set[str] = set()
        self.lingering = 0  # how many more pages show what was deleted
        self.old_api = False  # a server from before filtering by name
        self.ids = itertools.count(1)

    # -- uploads and pages: Basic ------------------------------------------------------------------------------

    @route("POST", f"{PROJECT}/packages/pypi", source=f"{PYPI}: post; 201 by created!")
    def upload(self, request: Request) -> Reply:
        if refused := self._guard(request, request.parts["project"], self.project, write=True):
            return refused
        upload = read_upload(request)
        if upload.one("name") in self.protected:
            return json_reply(403, {"message": "403 Forbidden - Package protected."})
        name, version = upload.one("name"), upload.one("version")
        # CreatePackageService: find_or_create_by(name, version) among those not pending destruction
        package = next(
            (each for each in self.packages if (each.name, each.version) == (name, version) and not each.pending), None
        )
        # PackageFile: file_name is unique in its package, those pending destruction included
        if package and any(file.name == upload.filename for file in package.files):
            return json_reply(400, {"message": "Validation failed: File name has already been taken"})
        if package is None:
            python = upload.fields.get("requires_python", [""])[0]
            package = Package(next(self.ids), name, version, python)
            self.packages.append(package)
        package.files.append(File(next(self.ids), upload.filename, upload.content))
        return json_reply(201, {"message": "201 Created"})

    @route("GET", f"{PROJECT}/packages/pypi/simple/?", source=f"{PYPI}: get 'simple'")
    def root(self, request: Request) -> Reply:
        return self._guard(request, request.parts["project"], self.project) or self._root()

    @route("GET", f"{GROUP}/packages/pypi/simple/?", source=f"{PYPI}: groups, get 'simple'")
    def group_root(self, request: Request) -> Reply:
        return self._guard(request, request.parts["group"], self.group) or self._root()

    @route("GET", f"{PROJECT}/packages/pypi/simple/(?P<name>[^/]+)/?", source=f"{PYPI}: present_simple_package")
    def page(self, request: Request) -> Reply:
        return self._guard(request, request.parts["project"], self.project) or self._page(
            request, f"projects/{min(self.project)}/packages"
        )

    @route("GET", f"{GROUP}/packages/pypi/simple/(?P<name>[^/]+)/?", source=f"{PYPI}: groups, present_simple_package")
    def group_page(self, request: Request) -> Reply:
        return self._guard(request, request.parts["group"], self.group) or self._page(
            request, f"groups/{min(self.group)}/-/packages"
        )

    @route("GET", f"{PROJECT}/packages/pypi/files/(?P<sha256>[0-9a-f]{{64}})/(?P<name>[^/]+)", source=PYPI)
    def file(self, request: Request) -> Reply:
        return self._guard(request, request.parts["project"], self.project) or self._file(request)

    @route("GET", f"{GROUP}/packages/pypi/files/(?P<sha256>[0-9a-f]{{64}})/(?P<name>[^/]+)", source=PYPI)
    def group_file(self, request: Request) -> Reply:
        return self._guard(request, request.parts["group"], self.group) or self._file(request)

    # -- the REST API: a header of its own ---------------------------------------------------------------------

    @route(
        "GET",
        f"{PROJECT}/packages",
        query=("package_type", "package_name", "package_version", "order_by", "sort", "status", *PAGES),
        source="lib/api/project_packages.rb: get ':id/packages'; package_name is a fuzzy search (doc/api/packages.md)",
    )
    def list_packages(self, request: Request) -> Reply:
        if refused := self._api_guard(request):
            return refused
        if request.query.get("package_type", "pypi") != "pypi":
            raise Violation("no such package type here")
        part = "" if self.old_api else request.query.get("package_name", "").lower()
        found = [
            {"id": each.id, "name": each.name, "version": each.version, "package_type": "pypi", "status": "default"}
            for each in self.packages
            if part in each.name.lower() and not each.pending
        ]
        return self._paged(request, found)

    @route("GET", f"{PROJECT}/packages/(?P<id>\\d+)/package_files", query=PAGES, source="lib/api/package_files.rb: get")
    def list_files(self, request: Request) -> Reply:
        if refused := self._api_guard(request):
            return refused
        package = self._package(request)
        if package is None:
            return json_reply(404, {"message": "404 Not found"})
        found = [
            {
                "id": each.id,
                "package_id": package.id,
                "file_name": each.name,
                "size": len(each.content),
                "file_sha256": hashlib.sha256(each.content).hexdigest(),
            }
            for each in package.files
            if not each.pending
        ]
        return self._paged(request, found)

    @route("DELETE", f"{PROJECT}/packages/(?P<id>\\d+)", source="lib/api/project_packages.rb: delete; marks it only")
    def delete_package(self, request: Request) -> Reply:
        if refused := self._api_guard(request, write=True):
            return refused
        package = self._package(request)
        if package is None:
            return json_reply(404, {"message": "404 Package Not Found"})
        if package.name in self.protected:
            return json_reply(403, {"message": "403 Forbidden - Package is deletion protected."})
        package.pending = True
        return Reply(204)

    @route(
        "DELETE",
        f"{PROJECT}/packages/(?P<id>\\d+)/package_files/(?P<file>\\d+)",
        source="lib/api/package_files.rb: delete; package_file.pending_destruction!",
    )
    def delete_file(self, request: Request) -> Reply:
        if refused := self._api_guard(request, write=True):
            return refused
        package = self._package(request)
        if package is None:
            return json_reply(404, {"message": "404 Not found"})
        if package.name in self.protected:
            return json_reply(403, {"message": "403 Forbidden - Package is deletion protected."})
        file = next((each for each in package.files if str(each.id) == request.parts["file"]), None)
        if file is None or file.pending:
            return json_reply(404, {"message": "404 Not found"})
        file.pending = True
        return Reply(204)

    def clear_up(self) -> None:
        """The worker that destroys what is marked (Packages::CleanupPackageRegistryWorker)."""
        self.packages = [each for each in self.packages if not each.pending]
        for package in self.packages:
            package.files = [each for each in package.files if not each.pending]

    # -- rules -------------------------------------------------------------------------------------------------

    def _guard(self, request: Request, asked: str, known: set[str], *, write: bool = False) -> Reply | None:
        """Basic: the user of an access token is not looked at, those of job and deploy tokens are (AUTH)."""
        login = request.basic
        if login is None:
            if "authorization" in request.headers:
                raise Violation("the package routes take Basic")
            if write or not self.public:
                return self._unauthorized()
        elif not self._knows(*login):
            return self._unauthorized()
        if asked not in known or not self.registry:
            return json_reply(404, {"message": "404 Not Found"})
        return None

    def _knows(self, user: str, password: str) -> bool:
        if user == "gitlab-ci-token":
            return password in self.job_tokens
        return password in self.access or self.deploy_tokens.get(user) == password

    @staticmethod
    def _unauthorized() -> Reply:
        headers = {"Content-Type": "application/json", "WWW-Authenticate": 'Basic realm="GitLab Packages Registry"'}
        return Reply(401, json.dumps({"message": "401 Unauthorized"}).encode(), headers)

    def _api_guard(self, request: Request, *, write: bool = False) -> Reply | None:
        """The API does not look at Basic; deploy tokens are not for it."""
        if "authorization" in request.headers:
            raise Violation("a credential was sent to the REST API that it does not look at")
        token, job = request.headers.get("private-token"), request.headers.get("job-token")
        if token is None and job is None:
            if write:
                return json_reply(403, {"message": "403 Forbidden"})
        elif token not in self.access and job not in self.job_tokens:
            return json_reply(401, {"message": "401 Unauthorized"})
        if request.parts["project"] not in self.project:
            return json_reply(404, {"message": "404 Project Not Found"})
        return None

    def _package(self, request: Request) -> Package | None:
        return next((each for each in self.packages if str(each.id) == request.parts["id"] and not each.pending), None)

    def _paged(self, request: Request, found: list[dict[str, object]]) -> Reply:
        size, number = int(request.query.get("per_page", "20")), int(request.query.get("page", "1"))
        if not 1 <= size <= 100:
            raise Violation("per_page is 1 to 100")
        return json_reply(200, found[(number - 1) * size : number * size])

    def _root(self) -> Reply:
        names = {canonicalize_name(each.name) for each in self.packages}
        links = "".join(f'<a href="{self.url}/x/{name}">{name}</a><br>' for name in names)
        return Reply(200, f"<html><body>{links}</body></html>".encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _page(self, request: Request, below: str) -> Reply:
        name = canonicalize_name(request.parts["name"])
        packages = [each for each in self.packages if canonicalize_name(each.name) == name]
        if not packages:
            if self.forwarding:
                return Reply(302, b"", {"Location": f"{self.forwarding}/simple/{request.parts['name']}/"})
            return json_reply(404, {"message": "404 Package Not Found"})
        shows_pending = self.lingering > 0 and any(
            each.pending or any(file.pending for file in each.files) for each in packages
        )
        self.lingering -= shows_pending
        files = [
            (package, file)
            for package in packages
            for file in package.files
            if shows_pending or not (package.pending or file.pending)
        ]
        if self.json and JSON in request.headers.get("accept", ""):
            return self._json_page(name, files, below)
        links = "".join(
            f'<a href="{self._url(file, below)}#sha256={_sha(file)}" '
            f'data-requires-python="{html.escape(package.requires_python)}">{html.escape(file.name)}</a>'
            for package, file in files
        )
        body = f"<!DOCTYPE html><html><head><title>Links</title></head><body><h1>Links</h1>{links}</body></html>"
        return Reply(200, body.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _json_page(self, name: str, files: list[tuple[Package, File]], below: str) -> Reply:
        entries = [
            {
                "filename": file.name,
                "url": self._url(file, below),
                "hashes": {"sha256": _sha(file)},
                "requires-python": package.requires_python,
            }
            for package, file in files
        ]
        data = {"meta": {"api-version": "1.0"}, "name": name, "files": entries}
        return Reply(200, json.dumps(data).encode(), {"Content-Type": f"{JSON}; charset=utf-8", "Vary": "Accept"})

    def _url(self, file: File, below: str) -> str:
        return f"{self.url}/api/v4/{below}/pypi/files/{_sha(file)}/{file.name}"

    def _file(self, request: Request) -> Reply:
        for package in self.packages:
            for file in package.files:
                if (file.name, _sha(file)) == (request.parts["name"], request.parts["sha256"]):
                    return Reply(200, file.content, {"Content-Type": "application/octet-stream"})
        return text_reply(404, "404 Package Not Found")


def _sha(file: File) -> str:
    return hashlib.sha256(file.content).hexdigest()
