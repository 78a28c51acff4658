"""What the generated pipeline of a project needs of its forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from tagboat.ci.doctor import Needed
from tagboat.ci.generate.github import workflow_names
from tagboat.ci.generate.pipeline import read_pipeline
from tagboat.ci.generate.targets import TRUSTED
from tagboat.notify import VARIABLE

if TYPE_CHECKING:
    from tagboat.ci.generate.pipeline import Pipeline
    from tagboat.ci.generate.targets import Variable
    from tagboat.workspace import Workspace

CI_FILE = ".gitlab-ci.yml"  # the top of a GitLab pipeline, which PyPI goes by, whatever it includes


def needed_of(workspace: Workspace) -> Needed:
    """What `tagboat ci github` or `tagboat ci gitlab` writes asks of the forge. Raises as `read_pipeline` does."""
    pipeline = read_pipeline(workspace)
    forge = workspace.config.forge.kind
    secrets: dict[str, tuple[str, ...]] = {
        target.name: names
        for target in pipeline.targets
        if (names := _secrets(target.variables, target.given_by_gitlab if forge == "gitlab" else ()))
    }
    if pipeline.notify:
        secrets["notify"] = (VARIABLE,)
    return Needed(
        tag=workspace.tag_of(Version("1.2.3")),
        environments=tuple(target.name for target in pipeline.targets),
        guarded=frozenset(target.name for target in pipeline.targets if not target.is_test),
        secrets=secrets,
        publishers={
            target.name: _publisher(workspace, pipeline, target.name, forge)
            for target in pipeline.targets
            if target.how == TRUSTED
        },
        announces=bool(pipeline.forge),
    )


def _secrets(variables: tuple[Variable, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.key for each in variables if each.key not in given)


def _publisher(workspace: Workspace, pipeline: Pipeline, environment: str, forge: str) -> tuple[tuple[str, str], ...]:
    """The four values of an index's form, by its own labels."""
    assert workspace.forge is not None  # noqa: S101 - the caller has looked
    owner, _, name = workspace.forge.repository.rpartition("/")
    if forge == "gitlab":
        labels = ("Namespace", "Project name", "Top-level pipeline file path", "Environment name")
        return tuple(zip(labels, (owner, name, CI_FILE, environment), strict=True))
    labels = ("Owner", "Repository name", "Workflow name", "Environment name")
    file = workflow_names(pipeline, workspace.git.top)["publish"]
    return tuple(zip(labels, (owner, name, file, environment), strict=True))
