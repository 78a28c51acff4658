"""What the templates are filled with: the decisions of a configuration and of a project's metadata."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tagboat.ci.generate.targets import find_targets
from tagboat.ci.generate.trials import test_commands
from tagboat.ci.pythons import tested_pythons
from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, Problem
from tagboat.project.sources import read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.generate.targets import Target
    from tagboat.config import Config
    from tagboat.project import Project
    from tagboat.project.sources import Sources
    from tagboat.workspace import Workspace

OURS = "tagboat"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One project's release pipeline.

    Attributes:
        project: the project's name.
        slug: that name, normalised, for names of files and groups.
        folder: the project's folder, relative to the repository's top; "" for the top.
        tags: the pattern of a release's tag: literal texts, and "*" for each part of a version.
        targets: the indexes, in order.
        pythons: what the tests run on.
        test: lines of shell that install the project and test it.
        wheels: runners that make platform wheels.
        dependencies: whether licences and vulnerabilities of the dependencies are looked at.
        notify: whether somebody is told how a release went.
        documentation: file name of the workflow that a released version starts; "" is none.
        forge: where releases are announced; "" is nowhere.
        pull_requests: whether a merged release pull request is what releases.
        branch: the branch that such requests are merged into.
        updates: what moves the pins.
        dependency_index: where packages come from; empty leaves it to the installers.
        is_tagboat: whether the project is tagboat itself, which releases itself by what is checked out.
    """

    project: str
    slug: str
    folder: str
    tags: tuple[str, ...]
    targets: tuple[Target, ...]
    pythons: tuple[str, ...]
    test: tuple[str, ...]
    wheels: tuple[str, ...]
    dependencies: bool
    notify: bool
    documentation: str
    forge: str
    pull_requests: bool
    branch: str
    updates: str
    dependency_index: tuple[str, ...]
    is_tagboat: bool

    @property
    def channels(self) -> tuple[str, ...]:
        """What the form offers to publish to."""
        return ("all", *(target.name for target in self.targets))

    @property
    def jobs(self) -> list[str]:
        """The jobs that publish and verify, in order."""
        return [job for target in self.targets for job in (target.publishes, target.verifies)]

    @property
    def announced(self) -> tuple[Target, ...]:
        """The indexes of which one has to have a release before it is announced: those that people install from."""
        return tuple(target for target in self.targets if not target.is_test) or self.targets

    def extras(self, system: str) -> tuple[str, ...]:
        """The extras of tagboat that the jobs of a CI system ("github" or "gitlab") need."""
        wanted = {"ci", self.forge, *(target.extra for target in self.targets)}
        wanted |= {"notify"} if self.notify else set()
        wanted |= {"vulnerabilities"} if self.dependencies else set()
        wanted |= {"attestations"} if system == "gitlab" and any(target.attests for target in self.targets) else set()
        return tuple(sorted(filter(None, wanted)))

    def at(self, path: str) -> str:
        """A path of the project, from the repository's top."""
        return f"{self.folder}/{path}" if self.folder else path

    @property
    def tagboat(self) -> str:
        """How a job calls tagboat on the project."""
        return f"tagboat -C {self.folder}" if self.folder else "tagboat"


def make_pipeline(config: Config, project: Project, sources: Sources, folder: str) -> Pipeline:
    """Decide what a project's pipeline does.

    Raises `ConfigError` that names everything of the configuration which no pipeline can be made of.
    """
    problems = list(_problems(config, folder))
    if problems:
        raise ConfigError("no pipeline can be made of this configuration", problems=problems)
    return Pipeline(
        project=project.name,
        slug=canonicalize_name(project.name),
        folder=folder,
        tags=_tag_pattern(config, project),
        targets=find_targets(config.publish_to),
        pythons=tested_pythons(project.root, config),
        test=test_commands(config, sources),
        wheels=config.ci.wheels,
        dependencies=config.ci.licences is not None,
        notify=config.ci.notify,
        documentation=config.ci.documentation,
        forge=config.forge.kind,
        pull_requests=config.ci.release == "pull-request",
        branch=config.branch or "",
        updates=config.ci.updates,
        dependency_index=config.dependency_index,
        is_tagboat=canonicalize_name(project.name) == OURS,
    )


def read_pipeline(workspace: Workspace) -> Pipeline:
    """The pipeline of a project as its files describe it. Raises as `make_pipeline` does."""
    return make_pipeline(workspace.config, workspace.project, read_sources(workspace.root), workspace.folder)


def _problems(config: Config, folder: str) -> Iterator[Problem]:
    for index in config.index:
        if index.file == "PYPI_BACKEND and its variables":
            yield Problem(
                f"the index {index.name} is known from variables of this machine only",
                "What is written has to be the same on every machine.",
                f'Write it down: [tool.tagboat.index.{index.name}], kind = "{index.kind}", '
                + ", ".join(f'{key} = "{value}"' for key, value in index.at.items()),
            )
    if config.ci.release == "pull-request" and not (config.branch and config.forge.kind):
        yield Problem(
            "releases by pull request need a branch that they are merged into, and a forge",
            next='Add branch = "main" to [tool.tagboat], and [tool.tagboat.forge] with its kind.',
        )
    if config.ci.documentation and config.forge.kind != "github":
        yield Problem(
            "documentation in [tool.tagboat.ci] names a workflow, but nothing is announced on GitHub",
            "It is started once a release is announced.",
            'Add [tool.tagboat.forge] with kind = "github", or leave documentation out.',
        )
    for line in config.ci.test or ():
        if "${{" in line:
            yield Problem(
                f"test in [tool.tagboat.ci] has an expression in it: {line}",
                "GitHub puts the value into the text of the script, and the shell runs whatever it is.",
                "Let the script read a variable.",
            )
    if not re.fullmatch(r"[\w./-]*", folder):
        yield Problem(f"the folder {folder} has characters that would have to be quoted in every shell")


def _tag_pattern(config: Config, project: Project) -> tuple[str, ...]:
    """The format of tags, in parts; the version's have a "*" for each number that the current version has."""
    head, _, end = config.tag_format.replace("{project}", project.name).partition("{version}")
    version = project.version
    count = min(len(version.release), 3) if version is not None else 3
    return (head, *["*"] * count, end)
