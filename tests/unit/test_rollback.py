"""What a rollback decides before anything is done, with indexes in memory."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from tagboat import promotion, rollback
from tagboat.config import IndexConfig
from tagboat.errors import ConfigError, IndexFailed, NotReady, Problem
from tagboat.observer import Silent
from tagboat.plan import PromotionPlan
from tagboat.testing import FakeIndex, make_project
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tagboat.index import Index

V1 = Version("1.0")
WHEEL = "sample-1.0-py3-none-any.whl"


class Harbour(Workspace):
    """A workspace whose indexes are in memory."""

    fakes: dict[str, FakeIndex]

    def index(self, name: str) -> Index:
        self.config.find_index(name)
        return self.fakes[name]


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from dataclasses import replace

    from tests.gitbox import isolate

    from tagboat.config import load_config

    isolate(tmp_path, monkeypatch)
    root = make_project(tmp_path / "project", name="sample", version="1.0")

    def made(*fakes: FakeIndex, release_to: tuple[str, ...] | None = None) -> Harbour:
        indexes = tuple(IndexConfig(fake.name, "directory", {"path": fake.name}) for fake in fakes)
        config = replace(load_config(root), index=indexes, indexes=release_to)
        workspace = Harbour(root, cache=tmp_path / "cache", config=config)
        workspace.fakes = {fake.name: fake for fake in fakes}
        return workspace

    return made


def holding(name: str, **powers: bool) -> FakeIndex:
    index = FakeIndex(name, **powers)
    index.put(WHEEL, b"wheel")
    return index


def test_it_remembers_on_which_hosts_the_files_were(harbour):
    plan = rollback.prepare(harbour(holding("stage", yanks=True)), V1, "bad")
    assert plan.hosts == {"stage": ("stage",)}
    assert type(plan).from_json(plan.to_json()) == plan


def test_every_problem_of_every_index_is_told_at_once(harbour):
    stage, main = holding("stage", yanks=True), holding("main", deletes=True)
    stage.trouble = [Problem("stage: no credential")]
    main.fail_next("problems")
    with pytest.raises(NotReady) as caught:
        rollback.prepare(harbour(stage, main), V1, "bad")
    assert [problem.what for problem in caught.value.problems] == ["stage: no credential", "main: the test says no"]


@pytest.mark.parametrize("powers", [{"by_hand": True}, {}])
def test_where_a_person_withdraws_no_credential_is_wanted(harbour, powers):
    index = holding("pypi", **powers)
    index.trouble = [Problem("no credential")]
    assert rollback.prepare(harbour(index), V1, "bad").indexes == ("pypi",)


def test_an_index_that_no_release_goes_to_is_withdrawn_from_when_it_shows_the_version(harbour):
    stage, main, empty, away = holding("stage"), holding("main"), FakeIndex("empty"), FakeIndex("away")
    away.fail_next("files", IndexFailed("away"))
    workspace = harbour(stage, main, empty, away, release_to=("stage",))
    assert rollback.prepare(workspace, V1, "bad").indexes == ("stage", "main")


def test_an_index_that_cannot_be_used_and_that_no_release_goes_to_stands_in_nobodys_way(harbour):
    stage, broken = holding("stage"), holding("broken")
    broken.fail_next("files", ConfigError("nothing says where it is"))
    assert rollback.prepare(harbour(stage, broken, release_to=("stage",)), V1, "bad").indexes == ("stage",)


def test_a_strangers_version_of_the_same_name_on_another_index_is_left_alone(harbour):
    stage, main = holding("stage", deletes=True), FakeIndex("main", deletes=True)
    main.put(WHEEL, b"a stranger's")
    workspace = harbour(stage, main, release_to=("stage",))
    assert rollback.prepare(workspace, V1, "bad").indexes == ("stage",)
    main.hashes = False  # nobody can tell
    assert rollback.prepare(workspace, V1, "bad").indexes == ("stage", "main")
    main.hashes = True
    stage.delete("sample", V1, [WHEEL])  # nothing is left to tell ours by
    assert rollback.prepare(workspace, V1, "bad").indexes == ("stage", "main")


def test_an_index_that_it_was_promoted_to_has_to_be_read(harbour):
    stage, main = holding("stage"), FakeIndex("main")
    workspace = harbour(stage, main, release_to=("stage",))
    plan = PromotionPlan(project="sample", version=V1, source="stage", target="main", files={})
    promotion.state_of(workspace, plan).keep_plan(plan)
    main.fail_next("files")
    with pytest.raises(IndexFailed):
        rollback.prepare(workspace, V1, "bad")
    assert rollback.prepare(workspace, V1, "bad").indexes == ("stage", "main")


# -- promotion -----------------------------------------------------------------------------------------


def test_a_promotion_knows_its_files_by_their_bytes_also_where_no_hash_is_told(harbour):
    stage = holding("stage")
    stage.hashes = False
    plan = promotion.prepare(harbour(stage, FakeIndex("main")), V1, "stage", "main")
    assert plan.files == {WHEEL: hashlib.sha256(b"wheel").hexdigest()}
    assert type(plan).from_json(plan.to_json()) == plan
    assert plan.command == "tagboat promote 1.0 --from stage --to main"


def test_every_problem_of_both_sides_is_told_at_once(harbour):
    stage, main = holding("stage", promotes=True), holding("main")
    stage.trouble, main.trouble = [Problem("stage: who are you?")], [Problem("main: who are you?")]
    main.fail_next("files")
    with pytest.raises(NotReady) as caught:
        promotion.prepare(harbour(stage, main), V1, "stage", "main")
    told = [problem.what for problem in caught.value.problems]
    assert told == ["stage: who are you?", "main: who are you?", "main: the test says no"]


def test_to_read_from_the_source_no_problem_of_an_upload_there_counts(harbour):
    stage = holding("stage")
    stage.trouble = [Problem("no credential")]
    assert promotion.prepare(harbour(stage, FakeIndex("main")), V1, "stage", "main").source == "stage"


def test_a_rollback_ends_a_promotion_that_was_under_way(harbour):
    workspace = harbour(holding("stage"), FakeIndex("main"))
    plan = promotion.prepare(workspace, V1, "stage", "main")
    promotion.state_of(workspace, plan).keep_plan(plan)
    assert promotion.unfinished(workspace) == plan
    assert promotion.unfinished(workspace, Version("2.0")) is None
    workspace.state_of(V1).rollback.keep_plan(rollback.prepare(workspace, V1, "bad"))
    assert promotion.unfinished(workspace) is None


def test_a_promotion_that_was_under_way_does_not_bring_back_what_was_withdrawn(harbour):
    stage = holding("stage", deletes=True)
    workspace = harbour(stage, FakeIndex("main", deletes=True))
    plan = promotion.prepare(workspace, V1, "stage", "main")
    promotion.state_of(workspace, plan).keep_plan(plan)
    promotion.steps_of(workspace, plan, Silent())[0].apply()  # the files are here, so nobody would ask the source
    withdrawal = rollback.prepare(workspace, V1, "bad")
    workspace.state_of(V1).rollback.keep_plan(withdrawal)
    with pytest.raises(NotReady) as caught:  # also before the source is off
        promotion.prepare(workspace, V1, "stage", "main")
    assert caught.value.problems[0].what == "1.0 was withdrawn from here"
    workspace.state_of(V1).rollback.remove()
    assert promotion.prepare(workspace, V1, "stage", "main") == plan


def test_two_pairs_of_indexes_never_share_a_promotion(harbour):
    workspace = harbour(holding("a-b"), FakeIndex("c"), holding("a"), FakeIndex("b-c"))
    plan = promotion.prepare(workspace, V1, "a-b", "c")
    promotion.state_of(workspace, plan).keep_plan(plan)
    assert promotion.prepare(workspace, V1, "a", "b-c").source == "a"


def test_a_version_has_one_state_by_whatever_spelling(harbour):
    workspace = harbour(holding("stage"))
    assert workspace.state_of(Version("1.0.0")).path.name == "1.0.0"
    workspace.state_of(V1).keep_plan(rollback.prepare(workspace, V1, "bad"))
    assert workspace.state_of(Version("1.0.0")) == workspace.state_of(V1)
    assert workspace.state_of(Version("1.0+mine")) != workspace.state_of(V1)
