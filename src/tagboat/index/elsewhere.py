"""Indexes that other tools were told of, so that people can switch without configuring anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import tomlfile
from tagboat.config.model import IndexConfig
from tagboat.errors import ConfigError
from tagboat.index.credentials.chain import Surroundings
from tagboat.index.credentials.tools import TWINE, UV, pypirc_url, same_url
from tagboat.index.recognise import recognise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def named_elsewhere(name: str, root: Path, environ: Mapping[str, str]) -> IndexConfig | None:
    """The index that uv (`[[tool.uv.index]]` with a publish-url) or `~/.pypirc` knows by this name."""
    for entry in _uv_indexes(root):
        if entry.get("name") == name and isinstance(entry.get("publish-url"), str):
            return _config(name, str(entry["publish-url"]), str(entry.get("url") or ""), "[[tool.uv.index]]")
    url = pypirc_url(Surroundings(environ).home, name)
    if url is None and name in ("pypi", "testpypi"):
        return IndexConfig(name, name, {}, file="its own name")
    return _config(name, url, "", "~/.pypirc") if url else None


def index_from_tools(environ: Mapping[str, str]) -> IndexConfig | None:
    """The index that twine or uv would upload to by its variables; None when these name none."""
    for tool, name in ((TWINE, "twine"), (UV, "uv")):
        section = environ.get(tool.section, "")
        url = environ.get(tool.url) or (pypirc_url(Surroundings(environ).home, section) if section else None)
        if url:
            simple = environ.get("UV_PUBLISH_CHECK_URL", "") if tool is UV else ""
            return _config(section or name, url, simple, f"{tool.url if environ.get(tool.url) else tool.section}")
    return None


def _config(name: str, upload_url: str, simple_url: str, source: str) -> IndexConfig:
    """Raises `ConfigError` when nobody can know from where people would install."""
    found = recognise(upload_url)
    if found is not None:
        return IndexConfig(name, found[0], found[1], file=source)
    if not simple_url or same_url(simple_url, upload_url):
        raise ConfigError(
            f"{source} says where {name} is uploaded to, but not where people install from",
            why="tagboat publishes nothing that it cannot read again and install.",
            next=f'Write [tool.tagboat.index.{name}] with kind = "legacy", upload-url and simple-url, or the kind '
            "that it is.",
        )
    return IndexConfig(name, "legacy", {"upload-url": upload_url, "simple-url": simple_url}, file=source)


def _uv_indexes(root: Path) -> list[dict[str, object]]:
    pyproject = tomlfile.load(root / "pyproject.toml")
    indexes = tomlfile.table(pyproject.values, "tool", "uv").get("index") if pyproject else None
    return [entry for entry in indexes if isinstance(entry, dict)] if isinstance(indexes, list) else []
