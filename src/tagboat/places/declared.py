"""Places in the files that describe the project: pyproject.toml, setup.cfg, setup.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import tomlfile
from tagboat.errors import ConfigError
from tagboat.places.place import Place
from tagboat.sources import PYPROJECT, SETUP_CFG, SETUP_PY, parse_ini

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.sources import Sources


def declared_places(sources: Sources) -> Iterator[Place]:
    """Yield every version that is written out where the project is described."""
    for keys in (("project", "version"), ("tool", "poetry", "version"), ("tool", "pdm", "version")):
        if sources.pyproject and isinstance(tomlfile.lookup(sources.values, *keys), str):
            yield toml_place(PYPROJECT, sources.pyproject, keys)
    yield from _setup_cfg(sources)
    yield from _setup_py(sources)


def toml_place(path: str, file: tomlfile.TomlFile, keys: tuple[str, ...], *, semver: bool = False) -> Place:
    """Return the place of a string in a TOML file. Raises `ConfigError` when it cannot be edited there."""
    where = f"[{'.'.join(keys[:-1])}] {keys[-1]}"
    start = tomlfile.locate(file.source.text, file.values, keys)
    if start is None:
        raise ConfigError(
            f"{where} in {path} cannot be edited where it stands",
            next="Write it as one plain string that is not empty, without escapes.",
        )
    return Place(path, where, tomlfile.string(file.values, *keys), start, file.source, semver)


def _setup_cfg(sources: Sources) -> Iterator[Place]:
    written = sources.cfg.get("metadata", {}).get("version", "")
    if sources.setup_cfg and written and not written.startswith(("attr:", "file:")):
        source = sources.setup_cfg.source
        start = tomlfile.locate(source.text, sources.setup_cfg.values, ("metadata", "version"), parse_ini)
        if start is not None:
            yield Place(SETUP_CFG, "[metadata] version", written, start, source)


def _setup_py(sources: Sources) -> Iterator[Place]:
    literal = sources.setup_py.literal("version") if sources.setup_py else None
    if literal is not None:
        yield Place(SETUP_PY, "version of setup()", literal.written, literal.start, literal.source)
