"""What the indexes of the clouds have in common: further ways to a credential, and pages for projects only.

The token of a cloud opens more than one index, and whoever runs in it has one without having asked. So it goes to the
servers of that cloud, whatever the configuration says; a credential that was set for this index goes where it says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from tagboat.config.urls import LOOPBACK
from tagboat.errors import IndexFailed, Problem
from tagboat.index.legacy import LegacyIndex
from tagboat.index.simple import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from packaging.version import Version

    from tagboat.index.credentials import Account, Credential

NOBODYS = "tagboat-nobodys-project"
"""A project whose page is asked for only to see whether we are let in."""


def of_cloud(
    account: Account, cloud: Callable[[], Credential | None], urls: Iterable[str], hosts: Iterable[str]
) -> Account:
    """The account with the tokens of its cloud when every URL is one of these hosts' or of this machine.

    Else without any: what was set for the index itself is all that counts.
    """
    if all(_is_own(url, hosts) for url in urls):
        return replace(account, cloud=cloud)
    return replace(account, tokens=())


def _is_own(url: str, hosts: Iterable[str]) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if LOOPBACK.fullmatch(host):
        return True
    return parts.scheme == "https" and any(f".{host}".endswith(f".{own}") for own in hosts)


class CloudIndex(LegacyIndex):
    """An index of a cloud; no powers beyond what all have."""

    choices: ClassVar[str]
    """The ways to a credential that only this cloud has, in sentences."""

    def problems(self) -> Iterator[Problem]:
        """Whether there is a credential, and whether pages can be read with it."""
        try:
            found = self.client.login.asked()
        except IndexFailed as error:  # the cloud knows us, and gives no token
            yield Problem(error.what, error.why, f"{error.next} {self.choices}".strip())
            return
        if found is None:
            yield Problem(f"no credential is known for {self.name}", next=f"{self.client.login_advice} {self.choices}")
            return
        answer = self.client.get(f"{self.reader.simple_url}{NOBODYS}/", ACCEPT)
        if answer.status not in {200, 404}:
            yield self._problem(f"{self.name} cannot be read", answer)

    def see_gone(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Look until the page does not list these files, that were just deleted. Raises `IndexFailed`."""
        if left := self.still_shown(project, version, filenames):
            raise IndexFailed(
                f"{self.name} deleted {project} {version}, but still lists {', '.join(left)}",
                why="Some other index that it shows may have them, or its page lags.",
                next="Look at the index's own pages, then run the same command again.",
            )
