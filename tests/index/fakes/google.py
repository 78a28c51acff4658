"""Google Artifact Registry: one Python repository. Of all fakes the one that least is known for.

Sources, named by the routes:

- REST: Google's reference of the API, v1, projects.locations.repositories.packages.versions.delete and
  projects.locations.operations.get.
- TWINE-816: pypa/twine#816, the answer to a file that is there already.
- AUTH: Google's page "Configure authentication to Artifact Registry for Python package repositories".
- UNVERIFIED: nobody here has seen it. That is: the status of an upload (200), of a wrong token (401) and of a project
  that is not there (404), the form of pages and of a file's URL, sha256 on pages, and that the name of a file is free
  again when its version was deleted.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from tests.index.fakes.contract import (
    Fake,
    Reply,
    Request,
    Violation,
    html_page,
    json_reply,
    project_of,
    read_upload,
    route,
    text_reply,
    version_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = r"/harbour/boats"
API = r"/v1/projects/harbour/locations/europe-west1"


@dataclass
class Operation:
    """A long-running one: done after so many looks at it."""

    looks: int
    gone: list[str]


class ArtifactRegistry(Fake):
    """The repository `boats` of the project `harbour` in europe-west1."""

    def __init__(self, tokens: Iterable[str], key: dict[str, str] | None = None) -> None:
        super().__init__()
        self.tokens = set(tokens)
        self.key = key
        self.hashes = True
        self.looks = 1  # at an operation until it is done
        self.goes_wrong: dict[str, object] | None = None
        self.allowed = True
        self.operations: dict[str, Operation] = {}

    @route("POST", rf"{HERE}/", source="TWINE-816: 400 'requested entity already exists', also for the same bytes")
    def upload(self, request: Request) -> Reply:
        if not self._is_known(request):
            return Reply(401)
        upload = read_upload(request)
        if upload.filename in self.files:
            return text_reply(400, "requested entity already exists\n", "bad request")
        self.files[upload.filename] = upload.content
        return Reply(200)

    @route("GET", rf"{HERE}/simple/(?P<project>[^/]+)/", source="AUTH: the URL of pages; their form UNVERIFIED")
    def page(self, request: Request) -> Reply:
        if not self._is_known(request):
            return Reply(401)
        files = {name: data for name, data in self.files.items() if project_of(name) == request.parts["project"]}
        if not files:
            return Reply(404)
        return html_page(files, f"../../{request.parts['project']}/{{name}}", algorithm="sha256" if self.hashes else "")

    @route("GET", rf"{HERE}/(?P<project>[^/]+)/(?P<name>[^/]+)", source="UNVERIFIED")
    def download(self, request: Request) -> Reply:
        if not self._is_known(request):
            return Reply(401)
        data = self.files.get(request.parts["name"])
        return Reply(404) if data is None else Reply(200, data, {"Content-Type": "application/octet-stream"})

    @route("HEAD", rf"{HERE}/(?P<project>[^/]+)/(?P<name>[^/]+)", source="UNVERIFIED; uv asks so before it downloads")
    def head(self, request: Request) -> Reply:
        whole = self.download(request)
        return Reply(whole.status, b"", {"Content-Length": str(len(whole.body))})

    @route(
        "DELETE",
        rf"{API}/repositories/boats/packages/(?P<package>[^/]+)/versions/(?P<version>[^/]+)",
        query=("force",),
        source="REST: 'The returned operation will complete once the version has been deleted'; the body is empty",
    )
    def delete(self, request: Request) -> Reply:
        if refused := self._api_refuses(request):
            return refused
        package, version = request.parts["package"], request.parts["version"]
        if request.body or package != canonicalize_name(package):
            raise Violation(f"{request.path}: a body, or a name that is not normalised")
        gone = [name for name in self.files if (project_of(name), version_of(name)) == (package, version)]
        if not gone:
            return self._error(404, "Requested entity was not found.", "NOT_FOUND")
        name = f"projects/harbour/locations/europe-west1/operations/{len(self.operations)}"
        self.operations[name] = Operation(self.looks, gone)
        return self._operation(name)

    @route("GET", rf"{API}/operations/(?P<id>[^/]+)", source="REST: Operation has name, done, and error or response")
    def operation(self, request: Request) -> Reply:
        if refused := self._api_refuses(request):
            return refused
        name = request.path.removeprefix("/v1/")
        self.operations[name].looks -= 1
        return self._operation(name)

    def _operation(self, name: str) -> Reply:
        if self.operations[name].looks > 0:
            return json_reply(200, {"name": name, "metadata": {}})
        if self.goes_wrong:
            return json_reply(200, {"name": name, "done": True, "error": self.goes_wrong})
        for gone in self.operations[name].gone:
            self.files.pop(gone, None)
        empty = {"@type": "type.googleapis.com/google.protobuf.Empty"}
        return json_reply(200, {"name": name, "done": True, "response": empty})

    def _is_known(self, request: Request) -> bool:
        """Source: AUTH: oauth2accesstoken with an access token, _json_key_base64 with a key."""
        user, password = request.basic or ("", "")
        if user == "_json_key_base64":
            return self.key is not None and json.loads(base64.b64decode(password)) == self.key
        return user == "oauth2accesstoken" and password in self.tokens

    def _api_refuses(self, request: Request) -> Reply | None:
        """Source: REST: an access token as bearer, and the permission artifactregistry.versions.delete."""
        if request.bearer not in self.tokens:
            return self._error(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED")
        if not self.allowed:
            return self._error(403, "Permission 'artifactregistry.versions.delete' denied", "PERMISSION_DENIED")
        return None

    def _error(self, status: int, message: str, kind: str) -> Reply:
        return json_reply(status, {"error": {"code": status, "message": message, "status": kind}})
