"""The engine of the workflows that are executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.ci.runner.engine import engine as running_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ci.runner.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """GitHub's own parser and expression engine."""
    with running_engine() as made:
        yield made
