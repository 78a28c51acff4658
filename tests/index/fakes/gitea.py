"""Gitea's and Forgejo's package registry, by their source.

routers/api/packages/pypi/pypi.go: go-gitea/gitea @0bf7a7c, and Forgejo's @0248dd9 (creator-signal's copy), which
answers a duplicate with 409 and has JSON pages; routers/api/packages/api.go (the routes);
routers/api/v1/packages/package.go @2212923 (list, delete). Not verified: the words of a 401.
"""

from __future__ import annotations

import hashlib
import html
import json
from dataclasses import dataclass

from tests.index.fakes.contract import Fake, Reply, Request, json_reply, read_upload, route, text_reply

OWNER = r"/api/packages/(?P<owner>[^/]+)/pypi"
API = r"/api/v1/packages/(?P<owner>[^/]+)"
PYPI = "routers/api/packages/pypi/pypi.go: "
JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class File:
    project: str
    version: str
    name: str
    content: bytes
    requires_python: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def normalised(name: str) -> str:
    """`normalizer`, and the lower-case name that packages are found by."""
    return name.replace(".", "-").replace("_", "-").lower()


class Gitea(Fake):
    """One owner, `crew`."""

    def __init__(self, password: str) -> None:
        super().__init__()
        self.passwords = {password}  # a token, with which any user name goes
        self.stored: list[File] = []
        self.public = True
        self.forgejo = False
        self.may_write = True
        self.quota = False
        self.broken_hash = False  # `#sha256-` as very old servers wrote
        self.lingering = 0
        self.old: dict[str, Reply] = {}

    @route("POST", f"{OWNER}/?", source=f"{PYPI}UploadPackageFile")
    def upload(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        upload = read_upload(request)
        if upload.fields.get("sha256_digest", [""])[0].lower() != upload.sha256:
            return text_reply(400, "hash mismatch")
        project, version = normalised(upload.one("name")), upload.one("version")
        if self.quota:
            return text_reply(403, "maximum allowed package type size exceeded")
        if any((each.project, each.version, each.name) == (project, version, upload.filename) for each in self.stored):
            return text_reply(409 if self.forgejo else 400, "package file already exists")
        python = upload.fields.get("requires_python", [""])[0]
        self.stored.append(File(project, version, upload.filename, upload.content, python))
        return Reply(201)

    @route("GET", f"{OWNER}/simple/(?P<name>[^/]+)/?", source=f"{PYPI}PackageMetadata; simple.tmpl")
    def page(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        name = normalised(request.parts["name"])
        if self.lingering > 0 and name in self.old:
            self.lingering -= 1
            return self.old[name]
        return self._page(name, wants_json=self.forgejo and JSON in request.headers.get("accept", ""))

    @route(
        "GET", f"{OWNER}/files/(?P<name>[^/]+)/(?P<version>[^/]+)/(?P<file>[^/]+)", source=f"{PYPI}DownloadPackageFile"
    )
    def file(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        wanted = (normalised(request.parts["name"]), request.parts["version"], request.parts["file"])
        found = next((each for each in self.stored if (each.project, each.version, each.name) == wanted), None)
        return Reply(200, found.content) if found else text_reply(404, "package does not exist")

    @route("GET", API, query=("type", "q", "page", "limit"), source="routers/api/v1/packages/package.go: ListPackages")
    def list_packages(self, request: Request) -> Reply:
        return self._guard(request) or json_reply(
            200, [{"type": "pypi", "name": each.project, "version": each.version} for each in self.stored][:1]
        )

    @route("DELETE", f"{API}/pypi/(?P<name>[^/]+)/(?P<version>[^/]+)", source="package.go: DeletePackage: 204, 404")
    def delete(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        wanted = (request.parts["name"].lower(), request.parts["version"])
        if all((each.project, each.version) != wanted for each in self.stored):
            return json_reply(404, {"message": "package does not exist"})
        self.old = {wanted[0]: self._page(wanted[0], wants_json=False)}
        self.stored = [each for each in self.stored if (each.project, each.version) != wanted]
        return Reply(204)

    def _guard(self, request: Request, *, write: bool = False) -> Reply | None:
        if request.basic is not None and request.basic[1] not in self.passwords:
            return text_reply(401, "Failed to authenticate user")
        if request.basic is None and (write or not self.public):
            return Reply(401, b"", {"WWW-Authenticate": 'Basic realm="Gitea Package API"'})
        if request.parts["owner"] != "crew":
            return text_reply(404, "user does not exist")
        return (
            text_reply(403, "token does not have at least one of required scope(s)")
            if write and not self.may_write
            else None
        )

    def _page(self, name: str, *, wants_json: bool) -> Reply:
        files = [each for each in self.stored if each.project == name]
        if not files:
            return text_reply(404, "")
        if wants_json:
            entries = [
                {
                    "filename": each.name,
                    "url": self._url(each),
                    "hashes": {"sha256": each.sha256},
                    "size": len(each.content),
                }
                for each in files
            ]
            data = {"meta": {"api-version": "1.1"}, "name": name, "files": entries}
            return Reply(200, json.dumps(data).encode(), {"Content-Type": JSON})
        mark = "sha256-" if self.broken_hash else "sha256="
        links = "".join(
            f'<a href="{self._url(each)}#{mark}{each.sha256}" '
            f'data-requires-python="{html.escape(each.requires_python)}">{each.name}</a><br>'
            for each in files
        )
        page = f"<!DOCTYPE html><html><head><title>Links for {name}</title></head><body>{links}</body></html>"
        return Reply(200, page.encode(), {"Content-Type": "text/html;charset=utf-8"})

    def _url(self, file: File) -> str:
        return f"{self.url}/api/packages/crew/pypi/files/{file.project}/{file.version}/{file.name}"
