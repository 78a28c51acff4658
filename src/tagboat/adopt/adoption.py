"""What `tagboat init` finds in a project it has never seen, and the least configuration it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tagboat import textfile, tomlfile
from tagboat.adopt.bumpversion import bumpversion
from tagboat.adopt.carried import Look
from tagboat.adopt.commitizen import commitizen
from tagboat.adopt.semantic_release import semantic_release
from tagboat.adopt.tags import format_of, last_release, unread
from tagboat.adopt.tbump import tbump
from tagboat.config import Config, VersionFile, load_config
from tagboat.errors import ConfigError, Problem
from tagboat.plan import Edit
from tagboat.project import CHANGELOG, find_changelog, read_project
from tagboat.project.metadata import project_name
from tagboat.project.sources import PYPROJECT, read_sources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tagboat.adopt.carried import Carried
    from tagboat.adopt.tags import Release
    from tagboat.project import Project
    from tagboat.project.places import Place

TOOLS = (semantic_release, commitizen, bumpversion, tbump)
LEGACY_BUILD = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta:__legacy__"\n'


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for: its value, None when it could not be known, and where it was found."""

    what: str
    value: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was found, and the `[tool.tagboat]` to write; an empty `config_text` means that none is needed.

    `problems` stand in the way of a release; `unknown` is what could not be known or carried over.
    """

    findings: tuple[Finding, ...]
    config_text: str
    problems: tuple[Problem, ...]
    unknown: tuple[str, ...]


def adopt(
    root: Path,
    tags: Sequence[str],
    remotes: Sequence[str],
    branch: str | None,
    foreseen: Sequence[Problem] = (),
) -> Adoption:
    """Look at the project in `root`, whose repository has these tags and remotes; changes nothing.

    `foreseen` is what is known to be wrong with its sdist. A project that has `[tool.tagboat]` is told about and
    needs nothing more. Raises `ConfigError` when there is no project, or one of the files to look into cannot be
    read.
    """
    root = root.resolve()
    sources = read_sources(root)
    config, name = load_config(root), project_name(sources)
    plain, _ = _read(root, config)
    places = plain.places if plain else ()
    is_adopted = "tagboat" in sources.tool()
    look = Look(sources, tuple({place.written for place in places}))
    carried = [] if is_adopted else [found for tool in TOOLS if (found := tool(look))]
    files = tuple(_version_files(carried, places))
    project, problems = _read(root, replace(config, version_files=(*config.version_files, *files)))
    release = last_release(tags, name)
    settings = {"tag-format": config.tag_format} if is_adopted else _settings(carried, release, name)
    tag_format = settings.get("tag-format", config.tag_format)
    return Adoption(
        findings=(
            *_project_findings(name, sources.backend, project),
            _changelog_finding(root, config, carried),
            *_git_findings(release, tag_format, remotes, branch),
            *(Finding("settings carried over", each.tool, each.source) for each in carried),
        ),
        config_text="" if is_adopted else config_text(settings, files, changelog=_default_changelog(root)),
        problems=(*problems, *foreseen),
        unknown=(
            *(line for each in carried for line in each.unknown),
            *_tag_doubt(tags, release, settings, tag_format, name),
        ),
    )


def write_config(root: Path, adoption: Adoption) -> Edit | None:
    """Return the edit that adds the configuration to pyproject.toml, every other byte as it was.

    None when there is nothing to write, or the project has `[tool.tagboat]` already. A project without a
    pyproject.toml gets one that builds it as before.
    """
    file = tomlfile.load(root / PYPROJECT)
    if not adoption.config_text or (file and "tagboat" in tomlfile.table(file.values, "tool")):
        return None
    if file is None:
        return Edit(PYPROJECT, None, f"{LEGACY_BUILD}\n{adoption.config_text}")
    before = file.source.text
    newline = textfile.newline_of(before)
    gap = newline if before.endswith("\n") else newline * 2
    after = before + gap + adoption.config_text.replace("\n", newline)
    try:
        tomlfile.parse(after)
    except ValueError as error:
        raise ConfigError(
            "[tool.tagboat] cannot be added to pyproject.toml",
            why=f"The file's last table does not end where the file ends: {error}.",
            next=f"Add this by hand:\n{adoption.config_text}",
        ) from error
    return Edit(PYPROJECT, before, after, file.source.encoding)


def config_text(settings: Mapping[str, str], files: Sequence[VersionFile], *, changelog: str) -> str:
    """Return `[tool.tagboat]` with what differs from the defaults; empty when nothing does."""
    import tomlkit

    usual = {name: value for name, value, _ in Config().origins()} | {"changelog": changelog, "remote": "origin"}
    table = tomlkit.table()
    for key, value in settings.items():
        if value != usual[key]:
            table.add(key, value)
    if files:
        array = tomlkit.array().multiline(multiline=True)
        for file in files:
            entry = tomlkit.inline_table()
            entry.update({"path": file.path, "pattern": file.pattern})
            array.append(file.path if file.pattern == VersionFile("").pattern else entry)
        table.add("version-files", array)
    return tomlkit.dumps({"tool": {"tagboat": table}}) if table else ""


def _read(root: Path, config: Config) -> tuple[Project | None, tuple[Problem, ...]]:
    """Return the project as far as it can be read, and what is wrong with it."""
    project = None
    try:
        project = read_project(root, config)
        _ = project.version  # asking for it is what compares the places
    except ConfigError as error:
        return project, (Problem(error.what, error.why, error.next), *error.problems)
    return project, ()


def _version_files(carried: Sequence[Carried], places: Sequence[Place]) -> Iterator[VersionFile]:
    """Yield the carried entries that tagboat would not find by itself."""
    own = {(place.path, place.start) for place in places}
    versions = {place.version for place in places}
    seen: set[VersionFile] = set()
    for each in carried:
        for wanted in each.wanted:
            if wanted.file in seen or all((place.path, place.start) in own for place in wanted.meant):
                continue
            if versions and not all(place.version in versions for place in wanted.matched):
                each.say_unknown(f"{wanted.file.path}: {wanted.file.pattern}", "it also matches another version")
                continue
            seen.add(wanted.file)
            yield wanted.file


def _settings(carried: Sequence[Carried], release: Release | None, name: str) -> dict[str, str]:
    """Return the carried settings, those of the first tool first; the tags speak where no tool does."""
    settings = {"tag-format": format_of(release, name)} if release else {}
    for each in reversed(carried):
        settings |= each.settings
    return settings


def _default_changelog(root: Path) -> str:
    return find_changelog(root) or CHANGELOG


def _project_findings(name: str, backend: str, project: Project | None) -> Iterator[Finding]:
    yield Finding("project", name, "its own files")
    yield Finding("build back end", backend, PYPROJECT)
    if project is None or not (project.places or project.version_from_git):
        yield Finding("version", None, "no place was found")
    else:
        if project.version_from_git:
            yield Finding("version", "from git tags, at build time", project.backend)
        for place in project.places:
            yield Finding("version", place.written, f"{place.path}, {place.where}")
    if project is not None:
        yield Finding("packages", ", ".join(project.packages) or None, "the source tree")
        yield Finding("commands", ", ".join(project.scripts) or "none", "the project's entry points")


def _changelog_finding(root: Path, config: Config, carried: Sequence[Carried]) -> Finding:
    """Return the file that a release will write to: the settings' one, else the one that is there."""
    named = [(str(each.settings["changelog"]), each.source) for each in carried if "changelog" in each.settings]
    if config.changelog is False:
        return Finding("changelog", "none", "[tool.tagboat] in pyproject.toml")
    if isinstance(config.changelog, str):
        named = [(config.changelog, "[tool.tagboat] in pyproject.toml")]
    path, source = named[0] if named else (find_changelog(root), "the source tree")
    if path is not None and (root / path).is_file():
        return Finding("changelog", path, source)
    return Finding("changelog", f"none yet; a release makes {path or CHANGELOG}", source)


