"""AWS CodeArtifact: its control plane, held against botocore's own model of it, and the data plane for Python.

Sources, named by the routes:

- MODEL: botocore/data/codeartifact/2018-09-22/service-2.json, the vendor's own description. botocore checks types and
  lengths only; enums and patterns are checked here.
- GUIDE: the CodeArtifact User Guide: packages-overview ("Overwriting package assets", "Package version status"),
  python-compatibility, python-name-normalization, tokens-authentication.
- UNVERIFIED: nobody here has seen it. That is: which status a wrong token gets (401), the form of a file's URL, that
  the page of a package without published versions is an empty one, and that HTML pages tell sha256.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from packaging.utils import canonicalize_name
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
    from collections.abc import Callable, Iterator

    from botocore.model import OperationModel, Shape

MODEL = "botocore's model of CodeArtifact, 2018-09-22, "
GUIDE = "CodeArtifact User Guide, "
SERVICE = ServiceModel(Loader().load_service_model("codeartifact", "service-2"))
KEY, SECRET = "AKIATAGBOATTESTING00", "not-a-secret"
DOMAIN, OWNER, REGION = "harbour", "123456789012", "eu-west-1"
JSON = "application/vnd.pypi.simple.v1+json"
SUPPORTED = (JSON, "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.latest", "text/html", "*/*")


@dataclass
class PackageVersion:
    """One version in one repository."""

    assets: dict[str, bytes] = field(default_factory=dict)
    status: str = "Published"


@dataclass
class Token:
    expires: float


def operation(name: str) -> Callable[[Any], Any]:
    """The route of an operation, with the query keys that the model allows."""
    model = SERVICE.operation_model(name)
    keys = [
        shape.serialization.get("name", member)
        for member, shape in model.input_shape.members.items()
        if shape.serialization.get("location") == "querystring"
    ]
    return route(model.http["method"], re.escape(model.http["requestUri"]), query=keys, source=MODEL + name)


class CodeArtifact(Fake):
    """One domain with its repositories."""

    def __init__(self, *repositories: str, hashes: bool = True, token: str = "") -> None:
        super().__init__()
        self.repositories: dict[str, dict[tuple[str, str], PackageVersion]] = {name: {} for name in repositories}
        self.hashes = hashes
        self.tokens: dict[str, Token] = {token: Token(time.time() + 3600)} if token else {}
        self.lifetime: float | None = None
        self.fail_with: dict[str, str] = {}
        self.allowed = True
        self.page_size = 1000

    # -- the data plane --

    @route(
        "POST",
        r"/pypi/(?P<repository>[^/]+)/",
        source=GUIDE + "packages-overview: 409 for the same asset name with other content, success for the same",
    )
    def upload(self, request: Request) -> Reply:
        if refused := self._refused(request):
            return refused
        packages = self._packages(request.parts["repository"])
        if packages is None:
            return json_reply(404, {"message": "Repository not found"})
        upload = read_upload(request)
        key = canonicalize_name(upload.one("name")), upload.one("version")
        version = packages.setdefault(key, PackageVersion())
        if version.assets.get(upload.filename, upload.content) != upload.content:
            return json_reply(409, {"message": f"Asset {upload.filename} already exists with different content"})
        version.assets[upload.filename] = upload.content
        return Reply(200)

    @route(
        "GET",
        r"/pypi/(?P<repository>[^/]+)/simple/(?P<project>[^/]+)/",
        source=GUIDE + "python-compatibility: only /simple/<project>/; PEP 503, 691 and 700, version 1.1; else 406",
    )
    def page(self, request: Request) -> Reply:
        if refused := self._refused(request):
            return refused
        project = request.parts["project"]
        if project != canonicalize_name(project):
            raise Violation(f"a page by a name that is not normalised: {project}")
        accept = request.headers.get("accept", "*/*")
        if not any(kind in accept for kind in SUPPORTED):
            return Reply(406)
        packages = self._packages(request.parts["repository"]) or {}
        versions = {version: held for (name, version), held in packages.items() if name == project}
        if not versions:
            return Reply(404)
        shown = {version: held for version, held in versions.items() if held.status == "Published"}
        if JSON in accept and self.hashes:
            return self._json_page(project, shown)
        files = {f"{version}/{name}": data for version, held in shown.items() for name, data in held.assets.items()}
        return html_page(files, "{name}", algorithm="sha256" if self.hashes else "")

    def _json_page(self, project: str, versions: dict[str, PackageVersion]) -> Reply:
        files = [
            {
                "filename": name,
                "url": f"{version}/{name}",
                "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
                "size": len(data),
                "upload-time": "2026-11-25T12:00:00.000000Z",
            }
            for version, held in versions.items()
            for name, data in held.assets.items()
        ]
        page = {"meta": {"api-version": "1.1"}, "name": project, "versions": sorted(versions), "files": files}
        reply = json_reply(200, page)
        return Reply(200, reply.body, {"Content-Type": JSON})

    @route(
        "GET",
        r"/pypi/(?P<repository>[^/]+)/simple/(?P<project>[^/]+)/(?P<version>[^/]+)/(?P<name>[^/]+)",
        source=GUIDE
        + "packages-overview: Unlisted assets can be downloaded, Archived ones cannot; the path UNVERIFIED",
    )
    def download(self, request: Request) -> Reply:
        if refused := self._refused(request):
            return refused
        packages = self._packages(request.parts["repository"]) or {}
        version = packages.get((request.parts["project"], request.parts["version"]))
        if version is None or version.status == "Archived" or request.parts["name"] not in version.assets:
            return Reply(404)
        return Reply(200, version.assets[request.parts["name"]], {"Content-Type": "application/octet-stream"})

    @route(
        "HEAD",
        r"/pypi/(?P<repository>[^/]+)/simple/(?P<project>[^/]+)/(?P<version>[^/]+)/(?P<name>[^/]+)",
        source="UNVERIFIED; uv asks so before it downloads",
    )
    def head(self, request: Request) -> Reply:
        whole = self.download(request)
        return Reply(whole.status, b"", {"Content-Length": str(len(whole.body))})

    def _refused(self, request: Request) -> Reply | None:
        """Source: GUIDE, tokens-authentication: user aws, and a token that ends. The status is UNVERIFIED."""
        user, password = request.basic or ("", "")
        token = self.tokens.get(password)
        if user != "aws" or token is None or token.expires < time.time():
            return Reply(401, b'{"message":"Unauthenticated"}', {"Content-Type": "application/json"})
        return None

    def _packages(self, repository: str) -> dict[tuple[str, str], PackageVersion] | None:
        return self.repositories.get(repository)

    # -- the control plane --

    @operation("GetAuthorizationToken")
    def get_token(self, request: Request) -> Reply:
        given = self._given("GetAuthorizationToken", request)
        if isinstance(given, Reply):
            return given
        seconds = given.get("durationSeconds", 43200)
        if seconds and not 900 <= seconds <= 43200:  # tokens-authentication
            return self._error("ValidationException", "durationSeconds must be 0 or between 900 and 43200")
        name = f"token-{len(self.tokens)}-{'x' * 40}"
        expires = time.time() + (seconds if self.lifetime is None else self.lifetime)
        self.tokens[name] = Token(expires)
        return json_reply(200, {"authorizationToken": name, "expiration": expires})

    @operation("GetRepositoryEndpoint")
    def get_endpoint(self, request: Request) -> Reply:
        given = self._given("GetRepositoryEndpoint", request)
        if isinstance(given, Reply):
            return given
        return json_reply(200, {"repositoryEndpoint": f"{self.url}/pypi/{given['repository']}/"})

    @operation("ListPackageVersions")
    def list_versions(self, request: Request) -> Reply:
        given = self._given("ListPackageVersions", request)
        if isinstance(given, Reply):
            return given
        packages = self.repositories[given["repository"]]
        versions = [
            {"version": version, "status": held.status, "revision": "r1"}
            for (name, version), held in packages.items()
            if name == given["package"]
        ]
        if not versions:
            return self._error("ResourceNotFoundException", f"Package not found: {given['package']}")
        return json_reply(
            200, {"package": given["package"], "format": "pypi", **self._cut("versions", versions, given)}
        )

    @operation("ListPackageVersionAssets")
    def list_assets(self, request: Request) -> Reply:
        given = self._given("ListPackageVersionAssets", request)
        if isinstance(given, Reply):
            return given
        held = self.repositories[given["repository"]].get((given["package"], given["packageVersion"]))
        if held is None:
            return self._error("ResourceNotFoundException", "Package version not found")
        assets = [
            {
                "name": name,
                "size": len(data),
                "hashes": {"MD5": hashlib.md5(data).hexdigest(), "SHA-256": hashlib.sha256(data).hexdigest()},
            }
            for name, data in held.assets.items()
        ]
        return json_reply(200, {"format": "pypi", "package": given["package"], **self._cut("assets", assets, given)})

    @operation("UpdatePackageVersionsStatus")
    def update_status(self, request: Request) -> Reply:
        given = self._given("UpdatePackageVersionsStatus", request)
        if isinstance(given, Reply):
            return given
        target = given["targetStatus"]
        if target not in {"Published", "Unlisted", "Archived"}:  # the operation's documentation in MODEL
            return self._error("ValidationException", f"targetStatus {target} cannot be set")

        def update(held: PackageVersion) -> str:
            if given.get("expectedStatus", held.status) != held.status:
                return "MISMATCHED_STATUS"
            held.status = target
            return ""

        return self._each(given, self.repositories[given["repository"]], update)

    @operation("DeletePackageVersions")
    def delete_versions(self, request: Request) -> Reply:
        given = self._given("DeletePackageVersions", request)
        if isinstance(given, Reply):
            return given
        packages = self.repositories[given["repository"]]
        reply = self._each(given, packages, lambda _: "")
        for version in given["versions"]:
            if version not in self.fail_with:
                packages.pop((given["package"], version), None)
        return reply

    @operation("CopyPackageVersions")
    def copy_versions(self, request: Request) -> Reply:
        given = self._given("CopyPackageVersions", request)
        if isinstance(given, Reply):
            return given
        if ("versions" in given) == ("versionRevisions" in given):
            return self._error("ValidationException", "specify versions or versionRevisions")
        target = self.repositories[given["destinationRepository"]]
        source = self.repositories[given["sourceRepository"]]

        def copy(version: str, held: PackageVersion) -> str:
            if (given["package"], version) in target and not given.get("allowOverwrite"):
                return "ALREADY_EXISTS"
            target[given["package"], version] = PackageVersion(dict(held.assets), held.status)
            return ""

        copied = iter(given["versions"])
        return self._each(given, source, lambda held: copy(next(copied), held))

    def _each(
        self,
        given: dict[str, Any],
        packages: dict[tuple[str, str], PackageVersion],
        act: Callable[[PackageVersion], str],
    ) -> Reply:
        """HTTP 200 whatever happens: what failed stands in `failedVersions`. Source: MODEL, the results' shapes."""
        good: dict[str, object] = {}
        failed: dict[str, object] = {}
        for version in given["versions"]:
            held = packages.get((given["package"], version))
            code = self.fail_with.get(version) or ("NOT_FOUND" if held is None else act(held))
            if code == "silence":
                continue
            if code:
                failed[version] = {"errorCode": code, "errorMessage": f"{code} it is"}
            else:
                assert held is not None
                good[version] = {"revision": "r1", "status": held.status}
        return json_reply(200, {"successfulVersions": good, "failedVersions": failed})

    def _cut(self, key: str, entries: list[Any], given: dict[str, Any]) -> dict[str, object]:
        start = int(given.get("nextToken", "0"))
        end = start + self.page_size
        return {key: entries[start:end], **({"nextToken": str(end)} if end < len(entries) else {})}

    def _given(self, name: str, request: Request) -> dict[str, Any] | Reply:
        """The parameters of an operation, checked; or the answer that refuses them."""
        if refused := self._unsigned(request):
            return refused
        model = SERVICE.operation_model(name)
        given = dict(_parameters(model, request))
        if wrong := [*_report(given, model.input_shape), *_mismatches(name, given, model.input_shape)]:
            raise Violation(f"{name}: {'; '.join(wrong)}")
        if not self.allowed:
            return self._error("AccessDeniedException", f"User is not authorized to perform: codeartifact:{name}")
        if given["domain"] != DOMAIN or given.get("domainOwner", OWNER) != OWNER:
            return self._error("ResourceNotFoundException", f"Domain not found: {given['domain']}")
        for key in ("repository", "sourceRepository", "destinationRepository"):
            if key in given and given[key] not in self.repositories:
                return self._error("ResourceNotFoundException", f"Repository not found: {given[key]}")
        package = given.get("package", "")
        if package != canonicalize_name(package):  # python-name-normalization
            raise Violation(f"{name}: the API wants the normalised name, not {package}")
        if given.get("format", "pypi") != "pypi":
            raise Violation(f"{name}: the format is {given['format']}")
        return given

    def _unsigned(self, request: Request) -> Reply | None:
        """Source: MODEL, signatureVersion v4; the key and its scope are looked at, the signature is not."""
        scope = re.match(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/codeartifact/aws4_request, SignedHeaders=[^,]+, "
            r"Signature=[0-9a-f]{64}$",
            request.headers.get("authorization", ""),
        )
        if scope is None:
            raise Violation(f"{request.path}: not signed by version 4")
        if scope[2] != REGION:
            raise Violation(f"{request.path}: signed for {scope[2]}")
        if scope[1] != KEY:
            message = "The security token included in the request is invalid."
            return self._error("UnrecognizedClientException", message, 403)
        return None

    def _error(self, code: str, message: str, status: int = 0) -> Reply:
        if not status:
            status = SERVICE.shape_for(code).metadata["error"]["httpStatusCode"]
        kind = message.partition(" not found")[0].lower().replace(" ", "-")
        more = {"resourceType": kind} if code == "ResourceNotFoundException" else {}
        reply = json_reply(status, {"message": message, **more})
        return Reply(status, reply.body, {**reply.headers, "x-amzn-ErrorType": code})


