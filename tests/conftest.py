from __future__ import annotations

import pytest
from tests.gitbox import Box, make_box


@pytest.fixture
def box(tmp_path, monkeypatch) -> Box:
    return make_box(tmp_path, monkeypatch)
