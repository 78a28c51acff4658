from __future__ import annotations

import pytest
from packaging.version import Version
from tests.steps.scene import Scene

from tagboat.pipeline import promote_steps, release_steps, rollback_steps
from tagboat.plan import PromotionPlan, RollbackPlan
from tagboat.state import StateFolder
from tagboat.testing import FakeIndex


@pytest.mark.parametrize("remote", ["origin", None])
def test_a_release_goes_from_reversible_to_irreversible_and_verifies_each_index_before_the_next(box, tmp_path, remote):
    scene = Scene(box, tmp_path).change(remote=remote)
    steps = release_steps(
        scene.plan,
        git=box.git,
        state=scene.state,
        indexes=[FakeIndex("stage"), FakeIndex("main")],
        build=scene.build_all,
        check=lambda _: [],
        verify=scene.install,
        wait=1,
        progress=lambda *_: None,
    )
    names = ["edit", "commit", "tag", "build", "check", "push"]
    names += ["publish:stage", "verify:stage", "publish:main", "verify:main"]
    assert [step.name for step in steps] == [name for name in names if remote or name != "push"]


def test_a_rollback_is_off_every_index_before_it_proves_anything(tmp_path, box):
    plan = RollbackPlan(project="demo", version=Version("1.0"), reason="bad", indexes=("stage", "main"))
    state = Scene(box, tmp_path).state.rollback
    indexes = [FakeIndex("stage", by_hand=True), FakeIndex("main", yanks=True, by_hand=True), FakeIndex("last")]
    nothing = {"wait": 1, "show": lambda *_: None, "note": lambda _: None}
    steps = rollback_steps(plan, state=state, indexes=indexes, prove=lambda _: "", **nothing)
    assert [step.name for step in steps] == [
        *("withdraw:main", "withdraw:stage", "withdraw:last"),  # a person comes last
        *("fallback:stage", "fallback:main", "fallback:last"),
    ]


@pytest.mark.parametrize("by_server", [True, False])
def test_a_promotion_takes_the_server_where_it_can_and_proves_both_sides(tmp_path, by_server):
    plan = PromotionPlan(project="demo", version=Version("1.0"), source="stage", target="main", files={"a": "b"})
    source, target = FakeIndex("stage", promotes=by_server), FakeIndex("main")
    steps = promote_steps(
        plan,
        state=StateFolder(tmp_path),
        source=source,
        target=target,
        verify=lambda *_: "",
        wait=1,
        progress=lambda *_: None,
    )
    assert [step.name for step in steps] == ["fetch:stage", "check", "publish:main", "compare:main", "verify:main"]
    assert (steps[2].promote is not None) is by_server
