from __future__ import annotations

import os

import pytest
from packaging.version import Version

from tagboat.distribution import Distribution
from tagboat.errors import Blocked, ConfigError
from tagboat.plan import Plan, RollbackPlan
from tagboat.state import StateFolder, ensure_home, release_folders

PLAN = Plan(project="demo", version=Version("1.0"), base="a" * 40, tag="v1.0")
ROLLBACK = RollbackPlan(project="demo", version=Version("1.0"), reason="bad", indexes=())


@pytest.fixture
def state(tmp_path) -> StateFolder:
    found = StateFolder(tmp_path / "1.0")
    found.keep_plan(PLAN)
    found.dist.mkdir()
    return found


def built(folder, *names, data=b"bytes") -> list[Distribution]:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(data)
    return [Distribution.from_file(folder / name) for name in names]


NAMES = ("demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz")


def test_the_home_ignores_itself_in_git(box):
    home = ensure_home(box.top)
    (home / "1.0").mkdir()
    (home / "1.0" / "plan.json").write_text("", encoding="utf-8")
    assert ensure_home(box.top) == home
    assert box.status() == []


def test_plans_are_kept_and_found_again(state):
    assert state.plan() == PLAN
    assert state.rollback.plan() is None
    assert state.rollback.rollback_plan() is None
    state.rollback.keep_plan(ROLLBACK)
    assert state.rollback.rollback_plan() == ROLLBACK
    assert state.plan() == PLAN


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"{}"])
def test_a_damaged_plan_is_an_error_and_never_no_plan(state, data):
    (state.path / "plan.json").write_bytes(data)
    with pytest.raises(ConfigError, match="is not a plan"):
        state.plan()
    with pytest.raises(ConfigError, match="is not a plan"):
        state.rollback_plan()


def test_distributions_are_there_while_every_byte_is(state):
    assert state.distributions() is None
    distributions = built(state.dist, *NAMES)
    state.keep_distributions(distributions)
    assert state.distributions() == tuple(distributions)
    (state.dist / NAMES[0]).write_bytes(b"other")
    assert state.distributions() is None
    (state.dist / NAMES[0]).unlink()
    assert state.distributions() is None
    assert set(state.hashes()) == set(NAMES)  # what was frozen is still known
    state.forget_distributions()
    assert state.hashes() == {}
    assert not state.dist.exists()
    state.forget_distributions()


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"7", b"{}", b'{"demo-1.0.tar.gz": 7}'])
def test_damaged_notes_say_nothing(state, data):
    (state.path / "distributions.json").write_bytes(data)
    (state.path / "proofs.json").write_bytes(data)
    assert state.distributions() is None
    assert state.hashes() == {}
    assert state.proof("check") is None
    state.keep_proof("check", "x")
    assert state.proof("check") == "x"


def test_proofs_are_kept_and_forgotten_one_by_one(state):
    state.keep_proof("check", "a")
    state.keep_proof("verify:main", "b")
    state.keep_proof("check", None)
    assert state.proof("check") is None
    assert state.proof("verify:main") == "b"
    state.keep_proof("never", None)


def test_distributions_from_elsewhere_are_taken_in(tmp_path):
    state = StateFolder(tmp_path / "1.0")
    wheel, sdist = built(tmp_path / "elsewhere", *NAMES)
    state.adopt([wheel])
    state.adopt(iter([wheel, sdist]))
    assert [each.filename for each in state.distributions()] == list(NAMES)
    (state.dist / NAMES[0]).write_bytes(b"damaged")
    state.adopt([wheel])
    assert state.distributions() is not None


def test_other_bytes_than_were_frozen_are_never_taken_in_even_when_ours_are_lost(state, tmp_path):
    state.keep_distributions(built(state.dist, *NAMES))
    (other,) = built(tmp_path / "elsewhere", NAMES[0], data=b"other")
    for lost in (False, True):
        if lost:
            (state.dist / NAMES[0]).unlink()
        with pytest.raises(Blocked, match="is not the file that this release was built with") as caught:
            state.adopt([other])
        assert other.sha256 in caught.value.why
        assert state.hashes()[NAMES[0]] in caught.value.why
        assert f"delete {state.path}" in caught.value.next


def test_a_removed_folder_is_no_release_from_its_first_moment_on(state, tmp_path):
    state.remove()
    assert not state.path.exists()
    state.remove()


def test_releases_are_found_the_most_recent_first(tmp_path):
    for number, name in enumerate(["1.0", "0.9", "1.0rc1", "not a version", "cache"]):
        folder = StateFolder(tmp_path / ".tagboat" / name)
        folder.keep_plan(PLAN)
        os.utime(folder.path / "plan.json", (number, number))
    (tmp_path / ".tagboat" / "2.0").mkdir()
    (tmp_path / ".tagboat" / "lock").write_text("", encoding="utf-8")
    assert [str(version) for version, _ in release_folders(tmp_path)] == ["1.0rc1", "0.9", "1.0"]
    assert release_folders(tmp_path / "nowhere") == []
