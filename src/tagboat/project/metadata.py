"""What a project says of itself besides its version: name, Python versions, commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat import tomlfile
from tagboat.errors import ConfigError
from tagboat.project.sources import ini_list, parse_ini

if TYPE_CHECKING:
    from pathlib import Path

    from tagboat.project.sources import Sources


def project_name(sources: Sources) -> str:
    """Return the name as the project writes it.

    Raises `ConfigError` when there is no project, when its files name two, or when it has no name.
    """
    from packaging.utils import canonicalize_name

    flit = sources.tool("flit", "metadata")
    named = {
        "[project] in pyproject.toml": tomlfile.string(sources.project, "name"),
        "[tool.poetry] in pyproject.toml": tomlfile.string(sources.tool("poetry"), "name"),
        "[tool.flit.metadata] in pyproject.toml": tomlfile.string(flit, "dist-name") or tomlfile.string(flit, "module"),
        "[metadata] in setup.cfg": sources.cfg.get("metadata", {}).get("name", ""),
        "setup() in setup.py": tomlfile.string(sources.keywords, "name"),
    }
    said = {where: name for where, name in named.items() if name}
    if len({canonicalize_name(name) for name in said.values()}) > 1:
        raise ConfigError(
            f"{sources.root.name} describes more than one project",
            why="; ".join(f"{name} ({where})" for where, name in said.items()) + ".",
            next="Keep one of them, or move the other to a folder of its own.",
        )
    if not said:
        raise _no_project(sources)
    return next(iter(said.values()))


def requires_python(sources: Sources) -> str:
    """Return the specifier of supported Python versions, empty when the project does not say."""
    return (
        tomlfile.string(sources.project, "requires-python")
        or tomlfile.string(sources.tool("flit"), "metadata", "requires-python")
        or _from_poetry(tomlfile.string(sources.tool("poetry"), "dependencies", "python"))
        or sources.cfg.get("options", {}).get("python_requires", "")
        or tomlfile.string(sources.keywords, "python_requires")
    )


def console_scripts(sources: Sources) -> tuple[str, ...]:
    """Return the names of the commands that an installation puts on the path."""
    names = [
        *tomlfile.table(sources.project, "scripts"),
        *tomlfile.table(sources.tool("poetry"), "scripts"),
        *tomlfile.table(sources.tool("flit"), "scripts"),
        *_script_names(ini_list(sources.cfg.get("options.entry_points", {}).get("console_scripts", ""))),
        *_script_names(_setup_py_scripts(sources.keywords.get("entry_points"))),
    ]
    return tuple(dict.fromkeys(names))


def _setup_py_scripts(entry_points: object) -> tuple[str, ...]:
    if isinstance(entry_points, str):
        try:
            entry_points = parse_ini(entry_points)
        except ValueError:
            return ()
        return tuple(tomlfile.table(entry_points, "console_scripts"))
    return tomlfile.strings(entry_points, "console_scripts")


def _script_names(lines: tuple[str, ...]) -> list[str]:
    return [line.partition("=")[0].strip() for line in lines]


def _from_poetry(constraint: str) -> str:
    """Turn Poetry's ^3.9 and ~3.9 into specifiers; a union of ranges cannot be said and is left out."""
    if "|" in constraint or constraint == "*":
        return ""
    return ",".join(_specifier(part.strip()) for part in constraint.split(",") if part.strip())


def _specifier(part: str) -> str:
    match = re.fullmatch(r"([~^])\s*(\d+)(?:\.(\d+))?((?:\.\d+)*)", part)
    if match is None:
        return f"=={part}" if part[0].isdigit() else part
    sign, major, minor, rest = match.groups()
    low = f"{major}.{minor}{rest}" if minor else major
    high = f"{major}.{int(minor) + 1}" if sign == "~" and minor else str(int(major) + 1)
    return f">={low},<{high}"


def _no_project(sources: Sources) -> ConfigError:
    if sources.setup_py or sources.cfg.get("metadata") or sources.project:
        return ConfigError(
            "the project has no name that can be read without running its code",
            next="Write it in [project] of pyproject.toml, [metadata] of setup.cfg, or as a plain string in setup.py.",
        )
    below = _projects_below(sources.root)
    if below:
        return ConfigError(
            f"{sources.root.name} is no project itself, it holds {len(below)}",
            why=f"Found {', '.join(below)}.",
            next="Run tagboat in the folder of the one to release.",
        )
    return ConfigError(
        f"there is no Python project in {sources.root}",
        why="Looked for [project] or [tool.poetry] in pyproject.toml, setup.cfg and setup.py.",
        next="Run tagboat in the folder that holds the project's pyproject.toml.",
    )


def _projects_below(root: Path) -> list[str]:
    """Return the folders with a project, down to two levels: packages/a, libs/b."""
    found = {path.parent for pattern in ("*/", "*/*/") for path in root.glob(f"{pattern}pyproject.toml")}
    folders = (path.relative_to(root) for path in found)
    return sorted(path.as_posix() for path in folders if not any(part.startswith(".") for part in path.parts))
