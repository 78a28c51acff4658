"""The annotated tag on the release commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.step import Status, blocked, done, todo
from tagboat.steps.commit import release_commit

if TYPE_CHECKING:
    from tagboat.git import Git
    from tagboat.plan import Plan


class TagStep:
    """Tag the release commit, with the notes as the message. Before the build, for some versions are read from it."""

    name = "tag"

    def __init__(self, plan: Plan, git: Git) -> None:
        self.plan = plan
        self.git = git

    def probe(self) -> Status:
        """Look for the tag, and at what it points."""
        tag = self.git.tag(self.plan.tag)
        if tag is None:
            return todo(self.plan.tag)
        if tag.commit != release_commit(self.git, self.plan):
            return blocked(f"{tag.name} is there already, on another commit ({tag.commit[:10]})")
        return done(f"{tag.name} on {tag.commit[:10]}")

    def apply(self) -> None:
        """Make the tag."""
        commit = release_commit(self.git, self.plan)
        assert commit is not None, "the commit step is done"  # noqa: S101
        self.git.create_tag(self.plan.tag, commit, self._message())

    def undo(self) -> None:
        """Delete the tag while it still points at the release commit and says what we wrote: another is a person's."""
        tag = self.git.tag(self.plan.tag)
        if tag is None or tag.commit != release_commit(self.git, self.plan):
            return
        text = self.git.tag_text(tag)
        if text is not None and text.startswith(self._message()):
            self.git.delete_tag(tag.name, tag.id)

    def _message(self) -> str:
        return f"{self.plan.project} {self.plan.version}\n\n{self.plan.notes}".rstrip() + "\n"