def _parameters(model: OperationModel, request: Request) -> Iterator[tuple[str, Any]]:
    """The members of the input by their own names, from the query and the body."""
    body = request.json if request.body else {}
    if not isinstance(body, dict):
        raise Violation(f"{request.path}: the body is no object")
    members = model.input_shape.members
    known = {shape.serialization.get("name", name) for name, shape in members.items()}
    if unknown := body.keys() - known:
        raise Violation(f"{model.name}: unknown members {sorted(unknown)}")
    for name, shape in members.items():
        wire = shape.serialization.get("name", name)
        in_query = shape.serialization.get("location") == "querystring"
        if in_query and wire in request.query:
            text = request.query[wire]
            yield name, int(text) if shape.type_name in {"long", "integer"} else text
        elif not in_query and wire in body:
            yield name, body[wire]


def _report(given: dict[str, Any], shape: Shape) -> list[str]:
    errors = ParamValidator().validate(given, shape)
    return [errors.generate_report()] if errors.has_errors() else []


def _mismatches(name: str, value: object, shape: Shape) -> Iterator[str]:
    """What botocore does not check: values outside of an enum, or unlike their pattern."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for member, each in value.items():
            yield from _mismatches(f"{name}.{member}", each, shape.members[member])
    elif shape.type_name == "list" and isinstance(value, list):
        for each in value:
            yield from _mismatches(name, each, shape.member)
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{name} is {value}, which is none of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, str(value)):
            yield f"{name} is {value}, which does not fit {pattern}"
