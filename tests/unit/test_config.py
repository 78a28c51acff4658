from __future__ import annotations

import pytest
from tests.unit.tree import plant

from tagboat.config import (
    BuildConfig,
    CheckConfig,
    Config,
    IndexConfig,
    VerifyConfig,
    VersionFile,
    load_config,
    parse_config,
)
from tagboat.errors import ConfigError, UsageError


def problems_of(table: dict[str, object]) -> dict[str, str]:
    """What is wrong with a table, and what to do about it."""
    with pytest.raises(ConfigError) as caught:
        parse_config(table)
    return {problem.what: problem.next for problem in caught.value.problems}


def test_without_a_file_or_a_table_all_is_default(tmp_path):
    assert load_config(tmp_path) == Config()
    assert load_config(plant(tmp_path, {"pyproject.toml": "[project]\nname = 'a'\n"})) == Config()
    assert parse_config({}) == Config()


def test_every_key_can_be_set(tmp_path):
    plant(
        tmp_path,
        {
            "pyproject.toml": """
[tool.tagboat]
tag-format = "{project}/v{version}"
remote = "upstream"
branch = "main"
changelog = "docs/changes.md"
commit-message = "Release {project} {version}"
indexes = ["prod", "stage"]
dependency-index = ["https://example.org/simple", "file:///srv/index"]
breaking-on-zero = "major"
feature-on-zero = "patch"
version-files = ["VERSION", {path = "docs/*.md", pattern = "version: {version}"}]

[tool.tagboat.index.stage]
kind = "directory"
path = "../index"

[tool.tagboat.index.prod]
kind = "devpi"
url = "https://devpi.example.org/team/prod"
username = "team"
ca-file = "ca.pem"

[tool.tagboat.index.other]
kind = "legacy"
upload-url = "http://upload.example.org/"
simple-url = "http://example.org/simple/"
insecure = true

[tool.tagboat.index.local]
kind = "pypiserver"
url = "http://127.0.0.1:8080"

[tool.tagboat.build]
environment = ["LICENCE_TOKEN"]

[tool.tagboat.verify]
pythons = ["3.11", "3.12"]
pip = false
imports = ["a", "a.b"]
commands = ["a --version"]
wait = 0
timeout = 12.5

[tool.tagboat.check]
required = ["NOTICE"]
ignore = ["description"]
allow = ["tests/*"]
"""
        },
    )
    config = load_config(tmp_path)
    assert config == Config(
        tag_format="{project}/v{version}",
        remote="upstream",
        branch="main",
        changelog="docs/changes.md",
        commit_message="Release {project} {version}",
        indexes=("prod", "stage"),
        dependency_index=("https://example.org/simple", "file:///srv/index"),
        breaking_on_zero="major",
        feature_on_zero="patch",
        version_files=(VersionFile("VERSION"), VersionFile("docs/*.md", "version: {version}")),
        index=(
            IndexConfig("stage", "directory", {"path": "../index"}),
            IndexConfig(
                "prod", "devpi", {"url": "https://devpi.example.org/team/prod"}, username="team", ca_file="ca.pem"
            ),
            IndexConfig(
                "other",
                "legacy",
                {"upload-url": "http://upload.example.org/", "simple-url": "http://example.org/simple/"},
                insecure=True,
            ),
            IndexConfig("local", "pypiserver", {"url": "http://127.0.0.1:8080"}),
        ),
        build=BuildConfig(("LICENCE_TOKEN",)),
        verify=VerifyConfig(("3.11", "3.12"), False, ("a", "a.b"), ("a --version",), 0, 12.5),
        check=CheckConfig(("NOTICE",), ("description",), ("tests/*",)),
    )
    assert [index.name for index in config.publish_to] == ["prod", "stage"]


def test_indexes_are_published_to_in_the_order_of_the_file_unless_told_otherwise():
    index = {name: {"kind": "directory", "path": name} for name in ("b", "a")}
    assert [each.name for each in parse_config({"index": index}).publish_to] == ["b", "a"]
    assert parse_config({"index": index, "indexes": []}).publish_to == ()


def test_an_index_is_found_by_its_name_or_the_error_says_which_there_are():
    config = parse_config({"index": {"here": {"kind": "directory", "path": "x"}}})
    assert config.find_index("here").at == {"path": "x"}
    with pytest.raises(UsageError, match="Configured are: here"):
        config.find_index("there")
    with pytest.raises(UsageError, match=r"Add \[tool.tagboat.index.there\]"):
        Config().find_index("there")


@pytest.mark.parametrize(("value", "read"), [(True, True), (False, False), ("NEWS.md", "NEWS.md")])
def test_the_changelog_is_found_named_or_switched_off(value, read):
    assert parse_config({"changelog": value}).changelog == read


@pytest.mark.parametrize("url", ["https://example.org/simple", "http://localhost:1/simple", "http://[::1]:1/"])
def test_one_dependency_index_may_be_a_plain_string(url):
    assert parse_config({"dependency-index": url}).dependency_index == (url,)


@pytest.mark.parametrize("pythons", ["all", "one"])
def test_pythons_may_be_a_word(pythons):
    assert parse_config({"verify": {"pythons": pythons}}).verify.pythons == pythons


