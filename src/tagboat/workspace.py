"""A project in its checkout, with its tools: what the command line and the public API work on."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass
from tagboat.errors import NotReady
from tagboat.git import Git, relative_folder
from tagboat.tags import tag_name, version_of_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from packaging.version import Version

    from tagboat.builder import Worker
    from tagboat.changes import Change, Commit
    from tagboat.config import Config, IndexConfig
    from tagboat.distribution import Distribution
    from tagboat.errors import Problem
    from tagboat.forge.interface import Forge
    from tagboat.git import WorkTree
    from tagboat.index.credentials import Account, Credential
    from tagboat.index.interface import Index
    from tagboat.observer import Observer
    from tagboat.project import Project
    from tagboat.revision import RevisionBuild
    from tagboat.state import StateFolder
    from tagboat.verify import Verifier

TOLD = ("PYPI_BACKEND", "TWINE_REPOSITORY_URL", "TWINE_REPOSITORY", "UV_PUBLISH_URL")
"""Variables of other tools that say where to publish to, for projects that do not say it."""


@dataclass(frozen=True, slots=True)
class LastRelease:
    """What was released last, as the nearest tag tells: None and None before the first release."""

    tag: str | None
    version: Version | None


class Workspace:
    """One project and its tools. Everything is looked up when it is needed, once.

    `environ` is where credentials and settings of the machine come from, `cache` where build environments
    are kept, `config` stands in for what pyproject.toml says, `ask` asks a person for a credential. `notes` is
    what a person should know about the configuration, in sentences.
    """

    def __init__(
        self,
        root: Path,
        *,
        environ: Mapping[str, str] = os.environ,
        cache: Path | None = None,
        config: Config | None = None,
        ask: Callable[[Account], Credential | None] | None = None,
    ) -> None:
        self.root = root.resolve()
        self.environ = environ
        self._given_cache = cache
        self._given_config = config
        self.ask = ask
        self.notes: tuple[str, ...] = ()
        self.worker: Worker | None = None
        self._started_worker = False
        self._opened: dict[str, Index] = {}
        self._passed: list[Commit] = []  # what the look for the last release has seen of the commits since

    @cached_property
    def config(self) -> Config:
        """`[tool.tagboat]` and the user's file; with no index in them, the one that the environment describes."""
        from tagboat.config import load_config

        config = self._given_config or load_config(self.root, self.environ)
        if config.index or not any(self.environ.get(name) for name in TOLD):
            return config
        from dataclasses import replace

        from tagboat.config.urls import check_urls
        from tagboat.index.elsewhere import index_from_tools
        from tagboat.index.from_environment import index_from_environment

        if found := index_from_environment(self.environ):
            check_urls(found.config)
            self.notes = found.notes
            return replace(config, index=(found.config,))
        if index := index_from_tools(self.environ):
            check_urls(index)
            self.notes = (f"{index.file} says where to publish to.",)
            return replace(config, index=(index,))
        return config

    @cached_property
    def project(self) -> Project:
        """Name, version places and the rest that the project's files tell."""
        from tagboat.project import read_project

        return read_project(self.root, self.config)

    @cached_property
    def git(self) -> Git:
        """The repository that the project is in."""
        return Git.find(self.root, meanwhile=("packaging.version", "tagboat.config"))

    @cached_property
    def work_tree(self) -> WorkTree:
        """The checkout, with what is not committed in it."""
        return self.git.work_tree()

    @cached_property
    def folder(self) -> str:
        """The project's folder relative to the repository's top; "" for the top."""
        return relative_folder(self.git.top, self.root)

    @cached_property
    def cache(self) -> Path:
        """Where build environments are kept; `TAGBOAT_CACHE_DIR` moves it."""
        if self._given_cache is not None:
            return self._given_cache
        if given := self.environ.get("TAGBOAT_CACHE_DIR"):
            return Path(given).resolve()
        import platformdirs

        return platformdirs.user_cache_path("tagboat", appauthor=False)

    @cached_property
    def last_release(self) -> LastRelease:
        """The highest version among the tags on the nearest tagged commit."""
        highest = self._highest(self.git.found_tags)
        if highest.version is None:
            return highest
        pattern = self.config.tag_format.replace("{project}", self._name_in_tags).replace("{version}", "[0-9]*")
        nearest = self._highest(self.git.nearest_tags(pattern, passed=self._passed))
        # Without a higher one there is no tag that the files could name instead, so they need no look.
        return nearest if nearest.version == highest.version else self._released_aside(nearest)

    def _highest(self, tags: Iterable[str]) -> LastRelease:
        """The highest version among tags."""
        best = LastRelease(None, None)
        for tag in tags:
            version = self.version_of(tag)
            if version is not None and (best.version is None or version > best.version):
                best = LastRelease(tag, version)
        return best

    def _released_aside(self, nearest: LastRelease) -> LastRelease:
        """The release that the files name, when its tag is not in this history: squashed, or amended since."""
        written = self.project.version
        if written is None or (nearest.version is not None and written <= nearest.version):
            return nearest
        tag = self.git.tag(self.tag_of(written))
        if tag is None:
            return nearest
        self._passed.clear()
        return LastRelease(tag.name, written)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What was committed since the last release."""
        from tagboat.changes import changes_from_commits

        since = self.last_release.tag
        if self._passed and not self.folder:
            return changes_from_commits(self._passed)
        return changes_from_commits(self.git.commits(since, folder=self.folder))

    @cached_property
    def index_names(self) -> tuple[str, ...]:
        """The names of the indexes that a release goes to, in order."""
        return tuple(index.name for index in self.config.publish_to)

    def index(self, name: str) -> Index:
        """The index of this name, configured here or known to uv or `~/.pypirc`. Raises `UsageError` without one.

        It is opened once, so that what a person typed for it is there wherever it is used.
        """
        from tagboat.index import open_index

        if name not in self._opened:
            config = self.index_config(name)
            self._opened[name] = open_index(config, root=self.root, environ=self.environ, ask=self.ask)
        return self._opened[name]

    def index_config(self, name: str) -> IndexConfig:
        """What is configured of an index. Raises `UsageError` when nobody knows the name."""
        from tagboat.index.elsewhere import named_elsewhere

        if all(index.name != name for index in self.config.index):
            elsewhere = named_elsewhere(name, self.root, self.environ)
            if elsewhere is not None:
                return elsewhere
        return self.config.find_index(name)

    def indexes(self, names: Sequence[str]) -> list[Index]:
        """The configured indexes of these names, in this order."""
        return [self.index(name) for name in names]

    @cached_property
    def forge(self) -> Forge | None:
        """Where releases are announced; None where the configuration names no forge. Raises `ConfigError`."""
        if not self.config.forge.kind:
            return None
        from tagboat.forge import open_forge
        from tagboat.planning import find_remote

        remote = find_remote(self, self.work_tree.branch)
        return open_forge(self.config.forge, self.git.remote_url(remote) if remote else "", self.environ)

    def is_public(self, names: Sequence[str]) -> bool:
        """Whether one of these indexes is PyPI, of which everybody may read."""
        return any(self.index_config(name).kind == "pypi" for name in names)

    def tag_of(self, version: Version) -> str:
        """The tag of a version."""
        return tag_name(self.config.tag_format, self._name_in_tags, version)

    def version_of(self, tag: str) -> Version | None:
        """The version that a tag of this project names; None for another tag."""
        return version_of_tag(self.config.tag_format, self._name_in_tags, tag)

    @property
    def _name_in_tags(self) -> str:
        """The project's name where tags have it; most have not, and then the project's files need no look."""
        return self.project.name if "{project}" in self.config.tag_format else ""

    def state_of(self, version: Version) -> StateFolder:
        """The state folder of a version."""
        from tagboat.state import release_folder

        return release_folder(self.root, version)

    def exclusive(self, command: str) -> AbstractContextManager[None]:
        """Be the only run in this checkout. Raises `Locked`, naming the holder."""
        from tagboat.lock import one_run
        from tagboat.state import ensure_home

        return one_run(ensure_home(self.root), command)

    # -- tools that the steps are built with --

    def start_worker(self) -> None:
        """Start the process that a build will want, where one can be; once. Nothing of the project runs in it."""
        if not self._started_worker:
            from tagboat.builder import start_worker

            self._started_worker = True
            self.worker = start_worker(self.root, cache=self.cache, passed=self.config.build.environment)

    def stop_worker(self) -> None:
        """End that process."""
        if self.worker is not None:
            self.worker.stop()
            self.worker = None

    def build_of(self, revision: str, observer: Observer) -> RevisionBuild:
        """What builds a commit, branch or tag from a clean checkout of it."""
        from tagboat.revision import RevisionBuild

        return RevisionBuild(self, revision, observer)

    def build_revision(self, revision: str, destination: Path, observer: Observer) -> Sequence[Distribution]:
        """Build sdist and wheel of a commit, branch or tag from a clean checkout of it."""
        return self.build_of(revision, observer)(destination)

    def check(
        self, version: Version, tag: str, revision: str, distributions: Sequence[Distribution]
    ) -> Sequence[Problem]:
        """Run every check over the distributions of a version that was built from `revision`."""
        from tagboat.checks import ReleaseFacts, run_checks

        facts = ReleaseFacts(
            project=self.project.name,
            version=version,
            tag=tag,
            expected_tag=self.tag_of(version),
            tagged_files=frozenset(self.git.files(revision, self.folder)),
            backend=self.project.backend,
            required=self.config.check.required,
            allow=self.config.check.allow,
        )
        return run_checks(distributions, facts, ignore=self.config.check.ignore)

    @property
    def by_rules(self) -> bool:
        """Whether the known rules of the indexes count."""
        from tagboat.checks import INDEX_RULES

        return INDEX_RULES not in self.config.check.ignore

    def foreseen(self) -> Sequence[Problem]:
        """What the checks are sure to find in an sdist of HEAD, told without building it."""
        from tagboat.project.foreseen import foreseen

        return foreseen(
            self.root,
            self.config.check,
            lambda: self.git.files("HEAD", self.folder),
            lambda paths: self.git.ignored(paths, self.folder),
        )

    def verifier(self, observer: Observer) -> Verifier:
        """What installs from an index and tries the result."""
        from tagboat.verify import Verifier

        return Verifier(self.config.verify, self.config.dependency_index, self.cache, observer.note)

    def verify(self, index: Index, version: Version, observer: Observer) -> str:
        """Install a published version from an index and try it; says what was shown. Raises `VerifyFailed`."""
        import tempfile

        from tagboat.distribution import Distribution, parse_filename

        files = index.files(self.project.name, version)
        if not files:
            raise NotReady(
                f"{index.name} has no file of {self.project.name} {version}",
                next="`tagboat status` shows what each index has.",
            )
        with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
            distributions = [
                Distribution.from_file(index.fetch(file, Path(folder)))
                for file in files.values()
                if parse_filename(file.filename)
            ]
            return self.verifier(observer).release(index, distributions)
