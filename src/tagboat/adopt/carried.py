"""What another release tool was told, in tagboat's words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from string import Formatter
from typing import TYPE_CHECKING

from tagboat.config import VersionFile
from tagboat.errors import ConfigError
from tagboat.project.places.configured import places_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tagboat.project.places import Place
    from tagboat.project.sources import Sources


@dataclass(frozen=True, slots=True)
class Look:
    """Where to look for other tools' settings. `current` holds the project's version as its files spell it."""

    sources: Sources
    current: tuple[str, ...]

    @property
    def root(self) -> Path:
        """The project's root."""
        return self.sources.root


@dataclass(frozen=True, slots=True)
class Wanted:
    """What another tool keeps equal: the entry that says so, the places it means and all that it matches."""

    file: VersionFile
    meant: tuple[Place, ...]
    matched: tuple[Place, ...]


@dataclass(slots=True)
class Carried:
    """What one tool's settings say: `settings` under tagboat's keys, and what tagboat has no word for."""

    tool: str
    source: str
    settings: dict[str, str] = field(default_factory=dict)
    wanted: list[Wanted] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def say_unknown(self, what: str, why: str) -> None:
        """Note a setting that cannot be carried over."""
        self.unknown.append(f"{self.tool}: {what}: {why}")

    def set(self, key: str, value: object) -> None:
        """Carry a text over under tagboat's key; anything else is passed over."""
        if isinstance(value, str) and value:
            self.settings[key] = value

    def set_template(self, key: str, name: str, text: object, field_name: str = "version") -> None:
        """Carry a template in which `{field_name}` stands for the version."""
        if not isinstance(text, str):
            return
        fields = {each for _, each, _, _ in Formatter().parse(text) if each is not None}
        if fields <= {field_name}:
            self.settings[key] = text.replace(f"{{{field_name}}}", "{version}")
        else:
            self.say_unknown(f"{name} = {text!r}", "tagboat fills in the new version only")

    def want(self, look: Look, path: str, pattern: str = "{version}", meant: tuple[Place, ...] = ()) -> None:
        """Ask for the places of a file or glob, of which some are meant; note it when there are none."""
        entry = VersionFile(path, pattern)
        paths = [each for each in sorted(look.root.glob(path)) if each.is_file()]
        try:
            places = [
                place
                for each in paths
                for place in places_in(each, each.relative_to(look.root).as_posix(), entry, look.current)
            ]
        except ConfigError as error:
            self.say_unknown(path, error.what.removeprefix("version-files: "))
            return
        if not places:
            self.say_unknown(path, "there is no such file")
        else:
            self.wanted.append(Wanted(entry, meant or tuple(places), tuple(places)))

    def rest(self, values: Mapping[str, object], known: frozenset[str]) -> None:
        """Note every setting that was given and is not among the known ones."""
        for key in values:
            if key not in known:
                self.say_unknown(key, "tagboat has no such setting")


def pattern_around(text: str, start: int, written: str) -> str:
    """Return the pattern for a version in a text: its line up to the version, and the quote behind it."""
    before = text[text.rfind("\n", 0, start) + 1 : start].lstrip()
    after = re.match(r"[\"'`]?", text[start + len(written) :])
    return before + "{version}" + (after[0] if after else "")