def _git_findings(
    release: Release | None, tag_format: str, remotes: Sequence[str], branch: str | None
) -> Iterator[Finding]:
    yield Finding("tag format", tag_format, f"the tag {release.tag}" if release else "the default")
    yield Finding("last release", release.tag if release else "none yet", "git tags")
    if not remotes:
        yield Finding("remote", "none; nothing will be pushed", "git")
    elif len(remotes) == 1 or "origin" in remotes:
        yield Finding("remote", "origin" if "origin" in remotes else remotes[0], "git")
    else:
        yield Finding("remote", None, f"git has {', '.join(remotes)}; the branch's upstream is taken, or set remote")
    yield Finding("branch", branch, "git" if branch else "HEAD is on no branch")


def _tag_doubt(
    tags: Sequence[str], release: Release | None, settings: Mapping[str, str], tag_format: str, name: str
) -> Iterator[str]:
    """Say it when a tool's tag format is not that of the tags there are, or tags that look like versions are lost."""
    said = settings.get("tag-format", "").replace("{project}", name)
    used = format_of(release, name).replace("{project}", name) if release else said
    lost = unread(tags, tag_format, name)
    if release and said != used:
        yield f"tags: the last release is {release.tag}, made with {used}, but the settings say {said}"
    elif lost:
        form = tag_format.replace("{project}", name)
        what = "1 looks like a version" if len(lost) == 1 else f"{len(lost)} look like versions"
        yield f"tags: {what}, but cannot be read as {form}, and count for nothing: {lost[0]}"
