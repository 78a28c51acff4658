"""A published version off one index, by the best power that the index has."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from tagboat import textfile
from tagboat.distribution import Distribution, parse_filename
from tagboat.errors import Irreversible, NotVisible
from tagboat.index.interface import Deletes, Hides, WithdrawnByHand, Yanks
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.publish import hash_by_download

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from packaging.version import Version

    from tagboat.index.interface import Index, IndexFile

    Show = Callable[[str, Sequence[str]], None]
    """Shows a person a page and what to do on it, line by line; opens the page where that can be."""

    Note = Callable[[str], None]
    """One line about how it stands."""


def needs_a_person(index: Index) -> bool:
    """Whether nothing can be withdrawn from the index without somebody on its pages."""
    return not isinstance(index, (Yanks, Hides, Deletes))


class WithdrawStep:
    """Yank where the index can, else hide, else delete, else ask a person; then look until no file is offered.

    What is deleted is kept first, so that undo can bring it back. A file that comes while we are at it, from a job
    that still publishes, is withdrawn, too.
    """

    def __init__(
        self,
        project: str,
        version: Version,
        reason: str,
        index: Index,
        keep: Path,
        *,
        wait: float,
        show: Show,
        note: Note,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = f"withdraw:{index.name}"
        self.project = project
        self.version = version
        self.reason = reason
        self.index = index
        self.keep = keep / index.name
        self.wait = wait
        self.show = show
        self.note = note
        self.sleep = sleep

    def probe(self) -> Status:
        """Done when a new install passes every file of the version by."""
        files = self.index.files(self.project, self.version)
        if not files:
            return done(f"{self.index.name} lists no file of {self.version}")
        if all(file.yanked for file in files.values()):
            return done(f"{len(files)} files yanked on {self.index.name}")
        return self._to_do(len(files))

    def apply(self) -> None:
        """Withdraw every file of the version, and look until none is offered."""
        if needs_a_person(self.index) and not isinstance(self.index, WithdrawnByHand):
            return
        with closing(self.index):
            self._note_offered()
            withdrawn: set[str] = set()
            deadline, pause = time.monotonic() + self.wait, 0.1
            while offered := self._offered_now():
                if new := offered.keys() - withdrawn:
                    self._withdraw(offered)
                    withdrawn |= new
                    continue
                told = f"{len(withdrawn) - len(offered)} of {len(withdrawn)} files are withdrawn"
                pause = self._pause(deadline, pause, told, "offers", sorted(offered))

    def undo(self) -> None:
        """Offer the version again, as far as it was offered before we came. What others withdrew stays so."""
        with closing(self.index):
            if isinstance(self.index, Yanks):
                self.index.unyank(self.project, self.version, self._noted())
            elif isinstance(self.index, Hides):
                if self._noted():
                    self.index.unhide(self.project, self.version)
            elif isinstance(self.index, Deletes):
                self._upload_kept()
            elif isinstance(self.index, WithdrawnByHand):
                self._offer_by_hand(self.index)

    def _to_do(self, count: int) -> Status:
        """What will be done, and whether it can be taken back."""
        back = "`tagboat undo`"
        if isinstance(self.index, Yanks):
            return todo(f"yank {count} files on {self.index.summary} (reversible: {back} takes the mark off)")
        if isinstance(self.index, Hides):
            return todo(
                f"hide {count} files on {self.index.summary}: {self.index.hidden_as}"
                f" (reversible: {back} brings them back; their names stay taken)"
            )
        if isinstance(self.index, Deletes):
            return todo(f"delete {count} files from {self.index.summary} (copies are kept; {back} uploads them again)")
        if isinstance(self.index, WithdrawnByHand):
            page = self.index.withdraw_page(self.project, self.version)
            return todo(f"you yank {count} files on {page}, tagboat watches (reversible on the same page)")
        return blocked(
            f"{self.index.name} gives tagboat no way to withdraw: it takes a person, on the index's own pages",
            advice="Withdraw it there, then run the same command again: it shows what a fresh install gets then.",
        )

    def _withdraw(self, files: dict[str, IndexFile]) -> None:
        if isinstance(self.index, Yanks):
            self.index.yank(self.project, self.version, self.reason)
        elif isinstance(self.index, Hides):
            self.index.hide(self.project, self.version, self.reason)
        elif isinstance(self.index, Deletes):
            self.keep.mkdir(parents=True, exist_ok=True)
            for file in files.values():
                self.index.fetch(file, self.keep)
            self.index.delete(self.project, self.version, files)
        elif isinstance(self.index, WithdrawnByHand):
            steps = self.index.withdraw_steps(self.project, self.version, self.reason)
            self.show(self.index.withdraw_page(self.project, self.version), steps)

    def _offered_now(self) -> dict[str, IndexFile]:
        """What a new install can still get."""
        files = self.index.files(self.project, self.version)
        return {name: file for name, file in files.items() if not file.yanked}

    def _upload_kept(self) -> None:
        listed = self.index.files(self.project, self.version)
        kept = [Distribution.from_file(path) for path in sorted(self.keep.glob("*")) if parse_filename(path.name)]
        if not listed and not kept:
            raise Irreversible(
                f"{self.index.name} lists no file of {self.version}, and no copy was kept",
                next=f"Publish it anew from its tag: `tagboat release --tag`, with the tag of {self.version}.",
            )
        for distribution in kept:
            file = listed.get(distribution.filename)
            if file is None or (file.sha256 or hash_by_download(self.index, file)) != distribution.sha256:
                self.index.upload(distribution)

    def _offer_by_hand(self, index: WithdrawnByHand) -> None:
        noted, shown = set(self._noted()), False
        deadline, pause = time.monotonic() + self.wait, 0.1
        while missing := noted - self._offered_now().keys():
            if not shown:
                steps = [f"Take back the yank of {self.project} {self.version} there."]
                self.show(index.withdraw_page(self.project, self.version), steps)
                shown = True
            told = f"{len(noted) - len(missing)} of {len(noted)} files are offered again"
            pause = self._pause(deadline, pause, told, "does not offer", sorted(missing))

    def _pause(self, deadline: float, pause: float, told: str, verb: str, names: Sequence[str]) -> float:
        """Wait before the next look; how long to wait after it. Raises `NotVisible` when there was time enough."""
        left = deadline - time.monotonic()
        if left < pause:
            raise NotVisible(
                f"after {self.wait:g} s {self.index.name} still {verb} {', '.join(names)}",
                why=self._why_not(),
                next="Run the same command again: it goes on from here.",
            )
        self.note(f"{told} on {self.index.name}; looking for {left:.0f} s more")
        self.sleep(pause)
        return min(pause * 2, 10.0)

    def _why_not(self) -> str:
        if not needs_a_person(self.index) or not isinstance(self.index, WithdrawnByHand):
            return "Some indexes need minutes to show what was done to them."
        page = self.index.withdraw_page(self.project, self.version)
        return f"It takes a person, on {page}, and some indexes need minutes to show what was done to them."

    def _note_offered(self) -> None:
        """Remember which files were offered before we came; a rerun of what was cut short adds to them."""
        offered = {*self._noted(), *self._offered_now()}
        textfile.write(self.keep / "offered", "".join(f"{name}\n" for name in sorted(offered)))

    def _noted(self) -> list[str]:
        path = self.keep / "offered"
        return path.read_text(encoding="utf-8").split() if path.is_file() else []
