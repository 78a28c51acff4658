"""The page of a withdrawn version on the forge: it says so, and why."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tagboat.forge.body import is_withdrawn, offered_again, withdrawn
from tagboat.step import Status, done, todo

if TYPE_CHECKING:
    from tagboat.forge.interface import Forge, ForgeRelease


class RetractStep:
    """Mark the release of a tag as withdrawn: in its title, at the top of its text, and no more as the latest.

    What it said before is kept in the page itself, so it can be put back from any machine.
    """

    name = "retract"

    def __init__(self, tag: str, reason: str, forge: Forge) -> None:
        self.tag = tag
        self.reason = reason
        self.forge = forge

    def probe(self) -> Status:
        """Done when the page says it, or when there is no page."""
        found = self._found()
        if found is None:
            return done(f"{self.forge.summary} has no published release {self.tag}")
        if is_withdrawn(found.body):
            return done(f"{found.page} says that it is withdrawn")
        return todo(f"say so on {found.page} (reversible: `tagboat undo`)")

    def apply(self) -> None:
        """Write it onto the page."""
        found = self._found()
        if found is not None:
            title, body = withdrawn(found.title, found.body, self.reason, prerelease=found.prerelease)
            self._edit(title, body, prerelease=True)

    def undo(self) -> None:
        """Put the page back as it was, if it still says it."""
        found = self._found()
        if found is not None and is_withdrawn(found.body):
            title, body, prerelease = offered_again(found.title, found.body)
            self._edit(title, body, prerelease=prerelease)

    def _found(self) -> ForgeRelease | None:
        """The release as people see it; of a draft nobody knows."""
        with closing(self.forge):
            found = self.forge.release(self.tag)
        return None if found is None or found.draft else found

    def _edit(self, title: str, body: str, *, prerelease: bool) -> None:
        with closing(self.forge):
            self.forge.edit_release(self.tag, title=title, body=body, prerelease=prerelease)
