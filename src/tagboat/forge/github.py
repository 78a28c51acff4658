"""GitHub, by PyGithub: docs.github.com/en/rest."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tagboat.errors import Blocked
from tagboat.forge.github_releases import GitHubReleases
from tagboat.forge.github_settings import read_settings
from tagboat.forge.interface import LOOKED_AT, Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from github.Issue import Issue
    from github.PullRequest import PullRequest

    from tagboat.forge.settings import Settings


class GitHub(GitHubReleases):
    """One repository on GitHub: its releases, and what else tagboat does there."""

    # -- issues and pull requests -------------------------------------------------------------------

    def issue(self, mark: str, title: str, body: str) -> Ticket:
        """The issue with this mark, opened if there is none."""

        def find_or_open() -> Issue:
            return self._issue(mark) or self.repo.create_issue(title, body)

        return _ticket(self.asked("open an issue", find_or_open, right="issues: write"))

    def find_issue(self, mark: str) -> Ticket | None:
        """The issue with this mark."""
        found = self.asked("look for an issue", lambda: self._issue(mark), right="issues: read")
        return None if found is None else _ticket(found)

    def _issue(self, mark: str) -> Issue | None:
        newest = self.repo.get_issues(state="all", sort="created", direction="desc")
        marked = (each for each in islice(newest, LOOKED_AT) if mark in (each.body or "") and not each.pull_request)
        return next(marked, None)

    def close_issue(self, number: int, words: str) -> None:
        """Say why, and close an issue; one that is closed stays as it is."""

        def close() -> None:
            issue = self.repo.get_issue(number)
            if issue.state == "open":
                issue.create_comment(words)
                issue.edit(state="closed")

        self.asked(f"close the issue {number}", close, right="issues: write")

    def find_pull_request(self, branch: str) -> Ticket | None:
        """The open pull request of a branch, else the newest that was merged or closed."""
        found = self.asked("look for a pull request", lambda: self._pull(branch), right="pull-requests: read")
        return None if found is None else _ticket(found)

    def pull_request(self, branch: str, base: str, title: str, body: str) -> Ticket:
        """The open pull request of a branch with this title and text, opened if there is none."""

        def open_or_update() -> PullRequest:
            found = self._pull(branch)
            if found is None or found.state != "open":
                return self.repo.create_pull(base, branch, title=title, body=body)
            if (found.title, found.body or "") != (title, body):
                found.edit(title=title, body=body)
            return found

        return _ticket(self.asked("open a pull request", open_or_update, right="pull-requests: write"))

    def close_pull_request(self, branch: str) -> None:
        """Close the open pull request of a branch, if there is one."""

        def close() -> None:
            found = self._pull(branch)
            if found is not None and found.state == "open":
                found.edit(state="closed")

        self.asked("close a pull request", close, right="pull-requests: write")

    def _pull(self, branch: str) -> PullRequest | None:
        owner = self.repository.partition("/")[0]
        found = list(islice(self.repo.get_pulls(state="all", head=f"{owner}:{branch}"), LOOKED_AT))
        found.sort(key=lambda each: (each.state == "open", each.number))
        return found[-1] if found else None

    # -- tags and workflows -------------------------------------------------------------------------

    def make_tag(self, tag: str, commit: str, message: str) -> None:
        """An annotated tag on a commit that is there; one that is there already has to be on it."""

        def make() -> None:
            try:
                there = self.repo.get_git_ref(f"tags/{tag}").object
            except self.library.UnknownObjectException:
                made = self.repo.create_git_tag(tag, message, commit, "commit")
                self.repo.create_git_ref(f"refs/tags/{tag}", made.sha)
                return
            on = self.repo.get_git_tag(there.sha).object.sha if there.type == "tag" else there.sha
            if on != commit:
                raise Blocked(f"{self.summary} has a tag {tag} already, on another commit ({on[:10]})")

        self.asked(f"make the tag {tag}", make)

    def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow by its form, on a tag or a branch."""
        self.asked(
            f"start {workflow}",
            lambda: self.repo.get_workflow(workflow).create_dispatch(ref, dict(inputs), throw=True),
            right="actions: write",
        )

    def settings(self) -> Settings:
        """The settings that carry a release."""
        return read_settings(self)

    def jobs_of(self, run: int) -> list[tuple[str, str, float | None]]:
        """The jobs of the latest attempt of a workflow run that are at their end; takes actions: read."""
        found = self.asked(
            "tell the jobs of the run", lambda: list(self.repo.get_workflow_run(run).jobs()), right="actions: read"
        )
        return [
            (each.name, each.conclusion, (each.completed_at - each.started_at).total_seconds())
            for each in found
            if each.conclusion
        ]


def _ticket(found: Issue | PullRequest) -> Ticket:
    merged = getattr(found, "merged_at", None) is not None
    state = "merged" if merged else found.state
    return Ticket(found.number, found.html_url, state, found.title, found.body or "")
