"""The file of a pipeline on GitLab CI: one that a project's own .gitlab-ci.yml includes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.drift import Drift, Known, edit_of
from tagboat.ci.generate.render import render
from tagboat.ci.generate.requirements import requirements_edit, tools_folder
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagboat.ci.generate.pipeline import Pipeline

FOLDER = ".gitlab"
MARK = "# Made by `tagboat ci gitlab`"
INCLUDING = ".gitlab-ci.yml"


def gitlab_files(pipeline: Pipeline, top: Path) -> Drift:
    """What has to change in the repository at `top` so that its pipeline is this one.

    Raises `ConfigError` when the file is somebody else's, and `UsageError` without the `ci` extra.
    """
    path = _path(pipeline)
    file = Known(top, path)
    if file.text is not None and not file.is_made(MARK):
        raise ConfigError(
            f"{path} is there, and not one that tagboat made", next=f"Rename it; ours begins with: {MARK}"
        )
    after = render(
        "gitlab/tagboat.yml",
        pipeline,
        {},
        file=path,
        tools=tools_folder(pipeline, "gitlab"),
        secrets=list(_secrets(pipeline)),
    )
    edits = (edit_of(path, file.text, after), requirements_edit(pipeline, top, "gitlab"))
    return Drift(tuple(edit for edit in edits if edit is not None), notes=tuple(_notes(path, pipeline, top)))


def is_there(top: Path) -> bool:
    """Whether the repository at `top` has a pipeline that we made."""
    return any(Known(top, path.relative_to(top).as_posix()).is_made(MARK) for path in (top / FOLDER).glob("*.yml"))


def _path(pipeline: Pipeline) -> str:
    return f"{FOLDER}/tagboat-{pipeline.slug}.yml" if pipeline.folder else f"{FOLDER}/tagboat.yml"


def _secrets(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    """Each environment with a variable that has to be set for it."""
    for target in pipeline.targets:
        for variable in target.variables:
            if variable.name not in target.given_by_gitlab:
                yield target.name, variable.name
    if pipeline.notify:
        yield "notify", "TAGBOAT_NOTIFY_URLS"


def _notes(path: str, pipeline: Pipeline, top: Path) -> Iterator[str]:
    if path not in (Known(top, INCLUDING).text or ""):
        yield f"Nothing includes it yet: add `include: [{{local: {path}}}]` to {INCLUDING}."
    if pipeline.wheels:
        yield "Platform wheels are made on GitHub's runners only; GitLab's pipeline builds what the build job can."
    if pipeline.forge not in ("", "gitlab"):
        yield f"Releases are announced on {pipeline.forge}, which no job of GitLab CI does."
