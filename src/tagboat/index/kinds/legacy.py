"""Any index that takes uploads by the legacy protocol and shows simple pages, known by its two URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.index.legacy import LegacyIndex, Place

if TYPE_CHECKING:
    from tagboat.config import IndexConfig
    from tagboat.index.reach import Reach


def place(config: IndexConfig) -> Place:
    """The two URLs as they were given."""
    return Place(config.at["upload-url"], config.at["simple-url"])


def open_index(config: IndexConfig, reach: Reach) -> LegacyIndex:
    """The index of a configuration."""
    where = place(config)
    return LegacyIndex(reach.client(config, where), where, config.kind)
