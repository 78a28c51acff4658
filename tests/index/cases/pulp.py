"""A contract fake of Pulp, or the real one of `make pulp`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.servers import PulpServer


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    server: PulpServer = request.getfixturevalue("pulp")
    environ = {**environ, "TAGBOAT_X_USERNAME": server.user}
    config = IndexConfig("x", "pulp", {"url": server.new_index(fresh)})
    return Case(config, environ, tmp_path, fresh, server.url, lags=True)
