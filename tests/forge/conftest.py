from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.forge.quay import FAKES, Quay, announcement, moored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.forge.interface import Announcement


@pytest.fixture(params=FAKES)
def quay(request) -> Iterator[Quay]:
    with moored(request.param) as found:
        yield found


@pytest.fixture
def github() -> Iterator[Quay]:
    with moored("github") as found:
        yield found


@pytest.fixture
def gitlab() -> Iterator[Quay]:
    with moored("gitlab") as found:
        yield found


@pytest.fixture
def wanted(tmp_path) -> Announcement:
    return announcement(tmp_path)
