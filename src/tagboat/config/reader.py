"""`[tool.tagboat]` checked by hand, key by key, so that every message can say what was meant."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from tagboat.config.model import (
    BuildConfig,
    CheckConfig,
    CiConfig,
    Config,
    ForgeConfig,
    IndexConfig,
    VerifyConfig,
    VersionFile,
)
from tagboat.config.settings import Settings
from tagboat.config.urls import fault_at, fault_of
from tagboat.errors import ConfigError
from tagboat.index.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagboat.changes import Level
    from tagboat.index.kinds import Kind

LEVELS = ("major", "minor", "patch")
FORGES = ("github", "gitlab")
# git check-ref-format(1)
NOT_IN_A_TAG = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/.-]|[/.]$|\.lock$")


def read_table(table: Mapping[str, object], shared: Sequence[str] = ()) -> Config:
    """Check a `[tool.tagboat]` table; `shared` names indexes that are configured elsewhere.

    Raises one `ConfigError` with every problem of it.
    """
    settings = Settings("tool.tagboat", table, [])
    default = Config()
    index = _indexes(settings.table("index"), shared)
    config = Config(
        tag_format=_template(settings, "tag-format", default.tag_format),
        remote=settings.text("remote", default.remote),
        branch=settings.text("branch", default.branch),
        changelog=_changelog(settings, default.changelog),
        commit_message=_template(settings, "commit-message", default.commit_message),
        indexes=_publish_order(settings, {*shared, *(each.name for each in index)}),
        dependency_index=_dependency_index(settings),
        breaking_on_zero=_level(settings, "breaking-on-zero", default.breaking_on_zero),
        feature_on_zero=_level(settings, "feature-on-zero", default.feature_on_zero),
        version_files=_version_files(settings),
        index=index,
        build=_build(settings.table("build")),
        verify=_verify(settings.table("verify")),
        check=_check(settings.table("check")),
        forge=_forge(settings.table("forge")),
        ci=_ci(settings.table("ci")),
    )
    _check_tag_format(settings, config.tag_format)
    settings.close()
    if settings.problems:
        raise ConfigError("the configuration in [tool.tagboat] cannot be used", problems=settings.problems)
    return config


def _template(settings: Settings, key: str, default: str) -> str:
    """Read a text in which only {version} and {project} stand for something."""
    text = settings.text(key, default)
    try:
        fields = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        settings.problem(key, f"is not a template: {error}")
        return default
    for name in sorted(fields - {"version", "project"}):
        settings.problem(key, f"names {{{name}}}", "Only {version} and {project} can be filled in.")
    return default if fields - {"version", "project"} else text


def _check_tag_format(settings: Settings, tag_format: str) -> None:
    if "{version}" not in tag_format:
        settings.problem("tag-format", "has no {version} in it", 'For example: tag-format = "v{version}".')
    elif NOT_IN_A_TAG.search(tag_format.format(version="1.0", project="p")):
        settings.problem("tag-format", "makes names that git does not take", "See git check-ref-format.")


def _changelog(settings: Settings, default: str | bool) -> str | bool:
    value = settings.raw("changelog")
    if isinstance(value, bool):
        return value
    path = settings.text("changelog", default)
    _check_relative(settings, "changelog", str(path))
    return path


def _check_relative(settings: Settings, key: str, path: str) -> None:
    if path.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", path) or ".." in re.split(r"[/\\]", path):
        settings.problem(key, f"leads out of the project: {path}", "Paths are relative to the project's root.")


def _publish_order(settings: Settings, known: set[str]) -> tuple[str, ...] | None:
    names = settings.texts("indexes", None)
    for name in names or ():
        if name not in known:
            settings.problem("indexes", f"names {name}, which is not configured", f"Add [tool.tagboat.index.{name}].")
    return names


def _level(settings: Settings, key: str, default: Level) -> Level:
    value = settings.choice(key, default, LEVELS)
    return "major" if value == "major" else "minor" if value == "minor" else "patch"


def _dependency_index(settings: Settings) -> tuple[str, ...]:
    key = "dependency-index"
    one = settings.raw(key)
    urls = (one,) if isinstance(one, str) and one else settings.texts(key, ())
    for url in urls:
        fault = None if url.startswith("file://") else fault_of(url)
        if fault:
            settings.problem(key, *fault)
    return urls


def _version_files(settings: Settings) -> tuple[VersionFile, ...]:
    key = "version-files"
    values = settings.raw(key)
    if values is not None and not isinstance(values, list):
        settings.problem(key, "must be an array")
        return ()
    return tuple(_version_file(settings, key, value) for value in values or ())


def _version_file(settings: Settings, key: str, value: object) -> VersionFile:
    entry = Settings(f"{settings.name}.{key}", {"path": value} if isinstance(value, str) else {}, settings.problems)
    if isinstance(value, dict):
        entry = Settings(entry.name, value, settings.problems)
    path = entry.text("path", None)
    pattern = entry.text("pattern", VersionFile("").pattern)
    if path is None:
        settings.problem(key, "has an entry without a path", 'Write "path", or {path = "…", pattern = "…{version}…"}.')
    else:
        _check_relative(entry, "path", path)
    if pattern.count("{version}") != 1:
        entry.problem("pattern", "must hold {version} once")
    entry.close()
    return VersionFile(path or "", pattern)


def _indexes(settings: Settings, shared: Sequence[str]) -> tuple[IndexConfig, ...]:
    known = {_in_variables(name): name for name in shared}
    tables = settings.tables()
    for name, table in tables:
        other = known.setdefault(_in_variables(name), name)
        if other != name:
            table.problem(
                "the name", f"is {other} in variables, so that one would get the other's token", "Rename one."
            )
    return tuple(_index(name, table) for name, table in tables)


def _in_variables(name: str) -> str:
    """An index's name as it is in `TAGBOAT_<NAME>_TOKEN`."""
    return name.upper().replace("-", "_")


