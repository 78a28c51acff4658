"""The package registry of a GitLab project, on gitlab.com or on a server of one's own.

Uploads go to a project; people install from it or from a group above it. Files are uploaded and read with Basic
authentication, but the REST API that deletes takes the token in a header of its own, and no deploy tokens.

A project's page without a version is not a 404: GitLab sends whoever asks on to the public index, unless its
administrator turned that off. What stands there is somebody else's, so such a redirect means "no files here".
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode, urlsplit

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tagboat.errors import IndexFailed, Problem
from tagboat.index.credentials import Login
from tagboat.index.http import Client
from tagboat.index.legacy import LegacyIndex, Place
from tagboat.index.simple import ACCEPT, Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tagboat.config import IndexConfig
    from tagboat.distribution import Distribution
    from tagboat.index.answer import Answer
    from tagboat.index.credentials import Credential
    from tagboat.index.interface import Progress
    from tagboat.index.reach import Reach

PUBLIC = "https://gitlab.com"
API = "/api/v4"
JOB_USER = "gitlab-ci-token"
PAGE = 100
FORWARD = re.compile(r"/simple/[a-z0-9._-]+/?$", re.IGNORECASE)
DEPLOY_USER = "gitlab+deploy-token-"


def server_of(config: IndexConfig) -> str:
    """The server's own URL, also when the URL of its API or of its packages was given; gitlab.com without any.

    It never comes from the variables of a CI job: the same configuration means the same server everywhere.
    """
    return config.at.get("url", PUBLIC).partition(API)[0].rstrip("/")


def api_of(config: IndexConfig) -> str:
    """The URL of the project in the REST API. A project's path is one part of it, its slashes encoded."""
    return f"{server_of(config)}{API}/projects/{_identifier(config.at['project'])}"


def place(config: IndexConfig) -> Place:
    """Uploads go to the project; with a group, people install from that."""
    upload = f"{api_of(config)}/packages/pypi"
    own = f"{upload}/simple/"
    group = config.at.get("group")
    shared = f"{server_of(config)}{API}/groups/{_identifier(group)}/-/packages/pypi/simple/" if group else own
    return Place(upload, config.at.get("simple-url") or shared, own)


def open_index(config: IndexConfig, reach: Reach) -> GitlabIndex:
    """The index of a configuration."""
    where = place(config)
    plain = Client(config.name, (), Login(), reach.transport(config))
    job = reach.environ.get("CI_SERVER_URL", "") if "url" not in config.at else ""
    return GitlabIndex(reach.client(config, where), where, api_of(config), plain, job)


