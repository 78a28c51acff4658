"""A real devpi-server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.servers import DevpiServer


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    server: DevpiServer = request.getfixturevalue("devpi")
    config = IndexConfig("x", "devpi", {"url": server.new_index(fresh)})
    return Case(config, environ, tmp_path, fresh, server.url)
