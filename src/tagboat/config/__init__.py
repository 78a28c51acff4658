"""`[tool.tagboat]` of pyproject.toml: what it can say, and how it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import textfile
from tagboat.config.model import BuildConfig, CheckConfig, Config, IndexConfig, VerifyConfig, VersionFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = [
    "BuildConfig",
    "CheckConfig",
    "Config",
    "IndexConfig",
    "VerifyConfig",
    "VersionFile",
    "load_config",
    "parse_config",
]


def _is_configured(root: Path) -> bool:
    """Whether the project in `root` may have a `[tool.tagboat]`: a text without our name cannot, unless by escapes.

    Where there is none, nobody waits for the import of a TOML parser to hear it.
    """
    path = root / "pyproject.toml"
    return path.is_file() and any(sign in textfile.read(path).text for sign in ("tagboat", "\\"))


def load_config(root: Path, environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration of the project in `root`, and with `environ` that of its user; defaults for the rest."""
    from tagboat.config.user import user_file

    path = user_file(environ) if environ is not None else None
    if path is not None:
        from tagboat.config.user import read_user, with_user

        user = read_user(path)
        return with_user(parse_config(_table(root), shared=[index.name for index in user.index]), user, path)
    return parse_config(_table(root)) if _is_configured(root) else Config()


def parse_config(table: Mapping[str, object], *, shared: Sequence[str] = ()) -> Config:
    """Check a `[tool.tagboat]` table; `shared` names indexes that are configured elsewhere.

    Raises one `ConfigError` with every problem of it.
    """
    from tagboat.config.reader import read_table

    return read_table(table, shared)


def _table(root: Path) -> Mapping[str, object]:
    from tagboat import tomlfile

    pyproject = tomlfile.load(root / "pyproject.toml")
    return tomlfile.table(pyproject.values, "tool", "tagboat") if pyproject else {}
