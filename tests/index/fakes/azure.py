"""Azure Artifacts: one feed, with its recycle bin and its views.

Sources, named by the routes:

- SPEC: MicrosoftDocs/vsts-rest-api-specs, specification/artifactsPackageTypes/7.2/pyPiApi.json @54ebb504.
- VIEWS: Microsoft's page "Promote packages and manage feed views".
- UV-8817: astral-sh/uv#8817, the answer to a second upload. SDK-9286: Azure/azure-sdk-for-python#9286, an upload that
  was answered with 503 and taken all the same.
- UNVERIFIED: nobody here has seen it. That is: the status for a package version that is not there (404), the body of a
  401, the form of a file's URL, that pages tell sha256 and are HTML only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version
from tests.index.fakes.contract import (
    Fake,
    Reply,
    Request,
    Violation,
    html_page,
    json_reply,
    read_upload,
    route,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

SPEC = "vsts-rest-api-specs 7.2 pyPiApi.json: "
HERE = r"/harbour/big%20boats"
FEED = r"(?P<feed>releases)"
API = rf"{HERE}/_apis/packaging/feeds/{FEED}/pypi"
ONE = r"/packages/(?P<name>[^/]+)/versions/(?P<version>[^/]+)"
QUERY = ("api-version",)


@dataclass
class PackageVersion:
    files: dict[str, bytes] = field(default_factory=dict)
    deleted: bool = False
    views: list[str] = field(default_factory=list)


class Azure(Fake):
    """The feed `releases` of the project `big boats` of the organisation `harbour`."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token
        self.manages = True
        self.packages: dict[tuple[str, str], PackageVersion] = {}
        self.takes_and_fails = 0
        self.stale_reads = 0
        self.loses_answers = 0

    @route(
        "POST",
        rf"{HERE}/_packaging/{FEED}/pypi/upload/?",
        source="UV-8817: 409 for a file that is there, whatever its bytes; VIEWS: the feed alone takes uploads; "
        "the number of a deleted version stays taken (Microsoft's page on deleting packages)",
    )
    def upload(self, request: Request) -> Reply:
        if refused := self._refused(request):
            return refused
        upload = read_upload(request)
        key = canonicalize_name(upload.one("name")), str(Version(upload.one("version")))
        held = self.packages.setdefault(key, PackageVersion())
        if held.deleted or upload.filename in held.files:
            words = f"The feed 'releases' already contains file '{upload.filename}' in package '{key[0]} {key[1]}'."
            return self._error(409, words, "PackageAlreadyExistsException")
        held.files[upload.filename] = upload.content
        if self.takes_and_fails:  # SDK-9286
            self.takes_and_fails -= 1
            return Reply(503, b"<html><body>Service Unavailable</body></html>", {"Content-Type": "text/html"})
        return Reply(202)

    @route(
        "GET",
        rf"{HERE}/_packaging/{FEED}(?:@(?P<view>[^/]+))?/pypi/simple/(?P<project>[^/]+)/?",
        source="VIEWS: a view shows what was promoted to it; HTML and sha256 UNVERIFIED",
    )
    def page(self, request: Request) -> Reply:
        if refused := self._refused(request):
            return refused
        project, view = request.parts["project"], request.parts.get("view")
        versions = {
            version: held
            for (name, version), held in self.packages.items()
            if name == project and not held.deleted and (view is None or view in held.views)
        }
        if self.stale_reads:
            self.stale_reads -= 1
            return Reply(404)
        if not versions:
            return Reply(404)
        files = {f"{version}/{name}": data for version, held in versions.items() for name, data in held.files.items()}
        base = request.path.partition("/pypi/simple/")[0]
        return html_page(files, f"{base}/pypi/download/{project}/{{name}}")

    @route(
        "GET",
        rf"{HERE}/_packaging/{FEED}(?:@[^/]+)?/pypi/download/(?P<project>[^/]+)/(?P<version>[^/]+)/(?P<file>[^/]+)",
        source="UNVERIFIED",
    )
    def download(self, request: Request) -> Reply:
        if refused := self._refused(request):
            return refused
        held = self.packages.get((request.parts["project"], request.parts["version"]))
        if held is None or held.deleted or request.parts["file"] not in held.files:
            return Reply(404)
        return Reply(200, held.files[request.parts["file"]], {"Content-Type": "application/octet-stream"})

    @route(
        "HEAD",
        rf"{HERE}/_packaging/{FEED}(?:@[^/]+)?/pypi/download/(?P<project>[^/]+)/(?P<version>[^/]+)/(?P<file>[^/]+)",
        source="UNVERIFIED; uv asks so before it downloads",
    )
    def head(self, request: Request) -> Reply:
        whole = self.download(request)
        return Reply(whole.status, b"", {"Content-Length": str(len(whole.body))})

    @route("DELETE", rf"{API}{ONE}", query=QUERY, source=SPEC + "Python_Delete Package Version")
    def delete(self, request: Request) -> Reply:
        held = self._managed(request, deleted=False)
        if isinstance(held, Reply):
            return held
        held.deleted = True
        name, version = request.parts["name"], request.parts["version"]
        return json_reply(200, {"name": name, "version": version, "deletedDate": "2026-11-25T12:00:00Z"})

    @route("PATCH", rf"{API}{ONE}", query=QUERY, source=SPEC + "Python_Update Package Version; VIEWS: the value")
    def promote(self, request: Request) -> Reply:
        held = self._managed(request, deleted=False)
        if isinstance(held, Reply):
            return held
        operation = self._body(request, {"views"}).get("views")
        if not isinstance(operation, dict) or operation.keys() - {"op", "path", "value", "from"}:
            raise Violation(f"views is no JsonPatchOperation: {operation}")
        if (operation.get("op"), operation.get("path")) != ("add", "/views/-"):
            raise Violation(f"a view can only be added to the end: {operation}")
        if operation.get("value") not in {"Release", "Prerelease"}:
            return self._error(404, "The view does not exist.", "FeedViewNotFoundException")
        held.views.append(str(operation["value"]))
        return Reply(200)

    @route(
        "PATCH",
        rf"{API}/RecycleBin{ONE}",
        query=QUERY,
        source=SPEC + "Python_Restore Package Version From Recycle Bin",
    )
    def restore(self, request: Request) -> Reply:
        held = self._managed(request, deleted=True)
        if isinstance(held, Reply):
            return held
        if self._body(request, {"deleted"}).get("deleted") is not False:
            raise Violation("deleted must be false")
        held.deleted = False
        if self.loses_answers:
            self.loses_answers -= 1
            return Reply(503)
        return Reply(200)

    def _managed(self, request: Request, *, deleted: bool) -> PackageVersion | Reply:
        """The version that is meant, or the answer that refuses."""
        if request.query.get("api-version") != "7.2-preview.1":  # required by SPEC, parameters/api-Version-preview.1
            raise Violation(f"{request.path}: api-version is {request.query.get('api-version')}")
        if refused := self._refused(request):
            return refused
        if not self.manages:  # SPEC: the scope vso.packaging_manage
            return self._error(403, "User lacks permission to complete this action.", "FeedNeedsPermissionsException")
        key = request.parts["name"], request.parts["version"]
        if key != (canonicalize_name(key[0]), str(Version(key[1]))):
            raise Violation(f"{request.path}: not the normalised names")
        held = self.packages.get(key)
        if held is None or held.deleted != deleted:
            return self._error(404, f"The package '{key[0]} {key[1]}' does not exist.", "PackageNotFoundException")
        return held

    def _body(self, request: Request, known: Iterable[str]) -> dict[str, object]:
        """SPEC: consumes application/json; the definitions have no other members."""
        if request.headers.get("content-type") != "application/json":
            raise Violation(f"{request.path}: the body is no application/json")
        body = request.json
        if not isinstance(body, dict) or body.keys() - set(known):
            raise Violation(f"{request.path}: unknown members in {body}")
        return body

    def _refused(self, request: Request) -> Reply | None:
        """SPEC, securityDefinitions: any value for the user name, and the token as the password."""
        user, password = request.basic or ("", "")
        if not user or password != self.token:
            return Reply(401, b"<html>Sign in</html>", {"Content-Type": "text/html"})
        return None

    def _error(self, status: int, message: str, kind: str) -> Reply:
        """The form of UV-8817."""
        return json_reply(status, {"$id": "1", "innerException": None, "message": message, "typeKey": kind})
