"""The release on the forge: notes, how to install, files and checksums. Last, for it tells everybody."""

from __future__ import annotations

import secrets
from contextlib import closing
from typing import TYPE_CHECKING

from tagboat import textfile
from tagboat.forge.body import release_body
from tagboat.forge.interface import Announcement, Asset
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.check import frozen
from tagboat.steps.files import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.forge.interface import Forge, ForgeRelease
    from tagboat.plan import Plan
    from tagboat.state import StateFolder

SUMS = "SHA256SUMS"
MARK, ADDED = "announce mark", "announce added"


class AnnounceStep:
    """A published release of the tag that has every distribution and their checksums, with equal hashes.

    `public` says that people get the project from PyPI, so that the page may say how to install it.
    """

    name = "announce"

    def __init__(self, plan: Plan, forge: Forge, state: StateFolder, *, public: bool = False) -> None:
        self.plan = plan
        self.forge = forge
        self.state = state
        self.public = public

    def probe(self) -> Status:
        """Compare what the forge shows with our hashes."""
        if self.state.distributions() is None:
            return todo(f"a release of {self.plan.tag} in {self.forge.summary}")
        with closing(self.forge):
            found = self.forge.release(self.plan.tag)
        if found is None:
            return todo(f"a release of {self.plan.tag} in {self.forge.summary}")
        return self._compared(found)

    def apply(self) -> None:
        """Draft, assets, and published last: what is published may be locked from then on."""
        frozen(self.state)
        mark = self.state.proof(MARK) or secrets.token_hex(8)
        self.state.keep_proof(MARK, mark)  # before the first effect: a draft whose answer was lost is ours, too
        with closing(self.forge):
            self.forge.make_release(self._wanted(mark), self._adding)

    def undo(self) -> None:
        """Delete what we made, if the forge lets us. What a person made stays, without our files."""
        mark = self.state.proof(MARK)
        if mark is None:
            return
        hashes = self._hashes()
        added = {name: hashes[name] for name in self._added() if name in hashes}
        with closing(self.forge):
            self.forge.remove_release(self.plan.tag, mark, added)
        for note in (MARK, ADDED):
            self.state.keep_proof(note, None)

    def _compared(self, found: ForgeRelease) -> Status:
        wanted, there = self._hashes(), found.assets
        wrong = [name for name in wanted if there.get(name) not in (None, wanted[name])]
        if wrong:
            return blocked(
                f"the release {self.plan.tag} in {self.forge.summary} has other bytes under {listed(wrong)}",
                advice="Look at the release; delete what is not the good file, then run the same command again.",
            )
        missing = [name for name in wanted if there.get(name) is None]
        if missing and found.immutable and not found.draft:
            return blocked(
                f"the release {self.plan.tag} in {self.forge.summary} is immutable and lacks {listed(missing)}",
                advice="It takes no file any more. People have the files from the index; the next release is complete.",
            )
        if missing or found.draft:
            what = f"lacks {listed(missing)}" if missing else "is to be published"
            return todo(f"the {'draft' if found.draft else 'release'} in {self.forge.summary} {what}")
        return done(f"{len(wanted)} assets on {found.page or self.forge.summary}")

    def _wanted(self, mark: str) -> Announcement:
        hashes = self.state.hashes()
        files = {name: Asset(self.state.dist / name, sha256) for name, sha256 in sorted(hashes.items())}
        path = self.state.path / SUMS
        textfile.write(path, sums_text(hashes))
        files[SUMS] = Asset(path, self._hashes()[SUMS])
        plan = self.plan
        body = release_body(plan.project, plan.version, plan.notes, hashes, mark, public=self.public)
        return Announcement(
            plan.tag, f"{plan.project} {plan.version}", body, plan.version.is_prerelease, files=files, mark=mark
        )

    def _hashes(self) -> Mapping[str, str]:
        """SHA-256 of every asset by its name."""
        from hashlib import sha256

        hashes = self.state.hashes()
        return {**hashes, SUMS: sha256(sums_text(hashes).encode()).hexdigest()}

    def _adding(self, name: str) -> None:
        self.state.keep_proof(ADDED, "\n".join(sorted({*self._added(), name})))

    def _added(self) -> list[str]:
        return (self.state.proof(ADDED) or "").split("\n")


def sums_text(hashes: Mapping[str, str]) -> str:
    """The text of SHA256SUMS, as `sha256sum --check` reads it."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(hashes.items()))
