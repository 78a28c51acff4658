"""A place: where in the project's files the version is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from tagboat.textfile import Text


@dataclass(frozen=True, slots=True)
class Place:
    """One text in one file that says the version.

    `path` is relative to the project's root, with slashes; it begins with `../` for a lock file of the
    workspace around the project. `where` names the place for people, `written` is the text itself, which
    begins at the offset `start` of `source`. A `semver` place holds the version as Cargo spells it.
    """

    path: str
    where: str
    written: str
    start: int = field(repr=False)
    source: Text = field(repr=False)
    semver: bool = False

    @property
    def version(self) -> Version | None:
        """What is written, as a version; None when it is not PEP 440."""
        try:
            return Version(self.written)
        except InvalidVersion:
            return None

    def spell(self, version: Version) -> str:
        """Return the text that says `version` here. Raises `ConfigError` when the place cannot say it."""
        return semver_of(version) if self.semver else str(version)


def semver_of(version: Version) -> str:
    """Return the SemVer spelling that maturin reads back as the same PEP 440 version.

    1.2rc1 is 1.2.0-rc.1, 1.0.dev3 is 1.0.0-dev.3 and 1.0.post1 is 1.0.0-post.1. Raises `ConfigError` for an
    epoch or a fourth number, which SemVer has no way to say.
    """
    if version.epoch or len(version.release) > 3:
        raise ConfigError(
            f"Cargo.toml cannot say the version {version}",
            why="Cargo reads SemVer: three numbers, and no epoch.",
            next="Choose a version of at most three numbers.",
        )
    parts: list[str] = []
    if version.pre:
        letter, number = version.pre
        parts += [{"a": "alpha", "b": "beta"}.get(letter, letter), str(number)]
    if version.post is not None:
        parts += ["post", str(version.post)]
    if version.dev is not None:
        parts += ["dev", str(version.dev)]
    pre = "-" + ".".join(parts) if parts else ""
    local = f"+{version.local}" if version.local else ""
    return f"{version.major}.{version.minor}.{version.micro}{pre}{local}"
