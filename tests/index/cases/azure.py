"""Azure Artifacts as its contract says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case
from tests.index.fakes.azure import Azure
from tests.index.opening import served
from tests.servers import PASSWORD

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    fake = served(request, Azure(PASSWORD))
    at = {"organization": "harbour", "project": "big boats", "feed": "releases", "url": fake.url}
    config = IndexConfig("x", "azure", at)
    return Case(config, environ, tmp_path, fresh, fake.url, reads_are_open=False, replaceable=False)
