"""A repository of JFrog Artifactory, known by its URL: `https://host/artifactory/api/pypi/REPO`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.index.legacy import LegacyIndex, Place

if TYPE_CHECKING:
    from tagboat.config import IndexConfig
    from tagboat.index.reach import Reach


def place(config: IndexConfig) -> Place:
    """The repository's URL takes uploads; its simple pages are below it."""
    root = config.at["url"].rstrip("/").removesuffix("/simple")
    own = f"{root}/simple/"
    return Place(root, config.at.get("simple-url") or own, own)


def open_index(config: IndexConfig, reach: Reach) -> LegacyIndex:
    """The index of a configuration."""
    where = place(config)
    return LegacyIndex(reach.client(config, where), where, config.kind)
