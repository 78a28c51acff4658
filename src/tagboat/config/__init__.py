"""`[tool.tagboat]` of pyproject.toml: what it can say, and how it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import textfile
from tagboat.config.model import BuildConfig, CheckConfig, Config, IndexConfig, VerifyConfig, VersionFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "BuildConfig",
    "CheckConfig",
    "Config",
    "IndexConfig",
    "VerifyConfig",
    "VersionFile",
    "is_configured",
    "load_config",
    "parse_config",
]


def is_configured(root: Path) -> bool:
    """Whether the project in `root` may have a `[tool.tagboat]`: a text without our name cannot, unless by escapes.

    Where there is none, nobody waits for the import of a TOML parser to hear it.
    """
    path = root / "pyproject.toml"
    return path.is_file() and any(sign in textfile.read(path).text for sign in ("tagboat", "\\"))


def load_config(root: Path) -> Config:
    """Read the configuration of the project in `root`; all defaults when it has none."""
    from tagboat import tomlfile

    pyproject = tomlfile.load(root / "pyproject.toml")
    return parse_config(tomlfile.table(pyproject.values, "tool", "tagboat") if pyproject else {})


def parse_config(table: Mapping[str, object]) -> Config:
    """Check a `[tool.tagboat]` table. Raises one `ConfigError` with every problem of it."""
    from tagboat.config.reader import read_table

    return read_table(table)
