"""Indexes: places that distributions are uploaded to and installed from. `open_index` makes one."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tagboat.index.interface import (
    Attests,
    Authenticates,
    Deletes,
    Hides,
    Index,
    IndexFile,
    ProblemsUntried,
    Promotes,
    ShownElsewhere,
    WithdrawnByHand,
    Yanks,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tagboat.config import IndexConfig
    from tagboat.index.credentials import Account, Credential

__all__ = [
    "Attests",
    "Authenticates",
    "Deletes",
    "Hides",
    "Index",
    "IndexFile",
    "ProblemsUntried",
    "Promotes",
    "ShownElsewhere",
    "WithdrawnByHand",
    "Yanks",
    "open_index",
]


def open_index(
    config: IndexConfig,
    *,
    root: Path,
    environ: Mapping[str, str],
    ask: Callable[[Account], Credential | None] | None = None,
) -> Index:
    """The index that a configuration describes; relative paths count from `root`.

    Contacts nobody, and looks for a credential only when one is needed; `ask` asks a person for it when none is
    found. Raises `ConfigError` for what cannot be used as it is.
    """
    from tagboat.config.urls import check_urls
    from tagboat.index.credentials import Surroundings
    from tagboat.index.kinds import KINDS
    from tagboat.index.reach import Reach

    check_urls(config)
    adapter = import_module(f"tagboat.index.kinds.{KINDS[config.kind].module}")
    index: Index = adapter.open_index(config, Reach(root, Surroundings(environ, ask=ask)))
    return index
