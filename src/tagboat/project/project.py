"""The project that is released: its name, its version, and every place where the version is written."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, Problem
from tagboat.plan import Edit
from tagboat.project.layout import find_packages
from tagboat.project.metadata import console_scripts, project_name, requires_python
from tagboat.project.places import find_places, is_from_git
from tagboat.project.sources import read_sources

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.version import Version

    from tagboat.config import Config
    from tagboat.project.places import Place

CHANGELOG = "CHANGELOG.md"
CHANGELOG_STEMS = ("changelog", "changes", "history", "news", "release_notes")
CHANGELOG_SUFFIXES = (".md", ".rst", ".txt", "")


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its files describe it.

    `requires_python` is a specifier or empty. `changelog` is the path of the file that a release writes to,
    which need not exist yet; None when the configuration says there is none. `packages` are import names,
    `scripts` names of commands.
    """

    name: str
    root: Path
    backend: str
    requires_python: str
    places: tuple[Place, ...]
    version_from_git: bool
    changelog: str | None
    packages: tuple[str, ...]
    scripts: tuple[str, ...]

    @property
    def version(self) -> Version | None:
        """The version that every place says; None when it comes from git.

        Raises `ConfigError` that lists the places when they disagree or one is not PEP 440.
        """
        versions = [place.version for place in self.places]
        bad = [place for place in self.places if place.version is None]
        if bad:
            raise ConfigError(
                f"the version of {self.name} is not one that Python knows",
                why="Versions follow PEP 440: 1.2.3, 1.2.3rc1, 1.2.3.post1.",
                problems=_told(bad),
            )
        if len(set(versions)) > 1:
            raise ConfigError(
                f"the places that hold the version of {self.name} disagree",
                next="Make them say the same; which one is right only you know.",
                problems=_told(self.places),
            )
        return versions[0] if versions else None


def read_project(root: Path, config: Config) -> Project:
    """Read the project in `root`. Nothing of it is run.

    Raises `ConfigError` when there is no project, when its files cannot be read, or when its version is
    dynamic and cannot be found.
    """
    root = root.resolve()
    sources = read_sources(root)
    name = project_name(sources)
    packages = find_packages(sources, name)
    from_git = is_from_git(sources)
    places = find_places(sources, name, packages, config.version_files)
    if not places and not from_git:
        raise ConfigError(
            f"the version of {name} cannot be found",
            why="It is not written in pyproject.toml, setup.cfg or setup.py, "
            f"no setting of {sources.backend} says where, and no package has a plain __version__.",
            next='Name its file: version-files = [{path = "…", pattern = "…{version}…"}] in [tool.tagboat].',
        )
    return Project(
        name=name,
        root=root,
        backend=sources.backend,
        requires_python=requires_python(sources),
        places=places,
        version_from_git=from_git,
        changelog=_changelog(root, config),
        packages=tuple(package.name for package in packages),
        scripts=console_scripts(sources),
    )


def edits_for(project: Project, version: Version) -> tuple[Edit, ...]:
    """Return what makes every place say `version`: one `Edit` per file, none for a file that says it already.

    Paths are relative to the project's root. Reads nothing: the texts are those that `read_project` saw.
    """
    ordered = sorted(project.places, key=attrgetter("path", "start"))
    edits = (_edit(path, list(places), version) for path, places in groupby(ordered, key=attrgetter("path")))
    return tuple(edit for edit in edits if edit.before != edit.after)


def find_changelog(root: Path) -> str | None:
    """Return the path of the changelog, in the root or in its docs folder, whatever its case."""
    for folder in (root, root / "docs", root / "doc"):
        names = {path.name.lower(): path for path in sorted(folder.glob("*"), reverse=True)}
        for stem in CHANGELOG_STEMS:
            for suffix in CHANGELOG_SUFFIXES:
                path = names.get(stem + suffix)
                if path is not None and path.is_file():
                    return path.relative_to(root).as_posix()
    return None


def _changelog(root: Path, config: Config) -> str | None:
    if isinstance(config.changelog, str):
        return config.changelog
    return (find_changelog(root) or CHANGELOG) if config.changelog else None


def _edit(path: str, places: list[Place], version: Version) -> Edit:
    source = places[0].source
    text = source.text
    for place in reversed(places):
        if place.version != version:
            end = place.start + len(place.written)
            text = text[: place.start] + place.spell(version) + text[end:]
    return Edit(path, source.text, text, source.encoding)


def _told(places: tuple[Place, ...] | list[Place]) -> list[Problem]:
    return [Problem(f"{place.path}, {place.where}: {place.written}") for place in places]
