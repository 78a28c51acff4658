"""Warehouse, the software of PyPI and TestPyPI, and a stand-in for the identities of GitHub Actions.

Observable rules only, in the order of `file_upload`. Sources are files of pypi/warehouse:
- forklift: warehouse/forklift/legacy.py at 6b62157 (2026-08-21) and metadata.py beside it;
- oidc: warehouse/oidc/views.py and models/github.py;
- burn: pull request 20197; that it answers 202, also for tokens that it does not know, is from uv's tests
  (crates/uv/tests/it/publish.rs), and what its body says is not verified;
- simple: docs "Index API", api-version 1.4;
- integrity: docs "Integrity API". That a provenance appears at once is not verified: the CDN may be slower.
Attestations are taken apart and compared with the file, but no signature is checked.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
import tarfile
import time
import zipfile
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from packaging.metadata import Metadata, RawMetadata
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version
from readme_renderer import markdown, rst, txt
from tests.index.fakes.contract import (
    Fake,
    Reply,
    Request,
    Upload,
    html_page,
    json_reply,
    read_upload,
    route,
    text_reply,
)

ISSUER = "https://token.actions.githubusercontent.com"
NO_IDENTITY = "Invalid or non-existent authentication information."
JSON = "application/vnd.pypi.simple.v1+json"
FORKLIFT = "pypi/warehouse@6b62157 warehouse/forklift/legacy.py"
OIDC = "pypi/warehouse warehouse/oidc/views.py"
PLATFORMS = re.compile(
    r"any|win32|win_(arm64|amd64|ia64)|linux_armv[67]l|manylinux(1|2010)_(x86_64|i686)"
    r"|manylinux2014_(x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x)"
    r"|(many|musl)linux_\d+_\d+_(x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64)|manylinux_\d+_\d+_ppc64"
    r"|macosx_(10_\d+|(11|12|13|14|15|26)_0)_(ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal2?)"
    r"|ios_\d+_\d+_(arm64|x86_64)_(iphoneos|iphonesimulator)|android_\d+_(armeabi_v7a|arm64_v8a|x86|x86_64)"
)
METADATA_VERSIONS = {"1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "2.3", "2.4", "2.5"}


class Refusal(Exception):  # noqa: N818 - what the server says
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Publisher:
    """A trusted publisher, as an owner enters it; `pending` names the project that it may create."""

    owner: str = "harbour"
    repository: str = "boats"
    workflow: str = "publish.yml"
    environment: str = ""
    owner_id: str = "42"
    pending: str = ""

    def find(self, claims: dict[str, str]) -> str:
        """Why a job's claims are not of this publisher; "" when they are."""
        lookup = "Publisher with matching claims was not found"
        if claims.get("event_name") == "pull_request_target":
            return "Publishing from a workflow invoked via 'pull_request_target' is not supported."
        if claims["repository"].lower() != f"{self.owner}/{self.repository}" or (
            claims["repository_owner_id"] != self.owner_id
        ):
            return lookup
        if self.environment and self.environment.lower() != claims.get("environment", "").lower():
            return lookup
        path = f"{self.owner}/{self.repository}/.github/workflows/{self.workflow}"
        expected = sorted(f"{path}@{claims[name]}" for name in ("ref", "sha") if claims.get(name))
        if not claims["job_workflow_ref"].partition("@")[0].endswith(f"/{self.workflow}"):
            return lookup
        if claims["job_workflow_ref"] not in expected:
            return f"The job_workflow_ref claim does not match, expecting one of {expected!r}, got …"
        return ""


@dataclass
class Held:
    data: bytes
    uploaded: datetime
    attestations: list[object] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass
class Token:
    expires: float
    project: str | None = None
    trusted: bool = False


