from __future__ import annotations

import signal
import threading
import time

import pytest
from tests.steps.scene import SDIST, WHEEL, Scene, make_sdist, make_wheel

from tagboat.errors import Blocked, IndexFailed, Irreversible, NotVisible, Refused
from tagboat.step import State
from tagboat.steps.at_once import at_once
from tagboat.testing import FakeIndex


@pytest.fixture
def make(box, tmp_path):
    def scene(index: FakeIndex) -> Scene:
        made = Scene(box, tmp_path, index)
        made.apply("edit", "commit", "tag", "build")
        return made

    return scene


@pytest.fixture
def interruptible():
    """Ctrl-C counts here even where a shell in the background made us ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def ours(scene: Scene, filename: str) -> bytes:
    return (scene.state.dist / filename).read_bytes()


def test_wheels_go_before_the_sdist(make):
    scene = make(FakeIndex())
    scene.apply("publish")
    assert scene.index.uploads == [WHEEL, SDIST]


def test_only_what_is_missing_is_uploaded(make):
    scene = make(FakeIndex())
    scene.index.put(WHEEL, ours(scene, WHEEL))
    status = scene.publish().probe()
    assert status.state is State.TODO
    assert SDIST in status.detail
    assert WHEEL not in status.detail
    scene.apply("publish")
    assert scene.index.uploads == [SDIST]


@pytest.mark.parametrize("hashes", [True, False])
def test_other_bytes_block_with_both_hashes(make, hashes):
    scene = make(FakeIndex(hashes=hashes))
    scene.index.put(WHEEL, b"other")
    status = scene.publish().probe()
    assert status.state is State.BLOCKED
    theirs = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
    assert scene.state.hashes()[WHEEL] in status.detail
    assert theirs in status.detail
    scene.publish().undo()
    assert scene.index.content == {WHEEL: b"other"}


def test_other_bytes_that_come_in_the_very_moment_are_never_replaced(make):
    scene = make(FakeIndex(lag=99))
    scene.index.put(SDIST, b"other")
    scene.index._held[SDIST].hidden = 99
    with pytest.raises(Blocked, match="other bytes"):
        scene.publish().apply()
    assert scene.index.content[SDIST] == b"other"


def test_an_index_without_hashes_is_compared_by_its_bytes(make):
    scene = make(FakeIndex(hashes=False))
    before = sorted(scene.state.path.rglob("*"))
    scene.apply("publish")
    assert scene.publish().probe().state is State.DONE
    assert [path for path in sorted(scene.state.path.rglob("*")) if path not in before] == [
        scene.state.path / "proofs.json"
    ]


def test_somebody_elses_files_of_the_version_are_no_business_of_ours(make):
    scene = make(FakeIndex(deletes=True))
    other = "demo-0.2.0-cp312-cp312-win_amd64.whl"
    scene.index.put(other, b"by hand")
    scene.apply("publish")
    assert scene.publish().probe().state is State.DONE
    scene.publish().undo()
    assert scene.index.content == {other: b"by hand"}


def test_a_slow_index_is_waited_for(make):
    scene = make(FakeIndex(lag=4))
    scene.publish(wait=60).apply()
    assert scene.slept == [0.1, 0.2, 0.4, 0.8]
    assert scene.publish().probe().state is State.DONE


def test_published_but_not_visible_is_not_broken_and_goes_on_later(make):
    scene = make(FakeIndex(lag=5))
    with pytest.raises(NotVisible, match=f"does not list {WHEEL}, {SDIST}") as caught:
        scene.publish(wait=0).apply()
    assert "Nothing is broken" in caught.value.why
    scene.publish(wait=60).apply()
    assert scene.index.uploads == [WHEEL, SDIST]


def test_pauses_grow_and_end(make):
    scene = make(FakeIndex(lag=12))
    scene.publish(wait=600).apply()
    assert max(scene.slept) == 10.0


@pytest.mark.parametrize("after", [False, True])
def test_an_upload_that_fails_is_looked_at_and_gone_on_with(make, after):
    scene = make(FakeIndex())
    scene.index.fail_next("upload", after=after)
    with pytest.raises(IndexFailed):
        scene.publish().apply()
    assert scene.publish().probe().state is State.TODO
    scene.apply("publish")
    assert scene.index.uploads == [WHEEL, SDIST]


def test_an_index_that_cannot_be_read_is_never_taken_for_empty(make):
    scene = make(FakeIndex(deletes=True))
    scene.apply("publish")
    for verb in ("probe", "apply", "undo"):
        scene.index.fail_next("files")
        with pytest.raises(IndexFailed):
            getattr(scene.publish(), verb)()
    assert len(scene.index.content) == 2


def test_what_an_index_cannot_give_back_is_the_point_of_no_return(make):
    scene = make(FakeIndex())
    scene.publish().undo()  # nothing there yet
    scene.apply("publish")
    with pytest.raises(Irreversible, match="cannot take files back") as caught:
        scene.publish().undo()
    assert "tag stays" in caught.value.why
    assert "rollback 0.2.0" in caught.value.next


@pytest.mark.parametrize("deletes", [False, True])
@pytest.mark.parametrize("lost", ["one file", "all files"])
def test_our_files_are_known_on_the_index_when_our_copies_are_lost(make, deletes, lost):
    scene = make(FakeIndex(deletes=deletes))
    scene.apply("publish")
    for path in [scene.state.dist / WHEEL] if lost == "one file" else list(scene.state.dist.iterdir()):
        path.unlink()
    if deletes:
        scene.publish().undo()
        assert scene.index.content == {}
    else:
        with pytest.raises(Irreversible):
            scene.publish().undo()


@pytest.mark.parametrize("deletes", [False, True])
def test_files_that_the_index_took_and_does_not_list_yet_are_not_forgotten(make, deletes):
    scene = make(FakeIndex(deletes=deletes, lag=99))
    with pytest.raises(NotVisible):
        scene.publish(wait=0).apply()
    if deletes:
        scene.publish().undo()
        scene.publish().undo()
        assert scene.index.content == {}
    else:
        with pytest.raises(Irreversible):
            scene.publish().undo()


@pytest.mark.parametrize("deletes", [False, True])
def test_a_file_that_somebody_uploaded_before_us_is_never_ours_though_its_bytes_are(make, deletes):
    scene = make(FakeIndex(deletes=deletes))
    scene.index.put(WHEEL, ours(scene, WHEEL))
    before = scene.index.content
    scene.index.fail_next("upload")
    with pytest.raises(IndexFailed):
        scene.publish().apply()
    scene.publish().undo()
    assert scene.index.content == before
    scene.apply("publish")
    if deletes:
        scene.publish().undo()
        assert scene.index.content == before
    else:
        with pytest.raises(Irreversible, match=f"cannot take files back: {SDIST}"):
            scene.publish().undo()


@pytest.mark.parametrize("deletes", [False, True])
def test_a_file_that_the_index_took_when_we_were_killed_is_ours(make, deletes):
    scene = make(FakeIndex(deletes=deletes))
    scene.index.fail_next("upload", KeyboardInterrupt(), after=True)
    with pytest.raises(KeyboardInterrupt):
        scene.publish().apply()
    if deletes:
        scene.publish().undo()
        assert scene.index.content == {}
    else:
        with pytest.raises(Irreversible):
            scene.publish().undo()


@pytest.mark.parametrize("deletes", [False, True])
def test_a_file_that_a_slow_index_may_have_taken_when_we_were_killed_may_still_appear(make, deletes):
    scene = make(FakeIndex(deletes=deletes, lag=2))
    scene.index.fail_next("upload", KeyboardInterrupt(), after=True)
    with pytest.raises(KeyboardInterrupt):
        scene.publish().apply()
    doubt = scene.publish().undo()
    assert doubt.startswith(f"{WHEEL} may still appear on fake: ")
    assert "tagboat rollback 0.2.0" in doubt
    assert scene.publish().undo() is None  # and is told once
    while not scene.index.files("demo"):
        pass
    assert list(scene.index.content) == [WHEEL]


def test_a_file_that_the_index_refused_will_not_appear(make):
    scene = make(FakeIndex(deletes=True))
    scene.index.fail_next("upload", Refused("fake did not take it"))
    with pytest.raises(Refused):
        scene.publish().apply()
    assert scene.publish().undo() is None


def test_an_upload_that_nobody_knows_the_end_of_is_told_by_undo(make):
    scene = make(FakeIndex(deletes=True))
    scene.index.fail_next("upload")
    with pytest.raises(IndexFailed):
        scene.publish().apply()
    assert WHEEL in scene.publish().undo()


def test_files_of_which_nothing_is_known_here_keep_the_tag(make):
    scene = make(FakeIndex(deletes=True))
    scene.apply("push", "publish")
    before = (scene.index.content, scene.box.remote_refs())
    (scene.state.path / "proofs.json").unlink()
    scene.publish().undo()
    with pytest.raises(Irreversible, match="did not upload"):
        scene.push().undo()
    assert (scene.index.content, scene.box.remote_refs()) == before


def test_progress_is_told_by_file(make):
    scene, told = make(FakeIndex()), []
    step = scene.publish()
    step.progress = lambda *words: told.append(words)
    step.apply()
    assert [words[0] for words in told] == [WHEEL, SDIST]
    assert all(done == total > 0 for _, done, total in told)


# -- side by side --------------------------------------------------------------------------------------

WHEELS = tuple(f"demo-0.2.0-cp31{minor}-cp31{minor}-any.whl" for minor in range(4))


class Busy(FakeIndex):
    """An index that takes three files at once, and notes which are under way together."""

    def __init__(self) -> None:
        super().__init__(side_by_side=3)
        self.meet = threading.Barrier(3)
        self.begun: list[str] = []
        self.threads: set[int] = set()
        self.errors: dict[str, Exception] = {}
        self.after: dict[str, str] = {}
        self.ended = {name: threading.Event() for name in WHEELS}

    def upload(self, distribution, progress=None):
        name = distribution.filename
        self.begun.append(name)
        self.threads.add(threading.get_ident())
        if distribution.kind == "wheel" and name in WHEELS[:3]:
            self.meet.wait(20)  # all three are under way, or this breaks
        if name in self.after:
            self.ended[self.after[name]].wait(20)
        try:
            if name in self.errors:
                raise self.errors[name]
            super().upload(distribution, progress)
        finally:
            if name in self.ended:
                self.ended[name].set()


@pytest.fixture
def busy(box, tmp_path) -> Scene:
    scene = Scene(box, tmp_path, Busy())
    scene.state.dist.mkdir(parents=True)
    files = [make_wheel(scene.state.dist / name, name.encode()) for name in WHEELS]
    scene.state.keep_distributions([*files, make_sdist(scene.state.dist / SDIST, b"x")])
    return scene


def test_wheels_go_side_by_side_and_the_sdist_after_all_of_them(busy):
    busy.apply("publish")
    assert set(busy.index.begun[:3]) == set(WHEELS[:3])
    assert busy.index.uploads[-1] == SDIST
    assert set(busy.index.uploads[:-1]) == set(WHEELS)
    assert threading.get_ident() in busy.index.threads  # one sdist needs no thread
    assert len(busy.index.threads) == 4
    noted = busy.publish()._noted("publish:fake taken")
    assert noted == busy.state.hashes()


def test_a_failure_stops_what_has_not_begun_and_the_first_in_order_is_raised(busy):
    busy.index.errors = {WHEELS[0]: IndexFailed("the first"), WHEELS[2]: IndexFailed("the third")}
    busy.index.after = {WHEELS[0]: WHEELS[2], WHEELS[1]: WHEELS[0]}
    with pytest.raises(IndexFailed, match="the first"):
        busy.apply("publish")
    assert set(busy.index.begun) == set(WHEELS[:3])
    assert busy.index.uploads == [WHEELS[1]]  # was under way
    assert busy.index.closed == 1
    assert busy.publish().probe().state is State.TODO
    busy.index.errors.clear()
    busy.index.after.clear()
    busy.index.meet = threading.Barrier(1)
    busy.apply("publish")
    assert busy.publish().probe().state is State.DONE


def test_one_wheel_and_one_sdist_need_no_thread(make):
    index = FakeIndex(side_by_side=8)
    scene, upload, threads = make(index), index.upload, []
    index.upload = lambda *args: (threads.append(threading.get_ident()), upload(*args))
    scene.apply("publish")
    assert threads == [threading.get_ident()] * 2


def test_an_interrupt_ends_what_is_under_way(interruptible):
    begun, ended, beside = threading.Event(), [], threading.Barrier(2)

    def work(thing, stop):
        beside.wait(20)
        begun.set()
        try:
            while True:
                time.sleep(0.005)
                stop()
        finally:
            ended.append(thing)

    def interrupt():
        begun.wait(20)
        time.sleep(0.5)  # until the main thread waits: within `submit` a pool can lose an interrupt, or a thread
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        at_once(2, work, ["a", "b", "c"])
    assert sorted(ended) == ["a", "b"]


# -- the end of it -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails", [False, True])
def test_the_index_is_closed_in_every_case(make, fails):
    scene = make(FakeIndex(deletes=True))
    for number, (verb, fault) in enumerate([("apply", "upload"), ("undo", "delete")], 1):
        if fails:
            scene.index.fail_next(fault)
            with pytest.raises(IndexFailed):
                getattr(scene.publish(), verb)()
        else:
            getattr(scene.publish(), verb)()
        assert scene.index.closed == number


def test_an_index_that_only_hides_cannot_free_the_names(make):
    scene = make(FakeIndex(hides=True))
    scene.apply("publish")
    with pytest.raises(Irreversible, match="does not free the names") as caught:
        scene.publish().undo()
    assert "in the attic" in caught.value.why
    assert "tag stays" in caught.value.why


def test_an_index_that_hides_and_deletes_is_undone_by_deleting(make):
    scene = make(FakeIndex(hides=True, deletes=True))
    scene.apply("publish")
    scene.publish().undo()
    assert scene.index.content == {}


# -- by the server -------------------------------------------------------------------------------------


@pytest.fixture
def promoted(make):
    source = FakeIndex("stage", promotes=True)
    scene = make(FakeIndex("main", deletes=True))
    for name in (WHEEL, SDIST):
        source.put(name, ours(scene, name))

    def step(**options):
        made = scene.publish(**options)
        made.promote = lambda: source.promote("demo", scene.plan.version, scene.index)
        made.command = "tagboat promote 0.2.0 --from stage --to main"
        return made

    scene.source, scene.step = source, step
    return scene


def test_a_server_brings_the_files_and_they_are_ours_to_take_back(promoted):
    assert promoted.step().probe().detail.endswith(", brought by the server")
    promoted.step().apply()
    assert promoted.index.uploads == []
    assert promoted.index.content == promoted.source.content
    assert promoted.step().probe().state is State.DONE
    promoted.step().undo()
    assert promoted.index.content == {}


def test_a_server_that_died_in_between_has_brought_what_is_ours(promoted):
    promoted.source.fail_next("promote", after=True)
    with pytest.raises(IndexFailed):
        promoted.step().apply()
    promoted.step().undo()
    assert promoted.index.content == {}


def test_what_a_server_cannot_complete_is_uploaded(promoted):
    promoted.index.put(WHEEL, ours(promoted, WHEEL))
    assert "by the server" not in promoted.step().probe().detail
    promoted.step().apply()
    assert promoted.index.uploads == [SDIST]
    promoted.step().undo()
    assert list(promoted.index.content) == [WHEEL]  # was there before


def test_a_promotion_that_is_not_visible_yet_says_its_own_command(promoted):
    promoted.index.lag = 9
    with pytest.raises(NotVisible) as caught:
        promoted.step(wait=0).apply()
    assert "tagboat promote 0.2.0 --from stage --to main" in caught.value.next
