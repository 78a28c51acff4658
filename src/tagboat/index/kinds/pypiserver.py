"""A pypiserver: uploads and removals go to its root, pages are HTML only."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from tagboat.index.legacy import LegacyIndex, Place
from tagboat.index.simple import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.errors import Problem
    from tagboat.index.answer import Answer
    from tagboat.index.http import Client
    from tagboat.index.reach import Reach

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def root_of(url: str) -> str:
    """The server's root, also when the URL to install from was given."""
    return url.rstrip("/").removesuffix("/simple") + "/"


def place(config: IndexConfig) -> Place:
    """Uploads go to the root, and nowhere else."""
    root = root_of(config.at["url"])
    return Place(root, config.at.get("simple-url") or f"{root}simple/")


def open_index(config: IndexConfig, reach: Reach) -> PypiserverIndex:
    """The index of a configuration."""
    where = place(config)
    return PypiserverIndex(reach.client(config, where), where, config.kind)


class PypiserverIndex(LegacyIndex):
    """A pypiserver. It deletes versions, as they are spelled in file names.

    Whoever asks for a project that it does not have is sent on to PyPI, unless it was started without a fallback.
    """

    def __init__(self, client: Client, place: Place, kind: str) -> None:
        super().__init__(client, place, kind)
        self.reader = self.installers = Reader(client, self.simple_url, absent=_is_absent, stay=True)

    def problems(self) -> Iterator[Problem]:
        """Whether the server lets us in: `verify` does nothing but go past its guard."""
        self.client.login.asked()
        answer = self._act({":action": "verify"})
        if not answer.is_success:
            yield self._problem(f"{self.name} would not take an upload", answer)

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove files by what their names call project and version.

        The server removes whatever has the same spelling; with somebody else's file among it, nothing is.
        """
        listed = self.files(project, version).keys()
        gone = listed & set(filenames)
        advice = "Remove the files on the server itself, from its folder of packages."
        for name, spelled in self.whole_versions(listed, gone, _spelling, advice):
            answer = self._act({":action": "remove_pkg", "name": name, "version": spelled})
            if not answer.is_success and gone & self.files(project, version).keys():
                raise self.client.failed(f"{self.name} did not remove {name} {spelled}", answer)

    def _act(self, form: dict[str, str]) -> Answer:
        return self.client.send("POST", self.upload_url, urlencode(form).encode(), FORM)


def _is_absent(answer: Answer) -> bool:
    """It says so, or sends us on to another index's page of the same project. A page to sign in on is no answer."""
    if answer.is_redirect:
        return _last_part(answer.headers.get("location", "")) == _last_part(answer.url)
    return answer.status == 404


def _last_part(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rpartition("/")[2]


def _spelling(filename: str) -> tuple[str, str]:
    """Project and version as pypiserver reads them from a name: a build tag counts to the version."""
    if filename.endswith(".whl"):
        name, *version = filename.split("-")[:-3]
        return name, "-".join(version)
    name, _, spelled = filename.removesuffix(".zip").removesuffix(".tar.gz").rpartition("-")
    return name, spelled
