"""What every index on a server has in common: uploads by the legacy protocol, simple pages, two URLs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from tagboat.errors import Irreversible, Problem
from tagboat.index.answer import Answer
from tagboat.index.kinds import KINDS
from tagboat.index.simple import ACCEPT, Reader
from tagboat.index.upload import Uploader

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from packaging.version import Version

    from tagboat.distribution import Distribution
    from tagboat.index.credentials import Credential
    from tagboat.index.http import Client
    from tagboat.index.interface import IndexFile, Progress

V = TypeVar("V", str, tuple[str, str])

LOOKS = 8
"""How often a page is looked at that still shows what was deleted: a minute in all."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an index is uploaded to and installed from, two URLs that are never the same.

    Attributes:
        upload_url: takes the upload form; with or without a slash at its end, as the server wants it.
        simple_url: what an installer gets.
        own_url: the simple pages that list what was uploaded here and nothing else, where `simple_url` shows the
            files of other indexes, too; "" when it does not.
    """

    upload_url: str
    simple_url: str
    own_url: str = ""


class LegacyIndex:
    """An index on a server; no powers beyond what all have."""

    def __init__(self, client: Client, place: Place, kind: str) -> None:
        self.client = client
        self.kind = KINDS[kind]
        self.name = client.name
        self.upload_url = place.upload_url
        self.simple_url = place.simple_url.rstrip("/") + "/"
        self.summary = f"{self.name} ({self.kind.name} at {self.upload_url})"
        self.side_by_side = self.kind.side_by_side
        self.reader = Reader(client, place.own_url or self.simple_url)
        self.installers = Reader(client, self.simple_url)

    def files(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """What the project's simple page lists."""
        return self.reader.files(project, version)

    def shown(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """What the page lists that people install from."""
        return self.installers.files(project, version)

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """POST one file."""
        Uploader(self.client, self.upload_url, self.reader).upload(distribution, progress)

    def fetch(self, file: IndexFile, destination: Path) -> Path:
        """Download a listed file."""
        return self.reader.fetch(file, destination)

    def problems(self) -> Iterator[Problem]:
        """Whether there is a credential, and whether the simple API can be reached with it."""
        if self.client.login.asked() is None:
            yield Problem(f"no credential is known for {self.name}", next=self.client.login_advice)
        answer = self.client.get(self.reader.simple_url, ACCEPT)
        if not answer.is_success and answer.status != 404:  # some servers have no page of all projects
            yield self._problem(f"{self.name} cannot be read", answer)

    def objections(self, distributions: Sequence[Distribution], *, by_rules: bool = True) -> Iterator[Problem]:
        """What is known of the rules of its kind, and other bytes under our names."""
        from tagboat.index.rules import objections

        return objections(self.kind.name if by_rules else "", self.name, self.reader, distributions)

    def login_words(self) -> str:
        """The user and the source of the credential."""
        credential = self._looked_for()
        if credential is None:
            return "without a credential"
        return f"as {credential.username or 'nobody in particular'}, by {credential.source}"

    def close(self) -> None:
        """Revoke a token that was made for this."""
        self.client.login.close()

    def whole_versions(
        self, listed: Collection[str], gone: Collection[str], version_of: Callable[[str], V], advice: str
    ) -> list[V]:
        """What has to be deleted whole, by what `version_of` says of a file name, so that these listed files go.

        Raises `Irreversible`, with this advice, when somebody else's file would go, too: then nothing is deleted.
        """
        versions = {version_of(filename) for filename in gone}
        foreign = sorted(name for name in listed if name not in gone and version_of(name) in versions)
        if foreign:
            raise Irreversible(
                f"{self.name} can only delete all files of a version, and {', '.join(foreign)} should stay",
                next=advice,
            )
        return sorted(versions)

    def still_shown(self, project: str, version: Version, filenames: Iterable[str]) -> list[str]:
        """Which of these files, that were just deleted, the page lists even after a while."""
        wanted = set(filenames)
        for attempt in range(LOOKS):
            if not wanted & self.files(project, version).keys():
                return []
            self.client.pause(attempt, Answer(200))
        return sorted(wanted & self.files(project, version).keys())

    def install_environment(self) -> dict[str, str]:
        """The URL with the credential in it, percent-encoded: pip and uv print it without."""
        return self.client.transport.install_environment(self._url_with_credential())

    def _cannot_install(self) -> Iterator[Problem]:
        """Whether the place to install from, where it is another than ours, can be read."""
        if self.simple_url != self.reader.simple_url:
            answer = self.client.get(self.simple_url, ACCEPT)
            if not answer.is_success:
                yield self._problem(f"people could not install from {self.simple_url}", answer)

    def _looked_for(self) -> Credential | None:
        return self.client.login.found

    def _url_with_credential(self) -> str:
        credential = self.client.credential
        if credential is None:
            return self.simple_url
        parts = urlsplit(self.simple_url)
        user = f"{quote(credential.username, safe='')}:{quote(credential.password, safe='')}"
        return urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc}"))

    def _problem(self, what: str, answer: Answer) -> Problem:
        elsewhere = (
            f"A server answers, but not as this kind does. Look at [tool.tagboat.index.{self.name}]: kind and URL."
        )
        error = self.client.failed(what, answer, next=elsewhere if answer.status in {404, 405, 410} else "")
        return Problem(error.what, error.why, error.next)
