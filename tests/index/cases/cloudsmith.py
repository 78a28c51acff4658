"""Cloudsmith by its contract: a public repository; its three servers are one here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.case import Case
from tests.index.fakes.cloudsmith import Cloudsmith
from tests.index.opening import served
from tests.servers import PASSWORD

from tagboat.config import IndexConfig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def make(request: pytest.FixtureRequest, tmp_path: Path, environ: dict[str, str], fresh: str) -> Case:
    fake = served(request, Cloudsmith(PASSWORD))
    return Case(IndexConfig("x", "cloudsmith", at(fake.url)), environ, tmp_path, fresh, fake.url)


def at(url: str) -> dict[str, str]:
    """The keys of its configuration."""
    return {
        "owner": "crew",
        "repository": "boats",
        "url": f"{url}/upload",
        "api-url": f"{url}/api",
        "simple-url": f"{url}/dl/basic/crew/boats/python/simple/",
    }
