"""The contract of PyPI, with a user's token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case
from tests.index.fakes.warehouse import Warehouse
from tests.index.opening import served
from tests.servers import PASSWORD

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    fake = served(request, Warehouse())
    token = f"pypi-{PASSWORD}"
    fake.accept(token)
    fake.file_size_limit = 1 << 30  # raised, for the suite sends a big file
    config = IndexConfig("x", "pypi", {"upload-url": f"{fake.url}/legacy/", "simple-url": f"{fake.url}/simple/"})
    mine = {**environ, "TAGBOAT_X_USERNAME": "__token__", "TAGBOAT_X_PASSWORD": token}
    return Case(config, mine, tmp_path, fresh, fake.url, wrong={"TAGBOAT_X_PASSWORD": "pypi-tell-nobody-x7"})
