"""The user's own file: indexes that all projects of an organisation share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.config.model import Config

KEYS = {"index", "indexes", "dependency-index"}
VARIABLE = "TAGBOAT_CONFIG_FILE"


def user_file(environ: Mapping[str, str]) -> Path | None:
    """The file that `TAGBOAT_CONFIG_FILE` names, else `tagboat.toml` in the user's folder of configurations.

    None when there is none. Raises `ConfigError` when the variable names a file that is not there.
    """
    named = environ.get(VARIABLE)
    if named is not None:
        path = Path(named).expanduser()
        if named and not path.is_file():
            raise ConfigError(f"{VARIABLE} names {path}, and there is no such file")
        return path if named else None
    path = _config_home(environ) / "tagboat.toml"
    return path if path.is_file() else None


def read_user(path: Path) -> Config:
    """Check a user's file, whose tables have shorter names than a project's.

    Raises `ConfigError` for what is wrong, and for keys that belong into a project.
    """
    from dataclasses import replace

    from tagboat import tomlfile
    from tagboat.config import parse_config

    found = tomlfile.load(path)
    table = found.values if found else {}
    if foreign := sorted(table.keys() - KEYS):
        raise ConfigError(
            f"{path} cannot say {', '.join(foreign)}",
            why="A user's file holds what is the same for every project: indexes.",
            next=f"Known are: {', '.join(sorted(KEYS))}; the rest belongs into [tool.tagboat] of a project.",
        )
    try:
        return parse_config(table)
    except ConfigError as error:
        short = [_short(each.what) for each in error.problems]
        problems = [replace(each, what=what) for each, what in zip(error.problems, short, strict=True)]
        raise ConfigError(f"{path} cannot be used", problems=problems) from error


def with_user(project: Config, user: Config, path: Path) -> Config:
    """A project's configuration with what the user's adds: the project's own word counts first.

    A project that has indexes of its own and does not name any publishes to its own alone.
    """
    from dataclasses import replace

    own = {index.name for index in project.index}
    added = tuple(replace(index, file=str(path)) for index in user.index if index.name not in own)
    order, told_by = project.indexes, {}
    if order is None:
        order = tuple(index.name for index in project.index) if project.index else user.indexes or ()
        told_by["indexes"] = str(path) if user.indexes and not project.index else "default"
    if user.dependency_index and not project.dependency_index:
        told_by["dependency-index"] = str(path)
    return replace(
        project,
        index=(*project.index, *added),
        indexes=order,
        dependency_index=project.dependency_index or user.dependency_index,
        told_by=tuple(told_by.items()),
    )


def _short(problem: str) -> str:
    return problem.replace(" in [tool.tagboat]", "").replace("[tool.tagboat.", "[")


def _config_home(environ: Mapping[str, str]) -> Path:
    """The user's folder of configurations. On Linux its place is known without importing a library for it."""
    if given := environ.get("XDG_CONFIG_HOME"):
        return Path(given)
    if sys.platform not in ("win32", "darwin"):
        return Path(environ.get("HOME") or Path.home()) / ".config"
    import platformdirs

    return platformdirs.user_config_path(appauthor=False)
