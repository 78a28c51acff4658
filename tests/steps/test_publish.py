from __future__ import annotations

import pytest
from tests.steps.scene import SDIST, WHEEL, Scene

from tagboat.errors import Blocked, IndexFailed, Irreversible, NotVisible
from tagboat.step import State
from tagboat.testing import FakeIndex


@pytest.fixture
def make(box, tmp_path):
    def scene(index: FakeIndex) -> Scene:
        made = Scene(box, tmp_path, index)
        made.apply("edit", "commit", "tag", "build")
        return made

    return scene


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
