"""GitLab by its contract: a public project, known by its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case
from tests.index.fakes.gitlab import Gitlab
from tests.index.opening import served
from tests.servers import PASSWORD

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    fake = served(request, Gitlab(PASSWORD))
    config = IndexConfig("x", "gitlab", {"url": fake.url, "project": "ships/boats"})
    return Case(config, environ, tmp_path, fresh, fake.url)
