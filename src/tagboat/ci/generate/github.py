"""The files of a pipeline on GitHub Actions: which there are, under which names, and what each becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.drift import Drift, Known, edit_of
from tagboat.ci.generate.pins import load_pins, newest
from tagboat.ci.generate.render import render
from tagboat.ci.generate.requirements import requirements_edit, tools_folder
from tagboat.ci.generate.updates import updates_edit
from tagboat.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tagboat.ci.generate.pipeline import Pipeline
    from tagboat.plan import Edit

FOLDER = ".github/workflows"
LOCK = f"{FOLDER}/actions.lock"
MARK = "# Made by `tagboat ci github`"

NAMES = {
    "publish": ("publish.yml", "tagboat-publish.yml"),
    "rollback": ("rollback.yml", "tagboat-rollback.yml"),
    "check": ("check.yml", "release-check.yml", "tagboat-check.yml"),
    "release": ("release.yml", "tagboat-release.yml"),
    "health": ("health.yml", "tagboat-health.yml"),
}
"""Each workflow, and what its file is called: the first name that is not somebody else's."""


def github_files(pipeline: Pipeline, top: Path) -> Drift:
    """What has to change in the repository at `top` so that its workflows are those of the pipeline.

    Files that we did not make are left alone. Raises `ConfigError` when they have all the names, and `UsageError`
    without the `ci` extra.
    """
    names = workflow_names(pipeline, top)
    wanted = _wanted(pipeline)
    edits = [_workflow_edit(role, pipeline, top, names) for role in wanted]
    extra = [requirements_edit(pipeline, top, "github"), *updates_edit(pipeline, top)]
    stale = [
        names[role] for role in names if role not in wanted and Known(top, f"{FOLDER}/{names[role]}").is_made(MARK)
    ]
    changed = tuple(edit for edit in (*edits, *extra) if edit is not None)
    return Drift(changed, tuple(f"{FOLDER}/{name}" for name in stale), tuple(_notes(names, changed, pipeline, top)))


def _wanted(pipeline: Pipeline) -> tuple[str, ...]:
    """The workflows of a pipeline: without an index there is nothing to take back, and nothing to look after."""
    published = ("rollback", "health") if pipeline.targets else ()
    return ("publish", "check", *published, *(("release",) if pipeline.pull_requests else ()))


def workflow_names(pipeline: Pipeline, top: Path) -> dict[str, str]:
    """The file of each workflow, by what it does."""
    found = {role: _choose(_candidates(role, pipeline), top) for role in NAMES}
    taken = [role for role, name in found.items() if not name]
    if taken:
        raise ConfigError(
            "there are workflows of your own under every name that tagboat would use",
            problems=[Problem(f"{role}: {', '.join(_candidates(role, pipeline))}") for role in taken],
            next=f"Rename one of each in {FOLDER}. A workflow that tagboat made begins with: {MARK}",
        )
    return found


def is_there(top: Path) -> bool:
    """Whether the repository at `top` has a workflow that we made."""
    return any(Known(top, path.relative_to(top).as_posix()).is_made(MARK) for path in (top / FOLDER).glob("*.yml"))


def _candidates(role: str, pipeline: Pipeline) -> tuple[str, ...]:
    """A project below the repository's top has its own name in that of the file."""
    names = NAMES[role]
    return tuple(name.replace(".yml", f"-{pipeline.slug}.yml") for name in names) if pipeline.folder else names


def _choose(names: Sequence[str], top: Path) -> str:
    """The name that we have already, else the first that nobody has; "" when there is none.

    A workflow is never renamed once it is there: its name is part of what an index trusts.
    """
    files = {name: Known(top, f"{FOLDER}/{name}") for name in names}
    ours = [name for name, file in files.items() if file.is_made(MARK)]
    free = [name for name, file in files.items() if file.text is None]
    return next(iter([*ours, *free]), "")


def _workflow_edit(role: str, pipeline: Pipeline, top: Path, names: Mapping[str, str]) -> Edit | None:
    path = f"{FOLDER}/{names[role]}"
    before = Known(top, path).text
    pins = newest(load_pins(), before or "")
    more = {"workflows": names, "file": names[role].removesuffix(".yml"), "tools": tools_folder(pipeline, "github")}
    after = render(f"github/{role}.yml", pipeline, pins, **more)
    return edit_of(path, before, after)


def _notes(names: Mapping[str, str], changed: Sequence[Edit], pipeline: Pipeline, top: Path) -> list[str]:
    notes = [
        f"{usual} is not one that tagboat made, so ours is {names[role]}."
        for role in _wanted(pipeline)
        if names[role] != (usual := _candidates(role, pipeline)[0])
    ]
    if (top / LOCK).is_file() and any(edit.path.startswith(FOLDER) for edit in changed):
        notes.append(
            f"{LOCK} has to follow: run `gh actions-lock`, for GitHub starts no workflow that it does not match."
        )
    if not pipeline.targets:
        notes.append("No index is configured: what a tag starts is tested and built, and published nowhere.")
    if pipeline.forge not in ("", "github"):
        notes.append(f"Releases are announced on {pipeline.forge}, which no job of GitHub Actions does.")
    return notes
