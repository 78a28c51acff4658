"""Artifactory by its contract: a local repository that may be read by anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case
from tests.index.fakes.artifactory import Artifactory
from tests.index.opening import served
from tests.servers import PASSWORD

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    fake = served(request, Artifactory(PASSWORD))
    config = IndexConfig("x", "artifactory", {"url": f"{fake.url}/artifactory/api/pypi/boats"})
    return Case(config, environ, tmp_path, fresh, fake.url)
