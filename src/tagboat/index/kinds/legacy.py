"""Any index that takes uploads by the legacy protocol and shows simple pages, known by its two URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import ConfigError
from tagboat.index.legacy import LegacyIndex, Place

if TYPE_CHECKING:
    from tagboat.config import IndexConfig
    from tagboat.index.reach import Reach


def place(config: IndexConfig) -> Place:
    """The two URLs as they were given. Raises `ConfigError` when each looks like the other."""
    upload, simple = config.at["upload-url"], config.at["simple-url"]
    if _is_for_installing(upload) and not _is_for_installing(simple):
        raise ConfigError(
            f"upload-url and simple-url of {config.name} look exchanged",
            why=f"{upload} ends as a URL to install from does, and {simple} does not.",
            next="simple-url is what pip gets as --index-url; upload-url is what twine gets as --repository-url.",
        )
    return Place(upload, simple)


def _is_for_installing(url: str) -> bool:
    return url.rstrip("/").rpartition("/")[2] in {"simple", "+simple"}


def open_index(config: IndexConfig, reach: Reach) -> LegacyIndex:
    """The index of a configuration."""
    where = place(config)
    return LegacyIndex(reach.client(config, where), where, config.kind)
