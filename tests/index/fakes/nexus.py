"""Sonatype Nexus Repository 3, by its source (sonatype/nexus-public, plugins/nexus-repository-pypi) and its help.

Files that are named: datastore/internal/PyPiHostedFacet.java @1be229f, PyPiHostedHandlers.java @5d1c26c,
PypiContentFacetImpl.java @5d1c26c, PyPiLastAssetMaintenanceFacet.java @2e7626e; help.sonatype.com "Assets API",
"Search API", "Repositories API"; the two texts of a refused redeploy: pypa/twine #693, #1044. Not verified: sha256 on
pages (said to come with 3.41; the source seen has md5).
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from tests.index.fakes.contract import Fake, Reply, Request, Violation, json_reply, read_upload, route

REPO = r"/repository/(?P<repo>[a-z-]+)"
REST = "/service/rest/v1"
FACET = "PyPiHostedFacet.java"


@dataclass
class Asset:
    id: str
    project: str
    version: str
    path: str
    content: bytes
    seen: bool = True


class Nexus(Fake):
    """The hosted repository `boats`, the group `all` with it and a proxy, and a repository of another format."""

    def __init__(self, password: str) -> None:
        super().__init__()
        self.users = {"alice": password}
        self.repositories = {"boats": ("pypi", "hosted"), "all": ("pypi", "group"), "jars": ("maven2", "hosted")}
        self.assets: list[Asset] = []
        self.proxied: list[Asset] = []
        self.anonymous = True
        self.policy = "ALLOW_ONCE"  # or ALLOW (redeploy), DENY (read only)
        self.may_delete = True
        self.browsable = True
        self.algorithm = "sha256"
        self.searches_until_seen = 0
        self.page_size = 10
        self.lingering = 0
        self.old: dict[str, Reply] = {}
        self.ids = itertools.count(1)

    @route("POST", f"{REPO}/", source=f"PyPiHostedHandlers.java: postContent; {FACET}: upload; 200 by HttpResponses.ok")
    def upload(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        if self.repositories[request.parts["repo"]][1] != "hosted":
            return _error(405, "Method Not Allowed")
        upload = read_upload(request)
        project, version = canonicalize_name(upload.one("name")), upload.one("version")
        path = f"packages/{project}/{version}/{upload.filename}"
        there = next((each for each in self.assets if each.path == path), None)
        if self.policy == "DENY":
            return _error(400, "Repository is read only: boats")
        if there and self.policy == "ALLOW_ONCE":
            return _error(400, f"boats/{path} cannot be updated")
        if there:
            there.content = upload.content
        else:
            self.assets.append(Asset(f"Ym9hdHM6{next(self.ids)}", project, version, path, upload.content, seen=False))
        return Reply(200)

    @route("GET", f"{REPO}/simple/?", source=f"{FACET}: getRootIndex")
    def root(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        links = "".join(f'<a href="{name}/">{name}</a><br/>' for name in sorted({each.project for each in self.assets}))
        return _page(links)

    @route("GET", f"{REPO}/simple/(?P<name>[^/]+)/?", source=f"{FACET}: getIndex, buildPyPiLink")
    def page(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        if self.lingering > 0 and request.parts["name"] in self.old:
            self.lingering -= 1
            return self.old[request.parts["name"]]
        return self._page(request.parts["repo"], request.parts["name"])

    @route("GET", f"{REPO}/(?P<path>packages/.+)", source=f"{FACET}: getPackage")
    def file(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = next((each for each in self._in(request.parts["repo"]) if each.path == request.parts["path"]), None)
        return Reply(200, found.content) if found else _error(404, "Not Found")

    @route(
        "GET",
        f"{REST}/search/assets",
        query=("repository", "format", "name", "version", "continuationToken"),
        source="help.sonatype.com: Search API; component names are normalised: PypiContentFacetImpl.java",
    )
    def search(self, request: Request) -> Reply:
        if refused := self._rest_guard(request):
            return refused
        if request.query.get("format", "pypi") != "pypi" or "repository" not in request.query:
            raise Violation("a search of another format, or of everything")
        if self.searches_until_seen > 0:
            self.searches_until_seen -= 1
        else:
            for each in self.assets:
                each.seen = True
        found = [each for each in self.assets if each.seen and each.project == request.query.get("name", each.project)]
        start = int(request.query.get("continuationToken", "0"), 16)
        more = start + self.page_size
        items = [
            {
                "downloadUrl": f"{self.url}/repository/boats/{each.path}",
                "path": each.path,
                "id": each.id,
                "repository": "boats",
                "format": "pypi",
                "checksum": {"sha256": hashlib.sha256(each.content).hexdigest()},
            }
            for each in found[start:more]
        ]
        return json_reply(200, {"items": items, "continuationToken": f"{more:x}" if len(found) > more else None})

    @route("GET", f"{REST}/repositories", source="help.sonatype.com: Repositories API; only what the user may browse")
    def list_repositories(self, request: Request) -> Reply:
        if refused := self._rest_guard(request):
            return refused
        known = self.repositories.items() if self.browsable else ()
        return json_reply(
            200,
            [
                {"name": name, "format": form, "type": kind, "url": f"{self.url}/repository/{name}"}
                for name, (form, kind) in known
            ],
        )

    @route(
        "DELETE",
        f"{REST}/assets/(?P<id>[A-Za-z0-9]+)",
        source="help.sonatype.com: Assets API, Delete Asset: 204, 403, 404; the component goes with its last asset",
    )
    def delete(self, request: Request) -> Reply:
        if refused := self._rest_guard(request, write=True):
            return refused
        found = next((each for each in self.assets if each.id == request.parts["id"]), None)
        if found is None:
            return Reply(404)
        if not self.may_delete:
            return Reply(403)
        self.old = {found.project: self._page("boats", found.project)}
        self.assets.remove(found)
        return Reply(204)

    def _guard(self, request: Request, *, write: bool = False) -> Reply | None:
        if refused := self._rest_guard(request, write=write):
            return refused
        if request.parts["repo"] not in self.repositories:
            return _error(404, "Repository not found")
        return None

    def _rest_guard(self, request: Request, *, write: bool = False) -> Reply | None:
        known = request.basic is not None and self.users.get(request.basic[0]) == request.basic[1]
        if (request.basic is not None and not known) or (not known and (write or not self.anonymous)):
            return Reply(401, b"", {"WWW-Authenticate": 'BASIC realm="Sonatype Nexus Repository Manager"'})
        return None

    def _in(self, repo: str) -> list[Asset]:
        return [*self.assets, *self.proxied] if repo == "all" else self.assets if repo == "boats" else []

    def _page(self, repo: str, name: str) -> Reply:
        files = [each for each in self._in(repo) if each.project == name]
        if not files:
            return _error(404, "Not Found")
        return _page(
            "".join(
                f'<a href="../../{each.path}#{self.algorithm}={hashlib.new(self.algorithm, each.content).hexdigest()}"'
                f' rel="internal" data-requires-python="">{each.path.rpartition("/")[2]}</a><br/>'
                for each in files
            )
        )


def _page(links: str) -> Reply:
    page = f'<html lang="en"><head><title>Links</title></head><body><h1>Links</h1>{links}</body></html>'
    return Reply(200, page.encode(), {"Content-Type": "text/html"})


def _error(status: int, message: str) -> Reply:
    page = f"<!doctype html><html><head><title>{status}</title></head><body><div>Error {status}</div>{message}</body>"
    return Reply(status, page.encode(), {"Content-Type": "text/html"})
