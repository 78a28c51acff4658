"""A bucket of a real S3-compatible server, moto's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.servers import S3Server


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    server: S3Server = request.getfixturevalue("s3_server")
    at = {"bucket": server.new_bucket(fresh), "prefix": "simple", "endpoint-url": server.url}
    return Case(IndexConfig("x", "s3", at), {**environ, **server.environ}, tmp_path, fresh, server.url)
