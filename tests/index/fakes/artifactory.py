"""JFrog Artifactory's PyPI repositories, by what JFrog documents and what users saw. The least certain of the fakes.

Sources: jfrog.com/help "Get File Info", "Delete Item", "PyPI Repositories"; pypa/twine issues #1251 and #332 (the
403 and its changing words), #918 (hidden resources are 404; the path NAME/VERSION/FILE), astral-sh/uv #16073 (it
overwrites without a word), jfrog RTFACT-18495 (md5 on pages). Not verified: that an upload is answered by 200, that
a repository without files has no page, that an empty project is 404, the spelling of NAME in a path.
"""

from __future__ import annotations

import hashlib
import html
from dataclasses import dataclass

from packaging.utils import canonicalize_name
from tests.index.fakes.contract import Fake, Reply, Request, json_reply, project_of, read_upload, route

SERVER = "/artifactory"
REPO = r"(?P<repo>[a-z-]+)"
PYPI = f"{SERVER}/api/pypi/{REPO}"
HELP = "jfrog.com/help: "


@dataclass
class Stored:
    repo: str
    path: str
    content: bytes

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Artifactory(Fake):
    """The local repository `boats`, the remote `outside`, and the virtual `all` of both; uploads to it go to boats."""

    def __init__(self, password: str) -> None:
        super().__init__()
        self.users = {"alice": password}
        self.stored: list[Stored] = []
        self.may_delete = True  # Delete/Overwrite
        self.may_read = True
        self.anonymous = True
        self.hides = False  # "hide existence of unauthorized resources"
        self.algorithm = "sha256"
        self.knows_sha256 = True
        self.lag = 0  # how many more readings of a page show what was before
        self.before: dict[str, Reply] = {}

    @route("POST", f"{PYPI}/?", source=f"{HELP}PyPI Repositories; status and words: pypa/twine#1251, #681")
    def upload(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        if request.parts["repo"] not in {"boats", "all"}:
            return _error(404, "Repository not found")
        upload = read_upload(request)
        path = f"{canonicalize_name(upload.one('name'))}/{upload.one('version')}/{upload.filename}"
        there = next((each for each in self.stored if (each.repo, each.path) == ("boats", path)), None)
        if there is not None and not self.may_delete:
            return _error(
                403,
                f"Not enough permissions to delete/overwrite artifact 'boats:{path}' "
                "(user 'alice' needs DELETE permission).",
            )
        self._keep_pages()
        if there is not None:
            there.content = upload.content
        else:
            self.stored.append(Stored("boats", path, upload.content))
        return Reply(200)

    @route("GET", f"{PYPI}/simple/?", source=f"{HELP}PyPI Repositories")
    def root(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        names = sorted({each.path.partition("/")[0] for each in self._in(request.parts["repo"])})
        if not names:
            return _error(404, "File not found.")
        links = "".join(f'<a href="{name}">{name}</a>\n' for name in names)
        return _page(f"<html><body>{links}</body></html>")

    @route("GET", f"{PYPI}/simple/(?P<name>[^/]+)/?", source=f"{HELP}PyPI Repositories; RTFACT-18495")
    def page(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        key = f"{request.parts['repo']}/{canonicalize_name(request.parts['name'])}"
        if self.lag > 0 and key in self.before:
            self.lag -= 1
            return self.before[key]
        return self._page(key)

    @route("GET", f"{PYPI}/packages/(?P<path>.+)", source=f"{HELP}PyPI Repositories")
    def file(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        found = self._find(request)
        return Reply(200, found.content) if found else _error(404, "Could not find resource")

    @route("GET", f"{SERVER}/api/storage/{REPO}(/(?P<path>.+))?", source=f"{HELP}Get File Info, Get Folder Info")
    def info(self, request: Request) -> Reply:
        if refused := self._guard(request):
            return refused
        if request.parts["repo"] not in {"boats", "outside", "all"}:
            return _error(404, "Unable to find item")
        if "path" not in request.parts:
            return json_reply(200, {"repo": request.parts["repo"], "path": "/", "children": []})
        found = self._find(request)
        if found is None:
            return _error(404, "Unable to find item")
        checksums = {name: hashlib.new(name, found.content).hexdigest() for name in ("md5", "sha1", "sha256")}
        if not self.knows_sha256:
            del checksums["sha256"]
        return json_reply(200, {"repo": found.repo, "path": f"/{found.path}", "checksums": checksums})

    @route("DELETE", f"{SERVER}/{REPO}/(?P<path>.+)", source=f"{HELP}Delete Item: 204")
    def delete(self, request: Request) -> Reply:
        if refused := self._guard(request, write=True):
            return refused
        found = next(
            (each for each in self.stored if (each.repo, each.path) == (request.parts["repo"], request.parts["path"])),
            None,
        )
        if found is None:
            return _error(404, "Could not locate artifact")
        if not self.may_delete:
            return _error(403, "Not enough permissions to delete artifact")
        self._keep_pages()
        self.stored.remove(found)
        return Reply(204)

    def _guard(self, request: Request, *, write: bool = False) -> Reply | None:
        if request.basic is None:
            if write or not self.anonymous:
                return _error(401, "Authentication is required")
        elif self.users.get(request.basic[0]) != request.basic[1]:
            return _error(401, "Bad credentials")
        if not write and not self.may_read:
            return _error(404, "Could not locate artifact") if self.hides else _error(403, "Forbidden")
        return None

    def _in(self, repo: str) -> list[Stored]:
        members = {"boats": {"boats"}, "outside": {"outside-cache"}, "all": {"boats", "outside-cache"}}
        return [each for each in self.stored if each.repo in members.get(repo, set())]

    def _find(self, request: Request) -> Stored | None:
        return next((each for each in self._in(request.parts["repo"]) if each.path == request.parts["path"]), None)

    def _keep_pages(self) -> None:
        """What pages showed until now: they are written anew later."""
        names = {project_of(each.name) for each in self.stored}
        self.before = {f"{repo}/{name}": self._page(f"{repo}/{name}") for repo in ("boats", "all") for name in names}

    def _page(self, key: str) -> Reply:
        repo, _, name = key.partition("/")
        files = [each for each in self._in(repo) if project_of(each.name) == name]
        if not files:
            return _error(404, "File not found.")
        links = "".join(
            f'<a href="../../packages/{html.escape(each.path)}#{self.algorithm}='
            f'{hashlib.new(self.algorithm, each.content).hexdigest()}" rel="internal">{each.name}</a><br/>\n'
            for each in files
        )
        return _page(f"<!DOCTYPE html><html><head><title>Simple index</title></head><body>{links}</body></html>")


def _page(text: str) -> Reply:
    return Reply(200, text.encode(), {"Content-Type": "text/html"})


def _error(status: int, message: str) -> Reply:
    return json_reply(status, {"errors": [{"status": status, "message": message}]})
