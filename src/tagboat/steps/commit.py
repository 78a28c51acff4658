"""The release commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import CommandFailed, Irreversible
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.files import has_text, is_same, listed, write_text

if TYPE_CHECKING:
    from tagboat.git import Git
    from tagboat.plan import Plan
    from tagboat.state import StateFolder


class CommitStep:
    """Commit the edits on the branch, through the user's own hooks."""

    name = "commit"

    def __init__(self, plan: Plan, git: Git, state: StateFolder) -> None:
        self.plan = plan
        self.git = git
        self.state = state
        self.paths = [edit.path for edit in plan.edits]

    def probe(self) -> Status:
        """Look for the release commit right after the plan's base."""
        commit = release_commit(self.git, self.plan)
        if commit is not None:
            return self._found(commit)
        tree = self.git.work_tree()
        if tree.branch != self.plan.branch:
            return blocked(
                f"the release belongs on {self.plan.branch}, but {tree.branch or 'no branch'} is checked out"
            )
        if tree.head != self.plan.base:
            return blocked(f"{self.plan.branch} has moved on from {self.plan.base[:10]}, which the plan was made for")
        return todo(self.plan.subject)

    def apply(self) -> None:
        """Commit; when a hook rewrote the files, once more with what it made of them."""
        self.git.stage(self.paths)
        result = self.git.commit(self.plan.message, self.paths)
        if result.returncode and self._rewritten():
            self.git.stage(self.paths)
            result = self.git.commit(self.plan.message, self.paths)
        if result.returncode:
            self._restore()
            raise CommandFailed(
                "git commit failed",
                why=(result.stderr + result.stdout).strip(),
                next="Mend what git or the hook says, then run `tagboat release` again; or `tagboat undo`.",
            )
        # What a hook added went into the commit, but not into the index that git keeps for the next one.
        self.git.unstage(self.paths)
        commit = release_commit(self.git, self.plan)
        if commit is not None and self._foreign(commit):
            self.state.keep_proof(self.name, commit)  # the hooks' work: nothing else can tell it from a hand's

    def undo(self) -> None:
        """Put the branch back to the base if nothing was committed on top; the files keep their texts."""
        if not self.plan.edits or self.plan.branch is None:
            return
        tip = self.git.resolve(f"refs/heads/{self.plan.branch}")
        commit = release_commit(self.git, self.plan)
        if commit is not None and tip is not None and self.git.is_ancestor(commit, tip):
            self._refuse_foreign(commit, tip)
            self._take_hooks_part_back()
            self.git.move_branch(self.plan.branch, self.plan.base, commit)
        if self.git.work_tree().branch == self.plan.branch:
            self.git.unstage(self.paths)

    def _found(self, commit: str) -> Status:
        """What a release commit is worth: nobody has said yet that other changes in it are to be released."""
        foreign, tag = self._foreign(commit), self.git.tag(self.plan.tag)
        if foreign and (tag is None or tag.commit != commit):
            return blocked(
                f"{commit[:10]} also changes {listed(foreign)}, which is no part of the plan; to release it as it is,"
                f" `git tag -a {self.plan.tag} {commit[:10]}`, else take it out with `git commit --amend`"
            )
        return done(f"{commit[:10]} {self.git.facts(commit).subject}")

    def _foreign(self, commit: str) -> list[str]:
        """What a commit changes beyond the plan, unless that came out of our own commit: then hooks added it."""
        if not self.plan.edits or self.state.proof(self.name) == commit:
            return []
        return sorted(self.git.facts(commit).changed.difference(self.paths))

    def _rewritten(self) -> bool:
        return not all(has_text(self.git, edit, edit.after) for edit in self.plan.edits)

    def _refuse_foreign(self, commit: str, tip: str) -> None:
        """Stop when the branch would lose more than this release's own commit."""
        if tip != commit:
            what = f"there are commits on top of the release commit {commit[:10]}"
        elif foreign := self._foreign(commit):
            what = f"{commit[:10]} was committed or amended by hand: it also changes {listed(foreign)}"
        else:
            return
        raise Irreversible(what, next=f"Finish the release, or take its changes back with `git revert {commit[:10]}`.")

    def _take_hooks_part_back(self) -> None:
        """Give files that are as committed our own text: the edit step's undo does not know what a hook made of it."""
        tree = self.git.work_tree()
        if tree.branch == self.plan.branch and self._rewritten():
            for edit in self.plan.edits:
                if edit.path not in tree.changed:
                    write_text(self.git, edit, edit.after)

    def _restore(self) -> None:
        """Leave the files as the plan has them, so that a rerun and an undo know them again."""
        for edit in self.plan.edits:
            write_text(self.git, edit, edit.after)
        self.git.unstage(self.paths)


def release_commit(git: Git, plan: Plan) -> str | None:
    """The commit that is released: the plan's base when there is nothing to edit, else the one made on top of it."""
    if not plan.edits:
        return plan.base
    tag = git.tag(plan.tag)
    if tag is not None and _is_release_commit(git, plan, tag.commit):
        return tag.commit
    child = git.first_child(plan.base, f"refs/heads/{plan.branch}")
    return child if child is not None and _is_release_commit(git, plan, child) else None


def _is_release_commit(git: Git, plan: Plan, commit: str) -> bool:
    """Whether a commit stands on the base and holds the edits, to the letter or as a hook reformatted them."""
    facts = git.facts(commit)
    paths = {edit.path for edit in plan.edits}
    if facts.parent != plan.base or not paths <= facts.changed:
        return False
    return facts.subject.strip() == plan.subject.strip() or all(
        is_same(git.content(commit, edit.path), edit.after.encode(edit.encoding)) for edit in plan.edits
    )
