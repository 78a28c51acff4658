"""The package registry of a user or an organisation on Gitea or Forgejo.

Both share the protocol: Forgejo began as a copy of Gitea. Versions are packages of their own, by the spelling that the
metadata has, and their API deletes a version with all of its files or nothing. An owner without any page of all
projects is looked up by the API instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from tagboat.errors import ConfigError, IndexFailed, Problem
from tagboat.index.legacy import LegacyIndex, Place
from tagboat.index.simple import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.index.answer import Answer
    from tagboat.index.http import Client
    from tagboat.index.interface import IndexFile
    from tagboat.index.reach import Reach

PAGES = "/api/packages/"
API = "/api/v1/packages/"


def server_of(config: IndexConfig) -> str:
    """The server's own URL, also when that of its packages was given.

    Raises `ConfigError` when these are somebody else's than the owner's.
    """
    server, _, below = config.at["url"].partition(PAGES)
    named = unquote(below.partition("/")[0])
    if named and named.lower() != config.at["owner"].lower():
        raise ConfigError(
            f"{config.name} has two owners: {named} in its url, and {config.at['owner']}",
            next=f'Say url = "{server}", and the right one as owner.',
        )
    return server.partition("/api/v1")[0].rstrip("/")


def place(config: IndexConfig) -> Place:
    """One place takes the uploads of an owner; the simple pages are below it."""
    upload = f"{server_of(config)}{PAGES}{quote(config.at['owner'])}/pypi"
    own = f"{upload}/simple/"
    return Place(upload, config.at.get("simple-url") or own, own)


def open_index(config: IndexConfig, reach: Reach) -> GiteaIndex:
    """The index of a configuration."""
    where = place(config)
    return GiteaIndex(reach.client(config, where), where, f"{server_of(config)}{API}{quote(config.at['owner'])}")


class GiteaIndex(LegacyIndex):
    """The packages of an owner. It deletes versions; never one that has somebody else's file."""

    def __init__(self, client: Client, place: Place, api: str) -> None:
        super().__init__(client, place, "gitea")
        self.api = api
        self.reader = Reader(client, place.own_url, absent=self._is_absent)

    def problems(self) -> Iterator[Problem]:
        """Whether there is a credential, and whether the owner's packages can be seen with it."""
        if self.client.login.asked() is None:
            yield Problem(f"no credential is known for {self.name}", next=self.client.login_advice)
        answer = self._look()
        if answer.status == 404:
            yield Problem(
                f"{self.name} knows no such owner, or does not show it to us: {self.upload_url}",
                next=f"Look at url and owner. {self.client.login_advice}",
            )
        elif not answer.is_success:
            yield self._problem(f"{self.name} cannot be read", answer)

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove the versions that these files make up, by every spelling that they have."""
        listed = self.files(project, version)
        gone = listed.keys() & set(filenames)
        advice = "Delete the version on the owner's packages page, then publish again what should stay."
        for name, spelled in self.whole_versions(listed, gone, lambda each: _package_of(listed[each]), advice):
            answer = self.client.send_repeatable("DELETE", f"{self.api}/pypi/{quote(name)}/{quote(spelled)}")
            if not answer.is_success and answer.status != 404:
                raise self.client.failed(f"{self.name} did not delete {name} {spelled}", answer)
        left = self.still_shown(project, version, gone)
        if left:
            raise IndexFailed(f"{self.name} still shows what it deleted: {', '.join(left)}")

    def _look(self) -> Answer:
        return self.client.get(f"{self.api}?type=pypi&limit=1", "application/json")

    def _is_absent(self, answer: Answer) -> bool:
        """A missing page counts once its owner is shown: a hidden one is a 404, too."""
        return answer.status == 404 and self._look().is_success


def _package_of(file: IndexFile) -> tuple[str, str]:
    """Project and version as the server spells them, which its links have in front of the file name."""
    name, version = urlsplit(file.url).path.split("/")[-3:-1]
    return unquote(name), unquote(version)
