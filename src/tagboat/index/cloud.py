"""What the indexes of the clouds have in common: further ways to a credential, and pages for projects only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tagboat.errors import IndexFailed, Problem
from tagboat.index.legacy import LegacyIndex
from tagboat.index.simple import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODYS = "tagboat-nobodys-project"
"""A project whose page is asked for only to see whether we are let in."""


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
