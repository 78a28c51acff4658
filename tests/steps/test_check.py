from __future__ import annotations

import pytest
from tests.steps.scene import WHEEL

from tagboat.errors import Blocked, CheckFailed, IndexFailed, Problem
from tagboat.step import State
from tagboat.steps.check import CheckStep, fingerprint, frozen, objections
from tagboat.testing import FakeIndex


@pytest.fixture
def scene(scene):
    scene.apply("edit", "commit", "tag", "build")
    return scene


@pytest.mark.parametrize("step", ["check", "verify"])
def test_what_passed_has_passed_for_these_bytes_only(scene, step):
    scene.apply("publish", step)
    assert getattr(scene, step)().probe().state is State.DONE
    scene.state.forget_distributions()
    assert getattr(scene, step)().probe().state is State.TODO
    scene.index.put(WHEEL, b"other bytes")
    scene.apply("build")
    assert getattr(scene, step)().probe().state is State.TODO


def test_all_problems_are_told_at_once_and_nothing_has_passed(scene):
    scene.problems = [Problem("no licence"), Problem("no README")]
    with pytest.raises(CheckFailed) as caught:
        scene.check().apply()
    assert caught.value.problems == tuple(scene.problems)
    assert "tagboat undo" in caught.value.next
    assert scene.check().probe().state is State.TODO


@pytest.mark.parametrize("step", ["check", "verify", "publish"])
@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_lost_or_changed_distributions_are_never_checked_nor_published(scene, step, damage):
    path = scene.state.dist / WHEEL
    path.unlink() if damage == "gone" else path.write_bytes(b"changed")
    assert getattr(scene, step)().probe().state is State.TODO
    with pytest.raises(Blocked, match="gone or changed") as caught:
        getattr(scene, step)().apply()
    assert "tagboat release" in caught.value.next
    assert scene.index.content == {}


def test_a_fingerprint_is_of_names_and_bytes_in_any_order(scene):
    one, two = frozen(scene.state)
    assert fingerprint([one, two]) == fingerprint([two, one])
    assert fingerprint([one]) != fingerprint([two])


def test_a_verify_step_says_what_was_shown(scene):
    scene.apply("publish")
    step = scene.verify()
    step.apply()
    assert step.probe().detail == "installed from fake"
    assert "before" in scene.verify().probe().detail


def test_every_index_objects_by_its_rules_and_is_named(scene):
    other = FakeIndex("other")
    other.refused = [Problem("the name is burnt", "deleted once", "the next version")]
    scene.index.refused = [Problem("fake takes no local version")]
    scene.problems = [Problem("no licence")]
    step = scene.check()
    step.indexes = [scene.index, other]
    with pytest.raises(CheckFailed) as caught:
        step.apply()
    assert caught.value.problems == (
        Problem("no licence"),
        Problem("fake takes no local version"),
        Problem("other: the name is burnt", "deleted once", "the next version"),
    )
    assert step.probe().state is State.TODO
    assert scene.index.content == {}


def test_without_the_rules_of_indexes_the_check_is_of_the_files_alone(scene):
    scene.index.refused = [Problem("fake takes no local version")]
    step = CheckStep(scene.state, lambda _: scene.problems, [scene.index], by_rules=False)
    step.apply()
    assert step.probe().state is State.DONE


def test_an_index_that_cannot_be_asked_is_no_bad_distribution(scene):
    scene.index.fail_next("objections")
    with pytest.raises(IndexFailed):
        scene.check().apply()
    scene.index.fail_next("objections")
    other = FakeIndex("other")
    other.refused = [Problem("too big")]
    assert [each.what for each in objections([scene.index, other], [])] == ["fake: the test says no", "other: too big"]