class GitHub(Fake):
    """GitHub's token endpoint of one job. `claims` is what it says of the job; `issued` every token it gave."""

    def __init__(self, **claims: str) -> None:
        super().__init__()
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.secret = secrets.token_hex(16)
        path = "harbour/boats/.github/workflows/publish.yml@refs/tags/v1.0"
        self.claims = {
            "repository": "harbour/boats",
            "repository_owner": "harbour",
            "repository_owner_id": "42",
            "sub": "repo:harbour/boats:ref:refs/tags/v1.0",
            "ref": "refs/tags/v1.0",
            "sha": "a" * 40,
            "event_name": "push",
            "workflow_ref": path,
            "job_workflow_ref": path,
            **claims,
        }
        self.issued: list[str] = []

    @route(
        "GET",
        "/idtoken",
        query=("api-version", "audience"),
        source="docs.github.com, OpenID Connect reference: methods for requesting the OIDC token",
    )
    def give(self, request: Request) -> Reply:
        if request.headers.get("authorization", "").lower() != f"bearer {self.secret}":
            return json_reply(401, {"message": "bad credentials"})
        return json_reply(200, {"count": 1, "value": self.token(request.query["audience"])})

    def token(self, audience: str, *, age: float = 0) -> str:
        now = int(time.time() - age)
        claims = {"iss": ISSUER, "aud": audience, "iat": now, "nbf": now, "exp": now + 300, "jti": secrets.token_hex(8)}
        self.issued.append(jwt.encode({**claims, **self.claims}, self.key, algorithm="RS256"))
        return self.issued[-1]

    def environ(self) -> dict[str, str]:
        """What a job with `id-token: write` has."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/idtoken?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.secret,
        }


class Warehouse(Fake):
    """One index. `publisher` is the one that an owner entered, `github` whose keys it trusts.

    `lifetime` is that of a minted token in seconds, 900 in reality.
    """

    def __init__(self, github: GitHub | None = None, publisher: Publisher | None = None) -> None:
        super().__init__()
        self.github = github
        self.publisher = publisher
        self.audience = "pypi"
        self.lifetime = 900.0
        self.held: dict[str, Held] = {}
        self.deleted: set[str] = set()
        self.created: dict[tuple[str, Version], datetime] = {}
        self.yanked: dict[tuple[str, Version], str] = {}
        self.projects: set[str] = set()
        self.status: dict[str, str] = {}
        self.tokens: dict[str, Token] = {}
        self.minted: list[str] = []
        self.burnt: list[str] = []
        self.used: set[str] = set()
        self.file_size_limit = 100 << 20
        self.disallowed = False
        self.html_only = False

    # ---- what people do on its pages: for tests only

    def user_token(self, secret: str = "") -> str:
        """A token of a user, for every project, in Warehouse's form: "pypi-" and a macaroon."""
        host = b"fake.example"
        body = b"\x02\x01" + bytes([len(host)]) + host + (secret.encode() or secrets.token_bytes(20))
        token = "pypi-" + urlsafe_b64encode(body).decode().rstrip("=")
        self.accept(token)
        return token

    def accept(self, token: str) -> None:
        """Let a user's token of any form in."""
        self.tokens[token] = Token(time.time() + 1e6)

    def yank(self, project: str, version: str, reason: str) -> None:
        self.yanked[canonicalize_name(project), Version(version)] = reason

    def delete(self, filename: str) -> None:
        """The name is burnt; the release stays, with one file less."""
        del self.held[filename]
        self.deleted.add(filename)

    def age(self, project: str, version: str, days: float) -> None:
        """Make a release and its files older."""
        key = (canonicalize_name(project), Version(version))
        self.created[key] -= timedelta(days=days)
        for name, held in self.held.items():
            if _key(name) == key:
                held.uploaded -= timedelta(days=days)

    # ---- trusted publishing

    @route("GET", "/_/oidc/audience", source=f"{OIDC} oidc_audience")
    def tell_audience(self, request: Request) -> Reply:
        if self.disallowed:
            return json_reply(403, {"message": "Trusted publishing functionality not enabled"})
        return json_reply(200, {"audience": self.audience})

    @route("POST", "/_/oidc/mint-token", source=f"{OIDC} mint_token_from_oidc, mint_token")
    def mint(self, request: Request) -> Reply:
        payload = request.json
        token = payload.get("token") if isinstance(payload, dict) else None
        if not isinstance(token, str):
            return _invalid("invalid-payload", "1 validation error for TokenPayload")
        try:
            issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
        except (jwt.PyJWTError, KeyError):
            return _invalid("invalid-payload", "malformed JWT")
        if issuer != ISSUER or self.github is None:
            return _invalid("invalid-payload", "unknown trusted publishing issuer")
        if self.disallowed:
            return _invalid("not-enabled", "github trusted publishing functionality not enabled")
        return self._mint(token)

    def _mint(self, token: str) -> Reply:
        assert self.github is not None
        try:
            claims = jwt.decode(
                token,
                self.github.key.public_key(),
                algorithms=["RS256"],
                audience=self.audience,
                issuer=ISSUER,
                options={"require": ["iss", "iat", "exp", "aud"]},
                leeway=30,
            )
        except jwt.PyJWTError:
            return _invalid("invalid-token", "malformed or invalid token")
        why = self.publisher.find(claims) if self.publisher else "Publisher with matching claims was not found"
        if not why and self.publisher and self.publisher.pending:
            project = canonicalize_name(self.publisher.pending)
            if project in self.projects:
                return _invalid("invalid-pending-publisher", "valid token, but project already exists")
            self.projects.add(project)
            self.publisher.pending = ""
        if claims["jti"] in self.used:
            return _invalid("invalid-reuse-token", "invalid token: already used")
        if why:
            return _invalid("invalid-publisher", f"valid token, but no corresponding publisher ({why})")
        self.used.add(claims["jti"])
        minted, expires = f"pypi-{secrets.token_urlsafe(40)}", int(time.time() + self.lifetime)
        self.tokens[minted] = Token(expires, trusted=True)
        self.minted.append(minted)
        return json_reply(200, {"success": True, "token": minted, "expires": expires})

    @route("POST", "/_/oidc/burn-token", source="pypi/warehouse#20197; the status from astral-sh/uv#21423")
    def burn(self, request: Request) -> Reply:
        payload = request.json
        if not isinstance(payload, dict) or not isinstance(payload.get("token"), str):
            return _invalid("invalid-payload", "1 validation error for BurnPayload")
        self.burnt.append(payload["token"])
        self.tokens.pop(payload["token"], None)
        return json_reply(202, {"message": "Accepted"})

    # ---- uploads

    @route("POST", "/legacy", source="without its slash: 308, which is not followed with a body")
    def without_slash(self, request: Request) -> Reply:
        return Reply(308, b"", {"Location": "/legacy/"})

    @route("POST", "/legacy/", source=f"{FORKLIFT} file_upload")
    def legacy(self, request: Request) -> Reply:
        try:
            token = self._token(request)
            if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
                raise Refusal("'' is an invalid value for Metadata-Version.")
            upload = read_upload(request, required=("sha256_digest",))
            if self._take(upload, token):
                self.held[upload.filename] = self._held(upload, token)
        except Refusal as refusal:
            return _refused(request, str(refusal), refusal.status)
        return Reply(200, b"", {"Content-Type": "text/plain"})

    def _token(self, request: Request) -> Token:
        """HTTP Basic with the user __token__, or the token alone (macaroons/security_policy.py)."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            user, _, value = b64decode(value).decode().partition(":")
            value = value if user == "__token__" else ""
        token = self.tokens.get(value)
        if token is None or token.expires < time.time():
            raise Refusal(f"{NO_IDENTITY} See https://fake.example/help/#invalid-auth for more information.", 403)
        return token

    def _take(self, upload: Upload, token: Token) -> bool:
        """Every check in Warehouse's order; False for a file that it has already."""
        meta = self._metadata(upload)
        project, version = canonicalize_name(meta.name), meta.version
        if project not in self.projects:
            if token.trusted:
                raise Refusal("Non-user identities cannot create new projects. This was probably caused by …")
            self.projects.add(project)
        if self.status.get(project) in {"archived", "quarantined"}:
            raise Refusal(f"The given token isn't allowed to upload to project '{project}'.", 403)
        _check_description(meta)
        created = self.created.get((project, version))
        if (
            re.fullmatch(r".+\.(tar\.gz|zip)" if upload.one("filetype") == "sdist" else r".+\.whl", upload.filename)
            is None
        ):
            raise Refusal("Invalid file extension: Use .tar.gz, .whl or .zip extension.")
        if len(upload.content) > self.file_size_limit:
            raise Refusal(f"File too large. Limit for project '{project}' is {self.file_size_limit >> 20} MB.")
        held = next((n for n, h in self.held.items() if n == upload.filename or h.data == upload.content), None)
        if held == upload.filename and self.held[held].data == upload.content:
            return False
        if held is not None:
            digest = hashlib.blake2b(upload.content, digest_size=32).hexdigest()
            raise Refusal(f"File already exists ({upload.filename!r}, with blake2_256 hash {digest!r}).")
        if upload.filename in self.deleted:
            raise Refusal("This filename was previously used by a file that has since been deleted.")
        if created is not None and datetime.now(timezone.utc) - created > timedelta(days=14):
            raise Refusal("Uploading new files to releases older than 14 days is not allowed.")
        sdists = [name for name in self.held if _key(name) == (project, version) and not name.endswith(".whl")]
        if upload.one("filetype") == "sdist" and sdists:
            raise Refusal("Only one sdist may be uploaded per release.")
        (_check_sdist if upload.one("filetype") == "sdist" else _check_wheel)(upload, meta)
        self.created.setdefault((project, version), datetime.now(timezone.utc))
        return True

    @staticmethod
    def _metadata(upload: Upload) -> Metadata:
        """The form against the metadata in the file: Warehouse reads the form, and so is told what it would be."""
        version = upload.one("metadata_version")
        if version not in METADATA_VERSIONS:
            raise Refusal(f"{version!r} is not a valid metadata version.")
        raw: RawMetadata = {
            "metadata_version": version,
            "name": upload.one("name"),
            "version": upload.one("version"),
        }
        for name in ("summary", "description", "description_content_type", "requires_python"):
            if name in upload.fields:
                raw[name] = upload.one(name)  # type: ignore[literal-required]
        for name, key in (("license_file", "license_files"), ("requires_dist", "requires_dist")):
            if name in upload.fields:
                raw[key] = upload.fields[name]  # type: ignore[literal-required]
        meta = Metadata.from_raw(raw)
        if meta.version.local:
            raise Refusal(f"The use of local versions in {meta.version!r} is not allowed.")
        if any(requirement.url for requirement in meta.requires_dist or ()):
            raise Refusal("Can't have direct dependency: …")
        for classifier in upload.fields.get("classifiers", []):
            if classifier.startswith("Private ::"):
                raise Refusal(f"{classifier!r} is not a valid classifier.")
        return meta

    def _held(self, upload: Upload, token: Token) -> Held:
        attestations = [json.loads(text) for text in upload.fields.get("attestations", [])]
        if attestations and not token.trusted:
            raise Refusal("Invalid attestations supplied during upload: Attestations are only supported when using …")
        for attestation in attestations[0] if attestations else []:
            statement = json.loads(b64decode(attestation["envelope"]["statement"]))
            if statement["subject"] != [{"name": upload.filename, "digest": {"sha256": upload.sha256}}]:
                raise Refusal("Invalid attestations supplied during upload: Could not verify the uploaded artifact")
        return Held(upload.content, datetime.now(timezone.utc), attestations[0] if attestations else [])

    # ---- reading

    @route("GET", r"/simple/(?P<project>[a-z0-9-]+)/", source="docs Index API; warehouse/legacy/api/simple.py")
    def page(self, request: Request) -> Reply:
        project = request.parts["project"]
        held = {name: each for name, each in self.held.items() if _key(name)[0] == project}
        if project not in self.projects or self.status.get(project) == "quarantined":
            return text_reply(404, "404 Not Found")
        if self.html_only or JSON not in request.headers.get("accept", ""):
            return self._html(held)
        body = {
            "meta": {"api-version": "1.4", "_last-serial": 1},
            "name": project,
            "versions": [str(version) for name, version in self.created if name == project],
            "files": [self._entry(name, each) for name, each in held.items()],
            "project-status": {"status": self.status.get(project, "active")},
        }
        return Reply(200, json.dumps(body).encode(), {"Content-Type": JSON, "Cache-Control": "max-age=600, public"})

    @route("GET", r"/pypi/(?P<project>[a-z0-9-]+)/(?P<version>[^/]+)/json", source="docs JSON API")
    def release(self, request: Request) -> Reply:
        key = (canonicalize_name(request.parts["project"]), Version(request.parts["version"]))
        if key not in self.created:
            return json_reply(404, {"message": "Not Found"})
        urls = [
            {
                "filename": name,
                "digests": {"sha256": held.sha256},
                "yanked": key in self.yanked,
                "yanked_reason": self.yanked.get(key),
            }
            for name, held in self.held.items()
            if _key(name) == key
        ]
        info = {"name": key[0], "version": str(key[1]), "yanked": key in self.yanked}
        return json_reply(200, {"info": {**info, "yanked_reason": self.yanked.get(key)}, "urls": urls})

    @route(
        "GET",
        r"/integrity/(?P<project>[^/]+)/(?P<version>[^/]+)/(?P<name>[^/]+)/provenance",
        source="docs Integrity API",
    )
    def provenance(self, request: Request) -> Reply:
        held = self.held.get(request.parts["name"])
        if held is None or not held.attestations:
            return json_reply(404, {"message": f"No provenance available for {request.parts['name']}"})
        publisher = {"kind": "GitHub", "repository": "harbour/boats", "workflow": "publish.yml"}
        bundle = {"publisher": publisher, "attestations": held.attestations}
        return json_reply(200, {"version": 1, "attestation_bundles": [bundle]})

    @route("GET", r"/files/(?P<name>[^/]+)", source="the simple page's links; the real host is another one")
    @route("HEAD", r"/files/(?P<name>[^/]+)", source="as for GET")
    def file(self, request: Request) -> Reply:
        held = self.held.get(request.parts["name"])
        return Reply(200, held.data, {"Content-Type": "application/octet-stream"}) if held else text_reply(404)

    def _entry(self, name: str, held: Held) -> dict[str, object]:
        key = _key(name)
        return {
            "filename": name,
            "url": f"{self.url}/files/{name}",
            "hashes": {"sha256": held.sha256},
            "size": len(held.data),
            "upload-time": held.uploaded.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "yanked": (self.yanked[key] or True) if key in self.yanked else False,
            "core-metadata": False,
            "provenance": f"{self.url}/integrity/{key[0]}/{key[1]}/{name}/provenance" if held.attestations else None,
        }

    def _html(self, held: dict[str, Held]) -> Reply:
        reply = html_page({name: each.data for name, each in held.items()}, f"{self.url}/files/{{name}}")
        body = reply.body.decode()
        for name in held:
            if _key(name) in self.yanked:
                body = body.replace(f'">{name}</a>', f'" data-yanked="{self.yanked[_key(name)]}">{name}</a>')
        return Reply(200, body.encode(), reply.headers)


