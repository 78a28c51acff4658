"""The actions that workflows use, each by the commit of one version; pins.toml says which.

A person or a bot may move a pin in a file that we made. One that is newer than ours stays.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat import tomlfile
from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("pins.toml")
USES = re.compile(
    r"\buses:\s*(?P<action>[\w.-]+/[\w./-]+)@(?P<sha>[0-9a-f]{40})[ \t]+#[ \t]*(?P<version>v[\d.]+)(?!\S)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Pin:
    """One action at one commit.

    `version` is the tag of that commit, such as `v7.0.1`; `date` the day (ISO 8601) on which the two were looked up.
    """

    action: str
    version: str
    sha: str
    date: str = ""
    inputs: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.action}@{self.sha} # {self.version}"

    @property
    def rank(self) -> tuple[int, ...]:
        """What orders the versions of one action."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version))


def load_pins() -> dict[str, Pin]:
    """The pins that this tagboat brings along, by action."""
    file = tomlfile.load(FILE)
    if file is None:
        raise ConfigError("tagboat is not completely installed", why=f"There is no {FILE}.", next="Install it again.")
    return {action: _pin(action, values) for action, values in tomlfile.table(file.values, "actions").items()}


def _pin(action: str, values: Mapping[str, object]) -> Pin:
    return Pin(
        action,
        tomlfile.string(values, "version"),
        tomlfile.string(values, "sha"),
        str(values["date"]),
        tomlfile.strings(values, "inputs"),
        tomlfile.strings(values, "required"),
        tomlfile.strings(values, "outputs"),
    )


def newest(pins: Mapping[str, Pin], text: str) -> dict[str, Pin]:
    """The pins, each moved to the one in a workflow's text where that is newer by its version comment."""
    chosen = dict(pins)
    for found in USES.finditer(text):
        pin = Pin(found["action"], found["version"], found["sha"])
        if pin.action in chosen and pin.rank > chosen[pin.action].rank:
            chosen[pin.action] = pin
    return chosen
