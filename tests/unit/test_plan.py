from __future__ import annotations

import json
from pathlib import Path

import pytest
from packaging.version import Version

from tagboat.errors import ConfigError
from tagboat.git import relative_folder
from tagboat.plan import (
    Edit,
    Plan,
    RollbackPlan,
    filled,
    rebased,
)
from tagboat.tags import tag_name, version_of_tag

PLAN = Plan(
    project="Demo.Pkg",
    folder="packages/ü one",
    version=Version("1.0rc1"),
    previous=Version("0.9"),
    base="a" * 40,
    branch="feature/ü",
    remote="origin",
    upstream="b" * 40,
    tag="demo/v1.0rc1",
    message="chore: 発売 1.0rc1\n\nBody\n",
    notes="- Fixed: it\r\n- \udce9",
    edits=(
        Edit("pyproject.toml", "version = '0.9'\r\n", "version = '1.0rc1'\r\n"),
        Edit("CHANGELOG.md", None, "caf\xe9\n", "latin-1"),
    ),
    indexes=("test", "main"),
    reason="because",
)
ROLLBACK = RollbackPlan(project="demo", version=Version("1.0"), reason="it breaks 日本", indexes=("main",))


def test_a_plan_survives_being_written_down():
    assert Plan.from_json(PLAN.to_json()) == PLAN
    least = Plan(project="demo", version=Version("1"), base="c" * 40, tag="v1")
    assert Plan.from_json(least.to_json()) == least
    PLAN.to_json().encode("ascii")


def test_a_rollback_plan_survives_being_written_down():
    assert RollbackPlan.from_json(ROLLBACK.to_json()) == ROLLBACK


def test_a_plan_knows_its_subject():
    assert PLAN.subject == "chore: 発売 1.0rc1"


@pytest.mark.parametrize("kind", [Plan, RollbackPlan])
@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", "null", "{}", '{"format": 1}', '{"format": 1, "version": "one"}', '{"format": 1, "odd": 2}'],
)
def test_what_is_no_plan_is_refused_in_one_way(kind, text):
    with pytest.raises(ConfigError, match=r"here\.json is not a plan that tagboat can read") as caught:
        kind.from_json(text, "here.json")
    assert "plan again" in caught.value.next


@pytest.mark.parametrize(
    "change",
    [
        {"version": "one"},
        {"unknown": 1},
        {"edits": [{"path": "x"}]},
        {"edits": 3},
        {"indexes": None},
        {"version": None},
    ],
)
def test_a_plan_with_an_odd_field_is_refused(change):
    with pytest.raises(ConfigError, match="is not a plan"):
        Plan.from_json(json.dumps({**json.loads(PLAN.to_json()), **change}))


@pytest.mark.parametrize("plan", [PLAN, ROLLBACK])
def test_another_format_is_never_guessed_at(plan):
    text = json.dumps({**json.loads(plan.to_json()), "format": 2})
    with pytest.raises(ConfigError, match="another version of tagboat"):
        type(plan).from_json(text)


@pytest.mark.parametrize(
    ("tag_format", "tag", "version"),
    [
        ("v{version}", "v1.0", "1.0"),
        ("v{version}", "v1.0.0-rc.1", "1.0.0rc1"),
        ("v{version}", "1.0", None),
        ("v{version}", "v", None),
        ("v{version}", "vienna", None),
        ("{version}", "1!2.0+local", "1!2.0+local"),
        ("{project}-{version}", "demo-1.0", "1.0"),
        ("{project}-{version}", "demo-extra-1.0", None),
        ("{project}/v{version}-final", "demo/v1.0-final", "1.0"),
        ("{project}/v{version}-final", "demo/v1.0", None),
        ("v{version}v", "v", None),
        ("release", "release", None),
    ],
)
def test_a_tag_states_a_version_when_it_has_the_format(tag_format, tag, version):
    assert version_of_tag(tag_format, "demo", tag) == (version and Version(version))


@pytest.mark.parametrize("tag_format", ["v{version}", "{version}", "{project}/v{version}", "{project}@{version}-x"])
@pytest.mark.parametrize("version", ["1.0", "1.0rc1", "1!2.0", "1.0.post1.dev2+local.7"])
def test_a_tags_name_is_read_back_as_its_version(tag_format, version):
    assert version_of_tag(tag_format, "demo", tag_name(tag_format, "demo", Version(version))) == Version(version)


@pytest.mark.parametrize(
    ("folder", "path", "joined"),
    [
        ("", "pyproject.toml", "pyproject.toml"),
        ("", "./src/../pyproject.toml", "pyproject.toml"),
        ("packages/one", "src/a.py", "packages/one/src/a.py"),
        ("packages/one", "../../uv.lock", "uv.lock"),
        ("packages/one", "./a//b", "packages/one/a/b"),
    ],
)
def test_paths_become_relative_to_the_repositorys_top(folder, path, joined):
    assert rebased((Edit(path, None, "x", "latin-1"),), folder) == (Edit(joined, None, "x", "latin-1"),)


@pytest.mark.parametrize("path", ["../../x", "/etc/x", "../../one/x"])
def test_a_file_outside_the_repository_cannot_be_edited(path):
    with pytest.raises(ConfigError, match="outside the repository"):
        rebased((Edit(path, None, ""),), "one")


def test_a_template_is_filled_in():
    assert filled("release {version} of {project}: {other}", {"version": Version("1.0"), "project": "demo"}) == (
        "release 1.0 of demo: {other}"
    )


def test_a_projects_folder_is_relative_to_the_top(tmp_path):
    inside = tmp_path / "packages" / "ü one"
    inside.mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(inside)
    assert relative_folder(tmp_path, tmp_path) == ""
    assert relative_folder(tmp_path, inside) == "packages/ü one"
    assert relative_folder(tmp_path, link) == "packages/ü one"
    assert relative_folder(Path(tmp_path / "."), inside / "..") == "packages"
