"""AWS CodeArtifact as its contract says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case
from tests.index.fakes.codeartifact import DOMAIN, KEY, OWNER, REGION, SECRET, CodeArtifact
from tests.index.opening import served
from tests.servers import PASSWORD

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    fake = served(request, CodeArtifact("releases", token=PASSWORD))
    at = {"domain": DOMAIN, "owner": OWNER, "region": REGION, "repository": "releases"}
    config = IndexConfig("x", "codeartifact", {**at, "url": fake.url, "endpoint-url": fake.url})
    mine = {
        **environ,
        "TAGBOAT_X_USERNAME": "aws",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    wrong = {"TAGBOAT_X_PASSWORD": "tell-nobody-x7", "AWS_ACCESS_KEY_ID": "AKIAWRONG0000000"}
    return Case(config, mine, tmp_path, fresh, fake.url, wrong=wrong, reads_are_open=False)
