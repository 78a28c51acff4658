from __future__ import annotations

import pytest
from tests.steps.scene import SDIST, WHEEL, Scene

from tagboat.step import State
from tagboat.testing import FakeIndex


@pytest.fixture(params=[True, False], ids=["with hashes", "without"])
def scene(request, box, tmp_path) -> Scene:
    """A version on one index, to be brought to another."""
    made = Scene(box, tmp_path, FakeIndex(hashes=request.param))
    made.apply("edit", "commit", "tag", "build", "publish")
    made.target.hashes = request.param
    return made


def bring(scene: Scene, *names: str) -> None:
    for name in names:
        scene.target.put(name, scene.index.content[name])


def test_both_sides_have_the_same_bytes_or_it_is_said_who_lacks_what(scene):
    assert scene.compare().probe().detail == f"main lacks {WHEEL}; main lacks {SDIST}"
    bring(scene, WHEEL)
    status = scene.compare().probe()
    assert (status.state, status.detail) == (State.TODO, f"main lacks {SDIST}")
    bring(scene, SDIST)
    status = scene.compare().probe()
    assert (status.state, status.detail) == (State.DONE, "2 files with the same bytes on fake and main")


@pytest.mark.parametrize("side", ["index", "target"])
def test_other_bytes_on_either_side_block_it(scene, side):
    bring(scene, WHEEL, SDIST)
    index = getattr(scene, side)
    index.put(SDIST, b"other")
    status = scene.compare().probe()
    assert status.state is State.BLOCKED
    assert f"{SDIST} on {index.name} is d9298a10" in status.detail


def test_looking_changes_nothing_and_leaves_nothing_to_undo(scene):
    before = (scene.index.content, scene.target.content)
    scene.compare().apply()
    scene.compare().undo()
    assert (scene.index.content, scene.target.content) == before


def test_what_was_decided_on_is_fetched_and_nothing_else(scene):
    scene.index.put("demo-0.2.0-cp312-cp312-win_amd64.whl", b"late")
    assert scene.fetch().probe().state is State.TODO
    scene.fetch().apply()
    assert scene.fetched.hashes() == scene.state.hashes()
    assert scene.fetch().probe().detail == "2 files of fake are here"


def test_a_file_that_left_the_source_blocks_it(scene):
    del scene.index._held[SDIST]
    status = scene.fetch().probe()
    assert (status.state, status.detail) == (State.BLOCKED, f"{SDIST} is no more on fake")


def test_another_file_under_the_name_blocks_it(scene):
    scene.index.put(SDIST, b"other")
    assert scene.fetch().probe().state is State.BLOCKED


def test_copies_that_were_damaged_are_fetched_anew(scene):
    scene.fetch().apply()
    (scene.fetched.dist / WHEEL).write_bytes(b"damaged")
    assert scene.fetch().probe().state is State.TODO
    scene.fetch().apply()
    assert scene.fetch().probe().state is State.DONE
