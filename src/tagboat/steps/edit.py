"""Version and changelog into the working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import textfile
from tagboat.errors import Irreversible
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.commit import release_commit
from tagboat.steps.files import has_text, is_same, present, write_text

if TYPE_CHECKING:
    from tagboat.git import Git
    from tagboat.plan import Edit, Plan


class EditStep:
    """Write every edit of the plan."""

    name = "edit"

    def __init__(self, plan: Plan, git: Git) -> None:
        self.plan = plan
        self.git = git

    def probe(self) -> Status:
        """Look at the files, unless the release commit holds the edits already."""
        if not self.plan.edits:
            return done("nothing to change")
        commit = release_commit(self.git, self.plan)
        if commit is not None:
            return done(f"in commit {commit[:10]}")
        foreign = [edit.path for edit in self.plan.edits if not self._is(edit, edit.before, edit.after)]
        if foreign:
            return blocked(f"{', '.join(foreign)}: changed by hand since the plan was made")
        names = ", ".join(edit.path for edit in self.plan.edits)
        if all(self._is(edit, edit.after) and textfile.is_tidy(self.git.top / edit.path) for edit in self.plan.edits):
            return done(names)
        return todo(names)

    def apply(self) -> None:
        """Write the texts."""
        for edit in self.plan.edits:
            write_text(self.git, edit, edit.after)

    def undo(self) -> None:
        """Put back the texts from before, where nobody edited them since. What is in HEAD is not ours to take back."""
        edits = [edit for edit in self.plan.edits if not self._is_committed(edit)]
        for edit in edits:
            if not self._is(edit, edit.before, edit.after):
                raise Irreversible(
                    f"{edit.path} was edited since the release wrote it",
                    next=f"Undo the release's part by hand, or `git checkout -- {edit.path}` to lose your edit.",
                )
        for edit in self.plan.edits:
            if edit in edits:
                write_text(self.git, edit, edit.before)
            else:
                textfile.tidy(self.git.top / edit.path)

    def _is(self, edit: Edit, *texts: str | None) -> bool:
        return any(has_text(self.git, edit, text) for text in texts)

    def _is_committed(self, edit: Edit) -> bool:
        data = present(self.git, edit)
        return data is not None and is_same(self.git.content("HEAD", edit.path), data)
