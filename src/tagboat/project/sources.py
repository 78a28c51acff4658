"""The files that describe a project, read once: pyproject.toml, setup.cfg and setup.py. Nothing is run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagboat import textfile, tomlfile
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from tagboat.project.pythonfile import SetupPy

PYPROJECT = "pyproject.toml"
SETUP_CFG = "setup.cfg"
SETUP_PY = "setup.py"


@dataclass(frozen=True, slots=True)
class IniFile:
    """An INI file's text and its sections."""

    source: textfile.Text
    values: dict[str, dict[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sources:
    """What a project says of itself. A file that is not there is None, its tables are empty."""

    root: Path
    pyproject: tomlfile.TomlFile | None
    setup_cfg: IniFile | None
    setup_py: SetupPy | None

    @property
    def project(self) -> dict[str, Any]:
        """`[project]` (PEP 621)."""
        return tomlfile.table(self.values, "project")

    @property
    def values(self) -> dict[str, Any]:
        """All of pyproject.toml."""
        return self.pyproject.values if self.pyproject else {}

    @property
    def cfg(self) -> dict[str, dict[str, str]]:
        """All of setup.cfg."""
        return self.setup_cfg.values if self.setup_cfg else {}

    @property
    def keywords(self) -> dict[str, Any]:
        """The arguments of `setup()` whose values setup.py writes out."""
        return self.setup_py.keywords if self.setup_py else {}

    def tool(self, *keys: str) -> dict[str, Any]:
        """Return the table `[tool.…]`, empty when there is none."""
        return tomlfile.table(self.values, "tool", *keys)

    @property
    def is_dynamic(self) -> bool:
        """Whether the version stands elsewhere than in `[project]`."""
        return not self.project or "version" in tomlfile.strings(self.project, "dynamic")

    @property
    def backend(self) -> str:
        """The build back end's name; setuptools' legacy one when none is named (PEP 517)."""
        return tomlfile.string(self.values, "build-system", "build-backend") or "setuptools.build_meta:__legacy__"

    @property
    def build_requires(self) -> tuple[str, ...]:
        """Names of the build requirements, normalised."""
        from packaging.utils import canonicalize_name

        wanted = tomlfile.strings(self.values, "build-system", "requires")
        names = (re.match(r"[\w.-]+", text) for text in (*wanted, *tomlfile.strings(self.keywords, "setup_requires")))
        return tuple(canonicalize_name(name[0]) for name in names if name)


def read_sources(root: Path) -> Sources:
    """Read the files in `root`. Raises `ConfigError` for one that cannot be read."""
    return Sources(
        root=root,
        pyproject=tomlfile.load(root / PYPROJECT),
        setup_cfg=load_ini(root / SETUP_CFG),
        setup_py=_load_setup_py(root / SETUP_PY),
    )


def load_ini(path: Path) -> IniFile | None:
    """Read an INI file, or None when there is none. Raises `ConfigError` with the line."""
    if not path.is_file():
        return None
    source = textfile.read(path)
    try:
        return IniFile(source, parse_ini(source.text))
    except ValueError as error:
        raise ConfigError(f"{path.name} is not valid: {error}", why=f"It was read from {path}.") from error


def parse_ini(text: str) -> dict[str, dict[str, str]]:
    """Return the sections of an INI text as setuptools reads them. Raises `ValueError` when it is not one."""
    from configparser import Error, RawConfigParser

    parser = RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text.removeprefix(textfile.BOM))
    except Error as error:
        raise ValueError(" ".join(str(error).split())) from error
    return {section: dict(parser.items(section)) for section in parser.sections()}


def ini_list(text: str) -> tuple[str, ...]:
    """Return the items of a setup.cfg list: one a line, or separated by commas."""
    items = text.splitlines() if "\n" in text else text.split(",")
    return tuple(item.strip() for item in items if item.strip())


def _load_setup_py(path: Path) -> SetupPy | None:
    if not path.is_file():
        return None
    from tagboat.project.pythonfile import read_setup_py

    return read_setup_py(path)