def _index(name: str, table: Settings) -> IndexConfig:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        table.problem("the name", "may hold letters, digits, - and _ only")
    kind = table.choice("kind", "", tuple(KINDS))
    if not kind:
        if "kind" not in table:
            table.problem("kind", "is missing", f"Known are: {', '.join(KINDS)}.")
        return IndexConfig(name, kind, {})
    return _index_of(name, KINDS[kind], table)


def _index_of(name: str, kind: Kind, table: Settings) -> IndexConfig:
    insecure = kind.on_a_server and table.flag("insecure", default=False)
    at = {key: text for key in kind.keys if (text := table.text(key, ""))}
    for key in kind.needed:
        if key not in table:
            table.problem(key, f"is missing, and a {kind.name} index needs it")
    for key, text in at.items():
        if fault := fault_at(key, text, insecure=insecure):
            table.problem(key, *fault)
    config = IndexConfig(
        name,
        kind.name,
        username=at.pop("username", ""),
        ca_file=at.pop("ca-file", ""),
        at=at,
        insecure=insecure,
        trusted_publishing=table.wish("trusted-publishing") if kind.trusted else None,
        attestations=table.wish("attestations") if kind.attests else None,
    )
    table.close()
    return config


def _build(table: Settings) -> BuildConfig:
    names = table.texts("environment", BuildConfig().environment)
    for name in names:
        if "=" in name:
            table.problem("environment", "holds a value", "Give the name of a variable; its value never stands here.")
    table.close()
    return BuildConfig(names)


def _verify(table: Settings) -> VerifyConfig:
    default = VerifyConfig()
    verify = VerifyConfig(
        pythons=_pythons(table, default.pythons),
        pip=table.flag("pip", default=default.pip),
        imports=table.texts("imports", default.imports),
        commands=table.texts("commands", default.commands),
        wait=table.number("wait", default.wait),
        timeout=table.number("timeout", default.timeout),
    )
    table.close()
    return verify


def _pythons(table: Settings, default: str | tuple[str, ...]) -> str | tuple[str, ...]:
    value = table.raw("pythons")
    if value is None:
        return default
    if value in ("all", "one"):
        return str(value)
    versions = tuple(value) if isinstance(value, list) else ()
    if not versions or not all(isinstance(item, str) and re.fullmatch(r"\d+(\.\d+){1,2}", item) for item in versions):
        table.problem("pythons", 'must be "all", "one" or an array such as ["3.11", "3.12"]')
        return default
    return versions


def _check(table: Settings) -> CheckConfig:
    default = CheckConfig()
    check = CheckConfig(
        required=table.texts("required", default.required),
        ignore=table.texts("ignore", default.ignore),
        allow=table.texts("allow", default.allow),
    )
    table.close()
    return check


def _forge(table: Settings) -> ForgeConfig:
    default = ForgeConfig()
    url = table.text("url", default.url)
    if url and (fault := fault_of(url)):
        table.problem("url", *fault)
    repository = table.text("repository", default.repository)
    if repository and not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", repository):
        table.problem("repository", "must be like owner/name")
    forge = ForgeConfig(table.choice("kind", default.kind, FORGES), url, repository)
    if (url or repository) and not forge.kind:
        table.problem("kind", "is missing", f"Known are: {', '.join(FORGES)}.")
    table.close()
    return forge


def _ci(table: Settings) -> CiConfig:
    default = CiConfig()
    pythons = table.texts("pythons", default.pythons)
    if not all(re.fullmatch(r"3\.\d+", version) for version in pythons or ()):
        table.problem("pythons", 'must hold versions such as "3.12"')
    ci = CiConfig(
        pythons=pythons,
        test=table.texts("test", default.test),
        wheels=table.texts("wheels", default.wheels),
        licences=table.texts("licences", default.licences),
        accepted_vulnerabilities=table.texts("accepted-vulnerabilities", default.accepted_vulnerabilities),
        notify=table.flag("notify", default=default.notify),
        documentation=_workflow(table, "documentation", default.documentation),
        release=table.choice("release", default.release, ("tag", "pull-request")),
        updates=table.choice("updates", default.updates, ("dependabot", "renovate", "none")),
    )
    table.close()
    return ci


def _workflow(table: Settings, key: str, default: str) -> str:
    name = table.text(key, default)
    if name and not re.fullmatch(r"[\w.-]+\.ya?ml", name):
        table.problem(key, "must be the file name of a workflow", f'For example: {key} = "docs.yml".')
    return name
