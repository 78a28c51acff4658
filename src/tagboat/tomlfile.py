"""TOML files: parsed with a clear error, and searched for where in the text a value is written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tagboat import textfile
from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML file's text and what it says."""

    source: textfile.Text
    values: dict[str, Any]


def load(path: Path) -> TomlFile | None:
    """Read a TOML file, or None when there is none. Raises `ConfigError` with the line and column."""
    try:
        source = textfile.read(path)
    except FileNotFoundError:
        return None
    try:
        return TomlFile(source, parse(source.text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}", why=f"It was read from {path}.") from error


def parse(text: str) -> dict[str, Any]:
    """Return what a TOML text says; a byte order mark in front of it is passed over."""
    return tomllib.loads(text.removeprefix(textfile.BOM))


def lookup(values: object, *keys: str) -> object:
    """Return the value under a path of keys; None when it is absent or the path leads through no table."""
    for key in keys:
        if not isinstance(values, dict):
            return None
        values = values.get(key)
    return values


def table(values: object, *keys: str) -> dict[str, Any]:
    """Return the table under a path of keys, empty when there is none."""
    found = lookup(values, *keys)
    return found if isinstance(found, dict) else {}


def string(values: object, *keys: str) -> str:
    """Return the string under a path of keys, empty when there is none."""
    found = lookup(values, *keys)
    return found if isinstance(found, str) else ""


def strings(values: object, *keys: str) -> tuple[str, ...]:
    """Return the strings of the array under a path of keys; a single string counts as an array of one."""
    found = lookup(values, *keys)
    items = found if isinstance(found, list) else [found]
    return tuple(item for item in items if isinstance(item, str))


def locate(
    text: str,
    values: dict[str, Any],
    keys: tuple[str, ...],
    parser: Callable[[str], dict[str, Any]] = parse,
) -> int | None:
    """Where in `text` the string under `keys` is written, as an offset; None when it cannot be edited there.

    `values` is what the text parses to. Each occurrence of the string is changed on trial: the right one
    changes that one value and nothing else. So an edit at the offset is proven before it is made, whatever
    the file's layout, comments or line endings.
    """
    written = string(values, *keys)
    trial = f"{written}.1"
    start = text.find(written) if written else -1
    while start >= 0:
        try:
            changed = parser(text[:start] + trial + text[start + len(written) :])
        except ValueError:
            changed = {}
        if lookup(changed, *keys) == trial:
            table(changed, *keys[:-1])[keys[-1]] = written
            return start if changed == values else None
        start = text.find(written, start + 1)
    return None
