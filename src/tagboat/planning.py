"""Decide a release of what is checked out. Looks, and changes nothing."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

from tagboat.errors import CommandFailed, ConfigError, NotReady, UsageError
from tagboat.plan import Edit, Plan, filled, rebased
from tagboat.tags import version_of_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.version import Version

    from tagboat.changes import Change
    from tagboat.git import WorkTree
    from tagboat.versions import Request
    from tagboat.workspace import Workspace


def plan_release(workspace: Workspace, request: Request, *, today: datetime.date | None = None) -> Plan | None:
    """Decide a release of HEAD; None when there is nothing to release.

    The version is counted from the last tag, not from the files: a rerun after the edit or the commit
    decides the same again.
    """
    from tagboat.versions import Rules, next_version

    tree = workspace.work_tree
    if tree.head is None:
        raise NotReady("the repository has no commit yet", next="Commit your project, then run this again.")
    project, config = workspace.project, workspace.config
    decision = next_version(
        workspace.last_release.version,
        project.version,
        workspace.changes,
        request,
        Rules(breaking_on_zero=config.breaking_on_zero, feature_on_zero=config.feature_on_zero),
        taken=lambda version: _is_tagged_elsewhere(workspace, version, tree),
    )
    if decision is None:
        return None
    remote, tag = find_remote(workspace, tree.branch), workspace.tag_of(decision.version)
    if remote is not None and tree.branch is not None:
        workspace.git.look_ahead(remote, *refs_of(tree.branch, tag))
    notes, edits = _edits(workspace, decision.version, today or datetime.date.today())
    words = {"version": decision.version, "project": project.name}
    return Plan(
        project=project.name,
        folder=workspace.folder,
        version=decision.version,
        previous=workspace.last_release.version,
        base=tree.head,
        branch=tree.branch,
        remote=remote,
        upstream=_upstream(workspace, remote, tree.branch, tag),
        tag=tag,
        message=filled(config.commit_message, words) + "\n",
        notes=notes,
        edits=edits,
        indexes=workspace.index_names,
        reason=decision.reason,
    )


def plan_from_tag(workspace: Workspace, tag: str, *, with_branch: bool = False) -> Plan:
    """Decide the release that was tagged already: the same version, and nothing to edit. Raises `UsageError`.

    `with_branch` says that the branch that is checked out is to be pushed, too.
    """
    from tagboat.changelog.file import entry_of, markup_of

    project = workspace.project
    version = version_of_tag(workspace.config.tag_format, project.name, tag)
    commit = workspace.git.resolve(f"refs/tags/{tag}")
    if version is None or commit is None:
        raise UsageError(
            f"there is no tag {tag} of {project.name} here",
            why=f"Tags look like {workspace.config.tag_format}." if version is None else "",
            next="`git fetch --tags` brings tags from the remote.",
        )
    path = f"{workspace.folder}/{project.changelog}".lstrip("/")
    text = workspace.git.content(commit, path) if project.changelog else None
    current = workspace.work_tree.branch
    remote, branch = find_remote(workspace, current), current if with_branch else None
    return Plan(
        project=project.name,
        folder=workspace.folder,
        version=version,
        base=commit,
        branch=branch,
        remote=remote,
        upstream=_upstream(workspace, remote, branch, tag),
        tag=tag,
        from_tag=True,
        notes=(entry_of(text, version, markup=markup_of(path, text)) if text else None) or _told_by(workspace, tag),
        indexes=workspace.index_names,
        reason=f"from the tag {tag}",
    )


def _told_by(workspace: Workspace, tag: str) -> str:
    """The notes that an annotated tag holds, as a release writes them: below its subject, before a signature."""
    found = workspace.git.tag(tag)
    text = workspace.git.tag_text(found) if found is not None else None
    return (text or "").partition("\n-----BEGIN ")[0].partition("\n\n")[2].strip()


def find_remote(workspace: Workspace, branch: str | None) -> str | None:
    """The configured remote, else the one that the branch tracks, else origin, else the only one there is."""
    remotes, tracked = workspace.git.followed(branch)
    wanted = workspace.config.remote
    if wanted is not None:
        if wanted not in remotes:
            raise ConfigError(
                f"git has no remote {wanted}",
                why=f"`remote` in [tool.tagboat] names it; git has: {', '.join(remotes) or 'none'}.",
                next=f"`git remote add {wanted} …`, or change the setting.",
            )
        return wanted
    if tracked in remotes:
        return tracked
    if tracked not in (None, "."):
        raise ConfigError(
            f"{branch} follows an address, and not one of git's remotes",
            why="A release has to know its remote by a name, so that an address with a password is never printed.",
            next=f"`git remote add origin …`, then `git branch --set-upstream-to origin/{branch}`.",
        )
    return "origin" if "origin" in remotes else next(iter(remotes), None)


def _is_tagged_elsewhere(workspace: Workspace, version: Version, tree: WorkTree) -> bool:
    """Whether a version's tag is on another commit than HEAD; on HEAD it is this very release."""
    tag = workspace.git.tag(workspace.tag_of(version))
    return tag is not None and tag.commit != tree.head


