"""Nexus by its contract: a hosted repository that anybody may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case
from tests.index.fakes.nexus import Nexus
from tests.index.opening import served
from tests.servers import PASSWORD

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    fake = served(request, Nexus(PASSWORD))
    config = IndexConfig("x", "nexus", {"url": fake.url, "repository": "boats"})
    return Case(config, environ, tmp_path, fresh, fake.url)
