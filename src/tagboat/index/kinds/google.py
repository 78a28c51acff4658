"""A Python repository of Google Artifact Registry, known by its location, project and name.

Versions are deleted whole by Google's REST API (v1, `projects.locations.repositories.packages.versions.delete`), a
long-running operation; single files can be deleted of generic repositories only.

Not verified, for nobody here has such a repository and Google's pages are silent: that a file's name is free again once
its version was deleted (they name no reservation, unlike those of other clouds, and tagboat counts on it), that ids of
packages are normalised names and ids of versions spelled as in file names, and whether pages tell hashes; where they
do not, files are downloaded and counted.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from packaging.utils import canonicalize_name

from tagboat.errors import ConfigError, IndexFailed
from tagboat.index.cloud import CloudIndex, of_cloud
from tagboat.index.credentials import Login
from tagboat.index.credentials.extras import install
from tagboat.index.credentials.google import KEY_USER, Google
from tagboat.index.http import Client
from tagboat.index.legacy import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.index.answer import Answer
    from tagboat.index.reach import Reach

HOSTS = ("pkg.dev", "googleapis.com")
API = "https://artifactregistry.googleapis.com"
LOOKS = 10
"""How often a deletion is looked at before it is left to itself: for about two minutes."""


def place(config: IndexConfig) -> Place:
    """The repository's URL takes uploads; pages are at `simple/` below it, and nowhere else.

    Raises `ConfigError` when `url` is that of another repository.
    """
    at = config.at
    server = at.get("url", f"https://{at['location']}-python.pkg.dev").rstrip("/").removesuffix("/simple")
    path = f"/{quote(at['project'], safe='')}/{quote(at['repository'], safe='')}"
    server = server.removesuffix(path)
    if urlsplit(server).path.count("/") > 1:
        raise ConfigError(
            f"the url of {config.name} is not that of its repository: {server}",
            next=f"It ends in {path}, or is the server's alone.",
        )
    root = f"{server}{path}/"
    return Place(root, at.get("simple-url") or f"{root}simple/")


def open_index(config: IndexConfig, reach: Reach) -> GoogleIndex:
    """The index of a configuration."""
    where = place(config)
    anonymous = Client(config.name, (), Login(), replace(reach.transport(config), connect=5.0, read=30.0))
    google = Google(anonymous, reach.environ, reach.around.home)
    at = {key: quote(text, safe="") for key, text in config.at.items()}
    packages = f"projects/{at['project']}/locations/{at['location']}/repositories/{at['repository']}/packages"
    api = f"{config.at.get('endpoint-url', API).rstrip('/')}/v1"
    account = of_cloud(
        reach.account(config, where.upload_url), google.token, (where.upload_url, where.simple_url, api), HOSTS
    )
    return GoogleIndex(reach.client(config, where, account=account), where, google, api, packages)


class GoogleIndex(CloudIndex):
    """An Artifact Registry repository. It deletes whole versions."""

    choices = (
        f"With application default credentials of Google ({install('google')}, `gcloud auth application-default "
        f"login`) tagboat gets a token itself; a key goes with the user name {KEY_USER}."
    )

    def __init__(self, client: Client, place: Place, google: Google, api: str, packages: str) -> None:
        super().__init__(client, place, "google")
        self.google = google
        self.api = api
        self.packages = packages

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove the versions of these files; with somebody else's file in one, nothing is removed."""
        listed = self.files(project, version).keys()
        gone = listed & set(filenames)
        advice = "Whoever put them there can delete the version."
        for spelled in self.whole_versions(listed, gone, _spelling, advice):
            self._delete(project, spelled)
        self.see_gone(project, version, gone)

    def _delete(self, project: str, spelled: str) -> None:
        name = f"{self.packages}/{quote(canonicalize_name(project), safe='')}/versions/{quote(spelled, safe='')}"
        what = f"{self.name} did not delete {project} {spelled}"
        answer = self._ask("DELETE", name)
        if answer.status == 404:
            return
        for look in range(LOOKS):
            operation = self._operation(what, answer)
            if operation.get("done"):
                return
            self.client.pause(look, answer)
            answer = self._ask("GET", str(operation["name"]))
        raise IndexFailed(what, why="Google is still at it.", next="Run the same command again in a while.")

    def _operation(self, what: str, answer: Answer) -> dict[str, object]:
        """The long-running operation of an answer. Raises `IndexFailed` when it went wrong."""
        try:
            operation = json.loads(answer.text) if answer.is_success else None
        except ValueError:
            operation = None
        if not isinstance(operation, dict) or "name" not in operation:
            raise self.client.failed(what, replace(answer, body=_message(answer)))
        if isinstance(error := operation.get("error"), dict):
            raise IndexFailed(what, why=self.client.redact(str(error.get("message", error))))
        return operation

    def _ask(self, method: str, name: str) -> Answer:
        token = self.google.bearer(self.client.login.current())
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return self.google.client.send_repeatable(method, f"{self.api}/{name}", headers=headers)


def _message(answer: Answer) -> bytes:
    """The body with Google's message where others have theirs: it stands one level lower."""
    try:
        return json.dumps(json.loads(answer.text)["error"]).encode()
    except (ValueError, KeyError, TypeError):
        return answer.body


def _spelling(filename: str) -> str:
    """The version as a file name spells it."""
    if filename.endswith(".whl"):
        return filename.split("-")[1]
    return filename.removesuffix(".zip").removesuffix(".tar.gz").rpartition("-")[2]
