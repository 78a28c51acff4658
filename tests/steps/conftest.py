from __future__ import annotations

import pytest
from tests.steps.scene import Scene


@pytest.fixture
def scene(box, tmp_path) -> Scene:
    return Scene(box, tmp_path)
