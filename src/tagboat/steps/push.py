"""Branch and tag to the remote, in one atomic push."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.errors import CommandFailed, Irreversible
from tagboat.git import points_at
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.commit import release_commit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.git import Git
    from tagboat.index.interface import Index
    from tagboat.plan import Plan

# What forges say of a branch that takes no push: GitHub's GH006 and GH013 (a rule of the repository), GitLab's
# "You are not allowed to push code to protected branches", Bitbucket's and Gitea's "protected branch".
PROTECTED = re.compile(r"(?i)protected branch|GH006|GH013|repository rule|not allowed to push")


class PushStep:
    """Push branch and tag: both land or neither does. Whoever pushes a version first has won it.

    `pushed` says that a push of the tag started this run. That counts where the remote cannot be asked: the checkout
    of a CI job need not have a credential for it.
    """

    name = "push"

    def __init__(
        self, plan: Plan, git: Git, remote: str, indexes: Sequence[Index] = (), *, pushed: bool = False
    ) -> None:
        self.plan = plan
        self.git = git
        self.remote = remote
        self.indexes = indexes
        self.pushed = pushed
        self.tag_ref = f"refs/tags/{plan.tag}"
        self.branch_ref = f"refs/heads/{plan.branch}"
        self._seen: dict[str, str] | None = None

    def probe(self) -> Status:
        """Ask the remote for the tag and the branch."""
        try:
            refs = self._seen = self._remote_refs()
        except CommandFailed:
            if self.pushed:
                return done(f"{self.plan.tag} was pushed: that started this job")
            raise
        tag = self.git.tag(self.plan.tag)
        there = refs.get(self.tag_ref)
        if there is not None:
            # A clone in CI may hold a tag of its own making, on the same commit: that is no other release.
            if tag is not None and (
                there == tag.id or (self.plan.from_tag and points_at(refs, self.tag_ref) == tag.commit)
            ):
                return done(f"{self.plan.tag} is on {self.remote}")
            return blocked(f"{self.remote} has another tag {self.plan.tag} ({there[:10]}): somebody released it first")
        if self._pushes_branch and not self._fits(refs.get(self.branch_ref)):
            return blocked(f"{self.plan.branch} on {self.remote} has moved: it holds commits that are not here")
        return todo(f"{self._what()} to {self.remote}")

    def apply(self) -> None:
        """Push what was missing when the remote was last seen, all or nothing; git refuses what no longer fits."""
        commit = release_commit(self.git, self.plan)
        refs = self._remote_refs() if self._seen is None else self._seen
        refspecs = [f"{self.tag_ref}:{self.tag_ref}"]
        if commit is not None and self._lacks(commit, refs.get(self.branch_ref)):
            refspecs.insert(0, f"{commit}:{self.branch_ref}")
        try:
            self.git.push(self.remote, *refspecs)
        except CommandFailed as error:
            raise CommandFailed(
                f"{self.remote} did not take {self._what()}", why=error.why, next=self._advice(error.why)
            ) from error

    def undo(self) -> None:
        """Delete the tag on the remote and put the branch back, if both still are what this release pushed."""
        pushed = list(self._pushed())
        if not pushed:
            return
        self._refuse_published()
        refspecs = [f"{before}:{ref}" for ref, _, before in pushed]
        try:
            self.git.push(self.remote, *refspecs, leases=[(ref, mine) for ref, mine, _ in pushed])
        except CommandFailed as error:
            raise Irreversible(
                f"{self.remote} does not let branch and tag be taken back",
                why=error.why,
                next="Finish the release, or revert its commit and release the next version.",
            ) from error

    def _refuse_published(self) -> None:
        """Keep the tag of a version that people can install: our own files are gone by now, so these are not ours."""
        for index in self.indexes:
            files = index.files(self.plan.project, self.plan.version)
            if files:
                raise Irreversible(
                    f"{index.name} has files of {self.plan.version} that this release did not upload:"
                    f" {', '.join(sorted(files))}",
                    why="Somebody else published this version, so its tag has to stay.",
                    next=f"`tagboat rollback {self.plan.version}` withdraws it; then release the next version.",
                )

    def _pushed(self) -> Iterator[tuple[str, str, str]]:
        """What the remote has from us: a ref, its object, and what was there before, "" for nothing."""
        refs = self._remote_refs()
        commit = release_commit(self.git, self.plan)
        there = refs.get(self.tag_ref)
        tag = self.git.tag(self.plan.tag)
        if there is not None and tag is None and refs.get(f"{self.tag_ref}^{{}}", there) == commit:
            raise Irreversible(
                f"{self.remote} has {self.plan.tag} on the release commit, but here it is gone: whose is it?",
                next=f"`git fetch {self.remote} tag {self.plan.tag}`, then undo again; or finish the release.",
            )
        if tag is not None and there == tag.id:
            yield self.tag_ref, tag.id, ""
        tip = refs.get(self.branch_ref)
        if commit is None or not self._lacks(commit, self.plan.upstream) or tip in (None, self.plan.upstream):
            return  # nothing of the branch came from here
        if tip == commit:
            yield self.branch_ref, commit, self.plan.upstream or ""
        elif self._may_hold(commit, tip):
            raise Irreversible(
                f"{self.plan.branch} on {self.remote} has commits on top of the release commit",
                why="Taking the release commit back would take them along.",
                next=f"Finish the release, or revert {commit[:10]} and release the next version.",
            )

    def _may_hold(self, commit: str, tip: str) -> bool:
        """Whether somebody pushed on top of our commit; a branch that never got it is none of our business."""
        if not self.git.has_object(tip):
            self.git.fetch(self.remote, self.branch_ref)
        return not self.git.has_object(tip) or self.git.is_ancestor(commit, tip)

    def _lacks(self, commit: str, there: str | None) -> bool:
        """Whether the branch has to be pushed, too. Where the remote has none, one is made for our own commit only."""
        if self.plan.tag_only:
            return False
        if self.plan.branch is None or there is None:
            return bool(self.plan.edits)
        return not self.git.is_ancestor(commit, there)

    def _fits(self, there: str | None) -> bool:
        """Whether the remote's branch can be moved on to the release commit, or holds it already."""
        commit = release_commit(self.git, self.plan) or self.plan.base
        if there is None or there == commit:
            return True
        return self.git.is_ancestor(there, commit) or self.git.is_ancestor(commit, there)

    def _remote_refs(self) -> dict[str, str]:
        return self.git.remote_refs(self.remote, self.branch_ref, self.tag_ref)

    def _what(self) -> str:
        return f"{self.plan.branch} and {self.plan.tag}" if self._pushes_branch else self.plan.tag

    @property
    def _pushes_branch(self) -> bool:
        return self.plan.branch is not None and not self.plan.tag_only

    def _advice(self, why: str) -> str:
        """What to do after a refusal; where the branch is protected there are two more ways."""
        if self._pushes_branch and PROTECTED.search(why):
            return (
                f"{self.plan.branch} is protected, and nothing was pushed. Either `tagboat release --tag-only`: it goes"
                " on, and pushes the tag alone. Or `tagboat undo`, then `tagboat release --pr`: it opens a request to"
                " merge the release commit."
            )
        return "Nothing was pushed. Mend what git says and run `tagboat release` again; or `tagboat undo`."
