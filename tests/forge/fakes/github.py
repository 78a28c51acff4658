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
        self.private = False
        self.hidden: set[str] = set()  # rights that the token lacks
        self.environments: dict[str, dict[str, Any]] = {}
        self.names: dict[str, list[str]] = {"secrets": [], "variables": []}
        self.shared: dict[str, list[str]] = {"secrets": [], "variables": []}
        self.rulesets: list[dict[str, Any]] = []
        self.default = "read"
        self.issues: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.objects: dict[str, dict[str, Any]] = {}
        self.refs: dict[str, str] = {}
        self.workflows = {"publish.yml"}
        self.dispatched: list[tuple[str, str, dict[str, str]]] = []
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

    def environment(
        self, name: str, *, reviewers: int = 0, wait: int = 0, refs: object = None, **names: list[str]
    ) -> None:
        """An environment of the settings; `refs` is None, "protected", or policies such as "tag v*"."""
        rules: list[dict[str, Any]] = [{"id": 1, "type": "wait_timer", "wait_timer": wait}] if wait else []
        rules += [{"id": 2, "type": "required_reviewers", "reviewers": [{}] * reviewers}] if reviewers else []
        rules += [] if refs is None else [{"id": 3, "type": "branch_policy"}]
        policy = None if refs is None else {
            "protected_branches": refs == "protected", "custom_branch_policies": refs != "protected"
        }  # fmt: skip
        pairs = [each.split(" ") for each in refs] if isinstance(refs, list) else []
        self.environments[name] = {
            "shown": {"protection_rules": rules, "deployment_branch_policy": policy},
            "policies": [{"id": 1, "name": pattern, "type": kind} for kind, pattern in pairs],
            "secrets": names.get("secrets", []),
            "variables": names.get("variables", []),
        }

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
        sha = self.refs.get(tag, "c" * 40)
        kind = "tag" if sha in self.objects else "commit"
        return json_reply(200, {"ref": f"refs/tags/{tag}", "object": {"type": kind, "sha": sha}})

    # -- issues and pull requests --------------------------------------------------------------------------

    @route("GET", f"{REPO}/issues", query=(*PAGES, "state", "sort", "direction"), source="rest/issues/issues: list")
    def list_issues(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        if (request.query.get("state"), request.query.get("direction")) != ("all", "desc"):
            raise Violation(f"issues: {request.query}")
        return self._page(
            request, [self._issue(each) for each in sorted(self.issues, key=lambda each: -each["number"])]
        )

    @route("POST", f"{REPO}/issues", source="rest/issues/issues: create")
    def create_issue(self, request: Request) -> Reply:
        data = self._body(request, "title", "body")
        if refused := self._guard(request, write=True):
            return refused
        made = {"number": len(self.issues) + 1, "state": "open", "comments": [], **data}
        self.issues.append(made)
        return json_reply(201, self._issue(made))

    @route("GET", f"{REPO}/issues/(?P<number>\\d+)", source="rest/issues/issues: get")
    def get_issue(self, request: Request) -> Reply:
        return self._guard(request) or json_reply(200, self._issue(self.issues[int(request.parts["number"]) - 1]))

    @route("PATCH", f"{REPO}/issues/(?P<number>\\d+)", source="rest/issues/issues: update")
    def update_issue(self, request: Request) -> Reply:
        data = self._body(request, "state")
        if refused := self._guard(request, write=True):
            return refused
        found = self.issues[int(request.parts["number"]) - 1]
        found.update(data)
        return json_reply(200, self._issue(found))

    @route("POST", f"{REPO}/issues/(?P<number>\\d+)/comments", source="rest/issues/comments: create")
    def comment(self, request: Request) -> Reply:
        data = self._body(request, "body")
        if refused := self._guard(request, write=True):
            return refused
        self.issues[int(request.parts["number"]) - 1]["comments"].append(data["body"])
        return json_reply(201, {"id": 1, "body": data["body"]})

    @route("GET", f"{REPO}/pulls", query=(*PAGES, "state", "head"), source="rest/pulls/pulls: list")
    def list_pulls(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        owner, _, branch = request.query["head"].partition(":")
        if owner != "crew" or request.query.get("state") != "all":
            raise Violation(f"pulls: {request.query}")
        return self._page(request, [self._pull(each) for each in self.pulls if each["head"] == branch])

    @route("POST", f"{REPO}/pulls", source="rest/pulls/pulls: create")
    def create_pull(self, request: Request) -> Reply:
        data = self._body(request, "base", "head", "title", "body")
        if refused := self._guard(request, write=True):
            return refused
        if any(each["head"] == data["head"] and each["state"] == "open" for each in self.pulls):
            return self._invalid(f"A pull request already exists for crew:{data['head']}.")
        made = {"number": 100 + len(self.pulls), "state": "open", "merged_at": None, **data}
        self.pulls.append(made)
        return json_reply(201, self._pull(made))

    @route("PATCH", f"{REPO}/pulls/(?P<number>\\d+)", source="rest/pulls/pulls: update")
    def update_pull(self, request: Request) -> Reply:
        data = self._body(request, "title", "body", "state")
        if refused := self._guard(request, write=True):
            return refused
        found = self.pulls[int(request.parts["number"]) - 100]
        found.update(data)
        return json_reply(200, self._pull(found))

    # -- tags and workflows --------------------------------------------------------------------------------

    @route("POST", f"{REPO}/git/tags", source="rest/git/tags: create a tag object; not yet a reference")
    def create_tag(self, request: Request) -> Reply:
        data = self._body(request, "tag", "message", "object", "type")
        if refused := self._guard(request, write=True):
            return refused
        sha = f"{len(self.objects) + 1:040x}"
        self.objects[sha] = data
        return json_reply(201, {"sha": sha, **data, "object": {"sha": data["object"], "type": data["type"]}})

    @route("GET", f"{REPO}/git/tags/(?P<sha>[0-9a-f]+)", source="rest/git/tags: get a tag object")
    def get_tag(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = self.objects.get(request.parts["sha"])
        if found is None:
            return self._missing()
        return json_reply(200, {"sha": request.parts["sha"], "object": {"sha": found["object"], "type": "commit"}})

    @route("POST", f"{REPO}/git/refs", source="rest/git/refs: create a reference")
    def create_ref(self, request: Request) -> Reply:
        data = self._body(request, "ref", "sha")
        if refused := self._guard(request, write=True):
            return refused
        tag = data["ref"].removeprefix("refs/tags/")
        if tag in self.tags:
            return json_reply(422, {"message": "Reference already exists"})
        self.tags.add(tag)
        self.refs[tag] = data["sha"]
        return json_reply(201, {"ref": data["ref"], "object": {"type": "tag", "sha": data["sha"]}})

    @route(
        "POST", f"{REPO}/actions/workflows/(?P<file>[^/]+)/dispatches", source="rest/actions/workflows: dispatch; 204"
    )
    def dispatch(self, request: Request) -> Reply:
        data = self._body(request, "ref", "inputs")
        if refused := self._guard(request, write=True):
            return refused
        if request.parts["file"] not in self.workflows:
            return self._missing()
        self.dispatched.append((request.parts["file"], data["ref"], data["inputs"]))
        return Reply(204)

    # -- settings ------------------------------------------------------------------------------------------

    @route("GET", REPO, source="rest/repos/repos: get")
    def get_repository(self, request: Request) -> Reply:
        return self._guard(request) or json_reply(200, {"id": 1, "full_name": "crew/boat", "private": self.private})

    @route("GET", f"{REPO}/environments", query=PAGES, source="rest/deployments/environments: list")
    def list_environments(self, request: Request) -> Reply:
        entries = [{"name": name, **data["shown"]} for name, data in self.environments.items()]
        return self._seen(request, "actions") or self._counted(request, "environments", entries)

    @route(
        "GET",
        f"{REPO}/environments/(?P<name>[^/]+)/deployment-branch-policies",
        query=PAGES,
        source="rest/deployments/branch-policies: list",
    )
    def list_policies(self, request: Request) -> Reply:
        entries = self.environments[request.parts["name"]]["policies"]
        return self._seen(request, "actions") or self._counted(request, "branch_policies", entries)

    @route(
        "GET",
        f"{REPO}/environments/(?P<name>[^/]+)/(?P<kind>secrets|variables)",
        query=PAGES,
        source="rest/actions/secrets, variables: of an environment",
    )
    def list_kept(self, request: Request) -> Reply:
        kind = request.parts["kind"]
        entries = [{"name": each} for each in self.environments[request.parts["name"]][kind]]
        return self._seen(request, "environments") or self._counted(request, kind, entries)

    @route("GET", f"{REPO}/actions/(?P<whose>organization-)?(?P<kind>secrets|variables)", query=PAGES,
           source="rest/actions/secrets, variables: of the repository, and of its organisation")  # fmt: skip
    def list_names(self, request: Request) -> Reply:
        names = self.shared if request.parts.get("whose") else self.names
        entries = [{"name": each} for each in names[request.parts["kind"]]]
        return self._seen(request, "secrets") or self._counted(request, request.parts["kind"], entries)

    @route("GET", f"{REPO}/rulesets", query=("targets",), source="rest/repos/rules: list")
    def list_rulesets(self, request: Request) -> Reply:
        if request.query != {"targets": "tag"}:
            raise Violation(f"rulesets: {request.query}")
        entries = [{"id": number, "name": each["name"], "enforcement": each["enforcement"]}
                   for number, each in enumerate(self.rulesets)]  # fmt: skip
        return self._seen(request, "metadata") or json_reply(200, entries)

    @route("GET", f"{REPO}/rulesets/(?P<id>\\d+)", source="rest/repos/rules: get")
    def get_ruleset(self, request: Request) -> Reply:
        return self._seen(request, "metadata") or json_reply(200, self.rulesets[int(request.parts["id"])])

    @route("GET", f"{REPO}/immutable-releases", source="rest/repos/repos: 404 where they are off")
    def get_immutable(self, request: Request) -> Reply:
        if refused := self._seen(request, "administration"):
            return refused
        return json_reply(200, {"enabled": True, "enforced_by_owner": False}) if self.immutable else self._missing()

    @route(
        "GET", f"{REPO}/actions/permissions/workflow", source="rest/actions/permissions: default workflow permissions"
    )
    def get_permissions(self, request: Request) -> Reply:
        answer = {"default_workflow_permissions": self.default, "can_approve_pull_request_reviews": False}
        return self._seen(request, "administration") or json_reply(200, answer)

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

    def _seen(self, request: Request, right: str) -> Reply | None:
        """What a token is told that may not look."""
        if refused := self._guard(request):
            return refused
        return json_reply(403, {"message": "Resource not accessible by integration"}) if right in self.hidden else None

    def _counted(self, request: Request, key: str, entries: list[dict[str, Any]]) -> Reply:
        size, number = int(request.query["per_page"]), int(request.query["page"])
        if size > 30:
            raise Violation(f"{request.path}: per_page is {size}")
        return json_reply(200, {"total_count": len(entries), key: entries[(number - 1) * size : number * size]})

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

    def _issue(self, issue: dict[str, Any]) -> dict[str, Any]:
        number = issue["number"]
        pages = {
            "html_url": f"{self.url}/crew/boat/issues/{number}",
            "url": f"{self.url}/repos/crew/boat/issues/{number}",
        }
        return {key: issue[key] for key in ("number", "title", "body", "state")} | pages | {"pull_request": None}

    def _pull(self, pull: dict[str, Any]) -> dict[str, Any]:
        number = pull["number"]
        pages = {"html_url": f"{self.url}/crew/boat/pull/{number}", "url": f"{self.url}/repos/crew/boat/pulls/{number}"}
        return {key: pull[key] for key in ("number", "title", "body", "state", "merged_at")} | pages

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
