from __future__ import annotations

import pytest
from packaging.version import Version
from tests.steps.scene import SDIST, VERSION, WHEEL, Scene

from tagboat.errors import IndexFailed, Irreversible, NotVisible
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
    assert "run the same command again" in status.advice
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


# -- the ladder ----------------------------------------------------------------------------------------

LADDER = [
    ({"yanks": True, "hides": True, "deletes": True, "by_hand": True}, "yank 2 files on", "reversible"),
    ({"hides": True, "deletes": True, "by_hand": True}, "hide 2 files on", "their names stay taken"),
    ({"deletes": True, "by_hand": True}, "delete 2 files from", "copies are kept"),
    ({"by_hand": True}, "you yank 2 files on memory://fake/manage/demo/0.2.0", "reversible on the same page"),
]


@pytest.mark.parametrize(("powers", "what", "back"), LADDER)
def test_the_best_power_is_used_and_says_whether_it_can_be_taken_back(make, powers, what, back):
    scene = make(**powers)
    before = (scene.index.content, scene.index.files("demo"))
    detail = scene.withdraw().probe().detail
    assert detail.startswith(what)
    assert back in detail
    scene.apply("withdraw")
    assert scene.withdraw().probe().state is State.DONE
    assert not scene.index.files("demo")[OLD].yanked
    assert scene.index.closed > 0
    scene.withdraw().undo()
    assert (scene.index.content, scene.index.files("demo")) == before


def test_what_is_hidden_is_said_in_the_words_of_the_index_and_keeps_its_bytes(make):
    scene = make(hides=True)
    assert "in the attic" in scene.withdraw().probe().detail
    scene.apply("withdraw")
    assert list(scene.index.files("demo")) == [OLD]
    assert len(scene.index.content) == 3


@pytest.mark.parametrize("power", ["hides", "by_hand"])
def test_what_others_withdrew_before_stays_so(make, power):
    scene = make(**{power: True})
    scene.index.yank_by_hand("demo", VERSION, "theirs")
    scene.withdraw().undo()
    assert scene.asked == []
    assert all(scene.index.files("demo")[name].yanked for name in (WHEEL, SDIST))


class Late:
    """A second job, which puts a wheel on the index while the first ones are being withdrawn."""

    NAME = "demo-0.2.0-cp312-cp312-win_amd64.whl"

    def __init__(self, index: FakeIndex, verb: str) -> None:
        self.index, self.withdraw, self.came = index, getattr(index, verb), False
        setattr(index, verb, self)

    def __call__(self, *args: object) -> None:
        self.withdraw(*args)
        if not self.came:
            self.came = True
            self.index.put(self.NAME, b"late")


@pytest.mark.parametrize(("power", "verb"), [("yanks", "yank"), ("hides", "hide"), ("deletes", "delete")])
def test_a_file_that_comes_in_between_is_withdrawn_too(make, power, verb):
    scene = make(**{power: True})
    once = Late(scene.index, verb)
    seen = []
    withdraw, once.withdraw = once.withdraw, lambda *args: (seen.append(1), withdraw(*args))
    scene.apply("withdraw")
    assert scene.withdraw().probe().state is State.DONE
    assert len(seen) == 2


def test_an_index_that_shows_late_what_was_done_is_waited_for(make):
    scene = make(yanks=True)
    asked = []
    yank = scene.index.yank
    scene.index.yank = lambda *args: asked.append(args)
    step = scene.withdraw(wait=60)

    def sleep(seconds: float) -> None:
        scene.slept.append(seconds)
        if len(scene.slept) == 3:
            yank(*asked[0])

    step.sleep = sleep
    step.apply()
    assert len(asked) == 1
    assert scene.slept == [0.1, 0.2, 0.4]
    assert step.probe().state is State.DONE


# -- by hand -------------------------------------------------------------------------------------------


def test_a_person_is_shown_the_page_and_what_to_do_and_is_watched(make):
    scene = make(by_hand=True)
    step = scene.withdraw(wait=60)
    step.show = lambda *words: scene.asked.append(words)

    def sleep(seconds: float) -> None:
        scene.slept.append(seconds)
        if len(scene.slept) == 2:
            scene.index._held[WHEEL].yanked = True
        if len(scene.slept) == 4:
            scene.index.yank_by_hand("demo", VERSION)

    step.sleep = sleep
    step.apply()
    ((page, steps),) = scene.asked
    assert page == "memory://fake/manage/demo/0.2.0"
    assert "Reason: it breaks" in steps
    assert step.probe().detail == "2 files yanked on fake"
    assert [note.partition(" files")[0] for note in scene.notes] == ["0 of 2", "0 of 2", "1 of 2", "1 of 2"]


@pytest.mark.parametrize("verb", ["apply", "undo"])
def test_a_person_who_does_not_come_is_not_waited_for_for_ever(make, verb):
    scene = make(by_hand=True)
    if verb == "undo":
        scene.apply("withdraw")
    step = scene.withdraw(wait=0)
    step.show = lambda *_: None
    with pytest.raises(NotVisible, match="still") as caught:
        getattr(step, verb)()
    assert "memory://fake/manage/demo/0.2.0" in caught.value.why
    assert "same command again" in caught.value.next
    getattr(scene.withdraw(), verb)()  # they came
    assert scene.withdraw().probe().state is (State.DONE if verb == "apply" else State.TODO)


def test_a_power_that_shows_late_has_no_page(make):
    scene = make(yanks=True)
    scene.index.yank = lambda *_: None
    with pytest.raises(NotVisible) as caught:
        scene.withdraw(wait=0).apply()
    assert caught.value.why == "Some indexes need minutes to show what was done to them."
    assert scene.index.closed == 1