def _key(filename: str) -> tuple[str, Version]:
    if filename.endswith(".whl"):
        return parse_wheel_filename(filename)[:2]
    return parse_sdist_filename(filename)


def _invalid(code: str, description: str) -> Reply:
    errors = [{"code": code, "description": description}]
    return json_reply(422, {"message": "Token request failed", "errors": errors})


def _refused(request: Request, message: str, status: int) -> Reply:
    """The message is in the HTTP reason; for who wants JSON also in the body's `code`."""
    message = message.encode("iso-8859-1", "replace").decode("iso-8859-1")
    reason = f"{status} {message}"
    if "application/json" in request.headers.get("accept", ""):
        body = {"message": "The server could not comply with the request", "code": reason, "title": "Bad Request"}
        return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"}, message)
    page = f"<html><head><title>{reason}</title></head><body><h1>{reason}</h1></body></html>"
    return Reply(status, page.encode(), {"Content-Type": "text/html"}, message)


def _check_description(meta: Metadata) -> None:
    renderers = {"text/plain": txt, "text/markdown": markdown, "text/x-rst": rst, None: rst}
    kind = (meta.description_content_type or "").partition(";")[0] or None
    if meta.description and renderers[kind].render(meta.description) is None:
        raise Refusal(f"The description failed to render for '{kind}'.")


