"""The announce step, and the release that ends with it."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.forge.quay import TAG
from tests.steps.scene import SDIST, WHEEL, Scene

from tagboat.errors import Blocked
from tagboat.observer import Silent
from tagboat.runner import run, undo
from tagboat.step import State
from tagboat.steps.announce import sums_text

if TYPE_CHECKING:
    from tests.forge.quay import Quay


@pytest.fixture
def scene(box, tmp_path) -> Scene:
    scene = Scene(box, tmp_path)
    scene.apply("edit", "commit", "tag", "build", "push", "publish")
    return scene


def at(scene: Scene, quay: Quay) -> Scene:
    scene.quay = quay
    return scene


def test_the_page_has_the_very_files_and_their_checksums(scene, quay, tmp_path):
    at(scene, quay).announce().apply()
    shown = quay.shown()
    assert shown is not None
    assert shown.keys() == {SDIST, WHEEL, "SHA256SUMS"}
    assert {name: shown[name] for name in (SDIST, WHEEL)} == scene.index.content
    for name, content in shown.items():
        (tmp_path / name).write_bytes(content)
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True, capture_output=True)
    text = quay.text()
    assert text.startswith(scene.plan.notes)
    assert "pip install demo==0.2.0" in text
    assert all(hashlib.sha256(content).hexdigest() in text for content in scene.index.content.values())


def test_before_anything_was_built_it_says_what_it_will_do_and_asks_nobody(box, tmp_path, quay):
    scene = at(Scene(box, tmp_path), quay)
    assert scene.announce().probe().detail == f"a release of {TAG} in {quay.forge().summary}"
    assert quay.server.asked == []


def test_what_is_missing_is_told(scene, github):
    at(scene, github)
    github.server.by_hand(TAG, body="x")
    status = scene.announce().probe()
    assert status.state is State.TODO
    assert status.detail == f"the draft in crew/boat on GitHub lacks {WHEEL}, {SDIST}, SHA256SUMS"
    github.server.releases.clear()
    scene.announce().apply()
    github.server.published(TAG).draft = True
    assert scene.announce().probe().detail == "the draft in crew/boat on GitHub is to be published"
    github.server.published(TAG)
    github.server.releases[0].draft = False
    assert scene.announce().probe().detail.startswith("3 assets on http")
    github.server.releases[0].assets.pop()
    assert scene.announce().probe().detail == "the release in crew/boat on GitHub lacks SHA256SUMS"


def test_an_immutable_release_that_lacks_a_file_is_told_and_left(scene, github):
    at(scene, github)
    github.server.immutable = True
    github.server.by_hand(TAG, draft=False)
    status = scene.announce().probe()
    assert status.state is State.BLOCKED
    assert "is immutable and lacks" in status.detail
    with pytest.raises(Blocked, match="announce"):
        run([scene.announce()], scene.ledger, Silent())


def test_a_lost_ledger_and_lost_proofs_still_end_in_one_release(scene, quay):
    at(scene, quay)
    quay.server.dies_after = 6
    with pytest.raises(Exception, match=r"did not answer|refused"):
        scene.announce().apply()
    quay.server.revive()
    (scene.state.path / "proofs.json").unlink()
    run([scene.announce()], scene.ledger, Silent())
    assert quay.shown() is not None
    if quay.kind == "github":
        assert len(quay.server.releases) == 1


def test_undo_takes_back_the_page_and_then_the_rest(scene, quay):
    at(scene, quay)
    before = quay.leftovers()
    steps = [*scene.steps(), scene.announce()]
    run(steps, scene.ledger, Silent())
    assert quay.shown() is not None
    undo([scene.announce()], scene.ledger, Silent())
    assert quay.leftovers() == before
    undo([scene.announce()], scene.ledger, Silent())
    assert quay.leftovers() == before


def test_undo_without_proof_of_what_is_ours_touches_nothing(scene, quay):
    at(scene, quay).announce().apply()
    (scene.state.path / "proofs.json").unlink()
    before = quay.leftovers()
    scene.announce().undo()
    assert quay.leftovers() == before


def test_checksums_are_in_the_order_of_names():
    assert sums_text({"b": "1", "a": "2"}) == "2  a\n1  b\n"
