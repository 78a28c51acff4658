"""Google Artifact Registry as its contract says, as far as it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case
from tests.index.fakes.google import ArtifactRegistry
from tests.index.opening import served
from tests.servers import PASSWORD

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    fake = served(request, ArtifactRegistry({PASSWORD}))
    at = {"location": "europe-west1", "project": "harbour", "repository": "boats"}
    config = IndexConfig("x", "google", {**at, "url": fake.url, "endpoint-url": fake.url})
    mine = {**environ, "TAGBOAT_X_USERNAME": "oauth2accesstoken"}
    return Case(config, mine, tmp_path, fresh, fake.url, reads_are_open=False)
