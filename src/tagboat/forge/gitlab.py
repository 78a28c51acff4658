"""GitLab, by python-gitlab: docs.gitlab.com/api."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tagboat.errors import Blocked
from tagboat.forge.gitlab_api import ONCE
from tagboat.forge.gitlab_releases import GitLabReleases
from tagboat.forge.gitlab_settings import read_settings
from tagboat.forge.interface import LOOKED_AT, Ticket

if TYPE_CHECKING:
    from gitlab.v4.objects import ProjectIssue, ProjectMergeRequest

    from tagboat.forge.settings import Settings

STATES = {"opened": "open", "locked": "open"}


class GitLab(GitLabReleases):
    """One project on GitLab: its releases, and what else tagboat does there."""

    # -- issues and merge requests ------------------------------------------------------------------

    def issue(self, mark: str, title: str, body: str) -> Ticket:
        """The issue with this mark, opened if there is none."""

        def find_or_open() -> ProjectIssue:
            return self._issue(mark) or self.repo.issues.create({"title": title, "description": body}, **ONCE)

        return _ticket(self.asked("open an issue", find_or_open))

    def find_issue(self, mark: str) -> Ticket | None:
        """The issue with this mark."""
        found = self.asked("look for an issue", lambda: self._issue(mark))
        return None if found is None else _ticket(found)

    def _issue(self, mark: str) -> ProjectIssue | None:
        newest = self.repo.issues.list(iterator=True, order_by="created_at", sort="desc", **ONCE)
        return next((each for each in islice(newest, LOOKED_AT) if mark in (each.description or "")), None)

    def close_issue(self, number: int, words: str) -> None:
        """Say why, and close an issue; one that is closed stays as it is."""

        def close() -> None:
            issue = self.repo.issues.get(number, **ONCE)
            if issue.state == "opened":
                issue.notes.create({"body": words}, **ONCE)
                self.repo.issues.update(number, {"state_event": "close"}, **ONCE)

        self.asked(f"close the issue {number}", close)

    def find_pull_request(self, branch: str) -> Ticket | None:
        """The open merge request of a branch, else the newest that was merged or closed."""
        found = self.asked("look for a merge request", lambda: self._request(branch))
        return None if found is None else _ticket(found)

    def pull_request(self, branch: str, base: str, title: str, body: str) -> Ticket:
        """The open merge request of a branch with this title and text, opened if there is none."""
        text = {"title": title, "description": body}

        def open_or_update() -> ProjectMergeRequest:
            found = self._request(branch)
            if found is None or found.state != "opened":
                return self.repo.mergerequests.create(
                    {"source_branch": branch, "target_branch": base, "remove_source_branch": True, **text}, **ONCE
                )
            if (found.title, found.description or "") != (title, body):
                self.repo.mergerequests.update(found.iid, text, **ONCE)
            return found

        return _ticket(self.asked("open a merge request", open_or_update))

    def close_pull_request(self, branch: str) -> None:
        """Close the open merge request of a branch, if there is one."""

        def close() -> None:
            found = self._request(branch)
            if found is not None and found.state == "opened":
                self.repo.mergerequests.update(found.iid, {"state_event": "close"}, **ONCE)

        self.asked("close a merge request", close)

    def _request(self, branch: str) -> ProjectMergeRequest | None:
        found = list(islice(self.repo.mergerequests.list(iterator=True, source_branch=branch, **ONCE), LOOKED_AT))
        found.sort(key=lambda each: (each.state == "opened", each.iid))
        return found[-1] if found else None

    # -- tags and pipelines -------------------------------------------------------------------------

    def make_tag(self, tag: str, commit: str, message: str) -> None:
        """An annotated tag on a commit that is there; one that is there already has to be on it. Starts a pipeline."""

        def make() -> None:
            try:
                there = self.repo.tags.get(tag, **ONCE)
            except self.library.GitlabGetError as error:
                if error.response_code != 404:
                    raise
                self.repo.tags.create({"tag_name": tag, "ref": commit, "message": message}, **ONCE)
                return
            if there.commit["id"] != commit:
                on = there.commit["id"][:10]
                raise Blocked(f"{self.summary} has a tag {tag} already, on another commit ({on})")

        self.asked(f"make the tag {tag}", make)

    def settings(self) -> Settings:
        """The settings that carry a release."""
        return read_settings(self)

    def jobs_of(self, run: int) -> list[tuple[str, str, float | None]]:
        """The jobs of a pipeline that are at their end; a job's own token may not ask."""
        pipeline = self.repo.pipelines.get(run, lazy=True)
        found = self.asked("tell the jobs of the pipeline", lambda: list(pipeline.jobs.list(iterator=True, **ONCE)))
        return [(each.name, each.status, each.duration) for each in found if each.finished_at]


def _ticket(found: ProjectIssue | ProjectMergeRequest) -> Ticket:
    state = STATES.get(found.state, found.state)
    return Ticket(found.iid, found.web_url, state, found.title, found.description or "")
