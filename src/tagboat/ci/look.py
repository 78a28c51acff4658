"""What the checkout and the indexes say, for the plan job. Changes nothing, and needs no credential."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tagboat.ci.decision import Facts
from tagboat.ci.event import TAGS
from tagboat.ci.pythons import tested_pythons
from tagboat.errors import NotReady, TagboatError
from tagboat.planning import plan_release
from tagboat.versions import Request
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from packaging.version import Version

    from tagboat.plan import Plan

READ_BY_ANYBODY = frozenset({"pypi", "testpypi", "directory"})
"""Kinds whose pages need no credential. When one of them cannot be read, something is wrong."""


def look(workspace: Workspace, coming: Plan | None = None) -> Facts:
    """The facts that are decided by. Raises `NotReady` without a commit, `ConfigError` without a project."""
    git, project, config = workspace.git, workspace.project, workspace.config
    head = git.resolve("HEAD")
    if head is None:
        raise NotReady("the repository has no commit yet", next="Commit your project, then run this again.")
    return Facts(
        project=project.name,
        tag_format=config.tag_format,
        head=head,
        head_tag=tag_here(workspace),
        is_shallow=git.is_shallow(),
        commit_of=git.resolve,
        written=[(f"{place.path}, {place.where}", place.written) for place in project.places],
        from_git=project.version_from_git,
        next_version=coming.version if coming else None,
        indexes=config.publish_to,
        pythons=tested_pythons(workspace.root, config),
    )


def tag_here(workspace: Workspace) -> str:
    """The tag of a release that HEAD has; "" when it has none."""
    tag, git = workspace.last_release.tag, workspace.git
    return tag if tag is not None and git.resolve(TAGS + tag) == git.resolve("HEAD") else ""


def next_release(workspace: Workspace) -> Plan | None:
    """What the next release of HEAD would be; None when there is none, or when it cannot be told."""
    with suppress(TagboatError):
        return plan_release(workspace, Request())
    return None


def standing(workspace: Workspace, version: Version | None) -> dict[str, str]:
    """What each index has of a version, in words without an address: they are shown to everybody."""
    return {name: _standing(workspace, name, version) for name in workspace.index_names}


def readable(workspace: Workspace) -> tuple[Workspace, tuple[str, ...]]:
    """The workspace with those of its indexes that can be read from here, and the names of the others.

    A job that builds has no credential. Raises `IndexFailed` for an index that anybody should be able to read.
    """
    closed = tuple(
        index.name
        for index in workspace.config.publish_to
        if index.kind not in READ_BY_ANYBODY and not _can_be_read(workspace, index.name)
    )
    if not closed:
        return workspace, ()
    names = tuple(name for name in workspace.index_names if name not in closed)
    config = replace(workspace.config, indexes=names)
    return Workspace(workspace.root, environ=workspace.environ, cache=workspace.cache, config=config), closed


def _standing(workspace: Workspace, name: str, version: Version | None) -> str:
    if version is None:
        return "–"
    try:
        files = workspace.index(name).files(workspace.project.name, version)
    except TagboatError:
        return "cannot be read by this job"
    if not files:
        return "nothing of it"
    count = f"{len(files)} file{'s' if len(files) > 1 else ''}"
    return f"{count}, withdrawn" if all(file.yanked for file in files.values()) else count


def _can_be_read(workspace: Workspace, name: str) -> bool:
    try:
        workspace.index(name).files(workspace.project.name)
    except TagboatError:
        return False
    return True
