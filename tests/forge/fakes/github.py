"""GitHub's REST API, version 2022-11-28, as far as tagboat asks it: docs.github.com/en/rest.

Immutable releases: docs.github.com/en/code-security/.../immutable-releases; the words of their refusals are those that
projects report ("Cannot upload assets to an immutable release.", "tag_name was used by an immutable release").
Not verified: that a tag which is not there makes `generate-notes` a 422.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from tests.forge.fakes.forge import ForgeFake
from tests.index.fakes.contract import Reply, Request, Violation, json_reply, route

REPO = r"/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
PAGES = ("per_page", "page")
RELEASES = "rest/releases/releases: "
ASSETS = "rest/releases/assets: "


@dataclass
class Asset:
    id: int
    name: str
    content: bytes
    state: str = "uploaded"


@dataclass
class Release:
    id: int
    tag_name: str
    name: str
    body: str
    draft: bool
    prerelease: bool
    latest: str
    immutable: bool = False
    assets: list[Asset] = field(default_factory=list)

    def files(self) -> dict[str, bytes]:
        return {asset.name: asset.content for asset in self.assets if asset.state == "uploaded"}


class GitHub(ForgeFake):
    """One repository, `crew/boat`."""

    def __init__(self) -> None:
        super().__init__()
        self.ids = itertools.count(1001)
        self.tokens = {"write-token": "write", "read-token": "read"}
        self.refusal = 403  # 404 for a token of somebody who may not even know of it
        self.tags: set[str] = set()
        self.releases: list[Release] = []
        self.immutable = False
        self.digests = True  # older GitHub Enterprise servers tell none
        self.burned: set[str] = set()
        self.lag = 0  # looks for a tag's release that still find nothing after it was published
        self.made_tags: list[str] = []
        self.jobs: dict[int, list[tuple[str, str | None, int]]] = {}  # of each run: name, conclusion, seconds

    def published(self, tag: str) -> Release | None:
        return next((each for each in self.releases if each.tag_name == tag and not each.draft), None)

    def drafts(self, tag: str) -> list[Release]:
        return [each for each in self.releases if each.tag_name == tag and each.draft]

    def by_hand(
        self, tag: str, *, draft: bool = True, name: str = "By hand", body: str = "My words", **files: bytes
    ) -> Release:
        """A release that somebody made on the pages; `__` in a file's name is a dot."""
        assets = [Asset(next(self.ids), key.replace("__", "."), content) for key, content in files.items()]
        made = Release(next(self.ids), tag, name, body, draft, False, "legacy", not draft and self.immutable, assets)
        self.releases.append(made)
        return made

    # -- releases ------------------------------------------------------------------------------------------

    @route("GET", f"{REPO}/releases", query=PAGES, source=f"{RELEASES}list; drafts for those who may write")
    def list_releases(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        may_write = self._right(request) == "write"
        shown = [each for each in reversed(self.releases) if may_write or not each.draft]
        return self._page(request, [self._release(each) for each in shown])

    @route("GET", f"{REPO}/releases/tags/(?P<tag>.+)", source=f"{RELEASES}get by tag; published only")
    def by_tag(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = self.published(request.parts["tag"])
        if found is not None and self.lag:
            self.lag -= 1
            found = None
        return json_reply(200, self._release(found)) if found else self._missing()

    @route("POST", f"{REPO}/releases", source=f"{RELEASES}create")
    def create(self, request: Request) -> Reply:
        data = self._body(
            request, "tag_name", "name", "body", "draft", "prerelease", "generate_release_notes", "make_latest"
        )
        if refused := self._guard(request, write=True):
            return refused
        if data["tag_name"] in self.burned:
            return self._invalid("tag_name was used by an immutable release")
        made = Release(
            next(self.ids), data["tag_name"], data["name"], data["body"], data["draft"], data["prerelease"],
            data["make_latest"],
        )  # fmt: skip
        if not made.draft and (refused := self._publish(made)):
            return refused
        self.releases.append(made)
        return json_reply(201, self._release(made))

    @route("PATCH", f"{REPO}/releases/(?P<id>\\d+)", source=f"{RELEASES}update")
    def update(self, request: Request) -> Reply:
        data = self._body(request, "tag_name", "name", "body", "draft", "prerelease", "make_latest")
        if refused := self._guard(request, write=True):
            return refused
        found = self._by_id(request)
        if found is None:
            return self._missing()
        if found.immutable and (data["prerelease"] != found.prerelease or data["draft"]):
            return self._invalid("Cannot change an immutable release")
        if data["prerelease"] and data.get("make_latest") == "true":
            return self._invalid("Prereleases cannot be latest")
        if found.draft and not data["draft"] and (refused := self._publish(found)):
            return refused
        found.name, found.body, found.prerelease = data["name"], data["body"], data["prerelease"]
        found.latest = data.get("make_latest", found.latest)
        found.draft = data["draft"]
        return json_reply(200, self._release(found))

    @route("DELETE", f"{REPO}/releases/(?P<id>\\d+)", source=f"{RELEASES}delete")
    def delete(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        found = self._by_id(request)
        if found is None:
            return self._missing()
        self.releases.remove(found)
        if found.immutable:
            self.burned.add(found.tag_name)
        return Reply(204)

    @route("POST", f"{REPO}/releases/generate-notes", source=f"{RELEASES}generate notes; contents: write")
    def generate_notes(self, request: Request) -> Reply:
        data = self._body(request, "tag_name")
        if refused := self._guard(request, write=True):
            return refused
        if data["tag_name"] not in self.tags:
            return self._invalid("Invalid target_commitish parameter")
        return json_reply(200, {"name": data["tag_name"], "body": ""})

    # -- assets --------------------------------------------------------------------------------------------

    @route("GET", f"{REPO}/releases/(?P<id>\\d+)/assets", query=PAGES, source=f"{ASSETS}list")
    def list_assets(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = self._by_id(request)
        return self._page(request, [self._asset(each) for each in found.assets]) if found else self._missing()

    @route("POST", f"/uploads{REPO}/releases/(?P<id>\\d+)/assets", query=("name", "label"), source=f"{ASSETS}upload")
    def upload(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        found = self._by_id(request)
        if found is None:
            return self._missing()
        if found.immutable:
            return self._invalid("Cannot upload assets to an immutable release.")
        if any(each.name == request.query["name"] for each in found.assets):
            return json_reply(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]})
        if not request.headers.get("content-type"):
            raise Violation("upload: no content type")
        made = Asset(next(self.ids), request.query["name"], request.body)
        found.assets.append(made)
        return json_reply(201, self._asset(made))

    @route("GET", f"{REPO}/releases/assets/(?P<id>\\d+)", source=f"{ASSETS}get; Accept decides, 302 to the storage")
    def asset(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = self._asset_by_id(request)
        if found is None:
            return self._missing()
        if request.headers.get("accept") == "application/octet-stream":
            return Reply(302, b"", {"Location": f"{self.url}/storage/{found.id}"})
        return json_reply(200, self._asset(found))

    @route("GET", r"/storage/(?P<id>\d+)", source="the address that GitHub sends downloads to")
    def storage(self, request: Request) -> Reply:
        found = self._asset_by_id(request)
        return Reply(200, found.content) if found else Reply(404)

    @route("DELETE", f"{REPO}/releases/assets/(?P<id>\\d+)", source=f"{ASSETS}delete")
    def delete_asset(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        for release in self.releases:
            for asset in release.assets:
                if str(asset.id) == request.parts["id"]:
                    if release.immutable:
                        return self._invalid("Cannot delete assets of an immutable release.")
                    release.assets.remove(asset)
                    return Reply(204)
        return self._missing()

    @route("GET", f"{REPO}/git/refs?/tags/(?P<tag>.+)", source="rest/git/refs: get a reference")
    def ref(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        tag = request.parts["tag"]
        if tag not in self.tags:
            return self._missing()
        return json_reply(200, {"ref": f"refs/tags/{tag}", "object": {"type": "tag", "sha": "0" * 40}})

    # -- actions -------------------------------------------------------------------------------------------

    @route("GET", f"{REPO}/actions/runs/(?P<run>\\d+)", source="rest/actions/workflow-runs: get")
    def get_run(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        url = f"{self.url}{request.path}"
        return json_reply(200, {"id": int(request.parts["run"]), "url": url, "jobs_url": f"{url}/jobs"})

    @route("GET", f"{REPO}/actions/runs/(?P<run>\\d+)/jobs", query=PAGES, source="rest/actions/workflow-jobs: list")
    def list_jobs(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        jobs = self.jobs.get(int(request.parts["run"]))
        if jobs is None:
            return self._missing()
        entries = [
            {
                "id": number,
                "name": name,
                "status": "completed" if conclusion else "in_progress",
                "conclusion": conclusion,
                "started_at": "2026-11-26T10:00:00Z",
                "completed_at": f"2026-11-26T10:{seconds // 60:02}:{seconds % 60:02}Z" if conclusion else None,
            }
            for number, (name, conclusion, seconds) in enumerate(jobs, 1)
        ]
        return json_reply(200, {"total_count": len(entries), "jobs": entries})

    # -- what they share -----------------------------------------------------------------------------------

    def _publish(self, made: Release) -> Reply | None:
        if self.published(made.tag_name):
            return json_reply(422, {"message": "Validation Failed", "errors": [{"code": "already_exists"}]})
        if made.tag_name not in self.tags:
            self.made_tags.append(made.tag_name)  # as GitHub does, without a word
            self.tags.add(made.tag_name)
        made.immutable = self.immutable
        return None

    def _right(self, request: Request) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self.tokens.get(token) if scheme.lower() in ("token", "bearer") else None

    def _guard(self, request: Request, *, write: bool = False) -> Reply | None:
        right = self._right(request)
        if right is None:
            return json_reply(401, {"message": "Bad credentials", "status": "401"})
        if (request.parts.get("owner", "").lower(), request.parts.get("repo", "").lower()) != ("crew", "boat"):
            return self._missing()
        if write and right != "write":
            words = {403: "Resource not accessible by integration", 404: "Not Found"}
            return json_reply(self.refusal, {"message": words[self.refusal], "status": str(self.refusal)})
        return None

    def _body(self, request: Request, *known: str) -> dict[str, Any]:
        data = request.json
        if not isinstance(data, dict) or (unknown := data.keys() - set(known)):
            raise Violation(f"{request.method} {request.path}: unknown fields {unknown}")
        return data

    def _missing(self) -> Reply:
        return json_reply(404, {"message": "Not Found", "status": "404"})

    def _invalid(self, message: str) -> Reply:
        return json_reply(422, {"message": "Validation Failed", "errors": [{"code": "custom", "message": message}]})

    def _page(self, request: Request, entries: list[dict[str, Any]]) -> Reply:
        size, number = int(request.query.get("per_page", 30)), int(request.query.get("page", 1))
        if size > 100:
            raise Violation(f"{request.path}: per_page is {size}")
        start = (number - 1) * size
        headers = {"Content-Type": "application/json"}
        if start + size < len(entries):
            headers["Link"] = f'<{self.url}{request.path}?per_page={size}&page={number + 1}>; rel="next"'
        return Reply(200, json.dumps(entries[start : start + size]).encode(), headers)

    def _by_id(self, request: Request) -> Release | None:
        return next((each for each in self.releases if str(each.id) == request.parts["id"]), None)

    def _asset_by_id(self, request: Request) -> Asset | None:
        every = (asset for release in self.releases for asset in release.assets)
        return next((each for each in every if str(each.id) == request.parts["id"]), None)

    def _release(self, release: Release) -> dict[str, Any]:
        base = f"{self.url}/repos/crew/boat/releases/{release.id}"
        return {
            "id": release.id,
            "url": base,
            "html_url": f"{self.url}/crew/boat/releases/tag/{release.tag_name}",
            "upload_url": f"{self.url}/uploads/repos/crew/boat/releases/{release.id}/assets{{?name,label}}",
            "assets_url": f"{base}/assets",
            "tag_name": release.tag_name,
            "name": release.name,
            "body": release.body,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "immutable": release.immutable,
            "assets": [self._asset(each) for each in release.assets],
        }

    def _asset(self, asset: Asset) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(asset.content).hexdigest()}"
        return {
            "id": asset.id,
            "url": f"{self.url}/repos/crew/boat/releases/assets/{asset.id}",
            "name": asset.name,
            "state": asset.state,
            "size": len(asset.content),
            "digest": digest if self.digests and asset.state == "uploaded" else None,
        }
