"""Places in the files that describe the project: pyproject.toml, setup.cfg, setup.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import tomlfile
from tagboat.errors import ConfigError
from tagboat.project.places.place import Place
from tagboat.project.sources import PYPROJECT, SETUP_CFG, SETUP_PY, parse_ini

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.project.sources import Sources
    from tagboat.textfile import Text


def declared_places(sources: Sources) -> Iterator[Place]:
    """Yield every version that is written out where the project is described."""
    for keys in (("project", "version"), ("tool", "poetry", "version"), ("tool", "pdm", "version")):
        if sources.pyproject and isinstance(tomlfile.lookup(sources.values, *keys), str):
            yield toml_place(PYPROJECT, sources.pyproject, keys)
    yield from _setup_cfg(sources)
    yield from _setup_py(sources)


def toml_place(path: str, file: tomlfile.TomlFile, keys: tuple[str, ...], *, semver: bool = False) -> Place:
    """Return the place of a string in a TOML file. Raises `ConfigError` when it cannot be edited there."""
    start = tomlfile.locate(file.source.text, file.values, keys)
    return _place(path, keys, tomlfile.string(file.values, *keys), start, file.source, semver=semver)


def _setup_cfg(sources: Sources) -> Iterator[Place]:
    keys = ("metadata", "version")
    written = tomlfile.string(sources.cfg, *keys)
    if sources.setup_cfg and written and not written.startswith(("attr:", "file:")):
        source = sources.setup_cfg.source
        start = tomlfile.locate(source.text, sources.cfg, keys, parse_ini)
        yield _place(SETUP_CFG, keys, written, start, source)


def _place(
    path: str, keys: tuple[str, ...], written: str, start: int | None, source: Text, *, semver: bool = False
) -> Place:
    where = f"[{'.'.join(keys[:-1])}] {keys[-1]}"
    if start is None:
        raise ConfigError(
            f"{where} in {path} cannot be edited where it stands",
            next="Write it on one line as one plain text, without escapes.",
        )
    return Place(path, where, written, start, source, semver)


def _setup_py(sources: Sources) -> Iterator[Place]:
    literal = sources.setup_py.literal("version") if sources.setup_py else None
    if literal is not None:
        yield Place(SETUP_PY, "version of setup()", literal.written, literal.start, literal.source)
