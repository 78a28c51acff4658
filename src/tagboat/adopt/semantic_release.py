"""Settings of python-semantic-release: `[tool.semantic_release]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat import textfile, tomlfile
from tagboat.adopt.carried import Carried, Look, pattern_around
from tagboat.errors import ConfigError
from tagboat.project.places.configured import VERSION
from tagboat.project.places.declared import toml_place

if TYPE_CHECKING:
    from collections.abc import Mapping

TOOL = "python-semantic-release"
KNOWN = frozenset(
    {
        *("allow_zero_version", "branch", "branches", "changelog", "changelog_file", "commit_message"),
        *("commit_subject", "major_on_zero", "remote", "tag_format", "version_toml", "version_variable"),
        *("version_variables", "version_source", "logging_use_named_masks", "no_git_verify"),
    }
)


def semantic_release(look: Look) -> Carried | None:
    """Read the settings, of the versions up to 7 and from 8 on; None when there are none."""
    table = look.sources.tool("semantic_release")
    if not table:
        return None
    carried = Carried(TOOL, "[tool.semantic_release] in pyproject.toml")
    carried.set_template("tag-format", "tag_format", table.get("tag_format"))
    carried.set_template("commit-message", "commit_message", table.get("commit_message", table.get("commit_subject")))
    carried.set("remote", tomlfile.lookup(table, "remote", "name"))
    for keys in (
        ("changelog_file",),
        ("changelog", "changelog_file"),
        ("changelog", "default_templates", "changelog_file"),
    ):
        carried.set("changelog", tomlfile.lookup(table, *keys))
    _branches(carried, table)
    _zero(carried, table)
    for text in _list(table, "version_toml"):
        _toml(carried, look, text)
    for text in (*_list(table, "version_variables"), *_list(table, "version_variable")):
        _variable(carried, look, text)
    carried.rest(table, KNOWN)
    return carried


def _list(table: Mapping[str, object], key: str) -> list[str]:
    """Return the entries of a list, which early versions wrote as one string with commas."""
    return [entry.strip() for text in tomlfile.strings(table, key) for entry in text.split(",") if entry.strip()]


def _branches(carried: Carried, table: Mapping[str, object]) -> None:
    carried.set("branch", table.get("branch"))
    releasing = []
    for name, settings in tomlfile.table(table, "branches").items():
        if tomlfile.lookup(settings, "prerelease"):
            carried.say_unknown(f"branches.{name}", "pre-releases are asked for with --pre, from any branch")
        else:
            releasing.append(tomlfile.string(settings, "match"))
    if len(releasing) == 1 and re.fullmatch(r"[\w/-]+", releasing[0]):
        carried.set("branch", releasing[0])
    elif releasing:
        carried.say_unknown(f"branches that match {' or '.join(releasing)}", "tagboat's branch names one, or any")


def _zero(carried: Carried, table: Mapping[str, object]) -> None:
    if isinstance(table.get("major_on_zero"), bool):
        carried.set("breaking-on-zero", "major" if table["major_on_zero"] else "minor")
    if table.get("allow_zero_version") is False:
        carried.say_unknown("allow_zero_version = false", "ask for the release 1.0.0 yourself when it is time")


def _toml(carried: Carried, look: Look, text: str) -> None:
    """Carry `file.toml:dotted.key`."""
    path, _, rest = text.partition(":")
    dotted, _, form = rest.partition(":")
    if form == "tf":
        carried.say_unknown(f"version_toml {text}", "tagboat writes versions there, no tags")
        return
    try:
        file = tomlfile.load(look.root / path)
        place = toml_place(path, file, tuple(dotted.split("."))) if file else None
    except ConfigError:
        place = None
    if place is None:
        carried.say_unknown(f"version_toml {text}", "there is no such version")
    else:
        pattern = pattern_around(place.source.text, place.start, place.written)
        carried.want(look, path, pattern, (place,))


def _variable(carried: Carried, look: Look, text: str) -> None:
    """Carry `file:variable`: the first assignment of a version to that name, in whatever language."""
    path, _, rest = text.partition(":")
    name, _, form = rest.partition(":")
    file = look.root / path
    source = textfile.read(file).text if file.is_file() else ""
    assigned = rf"(?<![\w.]){re.escape(name)}[\"']?\s*(?::=|[:=])\s*[\"']?v?{VERSION}"
    match = re.search(assigned, source, re.VERBOSE | re.IGNORECASE)
    if form == "tf" or match is None:
        carried.say_unknown(f"version_variables {text}", "no version is assigned there that tagboat can write")
    else:
        carried.want(look, path, pattern_around(source, match.start("found"), match["found"]))