def _edits(workspace: Workspace, version: Version, today: datetime.date) -> tuple[str, tuple[Edit, ...]]:
    """The notes, and what the release commit changes: every version place, then the changelog."""
    from tagboat.changelog.notes import notes_for
    from tagboat.project import edits_for

    edits = edits_for(workspace.project, version)
    path = workspace.project.changelog
    if path is None:
        return notes_for(None, workspace.changes), _committable(workspace, edits)
    notes, changelog = _changelog_edit(workspace, path, version, workspace.changes, today)
    return notes, _committable(workspace, (*edits, *changelog))


def _committable(workspace: Workspace, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Edits as git sees them: relative to its top, links followed, without the lock files that it ignores."""
    top = workspace.git.top
    followed = []
    for edit in rebased(edits, workspace.folder):
        if edit.path.endswith(".lock") and workspace.git.ignores(edit.path):
            continue
        path = top / edit.path
        if path.is_symlink() and path.resolve().is_relative_to(top.resolve()):
            edit = replace(edit, path=path.resolve().relative_to(top.resolve()).as_posix())  # noqa: PLW2901
        followed.append(edit)
    return tuple(followed)


def _changelog_edit(
    workspace: Workspace, path: str, version: Version, changes: Sequence[Change], today: datetime.date
) -> tuple[str, tuple[Edit, ...]]:
    from tagboat import textfile
    from tagboat.changelog.file import entry_of, markup_of, with_entry
    from tagboat.changelog.notes import notes_for

    before, encoding = None, "utf-8"
    if (workspace.root / path).is_file():
        found = textfile.read(workspace.root / path)
        before, encoding = found.text, found.encoding
    markup = markup_of(path, before)
    written = entry_of(before, version, markup=markup) if before else None
    notes = written or notes_for(before, changes, markup=markup)
    after = with_entry(before, version, today.isoformat(), notes, project=workspace.project.name, markup=markup)
    after = after.encode(encoding, "xmlcharrefreplace").decode(encoding)  # what an old file's encoding cannot say
    return notes, () if after == before else (Edit(path, before, after, encoding),)


def refs_of(branch: str | None, tag: str) -> tuple[str, ...]:
    """The full names of what a release pushes."""
    return (*([f"refs/heads/{branch}"] if branch else []), f"refs/tags/{tag}")


def _upstream(workspace: Workspace, remote: str | None, branch: str | None, tag: str) -> str | None:
    """Where the branch is on the remote now; the preflight tells when the remote cannot be asked."""
    if remote is None or branch is None:
        return None
    try:
        return workspace.git.seen_refs(remote, *refs_of(branch, tag)).get(f"refs/heads/{branch}")
    except CommandFailed:
        return None
