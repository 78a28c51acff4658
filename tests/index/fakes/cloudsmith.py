"""Cloudsmith, by its client library and its documentation.

Sources: cloudsmith-api 2.0.42 (generated from Cloudsmith's own API description): paths, fields of Package,
PackageQuarantineRequest, the header X-Api-Key; docs.cloudsmith.com: "Python Repository" (the two servers, user and API
key), "Package Search Syntax", "Package Quarantine"; agentjp/bdinfo-rs#80 and conda/rattler#2461 (a duplicate is
taken, then fails, and has to be deleted). Not verified: the status of an upload (201 here), what a page shows of
quarantine, that a deleted name may be used again at once, the answers to a wrong key.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass

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
)

UPLOAD = r"/upload/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
DL = r"/dl/(?P<access>basic|public)/(?P<owner>[^/]+)/(?P<repo>[^/]+)/python"
API = r"/api/packages/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
CLIENT = "cloudsmith_api/api/packages_api.py: "


@dataclass
class Package:
    slug_perm: str
    name: str
    filename: str
    content: bytes
    looks: int
    failed: bool = False
    reason: str = ""
    quarantined: bool = False

    @property
    def completed(self) -> bool:
        return self.looks <= 0 and not self.failed

    @property
    def told(self) -> dict[str, object]:
        state = (
            "Failed"
            if self.failed
            else "Quarantined"
            if self.quarantined
            else "Completed"
            if self.completed
            else "Awaiting"
        )
        return {
            "slug_perm": self.slug_perm,
            "name": self.name,
            "filename": self.filename,
            "format": "python",
            "checksum_sha256": hashlib.sha256(self.content).hexdigest(),
            "cdn_url": f"https://dl.example.com/{self.filename}",
            "is_sync_completed": self.completed,
            "is_sync_failed": self.failed,
            "is_sync_in_progress": not self.completed and not self.failed,
            "is_quarantined": self.quarantined,
            "status_str": state,
            "status_reason": self.reason or None,
        }


class Cloudsmith(Fake):
    """The repository `crew/boats`."""

    def __init__(self, password: str) -> None:
        super().__init__()
        self.keys = {password}
        self.packages: list[Package] = []
        self.public = True
        self.work = 1  # how many looks at the API until a file is done
        self.rejects = ""  # why files fail
        self.lists_quarantined = False
        self.may_change = True
        self.lingering = 0
        self.old: dict[str, Reply] = {}
        self.ids = itertools.count(1)

    @route("POST", f"{UPLOAD}/", source="docs.cloudsmith.com: Python Repository, upload via native tooling")
    def upload(self, request: Request) -> Reply:
        if request.basic is None or request.basic[1] not in self.keys:
            return Reply(401, b"", {"WWW-Authenticate": 'Basic realm="Cloudsmith"'})
        if refused := self._elsewhere(request):
            return refused
        upload = read_upload(request)
        name = canonicalize_name(upload.one("name"))
        self.packages.append(Package(f"slug{next(self.ids)}", name, upload.filename, upload.content, self.work))
        return Reply(201)

    @route("GET", f"{DL}/simple/?", source="docs.cloudsmith.com: Python Repository")
    def root(self, request: Request) -> Reply:
        return self._guard(request) or html_page({}, "")

    @route("GET", f"{DL}/simple/(?P<name>[^/]+)/?", source="docs.cloudsmith.com: Python Repository")
    def page(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        name = canonicalize_name(request.parts["name"])
        if self.lingering > 0 and name in self.old:
            self.lingering -= 1
            return self.old[name]
        return self._page(name, request.parts["access"])

    @route("GET", f"{DL}/files/(?P<name>[^/]+)", source="docs.cloudsmith.com: Package Quarantine blocks downloads")
    def file(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = next(
            (each for each in self.packages if each.filename == request.parts["name"] and each.completed), None
        )
        if found is None:
            return Reply(404)
        return Reply(403) if found.quarantined else Reply(200, found.content)

    @route("GET", f"{API}/", query=("query", "page", "page_size", "sort"), source=f"{CLIENT}packages_list")
    def list_packages(self, request: Request) -> Reply:
        if refused := self._api_guard(request):
            return refused
        self._work()
        words = request.query.get("query", "").split(" AND ")
        found = [each.told for each in self.packages if all(_matches(each, word) for word in words if word)]
        size, number = int(request.query.get("page_size", "30")), int(request.query.get("page", "1"))
        chosen = found[(number - 1) * size : number * size]
        if number > 1 and not chosen:
            return json_reply(404, {"detail": "Invalid page."})
        return json_reply(200, chosen)

    @route("DELETE", f"{API}/(?P<id>[^/]+)/", source=f"{CLIENT}packages_delete; 204")
    def delete(self, request: Request) -> Reply:
        found = self._changed(request)
        if isinstance(found, Reply):
            return found
        self.packages.remove(found)
        return Reply(204)

    @route("POST", f"{API}/(?P<id>[^/]+)/quarantine/", source=f"{CLIENT}packages_quarantine; PackageQuarantineRequest")
    def quarantine(self, request: Request) -> Reply:
        body = request.json
        if not isinstance(body, dict) or body.keys() - {"release", "restore"}:
            raise Violation("quarantine: fields that PackageQuarantineRequest does not have")
        found = self._changed(request)
        if isinstance(found, Reply):
            return found
        found.quarantined = not body.get("release", False)
        return json_reply(200, found.told)

    def _changed(self, request: Request) -> Package | Reply:
        if refused := self._api_guard(request, write=True):
            return refused
        found = next((each for each in self.packages if each.slug_perm == request.parts["id"]), None)
        if found is None:
            return json_reply(404, {"detail": "Not found."})
        self.old = {found.name: self._page(found.name, "basic")}
        return found

    def _work(self) -> None:
        """Go on with what was uploaded. A second file of one name fails, and stays as a broken entry."""
        for each in self.packages:
            if each.looks <= 0 or each.failed:
                continue
            each.looks -= 1
            if each.looks <= 0:
                twins = [other for other in self.packages if other.filename == each.filename and other is not each]
                if self.rejects or any(other.completed for other in twins):
                    each.failed = True
                    each.reason = self.rejects or (
                        "A package with the same details already exists. Replace Package w/ Same Version was not "
                        "enabled. This package should be deleted."
                    )

    def _guard(self, request: Request) -> Reply | None:
        if request.basic is not None and request.basic[1] not in self.keys:
            return Reply(401, b"", {"WWW-Authenticate": 'Basic realm="Cloudsmith"'})
        if request.basic is None and not self.public:
            return Reply(401, b"", {"WWW-Authenticate": 'Basic realm="Cloudsmith"'})
        return self._elsewhere(request)

    def _api_guard(self, request: Request, *, write: bool = False) -> Reply | None:
        if "authorization" in request.headers:
            raise Violation("the API takes the key in X-Api-Key")
        key = request.headers.get("x-api-key")
        if key is not None and key not in self.keys:
            return json_reply(401, {"detail": "Invalid API key."})
        if key is None and (write or not self.public):
            return json_reply(401, {"detail": "Authentication credentials were not provided."})
        if write and not self.may_change:
            return json_reply(403, {"detail": "You do not have permission to perform this action."})
        return self._elsewhere(request)

    @staticmethod
    def _elsewhere(request: Request) -> Reply | None:
        there = (request.parts["owner"], request.parts["repo"]) == ("crew", "boats")
        return None if there else json_reply(404, {"detail": "Not found."})

    def _page(self, name: str, access: str) -> Reply:
        shown = {
            each.filename: each.content
            for each in self.packages
            if project_of(each.filename) == name and each.completed and (self.lists_quarantined or not each.quarantined)
        }
        return html_page(shown, f"/dl/{access}/crew/boats/python/files/{{name}}") if shown else Reply(404)


def _matches(package: Package, word: str) -> bool:
    field, _, text = word.partition(":")
    if field not in {"format", "filename", "name"}:
        raise Violation(f"a search by {field}")
    return text.lower() in str(package.told[field]).lower()
