"""Releases on GitLab.

Contract: docs.gitlab.com/api/releases, /api/releases/links, /user/packages/generic_packages, /api/packages. GitLab
has no drafts. What stands for one is the release's files in the project's registry of generic packages: they are
there, complete, before the release is made, in one request, with links to them. A job's token may do all of this.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tagboat.errors import Blocked, ConfigError, ForgeFailed, Problem
from tagboat.forge.body import marks_of
from tagboat.forge.gitlab_api import ONCE, GitLabApi
from tagboat.forge.interface import ELSEWHERE, ForgeRelease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitlab.v4.objects import ProjectPackage, ProjectRelease

    from tagboat.forge.interface import Announcement, Asset

PACKAGE = "releases"  # the generic package; its versions are the tags
DEVELOPER = 30  # docs.gitlab.com/api/access_requests: who may make releases and upload packages


class GitLabReleases(GitLabApi):
    """The releases of one project."""

    def problems(self) -> Iterator[Problem]:
        """Whether there is a token, and whether it may make releases here. A job's token may not ask for its rights."""
        try:
            if not self.token.is_job and self.asked("let the project be read", self._access_level) < DEVELOPER:
                yield Problem(
                    f"the token may not make releases in {self.summary}",
                    "It takes the role Developer, and where tags are protected one that may make them.",
                    "Use a token with the scope api of somebody who has that role.",
                )
                return
            self.asked("let its packages be read", lambda: self.repo.packages.list(per_page=1, page=1, **ONCE))
        except (ForgeFailed, ConfigError) as error:
            yield Problem(error.what, error.why, error.next)

    def release(self, tag: str) -> ForgeRelease | None:
        """The release of a tag; without one, the files that were uploaded for it, as a draft."""
        return self.asked(f"look for the release {tag}", lambda: self._look(tag))

    def make_release(self, wanted: Announcement, adding: Callable[[str], None]) -> None:
        """Files first, the release last. After a bad moment it looks again before it goes on."""
        self.asked(f"make the release {wanted.tag}", lambda: self._converge(wanted, adding))

    def remove_release(self, tag: str, mark: str, added: Mapping[str, str]) -> None:
        """Delete the release with our mark, and our files and links; GitLab keeps nothing of them."""
        self.asked(f"take back the release {tag}", lambda: self._remove(tag, mark, added))

    def edit_release(self, tag: str, *, title: str, body: str, prerelease: bool) -> None:  # noqa: ARG002
        """Change title and body of a release; GitLab has no flag for pre-releases."""
        data = {"name": title, "description": body}
        self.asked(f"edit the release {tag}", lambda: self.repo.releases.update(tag, data, **ONCE))

    def _access_level(self) -> int:
        project = self.connection.projects.get(self.repository, **ONCE)
        grants = (getattr(project, "permissions", None) or {}).values()
        return max((grant["access_level"] for grant in grants if grant), default=0)

    def _look(self, tag: str) -> ForgeRelease | None:
        found, files = self._release(tag), self._files(tag)
        if found is None:
            return ForgeRelease(tag, "", "", True, False, False, files, "") if files else None
        assets = {link["name"]: self._hash_of(tag, link, files) for link in found.assets["links"]}
        page = found.attributes.get("_links", {}).get("self", "")
        return ForgeRelease(tag, found.name or "", found.description or "", False, False, False, assets, page)

    def _hash_of(self, tag: str, link: dict[str, Any], files: Mapping[str, str]) -> str | None:
        """SHA-256 of what a link leads to: None when that is no more in the registry."""
        return files.get(link["name"]) if link["url"] == self._url_of(tag, link["name"]) else ELSEWHERE

    def _release(self, tag: str) -> ProjectRelease | None:
        try:
            return self.repo.releases.get(tag, **ONCE)
        except self.library.GitlabGetError as error:
            if error.response_code == 404:
                return None
            raise

    def _package(self, tag: str) -> ProjectPackage | None:
        version = _version_of(tag)
        wanted = {"package_type": "generic", "package_name": PACKAGE, "package_version": version}
        for package in self.repo.packages.list(iterator=True, **wanted, **ONCE):
            if (package.name, package.version) == (PACKAGE, version):
                return package
        return None

    def _files(self, tag: str) -> dict[str, str]:
        """SHA-256 of each file of a tag; where a name is there twice, people get the newer one."""
        package = self._package(tag)
        if package is None:
            return {}
        files = sorted(package.package_files.list(iterator=True, **ONCE), key=lambda each: each.id)
        return {file.file_name: file.file_sha256 for file in files}

    def _converge(self, wanted: Announcement, adding: Callable[[str], None]) -> None:
        found = self._release(wanted.tag)
        there = self._files(wanted.tag)
        for name, ours in wanted.files.items():
            if name not in there:
                adding(name)
                self._upload(wanted.tag, name, ours)
            elif there[name] != ours.sha256:
                raise Blocked(
                    f"{name} was uploaded for {wanted.tag} with other bytes (ours {ours.sha256}, there {there[name]})",
                    next=f"Look at the package {PACKAGE} in the registry of {self.repository}; delete what is not"
                    " the good one, then run this again.",
                )
        links = [{"name": name, "url": self._url_of(wanted.tag, name), "link_type": "package"} for name in wanted.files]
        if found is None:
            data = {"tag_name": wanted.tag, "name": wanted.title, "description": wanted.body}
            self.repo.releases.create({**data, "assets": {"links": links}}, **ONCE)
            return
        linked = {link["name"] for link in found.assets["links"]}
        for link in links:
            if link["name"] not in linked:
                adding(link["name"])
                found.links.create(link, **ONCE)

    def _upload(self, tag: str, name: str, ours: Asset) -> None:
        with ours.path.open("rb") as file:
            self.repo.generic_packages.upload(PACKAGE, _version_of(tag), name, data=file, obey_rate_limit=False)

    def _url_of(self, tag: str, name: str) -> str:
        project = quote(self.repository, safe="")
        return f"{self.url}/api/v4/projects/{project}/packages/generic/{PACKAGE}/{_version_of(tag)}/{name}"

    def _remove(self, tag: str, mark: str, added: Mapping[str, str]) -> None:
        found = self._release(tag)
        if found is not None and mark in marks_of(found.description or ""):
            self.repo.releases.delete(tag, **ONCE)
        elif found is not None:
            for link in found.links.list(iterator=True, **ONCE):
                if link.name in added and link.url == self._url_of(tag, link.name):
                    found.links.delete(link.id, **ONCE)
        package = self._package(tag)
        files = list(package.package_files.list(iterator=True, **ONCE)) if package else []
        ours = [file for file in files if added.get(file.file_name) == file.file_sha256]
        for file in ours:
            file.delete(**ONCE)
        if package is not None and ours and len(ours) == len(files):
            package.delete(**ONCE)


def _version_of(tag: str) -> str:
    """A tag as the version of a generic package, which may hold no slash."""
    return re.sub(r"[^\w.+-]", "-", tag)
