"""The release commit on a branch of its own, and the request to merge it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tagboat.errors import CommandFailed, Irreversible
from tagboat.step import Status, blocked, done, todo
from tagboat.steps.files import is_same

if TYPE_CHECKING:
    from tagboat.forge.interface import Forge
    from tagboat.git import Git
    from tagboat.plan import Plan
    from tagboat.state import StateFolder


def branch_of(plan: Plan) -> str:
    """The branch that the release commit is proposed on."""
    return f"release/{plan.tag}"


class ProposeStep:
    """Push the release commit to a branch of its own on the remote. No branch here moves, and no file changes.

    The commit is known by its content: the plan's base, its subject and its texts.
    """

    name = "propose"

    def __init__(self, plan: Plan, git: Git, remote: str, state: StateFolder) -> None:
        self.plan = plan
        self.git = git
        self.remote = remote
        self.state = state
        self.branch = branch_of(plan)
        self.ref = f"refs/heads/{self.branch}"

    def probe(self) -> Status:
        """Look at what the remote has on that branch."""
        tip = self._tip()
        if tip is None:
            return todo(f"{self.plan.subject}, to {self.branch} on {self.remote}")
        if self._holds_plan(tip):
            return done(f"{tip[:10]} on {self.branch} on {self.remote}")
        if self._is_outdated(tip):
            return todo(f"{self.plan.subject}, made anew on {self.branch} on {self.remote}")
        return blocked(
            f"{self.branch} on {self.remote} has more on it than a release commit of tagboat's",
            advice="Merge it, or delete that branch; then run the same command again.",
        )

    def apply(self) -> None:
        """Make the commit and push it, in the place of the one that was there when we last looked."""
        files = {edit.path: edit.after.encode(edit.encoding) for edit in self.plan.edits}
        commit = self.git.commit_aside(self.plan.base, files, self.plan.message)
        self.state.keep_proof(self.name, commit)
        try:
            self.git.push(self.remote, f"{commit}:{self.ref}", leases=[(self.ref, self._tip() or "")])
        except CommandFailed as error:
            raise CommandFailed(
                f"{self.remote} did not take {self.branch}",
                why=error.why,
                next="Nothing was pushed. Mend what git says, then run the same command again.",
            ) from error

    def undo(self) -> None:
        """Delete the branch on the remote while nothing but our commit is on it."""
        tip = self._tip()
        if tip is None:
            return
        if tip != self.state.proof(self.name) and not self._holds_plan(tip):
            raise Irreversible(
                f"{self.branch} on {self.remote} has commits of somebody else on it",
                next="Delete it by hand, if it is not wanted any more.",
            )
        self.git.push(self.remote, f":{self.ref}", leases=[(self.ref, tip)])

    def _tip(self) -> str | None:
        """The commit that the remote has on the branch, brought here as an object."""
        tip = self.git.remote_refs(self.remote, self.ref).get(self.ref)
        if tip is not None and not self.git.has_object(tip):
            self.git.fetch(self.remote, self.ref)
        return tip

    def _holds_plan(self, tip: str) -> bool:
        facts = self.git.facts(tip)
        return (
            facts.parent == self.plan.base
            and facts.subject.strip() == self.plan.subject.strip()
            and facts.changed <= {edit.path for edit in self.plan.edits}
            and all(
                is_same(self.git.content(tip, edit.path), edit.after.encode(edit.encoding)) for edit in self.plan.edits
            )
        )

    def _is_outdated(self, tip: str) -> bool:
        """Whether a tip is one release commit of this version, made for an older base or with other notes."""
        facts = self.git.facts(tip)
        return (
            facts.parent is not None
            and facts.subject.strip() == self.plan.subject.strip()
            and self.git.is_ancestor(facts.parent, self.plan.base)
        )


class RequestStep:
    """A request to merge that branch, with the notes."""

    name = "request"

    def __init__(self, plan: Plan, base: str, forge: Forge) -> None:
        self.plan = plan
        self.base = base
        self.forge = forge
        self.branch = branch_of(plan)
        self.body = request_text(plan)

    def probe(self) -> Status:
        """Done when it is open and says what it should, or was merged."""
        with closing(self.forge):
            found = self.forge.find_pull_request(self.branch)
        if found is None or found.state == "closed":
            return todo(f"open a request to merge {self.branch} into {self.base} in {self.forge.summary}")
        if found.state == "merged":
            return done(f"{found.page} was merged")
        if (found.title, found.body) != (self.plan.subject, self.body):
            return todo(f"update {found.page}")
        return done(f"{found.page} is open")

    def apply(self) -> None:
        """Open or update it."""
        with closing(self.forge):
            self.forge.pull_request(self.branch, self.base, self.plan.subject, self.body)

    def undo(self) -> None:
        """Close it, unless it was merged."""
        with closing(self.forge):
            found = self.forge.find_pull_request(self.branch)
            if found is not None and found.state == "merged":
                raise Irreversible(
                    f"{found.page} was merged",
                    next=f"Revert it, or let {self.plan.version} be released; then `tagboat rollback` if it is bad.",
                )
            self.forge.close_pull_request(self.branch)


def request_text(plan: Plan) -> str:
    """The notes, and what the merge does."""
    return (
        f"{plan.notes.strip()}\n\n---\n\n"
        f"Merging this releases {plan.project} {plan.version}: what is merged gets the tag `{plan.tag}`, and that is"
        " published. A merge commit, a squash and a rebase do the same.\n"
    ).lstrip()
