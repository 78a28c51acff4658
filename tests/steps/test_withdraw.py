from __future__ import annotations

import pytest
from packaging.version import Version
from tests.steps.scene import SDIST, WHEEL, Scene

from tagboat.errors import IndexFailed, Irreversible
from tagboat.step import State
from tagboat.testing import FakeIndex

OLD = "demo-0.1.0.tar.gz"


@pytest.fixture
def make(box, tmp_path):
    def scene(**powers: bool) -> Scene:
        made = Scene(box, tmp_path, FakeIndex(**powers))
        made.index.put(OLD, b"old")
        made.index.put(WHEEL, b"wheel")
        made.index.put(SDIST, b"sdist")
        return made

    return scene


def test_yanking_is_preferred_and_tells_the_reason(make):
    scene = make(yanks=True, deletes=True)
    assert "reversible" in scene.withdraw().probe().detail
    scene.apply("withdraw")
    files = scene.index.files("demo")
    assert {name: file.yanked for name, file in files.items()} == {OLD: False, WHEEL: True, SDIST: True}
    assert files[WHEEL].yanked_reason == "it breaks"
    assert scene.withdraw().probe().detail == "2 files yanked on fake"
    scene.withdraw().undo()
    assert not any(file.yanked for file in scene.index.files("demo").values())


def test_what_is_deleted_is_kept_and_can_come_back(make):
    scene = make(deletes=True)
    before = scene.index.content
    assert "copies are kept" in scene.withdraw().probe().detail
    scene.apply("withdraw")
    assert scene.index.content == {OLD: b"old"}
    assert scene.withdraw().probe().state is State.DONE
    scene.withdraw().undo()
    assert scene.index.content == before


def test_nothing_is_deleted_before_everything_is_kept(make):
    scene = make(deletes=True)
    scene.index.fail_next("fetch", after=True)
    with pytest.raises(IndexFailed):
        scene.withdraw().apply()
    assert len(scene.index.content) == 3
    scene.withdraw().undo()
    scene.apply("withdraw")
    assert scene.withdraw().probe().state is State.DONE


def test_an_index_without_a_way_asks_a_person(make):
    scene = make()
    status = scene.withdraw().probe()
    assert status.state is State.BLOCKED
    assert "the index's own pages" in status.detail
    scene.withdraw().apply()
    assert scene.withdraw().probe() == status
    scene.index._held[WHEEL].yanked = scene.index._held[SDIST].yanked = True  # they did it
    assert scene.withdraw().probe().state is State.DONE


def test_what_is_not_there_is_withdrawn(make):
    scene = make()
    del scene.index._held[WHEEL], scene.index._held[SDIST]
    assert scene.withdraw().probe().state is State.DONE


def test_one_file_that_is_not_yanked_is_enough_to_be_installed(make):
    scene = make(yanks=True)
    scene.apply("withdraw")
    scene.index.put("demo-0.2.0-cp312-cp312-win_amd64.whl", b"late")
    assert scene.withdraw().probe().state is State.TODO


def test_copies_that_are_lost_cannot_come_back(make):
    scene = make(deletes=True)
    scene.index.delete("demo", Version("0.2.0"), [WHEEL, SDIST])
    with pytest.raises(Irreversible, match="no copy was kept") as caught:
        scene.withdraw().undo()
    assert "--tag" in caught.value.next


def test_undo_brings_back_only_what_is_missing(make):
    scene = make(deletes=True)
    scene.index.hashes = False
    scene.apply("withdraw")
    scene.index.put(WHEEL, b"wheel")
    scene.withdraw().undo()
    assert scene.index.uploads == [SDIST]


def test_a_fallback_is_proved_anew_in_every_run(make):
    scene = make()
    step = scene.fallback()
    assert step.probe().state is State.TODO
    step.apply()
    assert step.probe().detail == "0.1.0 from fake"
    assert scene.fallback().probe().state is State.TODO
    step.undo()
    assert step.probe().state is State.TODO