class GitlabIndex(LegacyIndex):
    """The registry of a project. It deletes files, and a package with its last file.

    `job_server` is the server of the CI job that this runs in, when the configuration names none.
    """

    def __init__(self, client: Client, place: Place, api: str, plain: Client, job_server: str = "") -> None:
        super().__init__(client, place, "gitlab")
        self.api = api
        self.plain = plain
        self.job_server = job_server.rstrip("/")
        self.reader = Reader(client, place.own_url, absent=_is_absent, stay=True)
        self.installers = Reader(client, self.simple_url, absent=_is_absent, stay=True)

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """POST one file."""
        try:
            super().upload(distribution, progress)
        except IndexFailed as error:
            if "already been taken" not in error.why:
                raise
            raise type(error)(
                error.what,
                why=error.why,
                next="A file of this name was deleted, and others of its version were not. GitLab frees the name "
                "when it next clears up, within a day; or delete the whole version in its package registry.",
            ) from error

    def problems(self) -> Iterator[Problem]:
        """Whether there is a credential of a form that GitLab takes, and the project can be seen with it."""
        credential = self.client.login.asked()
        if credential is None:
            yield Problem(
                f"no credential is known for {self.name}", why=self._elsewhere(), next=self.client.login_advice
            )
        elif form := _wrong_user(credential):
            yield Problem(f"{self.name} would not take the credential: {form}", next=self.client.login_advice)
        answer = self.client.get(self.reader.simple_url, ACCEPT, stay=True)
        if answer.status == 404:
            yield Problem(
                f"{self.name} has no packages of such a project, or does not show them to us: {self.upload_url}",
                why=self._elsewhere(),
                next="Look at url and project, whether the project's package registry is on, and whether the token's "
                f"user is a member. {self.client.login_advice}",
            )
        elif not answer.is_success:
            yield self._problem(f"{self.name} cannot be read", answer)
        yield from self._cannot_install()

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove the package when all of its files go, which frees their names at once; else file by file.

        GitLab only marks what is deleted, and clears up later; the page leaves it out from then on.
        """
        wanted = set(filenames)
        if not wanted & self.files(project, version).keys():
            return
        for package in self._packages(project, version):
            self._delete(f"{self.api}/packages/{package}", wanted)
        left = self.still_shown(project, version, wanted)
        if left:
            raise IndexFailed(f"{self.name} still shows what it deleted: {', '.join(left)}")

    def _delete(self, package: str, wanted: set[str]) -> None:
        files = self._listed(f"{package}/package_files", {})
        doomed = [file for file in files if file.get("file_name") in wanted]
        whole = len(doomed) == len(files)
        for url in [package] if whole and doomed else [f"{package}/package_files/{file['id']}" for file in doomed]:
            answer = self.plain.send_repeatable("DELETE", url, headers=self._token())
            if not answer.is_success and answer.status != 404:
                raise self._refused("did not delete", answer)

    def _packages(self, project: str, version: Version) -> list[int]:
        """The ids of the packages of a version. GitLab knows them as their metadata spelled name and version."""
        name = canonicalize_name(project)
        query = {"package_type": "pypi"}
        word = max(name.split("-"), key=len)
        if len(word) > 2:  # it looks for parts of names, as they were spelled
            query["package_name"] = word
        found = self._listed(f"{self.api}/packages", query)
        return [
            int(str(each["id"]))
            for each in found
            if canonicalize_name(str(each.get("name"))) == name and _same(str(each.get("version")), version)
        ]

    def _listed(self, url: str, query: dict[str, str]) -> list[dict[str, object]]:
        """Everything of a list that the API hands out page by page."""
        found: list[dict[str, object]] = []
        for number in range(1, 1000):
            pages = {**query, "per_page": str(PAGE), "page": str(number)}
            answer = self.plain.send_repeatable("GET", f"{url}?{urlencode(pages)}", headers=self._token())
            if not answer.is_success:
                raise self._refused("does not say what can be deleted", answer)
            page = _entries(answer)
            found += page
            if len(page) < PAGE:
                break
        return found

    def _token(self) -> dict[str, str]:
        """The header that the API wants the token in. Raises `IndexFailed` for a kind that it never takes."""
        credential = self.client.login.current()
        if credential is None:
            return {}
        if _is_deploy_token(credential):
            raise IndexFailed(
                f"{self.name} deletes nothing for a deploy token",
                why="GitLab's API takes personal, group and project access tokens and job tokens only.",
                next="Run it again with an access token of scope api; its user must be a Maintainer of the project.",
            )
        return {"JOB-TOKEN" if credential.username == JOB_USER else "PRIVATE-TOKEN": credential.password}

    def _refused(self, what: str, answer: Answer) -> IndexFailed:
        advice = ""
        if answer.status in {401, 403, 404}:
            advice = (
                "Deleting takes a token of scope api whose user is a Maintainer, and a package without a rule that "
                f"protects it. {self.client.login_advice}"
            )
        return self.client.failed(f"{self.name} {what}", answer, next=advice)

    def _elsewhere(self) -> str:
        """What to say when a job runs on one server and the configuration means another."""
        if not self.job_server or self.job_server == PUBLIC:
            return ""
        return f"This job runs on {self.job_server}; without a url, {self.name} is on {PUBLIC}."


def _identifier(text: str) -> str:
    """An id or a path, as one part of a URL's path."""
    return quote(unquote(text).strip("/"), safe="")


def _is_absent(answer: Answer) -> bool:
    """Whether GitLab has no file of a package: it says so, or sends us on to the public index.

    That it does not find something else, the project say, which we may only not be let into, is no such answer.
    """
    if answer.is_redirect:
        return FORWARD.search(urlsplit(answer.headers.get("location", "")).path) is not None
    return answer.status == 404 and (not answer.content_type.endswith("json") or "Package" in answer.text)


def _is_deploy_token(credential: Credential) -> bool:
    return credential.password.startswith("gldt-") or credential.username.startswith(DEPLOY_USER)


def _wrong_user(credential: Credential) -> str:
    """Why the user name does not go with the token; tokens tell by their beginnings what they are."""
    if credential.password.startswith("glcbt-") and credential.username != JOB_USER:
        return f"a job's token comes from the user {JOB_USER}, not {credential.username}"
    if credential.password.startswith("gldt-") and credential.username == "tagboat":
        return f"a deploy token comes with its own user name, such as {DEPLOY_USER}1"
    return ""


def _same(text: str, version: Version) -> bool:
    try:
        return Version(text) == version
    except InvalidVersion:
        return False


def _entries(answer: Answer) -> list[dict[str, object]]:
    try:
        data = json.loads(answer.text)
    except ValueError:
        data = None
    if not isinstance(data, list):
        raise IndexFailed(
            f"{urlsplit(answer.url).hostname} answers with something else than a list of packages",
            next="Look whether a proxy or a sign-in page is in between.",
        )
    return [each for each in data if isinstance(each, dict)]
