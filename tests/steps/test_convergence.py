"""A release that is cut short before or after any effect is finished by running it again, or taken back."""

from __future__ import annotations

import shutil

import pytest
from tests.steps.scene import SDIST, WHEEL, Scene

from tagboat.errors import Blocked, Irreversible, NotVisible
from tagboat.observer import Silent
from tagboat.runner import run, undo
from tagboat.step import State
from tagboat.testing import FakeIndex

STEPS = ("edit", "commit", "tag", "build", "check", "push", "publish:fake", "verify:fake")


class Crash(BaseException):
    """As a kill would: nobody catches it."""


class Cut:
    """A step whose apply or undo is cut off before or after it did its work."""

    def __init__(self, step, verb: str, when: str) -> None:
        self.step, self.name, self.verb, self.when = step, step.name, verb, when

    def probe(self):
        return self.step.probe()

    def apply(self) -> None:
        self._call("apply")

    def undo(self) -> None:
        self._call("undo")

    def _call(self, verb: str) -> None:
        if self.when == "before" and verb == self.verb:
            raise Crash
        getattr(self.step, verb)()
        if self.when == "after" and verb == self.verb:
            raise Crash


def cut(scene: Scene, name: str, verb: str, when: str) -> list:
    return [Cut(step, verb, when) if step.name == name else step for step in scene.steps()]


def assert_released(scene: Scene) -> None:
    assert all(step.probe().state is State.DONE for step in scene.steps())
    assert scene.box.status() == []
    assert scene.index.content.keys() == {WHEEL, SDIST}
    assert scene.index.uploads == [WHEEL, SDIST]
    assert scene.box.remote_refs() == {
        "refs/heads/main": scene.box.head,
        "refs/tags/v0.2.0": scene.box.git.tag("v0.2.0").id,
    }
    assert scene.box.run("rev-list", "--count", f"{scene.plan.base}..main") == "1"


def assert_taken_back(scene: Scene) -> None:
    assert scene.box.status() == []
    assert scene.box.head == scene.plan.base
    assert scene.box.refs() == {"refs/heads/main": scene.plan.base}
    assert scene.box.remote_refs() == {"refs/heads/main": scene.plan.base}
    assert scene.index.content == {}
    assert scene.ledger.ours() == ()


@pytest.fixture(params=[(name, when) for name in STEPS for when in ("before", "after")], ids="-".join)
def crashed(request, scene) -> Scene:
    name, when = request.param
    with pytest.raises(Crash):
        run(cut(scene, name, "apply", when), scene.ledger, Silent())
    return scene


def test_running_again_finishes_it(crashed):
    run(crashed.steps(), crashed.ledger, Silent())
    assert_released(crashed)
    assert crashed.ledger.is_finished()


def test_running_again_without_the_ledger_finishes_it(crashed):
    crashed.ledger.path.unlink(missing_ok=True)
    run(crashed.steps(), crashed.ledger, Silent())
    assert_released(crashed)


def test_running_again_without_distributions_and_proofs_finishes_it(crashed):
    shutil.rmtree(crashed.state.dist, ignore_errors=True)
    for name in ("distributions.json", "proofs.json"):
        (crashed.state.path / name).unlink(missing_ok=True)
    run(crashed.steps(), crashed.ledger, Silent())
    assert_released(crashed)


def test_it_is_taken_back_as_if_nothing_had_been(crashed):
    undo(crashed.steps(), crashed.ledger, Silent())
    assert_taken_back(crashed)


def test_it_can_be_taken_back_and_done_again(crashed):
    undo(crashed.steps(), crashed.ledger, Silent())
    crashed.index.uploads.clear()
    run(crashed.steps(), crashed.ledger, Silent())
    assert_released(crashed)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", STEPS)
def test_an_undo_that_is_cut_short_is_finished_by_the_next(scene, name, when):
    run(scene.steps(), scene.ledger, Silent())
    with pytest.raises(Crash):
        undo(cut(scene, name, "undo", when), scene.ledger, Silent())
    undo(scene.steps(), scene.ledger, Silent())
    assert_taken_back(scene)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", STEPS)
def test_an_undo_that_is_cut_short_can_be_turned_into_a_release_again(scene, name, when):
    run(scene.steps(), scene.ledger, Silent())
    with pytest.raises(Crash):
        undo(cut(scene, name, "undo", when), scene.ledger, Silent())
    scene.index.uploads[:] = scene.index.content
    run(scene.steps(), scene.ledger, Silent())
    assert_released(scene)


def test_what_a_person_did_meanwhile_survives_undo(scene):
    scene.box.tag("mine")
    scene.box.run("branch", "mine")
    scene.box.push("refs/heads/mine")
    scene.box.write("mine.txt", "mine")
    scene.index.put("demo-0.1.0.tar.gz", b"mine")
    with pytest.raises(Crash):
        run(cut(scene, "verify:fake", "apply", "before"), scene.ledger, Silent())
    undo(scene.steps(), scene.ledger, Silent())
    assert scene.box.refs().keys() == {"refs/heads/main", "refs/heads/mine", "refs/tags/mine"}
    assert scene.box.remote_refs().keys() == {"refs/heads/main", "refs/heads/mine"}
    assert scene.box.status() == ["?? mine.txt"]
    assert list(scene.index.content.values()) == [b"mine"]


def test_a_file_of_the_version_that_a_person_uploaded_keeps_the_tag(scene):
    scene.index.put("demo-0.2.0-cp312-cp312-win_amd64.whl", b"mine")
    run(scene.steps(), scene.ledger, Silent())
    refs = (scene.box.refs(), scene.box.remote_refs())
    with pytest.raises(Irreversible, match="did not upload"):
        undo(scene.steps(), scene.ledger, Silent())
    assert list(scene.index.content.values()) == [b"mine"]
    assert (scene.box.refs(), scene.box.remote_refs()) == refs


def test_a_persons_tag_made_first_is_used_and_kept(scene):
    scene.apply("edit", "commit")
    tag = scene.box.tag("v0.2.0")
    run(scene.steps(), scene.ledger, Silent())
    assert scene.box.remote_refs()["refs/tags/v0.2.0"] == tag
    undo(scene.steps(), scene.ledger, Silent())
    assert scene.box.git.tag("v0.2.0").id == tag


def test_past_the_point_of_no_return_tag_and_push_stay(box, tmp_path):
    scene = Scene(box, tmp_path, FakeIndex(lag=99))
    steps = [scene.publish(wait=0) if step.name == "publish:fake" else step for step in scene.steps()]
    with pytest.raises(NotVisible):
        run(steps, scene.ledger, Silent())
    refs = scene.box.remote_refs()
    with pytest.raises(Irreversible, match="cannot take files back"):
        undo(scene.steps(), scene.ledger, Silent())
    assert scene.box.remote_refs() == refs
    assert "refs/tags/v0.2.0" in scene.box.refs()


def test_the_loser_of_a_race_stops_and_goes_back_clean(scene):
    other = scene.box.clone("other")
    steps = scene.steps()
    run(steps[:5], scene.ledger, Silent(), finish=False)
    theirs = other.commit("their release")
    other.tag("v0.2.0")
    other.push("main", "v0.2.0")
    with pytest.raises(Blocked, match="push"):
        run(scene.steps(), scene.ledger, Silent())
    undo(scene.steps(), scene.ledger, Silent())
    assert scene.box.status() == []
    assert scene.box.head == scene.plan.base
    assert scene.box.remote_refs()["refs/heads/main"] == theirs
    assert scene.index.content == {}
