from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.tree import plant

from tagboat.ci.generate.pipeline import Pipeline, make_pipeline
from tagboat.ci.generate.render import quoted, tag_glob, tag_regex
from tagboat.config import parse_config
from tagboat.errors import ConfigError
from tagboat.project import read_project
from tagboat.project.sources import read_sources
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tagboat.config.model import Config


def pipeline(root: Path, settings: dict[str, object], *, version: str = "1.2.3", folder: str = "") -> Pipeline:
    return made(root, parse_config(settings), version=version, folder=folder)


def made(root: Path, config: Config, *, version: str = "1.2.3", folder: str = "") -> Pipeline:
    plant(
        root, {"pyproject.toml": f'[project]\nname = "Harbour.Light"\nversion = "{version}"\n', "harbour_light.py": ""}
    )
    return make_pipeline(config, read_project(root, config), read_sources(root), folder)


@pytest.mark.parametrize(
    ("tag_format", "version", "glob", "regex"),
    [
        ("v{version}", "1.2.3", "v*.*.*", r"/^v[0-9]+\.[0-9]+\.[0-9]+/"),
        ("v{version}", "1.2.3.4rc1", "v*.*.*", r"/^v[0-9]+\.[0-9]+\.[0-9]+/"),
        ("v{version}", "2026.7", "v*.*", r"/^v[0-9]+\.[0-9]+/"),
        ("{version}", "3", "*", "/^[0-9]+/"),
        ("{project}/v{version}", "1.0.0", "Harbour.Light/v*.*.*", r"/^Harbour\.Light\/v[0-9]+\.[0-9]+\.[0-9]+/"),
        ("r+{version}!x", "1.0.0", r"r\+*.*.*\!x", r"/^r\+[0-9]+\.[0-9]+\.[0-9]+.*!x$/"),
    ],
)
def test_tags_are_known_by_the_format_and_by_how_many_numbers_a_version_has(tmp_path, tag_format, version, glob, regex):
    tags = pipeline(tmp_path, {"tag-format": tag_format}, version=version).tags
    assert (tag_glob(tags), tag_regex(tags)) == (glob, regex)


@pytest.mark.parametrize(
    "text", ["on", "Yes", "null", "3.10", "1e3", "", "a: b", "a #b", "- a", "0x1", "~", "é", " a", '"']
)
def test_what_yaml_would_take_for_something_else_is_in_quotes(text):
    assert quoted(text) == '"' + text.replace('"', '\\"') + '"'


@pytest.mark.parametrize("text", ["pypi", "stage-1", "ubuntu-24.04-arm", "Roll back", "a/b_c"])
def test_other_names_are_plain(text):
    assert quoted(text) == text


def test_paths_are_those_of_the_project_below_the_top(tmp_path):
    below, top = pipeline(tmp_path, {}, folder="packages/light"), pipeline(tmp_path, {})
    assert (below.at("handover"), below.tagboat) == ("packages/light/handover", "tagboat -C packages/light")
    assert (top.at("handover"), top.tagboat, top.slug) == ("handover", "tagboat", "harbour-light")


def test_the_jobs_install_the_extras_that_they_need(tmp_path):
    plain = pipeline(tmp_path, {"index": {"pypi": {"kind": "pypi"}}})
    assert (plain.extras("github"), plain.extras("gitlab")) == (("ci",), ("attestations", "ci"))
    index = {"a": {"kind": "azure", "organization": "o", "feed": "f"}}
    full = {"index": index, "forge": {"kind": "github"}, "ci": {"notify": True, "licences": []}}
    assert pipeline(tmp_path, full).extras("github") == ("azure", "ci", "github", "notify", "vulnerabilities")


def test_everything_that_is_wrong_is_told_at_once(tmp_path):
    ci = {"release": "pull-request", "test": ["echo ${{ github.ref_name }}", "pytest"]}
    with pytest.raises(ConfigError) as error:
        pipeline(tmp_path, {"ci": ci}, folder="ein Ordner")
    assert [problem.what for problem in error.value.problems] == [
        "releases by pull request need a branch that they are merged into, and a forge",
        "test in [tool.tagboat.ci] has an expression in it: echo ${{ github.ref_name }}",
        "the folder ein Ordner has characters that would have to be quoted in every shell",
    ]


def test_an_index_that_only_variables_of_this_machine_describe_is_not_written_down(tmp_path):
    environ = {"PYPI_BACKEND": "devpi", "DEVPI_INDEX_URL": "https://devpi.example.com/root/prod"}
    config = Workspace(plant(tmp_path, {"pyproject.toml": ""}), environ=environ).config
    with pytest.raises(ConfigError) as error:
        made(tmp_path, config)
    (problem,) = error.value.problems
    assert problem.next == (
        'Write it down: [tool.tagboat.index.devpi], kind = "devpi", url = "https://devpi.example.com/root/prod"'
    )
