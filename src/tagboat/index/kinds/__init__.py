"""The kinds of index: a table of what is known of each, and one file per adapter."""

from __future__ import annotations

from tagboat.index.kinds.table import KINDS, Kind

__all__ = ["KINDS", "Kind"]
