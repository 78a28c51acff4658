from __future__ import annotations

import pytest
from hypothesis import settings
from tests.gitbox import Box, make_box

# How long one example takes says more of the machine's neighbours than of us.
settings.register_profile("tagboat", deadline=None)
settings.load_profile("tagboat")


@pytest.fixture
def box(tmp_path, monkeypatch) -> Box:
    return make_box(tmp_path, monkeypatch)