def _check_sdist(upload: Upload, meta: Metadata) -> None:
    project = canonicalize_name(meta.name).replace("-", "_")
    try:
        with tarfile.open(fileobj=io.BytesIO(upload.content), mode="r:gz") as archive:
            names = archive.getnames()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Refusal("Invalid distribution file. File is not a tarfile") from error
    top = names[0].split("/")[0] if names else ""
    if f"{top}/PKG-INFO" not in names:
        raise Refusal(f"Invalid distribution file. PKG-INFO not found at {top}/PKG-INFO")
    expected = f"{project}-{meta.version}.tar.gz"
    if upload.filename != expected:
        raise Refusal(f"Filename {upload.filename!r} is invalid, should be {expected!r}.")
    for path in meta.license_files or ():
        if f"{top}/{path}" not in names:
            raise Refusal(f"License-File {path} does not exist in distribution file {upload.filename} at {top}/{path}")


def _check_wheel(upload: Upload, meta: Metadata) -> None:
    with zipfile.ZipFile(io.BytesIO(upload.content)) as archive:
        names = archive.namelist()
        if any(entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for entry in archive.infolist()):
            raise Refusal("Invalid distribution file. File does not use a supported compression type")
    _, version, _, tags = parse_wheel_filename(upload.filename)
    for tag in tags:
        if not PLATFORMS.fullmatch(tag.platform):
            raise Refusal(f"Binary wheel '{upload.filename}' has an unsupported platform tag '{tag.platform}'.")
    spelled, expected = upload.filename.split("-")[0], canonicalize_name(meta.name).replace("-", "_")
    if spelled != expected:
        raise Refusal(f"Filename {upload.filename!r} should contain the normalized project name {expected!r}.")
    if version != meta.version:
        raise Refusal(f"Version in filename should be '{meta.version}' not '{version}'.")
    info = "-".join(upload.filename.split("-")[:2]) + ".dist-info"
    for path in (*(f"licenses/{each}" for each in meta.license_files or ()), "WHEEL", "RECORD", "METADATA"):
        if f"{info}/{path}" not in names:
            raise Refusal(f"{path} does not exist in distribution file {upload.filename} at {info}/{path}")
