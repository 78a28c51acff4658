"""Any index that takes uploads by the legacy protocol and shows simple pages, known by its two URLs.

Nobody knows what software it is, and some send whoever asks for a project that they lack on to another index, where
the name may be anybody's. So a project's page on another server is nobody's of this index; when all pages are there,
that server is what has to be written into the configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagboat.errors import ConfigError, Problem
from tagboat.index.legacy import LegacyIndex, Place
from tagboat.index.simple import ACCEPT, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.config import IndexConfig
    from tagboat.index.answer import Answer
    from tagboat.index.http import Client
    from tagboat.index.reach import Reach


def place(config: IndexConfig) -> Place:
    """The two URLs as they were given. Raises `ConfigError` when each looks like the other."""
    upload, simple = config.at["upload-url"], config.at["simple-url"]
    if _is_for_installing(upload) and not _is_for_installing(simple):
        raise ConfigError(
            f"upload-url and simple-url of {config.name} look exchanged",
            why=f"{upload} ends as a URL to install from does, and {simple} does not.",
            next="simple-url is what pip gets as --index-url; upload-url is what twine gets as --repository-url.",
        )
    return Place(upload, simple)


def _is_for_installing(url: str) -> bool:
    return url.rstrip("/").rpartition("/")[2] in {"simple", "+simple"}


def open_index(config: IndexConfig, reach: Reach) -> LegacyIndex:
    """The index of a configuration."""
    where = place(config)
    return UnknownIndex(reach.client(config, where), where, config.kind)


class UnknownIndex(LegacyIndex):
    """An index of unknown software; no powers."""

    def __init__(self, client: Client, place: Place, kind: str) -> None:
        super().__init__(client, place, kind)
        self.reader = self.installers = Reader(client, self.simple_url, absent=self._is_absent, stay=True)

    def problems(self) -> Iterator[Problem]:
        """Besides what every index has: whether the pages are on the server that the configuration names."""
        yield from super().problems()
        away = self._away()
        if away:
            yield Problem(
                f"the pages of {self.name} are on another server: it sends us to {away}",
                "Credentials do not go there, and what is listed there need not be of this index.",
                f"If that is the index, write its address as simple-url in [tool.tagboat.index.{self.name}].",
            )

    def _is_absent(self, answer: Answer) -> bool:
        """It says so, or sends us on to another index with this project alone."""
        return answer.status == 404 or (answer.is_redirect and not self._away())

    def _away(self) -> str:
        """The host of another server that the page of all projects is on; "" when it is not."""
        answer = self.client.get(self.simple_url, ACCEPT, stay=True)
        return urlsplit(answer.headers.get("location", "")).hostname or "" if answer.is_redirect else ""
