"""Settings of bump-my-version and bumpversion, in TOML or in INI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagboat import tomlfile
from tagboat.adopt.carried import Carried, Look
from tagboat.project.sources import load_ini

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.project.sources import IniFile

TOOL = "bump-my-version"
KNOWN = frozenset(
    {
        *("allow_dirty", "commit", "commit_args", "current_version", "files", "ignore_missing_version", "message"),
        *("no_configured_files", "no_regex", "regex", "replace", "search", "sign_tags", "tag", "tag_message"),
        *("tag_name", "verbose"),
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """Where the settings are, the general ones, and one table for each file."""

    source: str
    options: Mapping[str, Any]
    files: tuple[Mapping[str, Any], ...]


def bumpversion(look: Look) -> Carried | None:
    """Read the settings of the first file that has some; None when none has."""
    found = _from_toml(look) or _from_ini(look)
    if found is None:
        return None
    carried = Carried(TOOL, found.source)
    carried.set_template("tag-format", "tag_name", found.options.get("tag_name"), "new_version")
    carried.set_template("commit-message", "message", found.options.get("message"), "new_version")
    for switch in ("commit", "tag"):
        if str(found.options.get(switch)).lower() == "false":
            carried.say_unknown(f"{switch} = false", "tagboat always commits and tags")
    for file in found.files:
        _file(carried, look, {**found.options, **file})
    carried.rest(found.options, KNOWN)
    return carried


def _file(carried: Carried, look: Look, settings: Mapping[str, Any]) -> None:
    """Carry one file when what it searches for and what it writes differ in the version only."""
    path = tomlfile.string(settings, "filename") or tomlfile.string(settings, "glob")
    search = tomlfile.string(settings, "search") or "{current_version}"
    replace = tomlfile.string(settings, "replace") or "{new_version}"
    pattern = search.replace("{current_version}", "{version}")
    same = replace.replace("{new_version}", "{version}") == pattern
    if not same or pattern.count("{version}") != 1 or str(settings.get("regex")).lower() == "true":
        carried.say_unknown(f"{path}: {search!r} to {replace!r}", "tagboat replaces the version in a fixed text only")
    else:
        carried.want(look, path, pattern)


def _from_toml(look: Look) -> Found | None:
    hidden = tomlfile.load(look.root / ".bumpversion.toml")
    for source, table in (
        ("[tool.bumpversion] in pyproject.toml", look.sources.tool("bumpversion")),
        (".bumpversion.toml", tomlfile.table(hidden.values, "tool", "bumpversion") if hidden else {}),
    ):
        if table:
            files = table.get("files")
            listed = [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []
            return Found(source, table, tuple(listed))
    return None


def _from_ini(look: Look) -> Found | None:
    for source, file in (
        (".bumpversion.cfg", load_ini(look.root / ".bumpversion.cfg")),
        ("setup.cfg", look.sources.setup_cfg),
    ):
        if file is not None and "bumpversion" in file.values:
            return Found(source, file.values["bumpversion"], tuple(_ini_files(file)))
    return None


def _ini_files(file: IniFile) -> list[dict[str, str]]:
    """Return the sections `[bumpversion:file:path]` and `[bumpversion:glob:pattern]`, as tables."""
    found = []
    for section, values in file.values.items():
        tool, kind, path = (*section.split(":", 2), "", "")[:3]
        word = kind.partition("(")[0].strip()
        if tool == "bumpversion" and word in {"file", "glob"}:
            found.append({"filename" if word == "file" else "glob": path.strip(), **values})
    return found
