"""Settings of commitizen: `[tool.commitizen]`, cz.toml, cz.json and their hidden forms."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tagboat import textfile, tomlfile
from tagboat.adopt.carried import Carried, Look, pattern_around
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

TOOL = "commitizen"
KNOWN = frozenset(
    {
        *("annotated_tag", "bump_message", "changelog_file", "changelog_incremental", "gpg_sign", "major_version_zero"),
        *("name", "tag_format", "update_changelog_on_bump", "version", "version_files", "version_provider"),
        *("version_scheme", "version_type"),
    }
)
WHOLE_VERSION = re.compile(
    r"\$\{?version\}?|\$\{?major\}?\.\$\{?minor\}?\.\$\{?patch\}?(\$\{?prerelease\}?)?(\$\{?devrelease\}?)?"
)


def commitizen(look: Look) -> Carried | None:
    """Read the settings of the first file that has some; None when none has."""
    found = _settings(look)
    if found is None:
        return None
    source, table = found
    carried = Carried(TOOL, source)
    if table is None:
        carried.say_unknown(source, "tagboat reads no YAML; move these settings to pyproject.toml, or set them by hand")
        return carried
    _template(carried, "tag-format", "tag_format", table, WHOLE_VERSION)
    _template(carried, "commit-message", "bump_message", table, re.compile(r"\$\{?new_version\}?"))
    carried.set("changelog", table.get("changelog_file"))
    if isinstance(table.get("major_version_zero"), bool):
        carried.set("breaking-on-zero", "minor" if table["major_version_zero"] else "major")
    for text in tomlfile.strings(table, "version_files"):
        _file(carried, look, text)
    carried.rest(table, KNOWN)
    return carried


def _settings(look: Look) -> tuple[str, dict[str, Any] | None] | None:
    """Return where the settings are and what they say, None for a file that cannot be read."""
    table = look.sources.tool("commitizen")
    if table:
        return "[tool.commitizen] in pyproject.toml", table
    for name in (".cz.toml", "cz.toml"):
        file = tomlfile.load(look.root / name)
        if file is not None:
            return name, tomlfile.table(file.values, "tool", "commitizen")
    for name in (".cz.json", "cz.json"):
        if look.root.joinpath(name).is_file():
            return name, tomlfile.table(_json(look.root / name), "commitizen")
    return next(((name, None) for name in (".cz.yaml", "cz.yaml") if look.root.joinpath(name).is_file()), None)


def _json(path: Path) -> object:
    try:
        return json.loads(textfile.read(path).text)
    except ValueError as error:
        raise ConfigError(f"{path.name} is not valid JSON: {error}") from error


def _template(carried: Carried, key: str, name: str, table: dict[str, Any], version: re.Pattern[str]) -> None:
    """Carry a template in which `version` matches what stands for the new version."""
    text = table.get(name)
    if isinstance(text, str):
        converted = version.sub("{version}", text)
        if "$" in converted:
            carried.say_unknown(f"{name} = {text!r}", "tagboat fills in the new version only")
        else:
            carried.set_template(key, name, converted)


def _file(carried: Carried, look: Look, text: str) -> None:
    """Carry `path`, or `path:regular expression` for the lines to look at."""
    path, _, regex = text.partition(":")
    file = look.root / path
    if not regex or not file.is_file():
        carried.want(look, path)
        return
    source = textfile.read(file).text
    patterns = []
    for line in re.finditer(r".+", source):
        for written in look.current:
            at = line[0].find(written)
            if at >= 0 and re.search(regex, line[0]):
                patterns.append(pattern_around(source, line.start() + at, written))
    for pattern in dict.fromkeys(patterns):
        carried.want(look, path, pattern)
    if not patterns:
        carried.say_unknown(f"version_files {text}", "no line of it holds the current version")
