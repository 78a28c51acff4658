from __future__ import annotations

import pytest
from packaging.version import Version
from tests.steps.scene import Scene

from tagboat.pipeline import release_steps, rollback_steps
from tagboat.plan import RollbackPlan
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
    steps = rollback_steps(plan, state=state, indexes=[FakeIndex("stage"), FakeIndex("main")], prove=lambda _: "")
    assert [step.name for step in steps] == ["withdraw:stage", "withdraw:main", "fallback:stage", "fallback:main"]
