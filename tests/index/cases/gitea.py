"""Gitea by its contract: an owner whom anybody may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case
from tests.index.fakes.gitea import Gitea
from tests.index.opening import served
from tests.servers import PASSWORD

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    fake = served(request, Gitea(PASSWORD))
    config = IndexConfig("x", "gitea", {"url": fake.url, "owner": "crew"})
    return Case(config, environ, tmp_path, fresh, fake.url)
