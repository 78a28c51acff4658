"""An index of Pulp's Python plugin, known by its URL: `https://host/pypi/<base path>/`.

Pulp answers an upload with a task; only when that has ended is the file there, or refused. Yanking is a mark on a
version, as Pulp spells it, and holds for all of its files. Files are removed by Pulp's own REST API, with the same
credential: that makes a new version of the repository without them, and their names are free again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tagboat.errors import ConfigError, IndexFailed, Irreversible, Problem
from tagboat.index.legacy import LegacyIndex, Place
from tagboat.index.upload import Uploader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tagboat.config import IndexConfig
    from tagboat.distribution import Distribution
    from tagboat.index.answer import Answer
    from tagboat.index.interface import Progress
    from tagboat.index.reach import Reach

API = "/pulp/api/v3/"
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
ENDED = frozenset({"completed", "failed", "canceled", "skipped"})
LONGEST_TASK = 600.0
LONGEST_LOOK = 2.0


def root_of(url: str) -> str:
    """The index's own URL with a slash, also when the URL to upload to or to install from was given.

    Raises `ConfigError` when it is the URL of another part of Pulp, or has no base path.
    """
    root = url.rstrip("/").removesuffix("/simple").removesuffix("/legacy") + "/"
    path = urlsplit(root).path
    if path.startswith("/pulp/") or len(path.strip("/").split("/")) < 2:
        raise ConfigError(
            f"{root} is not the URL of an index of Pulp",
            why="It is of Pulp's own API or of its content." if path.startswith("/pulp/") else "It has no base path.",
            next="It ends in the base path of a distribution, as in https://pulp.example.com/pypi/internal/.",
        )
    return root


def place(config: IndexConfig) -> Place:
    """Uploads go to `legacy/`, installers to `simple/`."""
    root = root_of(config.at["url"])
    return Place(f"{root}legacy/", config.at.get("simple-url") or f"{root}simple/", f"{root}simple/")


def open_index(config: IndexConfig, reach: Reach) -> PulpIndex:
    """The index of a configuration."""
    where = place(config)
    return PulpIndex(reach.client(config, where), where, config.kind)


class PulpIndex(LegacyIndex):
    """An index of Pulp. It yanks whole versions and deletes single files."""

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """POST one file, and wait for the task that makes it a part of the index."""
        Uploader(self.client, self.upload_url, self.reader, self._settle).upload(distribution, progress)

    def problems(self) -> Iterator[Problem]:
        """What an upload would be answered, by one without a file: Pulp looks at the form last."""
        if self.client.login.asked() is None:
            yield Problem(f"no credential is known for {self.name}", next=self.client.login_advice)
            return
        answer = self.client.send("POST", self.upload_url, urlencode({":action": "file_upload"}).encode(), FORM)
        if answer.status == 400 and "content" in _json(answer):
            return
        if answer.status == 404 or answer.is_redirect:
            yield Problem(
                f"{self.name} is no index of a Pulp server: {self.upload_url}",
                why=answer.explain(),
                next="Look at its url: it ends in the base path of a distribution of the Python plugin.",
            )
        else:
            yield self._problem(f"{self.name} would not take an upload", answer)

    def yank(self, project: str, version: Version, reason: str) -> None:
        """Mark the version, unless it is marked already: Pulp would take the new reason."""
        files = self.files(project, version)
        for spelled, names in self._spellings(project, version).items():
            if any(not files[name].yanked for name in names & files.keys()):
                self._mark("yank", {"name": canonicalize_name(project), "version": spelled, "yanked_reason": reason})

    def unyank(self, project: str, version: Version, filenames: Iterable[str] | None = None) -> None:
        """Take the mark off. Raises `Irreversible` when a file that should stay yanked would lose it, too."""
        yanked = {name for name, file in self.files(project, version).items() if file.yanked}
        chosen = yanked if filenames is None else yanked & set(filenames)
        spellings = {spelled: names for spelled, names in self._spellings(project, version).items() if names & chosen}
        others = sorted({name for names in spellings.values() for name in names & yanked} - chosen)
        if others:
            raise Irreversible(
                f"{self.name} can only unyank all files of a version, and {', '.join(others)} should stay yanked",
                next=f"Decide for all of them: POST name and version to {self._root}unyank/, as the API is used.",
            )
        for spelled in spellings:
            self._mark("unyank", {"name": canonicalize_name(project), "version": spelled})

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Make a new version of the repository, without the files."""
        doomed = self.files(project, version).keys() & set(filenames)
        if not doomed:
            return
        repository = self._repository()
        latest = self._api("GET", repository)["latest_version_href"]
        units = [self._unit(latest, filename) for filename in sorted(doomed)]
        body = json.dumps({"remove_content_units": [unit for unit in units if unit]}).encode()
        self._settle(self._checked("did not delete", "POST", f"{repository}modify/", body))

    @property
    def _root(self) -> str:
        return self.upload_url.removesuffix("legacy/")

    def _mark(self, verb: str, what: dict[str, str]) -> None:
        answer = self._checked(
            f"did not {verb} {what['version']}", "POST", f"{self._root}{verb}/", json.dumps(what).encode()
        )
        self._settle(answer)

    def _spellings(self, project: str, version: Version) -> dict[str, set[str]]:
        """The version as Pulp spells it, which is how its files' metadata do, and the names of those files."""
        url = f"{self._root}pypi/{quote(canonicalize_name(project))}/json/"
        answer = self.client.get(url, "application/json")
        if answer.status == 404:
            return {}
        if not answer.is_success:
            raise self.client.failed(f"{self.name} cannot be read", answer)
        releases = _json(answer).get("releases", {})
        return {
            spelled: {str(file["filename"]) for file in files}
            for spelled, files in releases.items()
            if _same(spelled, version)
        }

    def _repository(self) -> str:
        """Where the REST API has the repository that the index shows."""
        base_path = urlsplit(self._root).path.strip("/").partition("/")[2]
        query = urlencode({"base_path": base_path})
        found = self._api("GET", f"{API}distributions/python/pypi/?{query}").get("results", [])
        repository = found[0].get("repository") if found else None
        if not repository:
            raise IndexFailed(
                f"{self.name} cannot say which repository it shows",
                why=f"Pulp's API shows us no distribution with the base path {base_path} and a repository.",
                next="Whoever deletes needs to view the distribution, and to view and modify its repository.",
            )
        return str(repository)

    def _unit(self, version_href: str, filename: str) -> str:
        query = urlencode({"repository_version": version_href, "filename": filename})
        found = self._api("GET", f"{API}content/python/packages/?{query}").get("results", [])
        return str(found[0]["pulp_href"]) if found else ""

    def _api(self, method: str, path: str) -> dict[str, Any]:
        return _json(self._checked("cannot be asked by its API", method, path))

    def _checked(self, what: str, method: str, path: str, body: bytes | None = None) -> Answer:
        answer = self.client.send(method, urljoin(self.upload_url, path), body, JSON)
        if not answer.is_success:
            raise self.client.failed(f"{self.name} {what}", answer)
        return answer

    def _settle(self, answer: Answer) -> None:
        """Wait for the task of an answer; raises `IndexFailed` when it failed.

        A task that its own maker may not see is left alone: whether the file is listed tells the rest.
        """
        href = _json(answer).get("task")
        if not isinstance(href, str) or "/" not in href:
            return
        waited, pause = 0.0, 0.1
        while waited < LONGEST_TASK:
            task = self.client.get(urljoin(self.upload_url, href), "application/json")
            state = _json(task).get("state")
            if task.status in {403, 404} or state in {"completed", "skipped"}:
                return
            if not task.is_success or state in ENDED:
                error = _json(task).get("error") or {}
                raise IndexFailed(
                    f"{self.name} took it, and then failed to make it a part of the index",
                    why=str(error.get("description") or f"The task {href} is {state or task.explain()}."),
                    next="Run the same command again; Pulp's log says more.",
                )
            self.client.transport.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, LONGEST_LOOK)
        raise IndexFailed(
            f"{self.name} is still busy after {LONGEST_TASK:.0f} seconds",
            why=f"The task {href} has not ended. Is a worker of Pulp running?",
            next="Run the same command again later; what is done already is kept.",
        )


def _same(spelled: str, version: Version) -> bool:
    try:
        return Version(spelled) == version
    except InvalidVersion:
        return False


def _json(answer: Answer) -> dict[str, Any]:
    """An answer of Pulp's; nothing when it is none."""
    try:
        data = json.loads(answer.text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
