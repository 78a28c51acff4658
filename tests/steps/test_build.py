from __future__ import annotations

import pytest
from tests.steps.scene import FOLDER, SDIST, WHEEL

from tagboat.errors import BuildFailed, CheckFailed, IndexFailed
from tagboat.step import State
from tagboat.steps.build import BuildStep
from tagboat.steps.check import frozen
from tagboat.steps.verify import VerifyStep


@pytest.fixture
def scene(scene):
    scene.apply("edit", "commit", "tag")
    return scene


def test_the_distributions_are_of_the_tag_and_nothing_stray(scene):
    scene.box.write(f"{FOLDER}/pyproject.toml", "stray")
    scene.box.commit("later")
    scene.apply("build")
    assert [each.filename for each in frozen(scene.state)] == [WHEEL, SDIST]
    assert b"stray" not in (scene.state.dist / WHEEL).read_bytes()
    assert b"0.2.0" in (scene.state.dist / WHEEL).read_bytes()
    assert scene.build().probe().detail == f"{WHEEL}, {SDIST}"


def test_what_is_there_is_not_built_again(scene):
    scene.apply("build")
    assert scene.build().probe().state is State.DONE
    (scene.state.dist / WHEEL).write_bytes(b"damaged")
    assert scene.build().probe().state is State.TODO
    (scene.state.path / "distributions.json").unlink()
    assert scene.build().probe().state is State.TODO


def test_files_that_an_index_has_are_fetched_and_never_built_anew(scene):
    scene.apply("build", "publish")
    before = scene.index.content
    scene.state.forget_distributions()
    scene.apply("build")
    assert scene.builds == 1
    assert {each.filename: each.path.read_bytes() for each in frozen(scene.state)} == before
    assert scene.publish().probe().state is State.DONE


def test_only_the_missing_kind_is_built(scene):
    scene.apply("build")
    wheel = (scene.state.dist / WHEEL).read_bytes()
    scene.index.put(WHEEL, wheel)
    scene.index.put("demo-0.2.0.txt", b"no distribution")
    scene.state.forget_distributions()
    scene.apply("build")
    assert scene.builds == 2
    assert (scene.state.dist / WHEEL).read_bytes() == wheel
    assert len(frozen(scene.state)) == 2
    assert scene.publish().probe().state is State.TODO


def test_a_foreign_wheel_does_not_stand_for_our_own(scene):
    other = "demo-0.2.0-cp312-cp312-win_amd64.whl"
    scene.index.put(other, b"from another machine")
    scene.apply("build")
    assert {each.filename for each in frozen(scene.state)} == {SDIST, WHEEL, other}


def test_the_first_index_that_has_a_file_gives_it(scene):
    from tagboat.testing import FakeIndex

    first, second = FakeIndex("first"), FakeIndex("second")
    first.put(WHEEL, b"first")
    second.put(WHEEL, b"second")
    second.put(SDIST, b"second")
    BuildStep(scene.plan, scene.state, [first, second], scene.build_all).apply()
    assert [each.path.read_bytes() for each in frozen(scene.state)] == [b"first", b"second"]
    assert scene.builds == 0


def test_an_index_that_cannot_be_read_is_never_taken_for_empty(scene):
    scene.index.fail_next("files")
    with pytest.raises(IndexFailed):
        scene.build().apply()
    assert scene.builds == 0
    assert scene.build().probe().state is State.TODO


def test_a_build_that_fails_freezes_nothing(scene):
    def fail(_):
        raise BuildFailed("no compiler")

    with pytest.raises(BuildFailed):
        BuildStep(scene.plan, scene.state, [], fail).apply()
    assert scene.state.hashes() == {}
    scene.apply("build")


def test_a_build_that_makes_something_odd_freezes_nothing(scene):
    def odd(folder):
        built = scene.build_all(folder)
        (scene.state.dist / "notes.txt").write_text("", encoding="utf-8")
        return built

    with pytest.raises(CheckFailed):
        BuildStep(scene.plan, scene.state, [], odd).apply()
    assert scene.state.hashes() == {}


class Early:
    """A build that can get ready."""

    def __init__(self, scene) -> None:
        self.scene = scene
        self.ready = self.gone = 0

    def get_ready(self) -> None:
        self.ready += 1

    def let_go(self) -> None:
        self.gone += 1

    def __call__(self, folder):
        return self.scene.build_all(folder)


def test_the_build_gets_ready_while_there_is_something_to_build(scene):
    early = Early(scene)
    step = BuildStep(scene.plan, scene.state, [scene.index], early)
    step.get_ready()
    step.apply()
    step.get_ready()
    step.let_go()
    assert (early.ready, early.gone) == (1, 1)
    scene.build().get_ready()  # nor does a build have to
    scene.build().let_go()


def test_the_verification_gets_ready_once_there_is_something_to_install(scene):
    asked = []

    class Verifier:
        def get_ready(self, frozen) -> None:
            asked.append(frozen())

        def let_go(self) -> None:
            asked.append("let go")

    step = VerifyStep(scene.index, scene.state, scene.install, Verifier())
    step.get_ready()
    assert asked == []
    scene.apply("build")
    step.get_ready()
    assert [each.filename for each in asked.pop()] == [WHEEL, SDIST]
    scene.apply("publish")
    step.apply()
    step.get_ready()
    step.let_go()
    assert asked == ["let go"]
