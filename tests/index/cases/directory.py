"""A folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    return Case(IndexConfig("x", "directory", {"path": "the index"}), environ, tmp_path, fresh)
