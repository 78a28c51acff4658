"""A hosted PyPI repository of Sonatype Nexus Repository 3, known by the server's URL and the repository's name.

Uploads go to a hosted repository and to no other; people install from it or from a group that has it as a member.
Where redeploying is allowed, Nexus overwrites without a word. A component is a project's version, its assets are
the files, and an asset can be deleted alone. Assets are found by the search, which may lag behind the pages.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode

from packaging.utils import canonicalize_name

from tagboat.errors import ConfigError, IndexFailed, Problem
from tagboat.index.answer import Answer
from tagboat.index.legacy import LOOKS, LegacyIndex, Place
from tagboat.index.simple import ACCEPT, Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.index.http import Client
    from tagboat.index.reach import Reach

REST = "/service/rest/v1"


def server_of(config: IndexConfig) -> str:
    """The server's own URL, also when that of a repository was given.

    Raises `ConfigError` when it is that of a repository which nothing else speaks of.
    """
    server, _, below = config.at["url"].partition("/repository/")
    named = unquote(below.partition("/")[0])
    if named and named not in {config.at["repository"], config.at.get("group")}:
        raise ConfigError(
            f"{config.name} has two repositories: {named} in its url, and {config.at['repository']}",
            next=f'Say url = "{server}", and the right one as repository.',
        )
    return server.partition(REST)[0].rstrip("/")


def place(config: IndexConfig) -> Place:
    """Uploads go to the hosted repository; with a group, people install from that."""
    below = f"{server_of(config)}/repository/"
    upload = f"{below}{quote(config.at['repository'])}/"
    shared = f"{below}{quote(config.at.get('group') or config.at['repository'])}/simple/"
    return Place(upload, config.at.get("simple-url") or shared, f"{upload}simple/")


def open_index(config: IndexConfig, reach: Reach) -> NexusIndex:
    """The index of a configuration."""
    where = place(config)
    return NexusIndex(reach.client(config, where), where, server_of(config), config.at["repository"])


class NexusIndex(LegacyIndex):
    """A hosted repository. It deletes single files."""

    def __init__(self, client: Client, place: Place, server: str, repository: str) -> None:
        super().__init__(client, place, "nexus")
        self.api = f"{server}{REST}"
        self.repository = repository
        self.reader = Reader(client, place.own_url, absent=self._is_absent)

    def problems(self) -> Iterator[Problem]:
        """Whether there is a credential, the repository can be read with it, and is one that takes uploads."""
        if self.client.login.asked() is None:
            yield Problem(f"no credential is known for {self.name}", next=self.client.login_advice)
        answer = self.client.get(self.reader.simple_url, ACCEPT)
        if answer.status == 404:
            yield Problem(
                f"{self.name} has no such repository: {self.upload_url}", next="Look at its url and repository."
            )
        elif not answer.is_success:
            yield self._problem(f"{self.name} cannot be read", answer)
        else:
            yield from self._wrong_kind()
        yield from self._cannot_install()

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove each file by its asset; Nexus removes the component with the last of them."""
        wanted = self.files(project, version).keys() & set(filenames)
        for filename, asset in sorted(self._assets(project, wanted).items()):
            answer = self.client.send_repeatable("DELETE", f"{self.api}/assets/{quote(asset, safe='')}")
            if not answer.is_success and answer.status != 404:
                raise self.client.failed(f"{self.name} did not delete {filename}", answer)
        left = self.still_shown(project, version, wanted)
        if left:
            raise IndexFailed(f"{self.name} still shows what it deleted: {', '.join(left)}")

    def _assets(self, project: str, wanted: Iterable[str]) -> dict[str, str]:
        """The assets of these files, by file name; looked for until the search has them all."""
        missing = set(wanted)
        found: dict[str, str] = {}
        for attempt in range(LOOKS):
            found |= {name: asset for name, asset in self._search(project) if name in missing}
            missing -= found.keys()
            if not missing:
                return found
            self.client.pause(attempt, Answer(200))
        raise IndexFailed(
            f"{self.name} lists {', '.join(sorted(missing))}, but its search does not find them",
            why="Nothing was deleted.",
            next="Try again later; or let an administrator run the task that rebuilds the repository's search.",
        )

    def _search(self, project: str) -> Iterator[tuple[str, str]]:
        """The file names of a project and their assets. Nexus keeps projects by their normalised names."""
        query = {"repository": self.repository, "format": "pypi", "name": canonicalize_name(project)}
        token = ""
        while True:
            more = {"continuationToken": token} if token else {}
            answer = self.client.get(f"{self.api}/search/assets?{urlencode(query | more)}", "application/json")
            data = _json(answer)
            if not isinstance(data, dict):
                raise self.client.failed(f"{self.name} cannot be searched", answer)
            for asset in data.get("items", []):
                path = str(asset.get("path"))
                if path.lstrip("/").startswith("packages/"):
                    yield path.rpartition("/")[2], str(asset["id"])
            token = data.get("continuationToken") or ""
            if not token:
                return

    def _wrong_kind(self) -> Iterator[Problem]:
        """A repository of another format or type; those that we may not look into are not told."""
        known = _json(self.client.get(f"{self.api}/repositories", "application/json"))
        for each in known if isinstance(known, list) else []:
            if each.get("name") != self.repository:
                continue
            if (each.get("format"), each.get("type")) != ("pypi", "hosted"):
                yield Problem(
                    f"{self.name} takes no uploads: {self.repository} is a {each.get('type')} repository"
                    f" of the format {each.get('format')}",
                    next="Name a hosted pypi repository; the group to install from goes into group.",
                )

    def _is_absent(self, answer: Answer) -> bool:
        """A missing page counts once the repository itself is there."""
        return answer.status == 404 and self.client.get(self.reader.simple_url, ACCEPT).is_success


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.text) if answer.is_success else None
    except ValueError:
        return None
