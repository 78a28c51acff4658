"""Places that a back end's settings point to: a module, a file, Cargo.toml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat import textfile, tomlfile
from tagboat.errors import ConfigError
from tagboat.project.layout import find_packages, setuptools_folders
from tagboat.project.places.cargo import cargo_places
from tagboat.project.places.place import Place
from tagboat.project.pythonfile import follow, read_module
from tagboat.project.sources import ini_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tagboat.project.sources import Sources

# What hatchling and pdm-backend search for when their settings give no pattern of their own.
HATCH_PATTERN = r'(?i)^(__version__|VERSION)(?: ?\: ?str)? *= *([\'"])v?(?P<version>.+?)\2'
PDM_PATTERN = r"^(?:__version__|VERSION)\s*=\s*[\"'](.+?)[\"']\s*(?:#.*)?$"


def dynamic_places(sources: Sources) -> Iterator[Place]:
    """Yield the places that the settings of the back end name.

    Raises `ConfigError`, saying what was looked for, when such a setting leads nowhere.
    """
    if sources.is_dynamic:
        for find in (_hatch, _setuptools, _flit, _pdm, _maturin):
            yield from find(sources)


def _hatch(sources: Sources) -> Iterator[Place]:
    settings = sources.tool("hatch", "version")
    path = tomlfile.string(settings, "path")
    if not path:
        return
    if tomlfile.string(settings, "source") == "code":
        attribute = tomlfile.string(settings, "expression") or "__version__"
        yield _assigned(sources.root, path, attribute, "[tool.hatch.version]")
    else:
        pattern = tomlfile.string(settings, "pattern") or HATCH_PATTERN
        yield _matched(sources.root, path, pattern, "version", "[tool.hatch.version]")


def _pdm(sources: Sources) -> Iterator[Place]:
    settings = sources.tool("pdm", "version")
    path = tomlfile.string(settings, "path") or tomlfile.string(settings, "from")
    if path:
        pattern = tomlfile.string(settings, "pattern") or PDM_PATTERN
        yield _matched(sources.root, path, pattern, 1, "[tool.pdm.version]")


def _setuptools(sources: Sources) -> Iterator[Place]:
    version = sources.tool("setuptools", "dynamic", "version")
    attribute, files = tomlfile.string(version, "attr"), tomlfile.strings(version, "file")
    kind, _, value = sources.cfg.get("metadata", {}).get("version", "").partition(":")
    if kind == "attr":
        attribute = attribute or value.strip()
    elif kind == "file":
        files = files or ini_list(value)
    if attribute:
        yield _attribute(sources.root, setuptools_folders(sources), attribute)
    for path in files[:1]:
        yield whole_file(sources.root, path)


def _flit(sources: Sources) -> Iterator[Place]:
    if sources.backend.startswith("flit_core"):
        for package in find_packages(sources, tomlfile.string(sources.project, "name")):
            folder = package.path.removesuffix(".py").removesuffix(package.name.replace(".", "/")) or "."
            yield _attribute(sources.root, (folder,), f"{package.name}.__version__")


def _maturin(sources: Sources) -> Iterator[Place]:
    if sources.backend == "maturin":
        manifest = tomlfile.string(sources.tool("maturin"), "manifest-path") or "Cargo.toml"
        yield from cargo_places(sources.root, manifest)


def _matched(root: Path, path: str, pattern: str, group: str | int, setting: str) -> Place:
    """Return what a regular expression finds in a file, in the way the back end applies it."""
    source = _read(root, path, setting)
    try:
        match = re.search(pattern, source.text.replace("\r\n", "\n"), re.MULTILINE)
        found = match and (match[group], match.start(group))
    except (re.error, IndexError) as error:
        raise ConfigError(f"the pattern of {setting} cannot be used: {error}") from error
    if not found:
        raise _leads_nowhere(setting, path, f"the pattern {pattern} matches nothing in it")
    written, start = found
    return Place(path, f"pattern of {setting}", written, _with_carriage_returns(source.text, start), source)


def _with_carriage_returns(text: str, offset: int) -> int:
    r"""Turn an offset of the text with \n line endings into one of the text as it is."""
    for match in re.finditer("\r\n", text):
        if match.start() >= offset:
            break
        offset += 1
    return offset


def _attribute(root: Path, folders: Sequence[str], dotted: str) -> Place:
    """Return the literal behind `package.module.NAME`."""
    module, _, attribute = dotted.rpartition(".")
    found = follow(root, folders, module, attribute)
    if found is None:
        raise _leads_nowhere(
            dotted, f"{module} in {', '.join(folders)}", f"{attribute} is not assigned a plain string there"
        )
    path, literal = found
    return Place(path.relative_to(root).as_posix(), attribute, literal.written, literal.start, literal.source)


def _assigned(root: Path, path: str, attribute: str, setting: str) -> Place:
    """Return the literal that a file assigns to a name."""
    _read(root, path, setting)
    module = read_module(root / path)
    literal = module.literal(attribute) if module else None
    if literal is None:
        raise _leads_nowhere(setting, path, f"{attribute} is not assigned a plain string there")
    return Place(path, attribute, literal.written, literal.start, literal.source)


def whole_file(root: Path, path: str) -> Place:
    """Return the place of a version that is all that a file holds."""
    source = _read(root, path, "the version's file setting")
    written = source.text.removeprefix(textfile.BOM).strip()
    if not written:
        raise _leads_nowhere("the version's file setting", path, "it is empty")
    return Place(path, "the whole file", written, source.text.index(written), source)


def _read(root: Path, path: str, setting: str) -> textfile.Text:
    if not root.joinpath(path).is_file():
        raise _leads_nowhere(setting, path, "there is no such file")
    return textfile.read(root / path)


def _leads_nowhere(setting: str, target: str, why: str) -> ConfigError:
    return ConfigError(
        f"the version cannot be found by way of {setting}",
        why=f"Looked for it in {target}: {why}.",
        next="tagboat reads files and runs none of the project's code: write the version there as a plain string.",
    )
