"""Recognise a merged release on a branch, and tag it. By what is in the files, so any way of merging is the same."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.changelog.file import entry_of, markup_of, newest_of
from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, NotReady
from tagboat.forge.interface import Dispatches
from tagboat.project import read_project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.version import Version

    from tagboat.git import Tag
    from tagboat.project import Project
    from tagboat.workspace import Workspace

FAR = 50  # commits of the branch, following first parents, that are looked through for the one with the new version
WORKFLOW = "TAGBOAT_WORKFLOW"


@dataclass(frozen=True, slots=True)
class Merged:
    """A release that was merged: the commit that brought it, the tag that it is to get, and its notes."""

    project: str
    version: Version
    tag: str
    commit: str
    notes: str

    @property
    def message(self) -> str:
        """What the tag says, as that of every release does."""
        return f"{self.project} {self.version}\n\n{self.notes}".rstrip() + "\n"


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to tag, and why."""

    why: str


def find_merged(workspace: Workspace) -> Merged | Nothing:
    """The release that HEAD brings: a version that its files did not say before, with an entry in the changelog."""
    if workspace.git.is_shallow():
        raise NotReady(
            "this is a shallow clone: what was merged before cannot be seen",
            next="Check out everything (in GitHub Actions: fetch-depth: 0).",
        )
    head = workspace.git.resolve("HEAD")
    if head is None:
        return Nothing("the repository has no commit yet")
    found = _stated(workspace, head)
    if found is None:
        return Nothing("no file says a version, and the changelog has no entry of one")
    version, notes = found
    tag = workspace.tag_of(version)
    there = workspace.git.tag(tag)
    why = _why_not(version, notes, workspace.last_release.version, there, head)
    if why or notes is None:
        return Nothing(why)
    commit = head if there is not None else _bringer(workspace, head, version)
    return Merged(workspace.project.name, version, tag, commit, notes)


def tag_and_start(workspace: Workspace, merged: Merged, environ: Mapping[str, str]) -> list[str]:
    """Make the tag by the forge, and start what publishes where the tag starts nothing; says what was done.

    A job that is run again starts it again: a release that is done already finds nothing left to do.
    """
    forge = workspace.forge
    if forge is None:
        raise NotReady(
            "no forge is configured, so nobody can make the tag",
            next="Add [tool.tagboat.forge] with its kind to pyproject.toml.",
        )
    there = workspace.git.tag(merged.tag) is not None
    if there and environ.get("GITHUB_RUN_ATTEMPT", "1") == "1":
        return [f"{merged.tag} is on {merged.commit[:10]} already: whoever pushed it has started what it starts"]
    with closing(forge):
        forge.make_tag(merged.tag, merged.commit, merged.message)
        said = [f"{merged.tag} is on {merged.commit[:10]} in {forge.summary}"]
        if isinstance(forge, Dispatches) and environ.get("GITHUB_ACTIONS"):
            workflow = environ.get(WORKFLOW) or "publish.yml"
            version = str(merged.version)
            inputs = {"version": version, "channel": "all", "dry-run": "false", "confirm": version}
            forge.dispatch(workflow, merged.tag, inputs)
            said.append(f"{workflow} was started on {merged.tag}: a tag that a job makes starts nothing by itself")
    return said


def _why_not(version: Version, notes: str | None, last: Version | None, there: Tag | None, head: str) -> str:
    """Why a version that the files say is no release that was merged just now; "" when it is one."""
    if there is not None and (there.commit != head or notes is None):
        return f"{version} is tagged already, on {there.commit[:10]}"
    if there is not None:
        return ""
    if version.is_devrelease:
        return f"{version} is a development version: work in progress, and no release"
    if last is not None and version <= last:
        return f"the files say {version}, and {last} is released already"
    return f"the files say {version}, and the changelog has no entry of it" if notes is None else ""


def _stated(workspace: Workspace, commit: str) -> tuple[Version, str | None] | None:
    """The version that a commit's files say, and what its changelog says of it (None: it has no entry).

    A version that is derived from git stands in the changelog alone: the first entry there that has no tag.
    """
    project = _project_at(workspace, commit)
    if project is None:
        return None
    path = f"{workspace.folder}/{project.changelog}".lstrip("/") if project.changelog else ""
    text = workspace.git.content(commit, path) if path else None
    if project.version is not None:
        notes = entry_of(text, project.version, markup=markup_of(path, text)) if text else None
        return project.version, notes if path else ""
    version = newest_of(text, markup=markup_of(path, text)) if text else None
    return None if version is None or text is None else (version, entry_of(text, version, markup=markup_of(path, text)))


def _bringer(workspace: Workspace, head: str, version: Version) -> str:
    """The commit of the branch that brought the version: the oldest one on the way back that says it."""
    commit = head
    for _ in range(FAR):
        parent = workspace.git.facts(commit).parent
        before = _stated(workspace, parent) if parent else None
        if parent is None or before is None or before[0] != version or before[1] is None:
            return commit
        commit = parent
    return commit


def _project_at(workspace: Workspace, commit: str) -> Project | None:
    """The project as a commit's files describe it; None where there is none yet, or it cannot be read."""
    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        checkout = Path(folder) / "checkout"
        workspace.git.checkout_into(commit, checkout)
        try:
            return read_project(checkout / workspace.folder, workspace.config)
        except ConfigError:
            return None
