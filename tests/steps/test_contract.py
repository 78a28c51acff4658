"""Every step keeps one contract, whatever it does."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.forge.quay import moored
from tests.steps.scene import FOLDER, SDIST, WHEEL, Scene

from tagboat.errors import Irreversible, TagboatError
from tagboat.step import State
from tagboat.testing import FakeIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Case:
    """A step, how to get there, what cuts its apply short (None: nothing can), and what somebody else could do."""

    step: str
    before: tuple[str, ...] = ()
    cut: Callable[[Scene], None] | None = None
    foreign: Callable[[Scene], None] | None = None
    index: Callable[[], FakeIndex] = lambda: FakeIndex(deletes=True)
    forge: str = ""

    def __str__(self) -> str:
        return f"{self.step} {self.forge or type(self.index()).__name__.lstrip('_')}".removesuffix(" Deleting")


RELEASED = ("edit", "commit", "tag", "build", "check", "push", "publish")


def hand_edit(scene: Scene) -> None:
    scene.box.write(f"{FOLDER}/pyproject.toml", "by hand\n")


def only_first_file(scene: Scene) -> None:
    scene.box.write(scene.plan.edits[0].path, scene.plan.edits[0].after)


def moved_on(scene: Scene) -> None:
    scene.box.write("other", "x")
    scene.box.run("add", "other")
    scene.box.run("commit", "--quiet", "--message", "somebody else's")


def staged(scene: Scene) -> None:
    scene.box.git.stage(scene.commit().paths)


def tag_elsewhere(scene: Scene) -> None:
    scene.box.tag("v0.2.0", "HEAD~1")


def half_built(scene: Scene) -> None:
    scene.state.dist.mkdir()
    (scene.state.dist / WHEEL).write_bytes(b"half")


def theirs_pushed(scene: Scene) -> None:
    other = scene.box.clone("other")
    other.commit("theirs")
    other.tag("v0.2.0")
    other.push("main", "v0.2.0")


def only_wheel(scene: Scene) -> None:
    scene.index.fail_next("upload", None, after=True)
    with pytest.raises(TagboatError):
        scene.publish().apply()
    assert list(scene.index.content) == [WHEEL]


def other_bytes(scene: Scene) -> None:
    scene.index.put(SDIST, b"somebody else's")


def half_fetched(scene: Scene) -> None:
    scene.index.fail_next("fetch", after=True)
    with pytest.raises(TagboatError):
        scene.fetch().apply()


def kept_only(scene: Scene) -> None:
    scene.index.fail_next("delete")
    with pytest.raises(TagboatError):
        scene.withdraw().apply()


def half_announced(scene: Scene) -> None:
    scene.quay.server.dies_after = 5
    with pytest.raises(TagboatError):
        scene.announce().apply()
    scene.quay.server.revive()


def announced_by_hand(scene: Scene) -> None:
    if scene.quay.kind == "github":
        scene.quay.server.by_hand("v0.2.0", SHA256SUMS=b"somebody else's")
    else:
        scene.quay.server.put("v0.2.0", "SHA256SUMS", b"somebody else's")


CASES = [
    Case("edit", cut=only_first_file, foreign=hand_edit),
    Case("commit", ("edit",), cut=staged, foreign=moved_on),
    Case("tag", ("edit", "commit"), foreign=tag_elsewhere),
    Case("build", ("edit", "commit", "tag"), cut=half_built),
    Case("check", ("edit", "commit", "tag", "build")),
    Case("push", ("edit", "commit", "tag"), foreign=theirs_pushed),
    Case("publish", ("edit", "commit", "tag", "build"), cut=only_wheel, foreign=other_bytes),
    Case("publish", ("edit", "commit", "tag", "build"), other_bytes, other_bytes, FakeIndex),
    Case("verify", RELEASED),
    Case("withdraw", RELEASED, index=lambda: FakeIndex(yanks=True)),
    Case("withdraw", RELEASED, cut=kept_only),
    Case("withdraw", RELEASED, index=lambda: FakeIndex(yanks=True, deletes=True)),
    Case("withdraw", RELEASED, index=lambda: FakeIndex(hides=True)),
    Case("withdraw", RELEASED, index=lambda: FakeIndex(by_hand=True)),
    Case("fetch", RELEASED, cut=half_fetched, foreign=other_bytes),
    Case("fallback", RELEASED),
    Case("announce", RELEASED, half_announced, announced_by_hand, forge="github"),
    Case("announce", RELEASED, half_announced, announced_by_hand, forge="gitlab"),
    Case("retract", (*RELEASED, "announce"), forge="github"),
    Case("retract", (*RELEASED, "announce"), forge="gitlab"),
]


@pytest.fixture(params=CASES, ids=str)
def case(request) -> Case:
    return request.param


@pytest.fixture
def scene(case, box, tmp_path) -> Iterator[Scene]:
    scene = Scene(box, tmp_path, case.index())
    with moored(case.forge) if case.forge else nullcontext() as scene.quay:
        scene.apply(*case.before)
        yield scene


def world(scene: Scene) -> dict[str, object]:
    """Everything that a step could change."""
    return {
        "files": scene.files(),
        "status": scene.box.status(),
        "refs": scene.box.refs(),
        "remote": scene.box.remote_refs(),
        "dist": sorted(scene.state.dist.iterdir()) if scene.state.dist.is_dir() else [],
        "hashes": scene.state.hashes(),
        "index": scene.index.content,
        "listed": scene.index.files("demo"),
        "forge": scene.quay.leftovers() if scene.quay else None,
    }


def make(scene: Scene, case: Case):
    return getattr(scene, case.step)()


def can_undo(case: Case) -> bool:
    return not (case.step == "publish" and case.index is FakeIndex)


def test_fresh_it_is_to_do_and_looking_changes_nothing(case, scene):
    before = world(scene)
    status = make(scene, case).probe()
    assert status.state is State.TODO
    assert status.detail
    assert world(scene) == before


def test_after_apply_it_is_done(case, scene):
    step = make(scene, case)
    step.apply()
    assert step.probe().state is State.DONE
    assert step.probe().detail
    if case.step != "fallback":  # which looks anew in every run
        assert make(scene, case).probe().state is State.DONE


def test_applied_twice_is_as_applied_once(case, scene):
    if case.step in ("commit", "tag", "build"):  # the runner never applies what is done
        assert make(scene, case).probe().state is State.TODO
        make(scene, case).apply()
        assert make(scene, case).probe().state is State.DONE
        return
    make(scene, case).apply()
    once = world(scene)
    make(scene, case).apply()
    assert world(scene) == once


def test_after_undo_it_is_to_do_and_the_world_as_before(case, scene):
    before = world(scene)
    step = make(scene, case)
    step.apply()
    if not can_undo(case):
        with pytest.raises(Irreversible):
            step.undo()
        return
    step.undo()
    assert step.probe().state is State.TODO
    assert make(scene, case).probe().state is State.TODO
    after = world(scene)
    if case.step == "edit":
        assert after == before
    assert after["refs"] == before["refs"]
    assert after["remote"] == before["remote"]
    assert after["index"] == before["index"]
    assert after["forge"] == before["forge"]
    assert after["hashes"] == before["hashes"]


def test_undone_twice_is_as_undone_once(case, scene):
    make(scene, case).apply()
    if not can_undo(case):
        return
    make(scene, case).undo()
    once = world(scene)
    make(scene, case).undo()
    assert world(scene) == once
    make(scene, case).apply()
    make(scene, case).undo()
    assert world(scene) == once


def test_undone_before_anything_was_done_changes_nothing(case, scene):
    before = world(scene)
    make(scene, case).undo()
    assert world(scene) == before


def test_an_apply_that_was_cut_short_is_finished_by_the_next(case, scene):
    if case.cut is None or not can_undo(case):
        return
    case.cut(scene)
    assert make(scene, case).probe().state is State.TODO
    make(scene, case).apply()
    assert make(scene, case).probe().state is State.DONE


def test_an_apply_that_was_cut_short_can_be_undone(case, scene):
    before = world(scene)
    if case.cut is None or not can_undo(case):
        return
    case.cut(scene)
    make(scene, case).undo()
    assert make(scene, case).probe().state is State.TODO
    assert world(scene)["refs"] == before["refs"]
    assert world(scene)["index"] == before["index"]
    assert world(scene)["forge"] == before["forge"]
    if case.step == "edit":
        assert world(scene) == before


def test_what_somebody_else_did_blocks_it_and_undo_leaves_it_alone(case, scene):
    if case.foreign is None:
        return
    case.foreign(scene)
    theirs = world(scene)
    assert make(scene, case).probe().state is State.BLOCKED
    with suppress(Irreversible):
        make(scene, case).undo()
    assert world(scene) == theirs
