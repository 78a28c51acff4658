"""An index lists exactly what is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.steps.scene import SDIST, VERSION, WHEEL, Scene

from tagboat.errors import Blocked, NotVisible
from tagboat.observer import Silent
from tagboat.runner import run
from tagboat.step import State
from tagboat.steps.listed import ListedStep
from tagboat.testing import FakeIndex

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gitbox import Box


@pytest.fixture
def scene(box: Box, tmp_path: Path) -> Scene:
    scene = Scene(box, tmp_path, FakeIndex(lag=3))
    scene.apply("edit", "commit", "tag", "build")
    return scene


def step(scene: Scene, *, wait: float = 60.0) -> ListedStep:
    command = "tagboat ci verify --from fake"
    return ListedStep("demo", VERSION, scene.index, scene.state, wait=wait, command=command, sleep=scene.slept.append)


def upload(scene: Scene) -> None:
    for distribution in scene.state.distributions() or ():
        scene.index.upload(distribution)


def test_it_waits_until_everything_is_listed(scene: Scene) -> None:
    upload(scene)
    assert step(scene).probe().state is State.TODO
    run([step(scene)], scene.ledger, Silent(), finish=False)
    assert step(scene).probe().state is State.DONE
    assert scene.slept
    assert scene.index.closed == 1


def test_what_is_not_listed_in_time_is_not_visible_and_not_broken(scene: Scene) -> None:
    with pytest.raises(NotVisible, match=f"does not list {WHEEL}, {SDIST}"):
        step(scene, wait=0).apply()


def test_a_file_that_was_not_handed_over_stops_it(scene: Scene) -> None:
    upload(scene)
    scene.index.put("demo-0.2.0-cp312-cp312-win_amd64.whl", b"somebody's")
    with pytest.raises(Blocked, match=r"win_amd64\.whl, which this release did not build") as caught:
        run([step(scene)], scene.ledger, Silent(), finish=False)
    assert "tagboat rollback 0.2.0" in caught.value.next


@pytest.mark.parametrize("hashes", [True, False])
def test_other_bytes_stop_it(box: Box, tmp_path: Path, hashes: bool) -> None:
    scene = Scene(box, tmp_path, FakeIndex(hashes=hashes))
    scene.apply("edit", "commit", "tag", "build")
    scene.index.put(WHEEL, b"other bytes")
    status = step(scene).probe()
    assert status.state is State.BLOCKED
    assert f"{WHEEL} with other bytes" in status.detail


def test_nothing_is_taken_back(scene: Scene) -> None:
    upload(scene)
    step(scene).undo()
    assert len(scene.index.content) == 2
