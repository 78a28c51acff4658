from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.steps.scene import Scene

from tagboat.errors import IndexFailed, Problem
from tagboat.testing import FakeIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tagboat.distribution import Distribution


class Attesting(FakeIndex):
    """An index that serves no attestation of what is in `odd`."""

    odd: tuple[Problem, ...] = ()

    def unsigned(self) -> Mapping[str, str]:
        return {}

    def unattested(self, distributions: Sequence[Distribution]) -> Iterable[Problem]:
        assert {each.filename for each in distributions} == set(self.content)
        return self.odd


def test_attestations_are_compared_when_all_files_are_listed(box, tmp_path):
    scene = Scene(box, tmp_path, Attesting())
    scene.apply("edit", "commit", "tag", "build", "publish")
    assert scene.index.closed


def test_an_attestation_that_differs_is_told_and_not_hidden(box, tmp_path):
    index = Attesting()
    index.odd = (Problem("the attestation of x is another one"),)
    scene = Scene(box, tmp_path, index)
    scene.apply("edit", "commit", "tag", "build")
    with pytest.raises(IndexFailed, match="does not vouch for it as we did") as raised:
        scene.publish().apply()
    assert "the attestation of x is another one" in str(raised.value)
    assert index.closed
