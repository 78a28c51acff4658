"""GitLab's REST API v4, as far as tagboat asks it: docs.gitlab.com/api.

releases, releases/links, packages, and user/packages/generic_packages. By default a generic package takes a second
file of the same name, and people get the newer one.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from tests.forge.fakes.forge import ForgeFake
from tests.index.fakes.contract import Reply, Request, Violation, json_reply, route

PROJECT = r"/api/v4/projects/(?P<project>[^/]+)"
PAGES = ("per_page", "page")
GENERIC = f"{PROJECT}/packages/generic/(?P<name>[^/]+)/(?P<version>[^/]+)/(?P<file>[^/]+)"


@dataclass
class File:
    id: int
    name: str
    content: bytes


@dataclass
class Package:
    id: int
    name: str
    version: str
    files: list[File] = field(default_factory=list)


@dataclass
class Release:
    tag_name: str
    name: str
    description: str
    links: list[dict[str, Any]] = field(default_factory=list)


class GitLab(ForgeFake):
    """One project, `crew/boat`."""

    def __init__(self) -> None:
        super().__init__()
        self.ids = itertools.count(501)
        self.tokens = {"write-token": 40, "read-token": 20}
        self.job_tokens = {"job-token"}
        self.tags: set[str] = set()
        self.releases: list[Release] = []
        self.packages: list[Package] = []
        self.registry = True
        self.variables: list[dict[str, Any]] = []
        self.environments: list[str] = []
        self.protected: list[dict[str, Any]] | None = None
        self.protected_tags: list[str] = []
        self.issues: list[dict[str, Any]] = []
        self.merges: list[dict[str, Any]] = []
        self.commits: dict[str, str] = {}
        self.messages: dict[str, str] = {}
        self.jobs: dict[int, list[tuple[str, str | None, float]]] = {}  # of each pipeline: name, status, seconds

    def release_of(self, tag: str) -> Release | None:
        return next((each for each in self.releases if each.tag_name == tag), None)

    def package_of(self, tag: str) -> Package | None:
        return next((each for each in self.packages if (each.name, each.version) == ("releases", tag)), None)

    def put(self, tag: str, name: str, content: bytes) -> None:
        """A file in the registry that somebody uploaded."""
        package = self.package_of(tag) or Package(next(self.ids), "releases", tag)
        if package not in self.packages:
            self.packages.append(package)
        package.files.append(File(next(self.ids), name, content))

    # -- project -------------------------------------------------------------------------------------------

    @route("GET", PROJECT, source="api/projects: get; not with a job's token")
    def project(self, request: Request) -> Reply:
        if refused := self._guard(request, job=False):
            return refused
        access = {"access_level": self._level(request)}
        rights = {"project_access": access, "group_access": None}
        return json_reply(200, {"id": 7, "visibility": "private", "permissions": rights})

    # -- releases ------------------------------------------------------------------------------------------

    @route("GET", f"{PROJECT}/releases/(?P<tag>[^/]+)", source="api/releases: get by tag")
    def get_release(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = self.release_of(request.parts["tag"])
        return json_reply(200, self._release(found)) if found else self._missing("404 Not Found")

    @route("POST", f"{PROJECT}/releases", source="api/releases: create")
    def create_release(self, request: Request) -> Reply:
        data = self._body(request, "tag_name", "name", "description", "assets")
        if refused := self._guard(request, write=True):
            return refused
        if data["tag_name"] not in self.tags:
            return json_reply(422, {"message": "Ref is not specified"})
        if self.release_of(data["tag_name"]):
            return json_reply(409, {"message": "Release already exists"})
        made = Release(data["tag_name"], data["name"], data["description"])
        for link in data.get("assets", {}).get("links", []):
            self._add_link(made, link)
        self.releases.append(made)
        return json_reply(201, self._release(made))

    @route("PUT", f"{PROJECT}/releases/(?P<tag>[^/]+)", source="api/releases: update")
    def update_release(self, request: Request) -> Reply:
        data = self._body(request, "name", "description")
        if refused := self._guard(request, write=True):
            return refused
        found = self.release_of(request.parts["tag"])
        if found is None:
            return self._missing("404 Not Found")
        found.name, found.description = data["name"], data["description"]
        return json_reply(200, self._release(found))

    @route("DELETE", f"{PROJECT}/releases/(?P<tag>[^/]+)", source="api/releases: delete; the tag stays")
    def delete_release(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        found = self.release_of(request.parts["tag"])
        if found is None:
            return self._missing("404 Not Found")
        self.releases.remove(found)
        return json_reply(200, self._release(found))

    @route("GET", f"{PROJECT}/releases/(?P<tag>[^/]+)/assets/links", query=PAGES, source="api/releases/links: list")
    def list_links(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = self.release_of(request.parts["tag"])
        return self._page(request, found.links) if found else self._missing("404 Not Found")

    @route("POST", f"{PROJECT}/releases/(?P<tag>[^/]+)/assets/links", source="api/releases/links: create")
    def create_link(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        found = self.release_of(request.parts["tag"])
        if found is None:
            return self._missing("404 Not Found")
        return json_reply(201, self._add_link(found, self._body(request, "name", "url", "link_type")))

    @route(
        "DELETE", f"{PROJECT}/releases/(?P<tag>[^/]+)/assets/links/(?P<id>\\d+)", source="api/releases/links: delete"
    )
    def delete_link(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        found = self.release_of(request.parts["tag"])
        link = next((each for each in found.links if str(each["id"]) == request.parts["id"]), None) if found else None
        if found is None or link is None:
            return self._missing("404 Not Found")
        found.links.remove(link)
        return json_reply(200, link)

    # -- packages ------------------------------------------------------------------------------------------

    @route(
        "GET",
        f"{PROJECT}/packages",
        query=(*PAGES, "package_type", "package_name", "package_version"),
        source="api/packages: list; package_name finds parts of names, too",
    )
    def list_packages(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        if not self.registry:
            return json_reply(403, {"message": "403 Forbidden"})
        wanted = request.query.get("package_name", "")
        shown = [each for each in self.packages if wanted in each.name]
        entries = [
            {"id": each.id, "name": each.name, "version": each.version, "package_type": "generic"} for each in shown
        ]
        return self._page(request, entries)

    @route("DELETE", f"{PROJECT}/packages/(?P<id>\\d+)", source="api/packages: delete")
    def delete_package(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        found = self._package(request)
        if found is None:
            return self._missing("404 Package Not Found")
        self.packages.remove(found)
        return Reply(204)

    @route("GET", f"{PROJECT}/packages/(?P<id>\\d+)/package_files", query=PAGES, source="api/packages: list files")
    def list_files(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = self._package(request)
        if found is None:
            return self._missing("404 Package Not Found")
        entries = [
            {"id": each.id, "package_id": found.id, "file_name": each.name, "size": len(each.content),
             "file_sha256": hashlib.sha256(each.content).hexdigest()}
            for each in found.files
        ]  # fmt: skip
        return self._page(request, entries)

    @route(
        "DELETE", f"{PROJECT}/packages/(?P<id>\\d+)/package_files/(?P<file>\\d+)", source="api/packages: delete a file"
    )
    def delete_file(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        found = self._package(request)
        file = next((each for each in found.files if str(each.id) == request.parts["file"]), None) if found else None
        if found is None or file is None:
            return self._missing("404 Not Found")
        found.files.remove(file)
        return Reply(204)

    @route("PUT", GENERIC, source="user/packages/generic_packages: publish a single file")
    def upload(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        if not request.body:
            raise Violation("generic package: no content")
        if request.parts["name"] != "releases":
            raise Violation(f"generic package: {request.parts['name']}")
        self.put(request.parts["version"], request.parts["file"], request.body)
        return json_reply(201, {"message": "201 Created"})

    # -- issues, merge requests, tags, pipelines -----------------------------------------------------------

    @route("GET", f"{PROJECT}/issues", query=(*PAGES, "order_by", "sort"), source="api/issues: list project issues")
    def list_issues(self, request: Request) -> Reply:
        if refused := self._guard(request, job=False):
            return refused
        return self._page(request, [self._ticket(each, "issues") for each in reversed(self.issues)])

    @route("POST", f"{PROJECT}/issues", source="api/issues: new issue")
    def create_issue(self, request: Request) -> Reply:
        data = self._body(request, "title", "description")
        if refused := self._guard(request, write=True, job=False):
            return refused
        self.issues.append({"iid": len(self.issues) + 1, "state": "opened", "notes": [], **data})
        return json_reply(201, self._ticket(self.issues[-1], "issues"))

    @route("GET", f"{PROJECT}/issues/(?P<iid>\\d+)", source="api/issues: single project issue")
    def get_issue(self, request: Request) -> Reply:
        if refused := self._guard(request, job=False):
            return refused
        return json_reply(200, self._ticket(self.issues[int(request.parts["iid"]) - 1], "issues"))

    @route("PUT", f"{PROJECT}/issues/(?P<iid>\\d+)", source="api/issues: edit")
    def update_issue(self, request: Request) -> Reply:
        if self._body(request, "state_event") != {"state_event": "close"}:
            raise Violation("issue: another change than to close it")
        if refused := self._guard(request, write=True, job=False):
            return refused
        found = self.issues[int(request.parts["iid"]) - 1]
        found["state"] = "closed"
        return json_reply(200, self._ticket(found, "issues"))

    @route("POST", f"{PROJECT}/issues/(?P<iid>\\d+)/notes", source="api/notes: create new issue note")
    def comment(self, request: Request) -> Reply:
        data = self._body(request, "body")
        if refused := self._guard(request, write=True, job=False):
            return refused
        self.issues[int(request.parts["iid"]) - 1]["notes"].append(data["body"])
        return json_reply(201, {"id": 1, "body": data["body"]})

    @route("GET", f"{PROJECT}/merge_requests", query=(*PAGES, "source_branch"), source="api/merge_requests: list")
    def list_merge_requests(self, request: Request) -> Reply:
        if refused := self._guard(request, job=False):
            return refused
        shown = [each for each in self.merges if each["source_branch"] == request.query["source_branch"]]
        return self._page(request, [self._ticket(each, "merge_requests") for each in shown])

    @route("POST", f"{PROJECT}/merge_requests", source="api/merge_requests: create")
    def create_merge_request(self, request: Request) -> Reply:
        data = self._body(request, "source_branch", "target_branch", "title", "description", "remove_source_branch")
        if refused := self._guard(request, write=True, job=False):
            return refused
        self.merges.append({"iid": 10 + len(self.merges), "state": "opened", **data})
        return json_reply(201, self._ticket(self.merges[-1], "merge_requests"))

    @route("PUT", f"{PROJECT}/merge_requests/(?P<iid>\\d+)", source="api/merge_requests: update")
    def update_merge_request(self, request: Request) -> Reply:
        data = self._body(request, "title", "description", "state_event")
        if refused := self._guard(request, write=True, job=False):
            return refused
        found = self.merges[int(request.parts["iid"]) - 10]
        if data.pop("state_event", "") == "close":
            found["state"] = "closed"
        found.update(data)
        return json_reply(200, self._ticket(found, "merge_requests"))

    @route("GET", f"{PROJECT}/repository/tags/(?P<tag>[^/]+)", source="api/tags: get a single tag")
    def get_tag(self, request: Request) -> Reply:
        if refused := self._guard(request, job=False):
            return refused
        tag = request.parts["tag"]
        if tag not in self.tags:
            return self._missing("404 Tag Not Found")
        return json_reply(200, {"name": tag, "commit": {"id": self.commits.get(tag, "c" * 40)}})

    @route("POST", f"{PROJECT}/repository/tags", source="api/tags: create a new tag; with a message it is annotated")
    def create_tag(self, request: Request) -> Reply:
        data = self._body(request, "tag_name", "ref", "message")
        if refused := self._guard(request, write=True, job=False):
            return refused
        if data["tag_name"] in self.tags:
            return json_reply(400, {"message": f"Tag {data['tag_name']} already exists"})
        self.tags.add(data["tag_name"])
        self.commits[data["tag_name"]] = data["ref"]
        self.messages[data["tag_name"]] = data["message"]
        return json_reply(201, {"name": data["tag_name"], "commit": {"id": data["ref"]}})

    @route("GET", f"{PROJECT}/pipelines/(?P<id>\\d+)/jobs", query=PAGES, source="api/jobs: list pipeline jobs")
    def list_jobs(self, request: Request) -> Reply:
        if refused := self._guard(request, job=False):
            return refused
        entries = [
            {"id": number, "name": name, "status": status or "running", "duration": seconds,
             "finished_at": "2026-11-26T10:00:00Z" if status else None}
            for number, (name, status, seconds) in enumerate(self.jobs[int(request.parts["id"])], 1)
        ]  # fmt: skip
        return self._page(request, entries)

    # -- settings ------------------------------------------------------------------------------------------

    @route("GET", f"{PROJECT}/variables", query=PAGES, source="api/project_level_variables: list; Maintainers")
    def list_variables(self, request: Request) -> Reply:
        return self._maintained(request) or self._page(request, self.variables)

    @route("GET", f"{PROJECT}/environments", query=PAGES, source="api/environments: list")
    def list_environments(self, request: Request) -> Reply:
        if refused := self._guard(request, job=False):
            return refused
        return self._page(request, [{"id": number, "name": each} for number, each in enumerate(self.environments)])

    @route("GET", f"{PROJECT}/protected_environments", query=PAGES, source="api/protected_environments: Premium")
    def list_protected_environments(self, request: Request) -> Reply:
        if self.protected is None:
            return json_reply(404, {"message": "404 Not Found"})
        return self._maintained(request) or self._page(request, self.protected)

    @route("GET", f"{PROJECT}/protected_tags", query=PAGES, source="api/protected_tags: list")
    def list_protected_tags(self, request: Request) -> Reply:
        entries = [{"name": each, "create_access_levels": []} for each in self.protected_tags]
        return self._maintained(request) or self._page(request, entries)

    # -- what they share -----------------------------------------------------------------------------------

    def _add_link(self, release: Release, link: dict[str, Any]) -> dict[str, Any]:
        if link.keys() != {"name", "url", "link_type"}:
            raise Violation(f"release link: {sorted(link)}")
        made = {"id": next(self.ids), **link}
        release.links.append(made)
        return made

    def _level(self, request: Request) -> int:
        return self.tokens.get(request.headers.get("private-token", ""), 0)

    def _guard(self, request: Request, *, write: bool = False, job: bool = True) -> Reply | None:
        is_job = request.headers.get("job-token") in self.job_tokens
        if not (is_job or self._level(request)):
            return json_reply(401, {"message": "401 Unauthorized"})
        if request.parts["project"] not in ("crew/boat", "7") or (is_job and not job):
            return self._missing("404 Project Not Found")
        if write and not is_job and self._level(request) < 30:
            return json_reply(403, {"message": "403 Forbidden"})
        return None

    def _maintained(self, request: Request) -> Reply | None:
        if refused := self._guard(request, job=False):
            return refused
        return json_reply(403, {"message": "403 Forbidden"}) if self._level(request) < 40 else None

    def _package(self, request: Request) -> Package | None:
        return next((each for each in self.packages if str(each.id) == request.parts["id"]), None)

    def _body(self, request: Request, *known: str) -> dict[str, Any]:
        data = request.json
        if not isinstance(data, dict) or (unknown := data.keys() - set(known)):
            raise Violation(f"{request.method} {request.path}: unknown fields {unknown}")
        return data

    def _missing(self, message: str) -> Reply:
        return json_reply(404, {"message": message})

    def _page(self, request: Request, entries: list[Any]) -> Reply:
        size, number = int(request.query.get("per_page", 20)), int(request.query.get("page", 1))
        start = (number - 1) * size
        headers = {"Content-Type": "application/json"}
        if start + size < len(entries):
            headers["Link"] = f'<{self.url}{request.path}?per_page={size}&page={number + 1}>; rel="next"'
        return Reply(200, json.dumps(entries[start : start + size]).encode(), headers)

    def _ticket(self, ticket: dict[str, Any], kind: str) -> dict[str, Any]:
        page = f"{self.url}/crew/boat/-/{kind}/{ticket['iid']}"
        return {key: ticket[key] for key in ("iid", "title", "description", "state")} | {
            "web_url": page,
            "project_id": 7,
        }

    def _release(self, release: Release) -> dict[str, Any]:
        return {
            "tag_name": release.tag_name,
            "name": release.name,
            "description": release.description,
            "assets": {"count": len(release.links), "sources": [], "links": release.links},
            "_links": {"self": f"{self.url}/crew/boat/-/releases/{release.tag_name}"},
        }
