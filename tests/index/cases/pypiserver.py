"""A real pypiserver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.servers import PypiServer


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    server: PypiServer = request.getfixturevalue("pypi_server")
    return Case(IndexConfig("x", "pypiserver", {"url": server.url}), environ, tmp_path, fresh, server.url.rstrip("/"))