def test_all_problems_are_told_at_once():
    found = problems_of({"tag-format": "v", "remote": 3, "verify": {"wait": -1}, "index": {"x": {"kind": "devpi"}}})
    assert list(found) == [
        "url in [tool.tagboat.index.x] is missing, and a devpi index needs it",
        "remote in [tool.tagboat] must be a string that is not empty",
        "wait in [tool.tagboat.verify] must be a number of seconds, 0 or more",
        "tag-format in [tool.tagboat] has no {version} in it",
    ]


@pytest.mark.parametrize(
    ("table", "what", "guess"),
    [
        ({"tagformat": "v"}, "tagformat in [tool.tagboat] is not known", "Did you mean tag-format?"),
        ({"tag_format": "v"}, "tag_format in [tool.tagboat] is not known", "Did you mean tag-format?"),
        ({"verify": {"python": "all"}}, "python in [tool.tagboat.verify] is not known", "Did you mean pythons?"),
        ({"check": {"zzz": 1}}, "zzz in [tool.tagboat.check] is not known", "Known are: allow, ignore, required."),
        (
            {"index": {"x": {"kind": "directory", "path": "p", "url": "u"}}},
            "url in [tool.tagboat.index.x] is not known",
            "Known are: kind, path.",
        ),
        (
            {"version-files": [{"path": "a", "patern": "b"}]},
            "patern in [tool.tagboat.version-files] is not known",
            "Did you mean pattern?",
        ),
    ],
)
def test_an_unknown_key_is_an_error_that_guesses(table, what, guess):
    assert problems_of(table) == {what: guess}


@pytest.mark.parametrize(
    "table",
    [
        {"tag-format": 1},
        {"tag-format": "{name}-{version}"},
        {"tag-format": "v{version"},
        {"tag-format": "v {version}"},
        {"tag-format": "v..{version}"},
        {"tag-format": "/{version}"},
        {"tag-format": "{version}.lock"},
        {"commit-message": "Release {tag}"},
        {"commit-message": " "},
        {"changelog": 3},
        {"changelog": "/etc/changes"},
        {"changelog": "../changes"},
        {"changelog": "C:\\changes"},
        {"indexes": "prod"},
        {"indexes": ["prod"]},
        {"dependency-index": 5},
        {"dependency-index": "https://user:secret@example.org/simple"},
        {"dependency-index": ["http://example.org/simple"]},
        {"dependency-index": "example.org"},
        {"dependency-index": "https://"},
        {"dependency-index": "https://[::1"},
        {"dependency-index": "https://example.org:port/"},
        {"breaking-on-zero": "huge"},
        {"version-files": "VERSION"},
        {"version-files": [3]},
        {"version-files": [{"pattern": "{version}"}]},
        {"version-files": [{"path": "a", "pattern": "version"}]},
        {"version-files": [{"path": "a", "pattern": "{version}{version}"}]},
        {"version-files": ["../VERSION"]},
        {"index": []},
        {"index": {"x": 1}},
        {"index": {"x": {}}},
        {"index": {"x": {"kind": "ftp"}}},
        {"index": {"x y": {"kind": "directory", "path": "p"}}},
        {"index": {"x": {"kind": "directory", "path": ""}}},
        {"index": {"x": {"kind": "legacy", "upload-url": "https://example.org"}}},
        {"index": {"x": {"kind": "pypiserver", "url": "http://example.org"}}},
        {"index": {"x": {"kind": "pypiserver", "url": "http://localhost.example.org"}}},
        {"index": {"x": {"kind": "pypiserver", "url": "https://example.org", "insecure": "yes"}}},
        {"verify": {"pythons": "3.12"}},
        {"verify": {"pythons": []}},
        {"verify": {"pythons": [3.12]}},
        {"verify": {"pip": 1}},
        {"verify": {"imports": [""]}},
        {"verify": {"wait": True}},
        {"verify": 1},
        {"check": {"allow": [1]}},
    ],
)
def test_a_value_of_the_wrong_shape_is_one_problem(table):
    assert len(problems_of(table)) == 1


@pytest.mark.parametrize("secret", ["user:s3cret@", ":s3cret@", "s3cret@"])
def test_a_url_with_a_credential_is_refused_and_not_shown(secret):
    with pytest.raises(ConfigError) as caught:
        parse_config({"index": {"x": {"kind": "devpi", "url": f"https://{secret}example.org/a/b"}}})
    assert "s3cret" not in str(caught.value)
    assert "environment" in caught.value.problems[0].next


def test_the_build_is_given_names_and_never_values():
    found = problems_of({"build": {"environment": ["TOKEN=s3cret"]}})
    assert list(found) == ["environment in [tool.tagboat.build] holds a value"]
    assert "s3cret" not in str(found)


def test_origins_tell_every_setting_and_whether_it_is_the_default():
    config = parse_config(
        {"branch": "main", "verify": {"pip": False}, "index": {"x": {"kind": "directory", "path": "p"}}}
    )
    told = {name: (value, origin) for name, value, origin in config.origins()}
    assert told["tag-format"] == ("v{version}", "default")
    assert told["branch"] == ("main", "pyproject.toml")
    assert told["verify.pip"] == (False, "pyproject.toml")
    assert told["build.environment"] == ((), "default")
    assert told["check.allow"] == ((), "default")
    assert told["index.x"] == ("directory", "pyproject.toml")


def test_invalid_toml_is_told_with_line_and_column(tmp_path):
    plant(tmp_path, {"pyproject.toml": "[tool.tagboat]\nbranch = \n"})
    with pytest.raises(ConfigError, match=r"pyproject.toml is not valid TOML: .*line 2, column 10"):
        load_config(tmp_path)
