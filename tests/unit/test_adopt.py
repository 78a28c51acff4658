from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.projects import EXAMPLES, copy_example
from tests.unit.tree import bump, harvest, plant, project_in

from tagboat import textfile, tomlfile
from tagboat.adopt import Adoption, adopt, write_config
from tagboat.adopt.tags import format_of, last_release
from tagboat.config import Config, load_config, parse_config
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

STATIC = '[project]\nname = "my-pkg"\nversion = "1.2.3"\n'


def look_at(root: Path, *tags: str, remotes: tuple[str, ...] = ("origin",), branch: str | None = "main") -> Adoption:
    return adopt(root, tags, remotes, branch)


def found(adoption: Adoption) -> dict[str, str | None]:
    return {finding.what: finding.value for finding in adoption.findings}


def config_of(adoption: Adoption) -> dict[str, object]:
    """The tables under [tool.tagboat] to be written; they must be good."""
    table = tomlfile.table(tomlfile.parse(adoption.config_text), "tool", "tagboat")
    parse_config(table)
    return table


def write(root: Path, adoption: Adoption) -> bool:
    edit = write_config(root, adoption)
    if edit is not None:
        textfile.write(root / edit.path, edit.after, edit.encoding)
    return edit is not None


@pytest.mark.parametrize("example", ["databricks-tools", "duckalog"])
def test_the_examples_need_no_configuration_but_where_to_publish_to(example, tmp_path):
    root = copy_example(example, tmp_path / example)
    adoption = look_at(root)
    assert (adoption.config_text, adoption.problems, adoption.unknown) == ("", (), ())
    assert write_config(root, adoption) is None
    assert "tagboat" not in (root / "pyproject.toml").read_text()


def test_a_project_is_told_with_every_place_of_its_version():
    told = [
        (finding.what, finding.value, finding.source) for finding in look_at(EXAMPLES / "databricks-tools").findings
    ]
    assert told == [
        ("project", "databricks-tools", "its own files"),
        ("build back end", "hatchling.build", "pyproject.toml"),
        ("version", "0.2.0", "pyproject.toml, [project] version"),
        ("version", "0.2.0", "src/databricks_tools/__init__.py, __version__"),
        ("packages", "databricks_tools", "the source tree"),
        ("commands", "databricks-tools", "the project's entry points"),
        ("changelog", "CHANGELOG.md", "the source tree"),
        ("tag format", "v{version}", "the default"),
        ("last release", "none yet", "git tags"),
        ("remote", "origin", "git"),
        ("branch", "main", "git"),
    ]


def test_a_bare_project_has_no_tag_no_changelog_no_remote_and_no_branch(tmp_path):
    adoption = look_at(plant(tmp_path, {"pyproject.toml": STATIC}), remotes=(), branch=None)
    told = found(adoption)
    assert told["changelog"] == "none yet; a release makes CHANGELOG.md"
    assert told["last release"] == "none yet"
    assert told["remote"] == "none; nothing will be pushed"
    assert told["branch"] is None
    assert told["packages"] is None
    assert told["commands"] == "none"
    assert adoption.config_text == ""


@pytest.mark.parametrize(
    ("remotes", "told"), [(("fork",), "fork"), (("fork", "origin"), "origin"), (("fork", "upstream"), None)]
)
def test_the_remote_is_known_unless_there_are_several_without_an_origin(tmp_path, remotes, told):
    plant(tmp_path, {"pyproject.toml": STATIC})
    assert found(look_at(tmp_path, remotes=remotes))["remote"] == told


def test_a_version_from_git_is_told(tmp_path):
    plant(tmp_path, {"pyproject.toml": '[project]\nname = "a"\ndynamic = ["version"]\n[tool.setuptools_scm]\n'})
    assert found(look_at(tmp_path, "v1.0"))["version"] == "from git tags, at build time"


def test_without_a_project_there_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="there is no Python project"):
        look_at(tmp_path)


def test_problems_do_not_hide_what_else_was_found(tmp_path):
    plant(tmp_path, {"pyproject.toml": STATIC, "my_pkg/__init__.py": "__version__ = '1.2.4'\n"})
    adoption = look_at(tmp_path, "1.2.3")
    assert [problem.what for problem in adoption.problems] == [
        "the places that hold the version of my-pkg disagree",
        "pyproject.toml, [project] version: 1.2.3",
        "my_pkg/__init__.py, __version__: 1.2.4",
    ]
    assert found(adoption)["last release"] == "1.2.3"
    plant(
        tmp_path,
        {"pyproject.toml": '[project]\nname = "my-pkg"\ndynamic = ["version"]\n[tool.hatch.version]\npath="x"\n'},
    )
    adoption = look_at(tmp_path)
    assert len(adoption.problems) == 1
    assert found(adoption)["version"] is None


# -- tags ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "tag_format", "last"),
    [
        (["v1.2.3", "v1.10.0", "v1", "latest"], "v{version}", "v1.10.0"),
        (["1.2.3"], "{version}", "1.2.3"),
        (["1.2.3", "v2.0"], "v{version}", "v2.0"),
        (["v9.0", "1.0"], "v{version}", "v9.0"),
        (["my-pkg-1.2.3"], "{project}-{version}", "my-pkg-1.2.3"),
        (["my-pkg-v1.2.3"], "{project}-v{version}", "my-pkg-v1.2.3"),
        (["my-pkg/v1.2.3", "v9.0.0"], "{project}/v{version}", "my-pkg/v1.2.3"),
        (["my-pkg@1.2.3", "other@9.9.9", "my-pkg-more@9.9.9"], "{project}@{version}", "my-pkg@1.2.3"),
        (["my_pkg-1.2.3"], "my_pkg-{version}", "my_pkg-1.2.3"),
        (["release-1.2.3", "release-1.2.4"], "release-{version}", "release-1.2.4"),
        (["release/v1.2.3rc1"], "release/v{version}", "release/v1.2.3rc1"),
        (["1.2.3-rc.1"], "{version}", "1.2.3-rc.1"),
        (["v1!2.0"], "v{version}", "v1!2.0"),
    ],
)
def test_the_tag_format_is_that_of_the_highest_release(tags, tag_format, last):
    release = last_release(tags, "my-pkg")
    assert release is not None
    assert (format_of(release, "my-pkg"), release.tag) == (tag_format, last)


@pytest.mark.parametrize("tags", [[], ["v1", "nightly"], ["other-1.2.3"], ["other/v1.0"], ["v1.2.x"], ["2024-01-01"]])
def test_tags_that_are_no_release_of_the_project_say_nothing(tags):
    assert last_release(tags, "my-pkg") is None


def test_a_tag_format_that_is_not_the_default_is_written(tmp_path):
    adoption = look_at(plant(tmp_path, {"pyproject.toml": STATIC}), "1.0.0", "1.1.0")
    assert config_of(adoption) == {"tag-format": "{version}"}


# -- writing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_the_configuration_is_added_and_every_other_byte_stays(tmp_path, newline, end):
    before = ("# 設定\n" + STATIC + "\n[tool.other]  # last" + end).replace("\n", newline).encode()
    plant(tmp_path, {"pyproject.toml": before, "a.py": "x = 1\n"})
    assert write(tmp_path, look_at(tmp_path, "1.0"))
    after = (tmp_path / "pyproject.toml").read_bytes()
    assert after.startswith(before)
    assert after.decode().count("\n") == after.decode().count(newline)
    assert load_config(tmp_path) == Config(tag_format="{version}")
    assert not write(tmp_path, look_at(tmp_path, "1.0"))
    assert harvest(tmp_path) == {"pyproject.toml": after, "a.py": b"x = 1\n"}


def test_nothing_is_added_to_a_project_that_is_adopted_already(tmp_path):
    plant(tmp_path, {"pyproject.toml": STATIC + '[tool.tagboat]\n[tool.commitizen]\ntag_format = "$version"\n'})
    adoption = look_at(tmp_path, "1.0")
    assert adoption.config_text == ""
    assert found(adoption)["tag format"] == "v{version}"
    late = Adoption((), "[tool.tagboat]\n", (), ())
    assert write_config(tmp_path, late) is None


def test_a_project_without_pyproject_gets_one_that_builds_it_as_before(tmp_path):
    plant(tmp_path, {"setup.py": "from setuptools import setup\nsetup(name='a', version='1.0')\n"})
    assert write_config(tmp_path, look_at(tmp_path)) is None
    assert write(tmp_path, look_at(tmp_path, "a-1.0"))
    assert project_in(tmp_path).backend == "setuptools.build_meta:__legacy__"
    assert load_config(tmp_path).tag_format == "{project}-{version}"
    assert not write(tmp_path, look_at(tmp_path, "a-1.0"))


def test_a_pyproject_whose_tool_table_is_closed_is_an_error_with_the_text_to_add(tmp_path):
    plant(tmp_path, {"pyproject.toml": 'tool = {x = 1}\n[project]\nname = "a"\nversion = "1"\n'})
    with pytest.raises(ConfigError, match=r'tag-format = "\{version\}"'):
        write_config(tmp_path, look_at(tmp_path, "1.0"))


# -- other tools ---------------------------------------------------------------------------------------

ZERO = '[project]\nname = "my-pkg"\nversion = "0.2.0"\n'


def test_python_semantic_release_is_carried_over(tmp_path):
    plant(
        tmp_path,
        {
            "pyproject.toml": ZERO
            + """
[tool.semantic_release]
version_toml = [
  "pyproject.toml:project.version", "more.toml:app.version", "pyproject.toml:project.version:tf",
  "a.toml:b", "pyproject.toml:project.x",
]
version_variables = ["src/my_pkg/__init__.py:__version__", "docs/conf.py:release", "k8s.yml:image", "docs/conf.py:none"]
tag_format = "rel-{version}"
commit_message = "chore: release {version}"
major_on_zero = true
allow_zero_version = false
build_command = "make"
[tool.semantic_release.branches.main]
match = "main"
[tool.semantic_release.branches.next]
match = "next"
prerelease = true
[tool.semantic_release.changelog.default_templates]
changelog_file = "docs/CHANGES.md"
[tool.semantic_release.remote]
name = "upstream"
""",
            "more.toml": '[other]\nversion = "9"\n[app]\n  version = "0.2.0" # x\n  app-version = "7"\n',
            "src/my_pkg/__init__.py": "__version__ = '0.2.0'\n",
            "docs/conf.py": 'old_release = "1"\nrelease = "0.2.0"\n',
            "k8s.yml": "image: v0.2.0\n",
        },
    )
    adoption = look_at(tmp_path)
    assert config_of(adoption) == {
        "tag-format": "rel-{version}",
        "commit-message": "chore: release {version}",
        "remote": "upstream",
        "changelog": "docs/CHANGES.md",
        "branch": "main",
        "breaking-on-zero": "major",
        "version-files": [
            {"path": "docs/conf.py", "pattern": 'release = "{version}"'},
            {"path": "k8s.yml", "pattern": "image: v{version}"},
        ],
    }
    assert [line.removeprefix("python-semantic-release: ") for line in adoption.unknown] == [
        "branches.next: pre-releases are asked for with --pre, from any branch",
        "allow_zero_version = false: ask for the release 1.0.0 yourself when it is time",
        "version_toml pyproject.toml:project.version:tf: tagboat writes versions there, no tags",
        "version_toml a.toml:b: there is no such version",
        "version_toml pyproject.toml:project.x: there is no such version",
        "version_variables docs/conf.py:none: no version is assigned there that tagboat can write",
        "build_command: tagboat has no such setting",
        'more.toml: version = "{version}": it also matches another version',
    ]
    assert found(adoption)["settings carried over"] == "python-semantic-release"
    write(tmp_path, adoption)
    bump(tmp_path, "0.3.0")
    assert (tmp_path / "docs/conf.py").read_text() == 'old_release = "1"\nrelease = "0.3.0"\n'
    assert (tmp_path / "k8s.yml").read_text() == "image: v0.3.0\n"


def test_old_python_semantic_release_is_carried_over(tmp_path):
    plant(
        tmp_path,
        {
            "pyproject.toml": ZERO
            + '[tool.semantic_release]\nversion_variable = "my_pkg.py:__version__,Makefile:VERSION"\n'
            'branch = "master"\nchangelog_file = "CHANGELOG.md"\ncommit_subject = "{version}: {who}"\n'
            "major_on_zero = false\n",
            "my_pkg.py": "__version__ = '0.2.0'\n",
            "Makefile": "VERSION := 0.2.0\n",
        },
    )
    adoption = look_at(tmp_path)
    assert config_of(adoption) == {
        "branch": "master",
        "version-files": [{"path": "Makefile", "pattern": "VERSION := {version}"}],
    }
    assert adoption.unknown == (
        "python-semantic-release: commit_message = '{version}: {who}': tagboat fills in the new version only",
    )


def test_branches_that_are_a_pattern_are_told(tmp_path):
    plant(tmp_path, {"pyproject.toml": ZERO + "[tool.semantic_release.branches.main]\nmatch = '(main|master)'\n"})
    (line,) = look_at(tmp_path).unknown
    assert "(main|master)" in line


COMMITIZEN = {
    "name": "cz_conventional_commits",
    "version_provider": "pep621",
    "tag_format": "$major.$minor.$patch$prerelease",
    "changelog_file": "CHANGELOG.md",
    "major_version_zero": False,
    "bump_message": "release ${new_version}",
    "version_files": ["pyproject.toml:^version", "README.md", "app.js:const V", "gone.txt:x", "README.md:nothing"],
    "style": [],
}


@pytest.mark.parametrize("name", ["pyproject.toml", ".cz.toml", "cz.toml", ".cz.json", "cz.json"])
def test_commitizen_is_carried_over_from_any_of_its_files(tmp_path, name):
    import json

    import tomlkit

    settings = json.dumps({"commitizen": COMMITIZEN})
    if name.endswith(".toml"):
        settings = tomlkit.dumps({"tool": {"commitizen": COMMITIZEN}})
    plant(
        tmp_path,
        {
            name: settings,
            "README.md": "Install my-pkg==0.2.0 (not 0.2.0.1)\n",
            "app.js": "const W = '0.2.0';\nconst V = '0.2.0';\n",
        },
    )
    before = (tmp_path / name).read_text() if name == "pyproject.toml" else ""
    plant(tmp_path, {"pyproject.toml": ZERO + before})
    adoption = look_at(tmp_path)
    assert config_of(adoption) == {
        "tag-format": "{version}",
        "commit-message": "release {version}",
        "breaking-on-zero": "major",
        "version-files": ["README.md", {"path": "app.js", "pattern": "const V = '{version}'"}],
    }
    assert adoption.unknown == (
        "commitizen: gone.txt: there is no such file",
        "commitizen: version_files README.md:nothing: no line of it holds the current version",
        "commitizen: style: tagboat has no such setting",
    )
    write(tmp_path, adoption)
    bump(tmp_path, "0.3.0")
    assert (tmp_path / "README.md").read_text() == "Install my-pkg==0.3.0 (not 0.2.0.1)\n"
    assert (tmp_path / "app.js").read_text() == "const W = '0.2.0';\nconst V = '0.3.0';\n"


@pytest.mark.parametrize("tag_format", ["v$version", "v${version}", "v$major.$minor.$patch$prerelease$devrelease"])
def test_what_equals_the_defaults_is_not_written(tmp_path, tag_format):
    plant(
        tmp_path,
        {
            "pyproject.toml": ZERO + f'[tool.commitizen]\ntag_format = "{tag_format}"\nmajor_version_zero = true\n'
            'version_files = ["pyproject.toml:version"]\nchangelog_file = "HISTORY.md"\n',
            "HISTORY.md": "",
        },
    )
    adoption = look_at(tmp_path)
    assert (adoption.config_text, adoption.unknown) == ("", ())


def test_what_commitizen_says_and_tagboat_cannot_is_told(tmp_path):
    plant(
        tmp_path,
        {
            "pyproject.toml": ZERO
            + '[tool.commitizen]\nbump_message = "$current_version → $new_version"\nversion_files = ["x"]\n'
        },
    )
    assert look_at(tmp_path).unknown == (
        "commitizen: bump_message = '$current_version → $new_version': tagboat fills in the new version only",
        "commitizen: x: there is no such file",
    )


def test_the_version_in_the_settings_of_commitizen_is_kept_equal_as_it_asked_for(tmp_path):
    cz = '[tool.commitizen]\nversion = "0.2.0"\nversion_files = ["pyproject.toml:^version"]\n'
    plant(tmp_path, {"pyproject.toml": ZERO + cz})
    write(tmp_path, look_at(tmp_path))
    bump(tmp_path, "0.3.0")
    assert (tmp_path / "pyproject.toml").read_text().startswith((ZERO + cz).replace("0.2.0", "0.3.0"))


def test_a_commitizen_file_in_yaml_is_told(tmp_path):
    plant(tmp_path, {"pyproject.toml": ZERO, ".cz.yaml": "commitizen:\n  name: x\n"})
    (line,) = look_at(tmp_path).unknown
    assert "YAML" in line


def test_a_commitizen_file_that_is_not_json_is_an_error(tmp_path):
    plant(tmp_path, {"pyproject.toml": ZERO, ".cz.json": "{"})
    with pytest.raises(ConfigError, match=r".cz.json is not valid JSON"):
        look_at(tmp_path)


BUMPVERSION_FILES = {
    "README.md": "my-pkg 0.2.0\n",
    "conf/a.ini": "v=0.2.0\nw=0.2.0\n",
    "conf/b.ini": "v=0.2.0\n",
    "date.txt": "0.2.0 today\n",
    "empty.txt": "",
}
BUMPVERSION_CONFIG = {
    "tag-format": "release-{version}",
    "commit-message": "Bump to {version}",
    "version-files": ["README.md", {"path": "conf/*.ini", "pattern": "v={version}"}],
}
BUMPVERSION_UNKNOWN = (
    "bump-my-version: commit = false: tagboat always commits and tags",
    "bump-my-version: date.txt: '{current_version} today' to '{new_version} {now}': "
    "tagboat replaces the version in a fixed text only",
    "bump-my-version: empty.txt: no version was found in empty.txt",
    "bump-my-version: parse: tagboat has no such setting",
)
BUMPVERSION_TOML = """
[tool.bumpversion]
current_version = "0.2.0"
tag_name = "release-{new_version}"
message = "Bump to {new_version}"
commit = false
tag = true
parse = "x"
[[tool.bumpversion.files]]
filename = "pyproject.toml"
search = 'version = "{current_version}"'
replace = 'version = "{new_version}"'
[[tool.bumpversion.files]]
filename = "README.md"
[[tool.bumpversion.files]]
glob = "conf/*.ini"
search = "v={current_version}"
replace = "v={new_version}"
[[tool.bumpversion.files]]
filename = "date.txt"
search = "{current_version} today"
replace = "{new_version} {now}"
[[tool.bumpversion.files]]
filename = "empty.txt"
"""
BUMPVERSION_CFG = """
[bumpversion]
current_version = 0.2.0
tag_name = release-{new_version}
message = Bump to {new_version}
commit = False
tag = True
parse = x

[bumpversion:file:pyproject.toml]
search = version = "{current_version}"
replace = version = "{new_version}"

[bumpversion:file(again):README.md]

[bumpversion:glob:conf/*.ini]
search = v={current_version}
replace = v={new_version}

[bumpversion:file:date.txt]
search = {current_version} today
replace = {new_version} {now}

[bumpversion:file:empty.txt]

[bumpversion:part:release]
values = a
"""


@pytest.mark.parametrize("name", ["pyproject.toml", ".bumpversion.toml", ".bumpversion.cfg", "setup.cfg"])
def test_bump_my_version_is_carried_over_from_any_of_its_files(tmp_path, name):
    plant(tmp_path, {"pyproject.toml": ZERO, **BUMPVERSION_FILES})
    settings = BUMPVERSION_TOML if name.endswith("toml") else BUMPVERSION_CFG
    plant(tmp_path, {name: (ZERO if name == "pyproject.toml" else "") + settings})
    adoption = look_at(tmp_path)
    assert config_of(adoption) == BUMPVERSION_CONFIG
    assert adoption.unknown == BUMPVERSION_UNKNOWN
    assert adoption.problems == ()
    write(tmp_path, adoption)
    bump(tmp_path, "0.3.0")
    assert (tmp_path / "conf/a.ini").read_text() == "v=0.3.0\nw=0.2.0\n"
    assert (tmp_path / "date.txt").read_text() == "0.2.0 today\n"


def test_a_message_with_the_old_version_is_told(tmp_path):
    plant(
        tmp_path,
        {"pyproject.toml": ZERO + '[tool.bumpversion]\nmessage = "{current_version} → {new_version}"\nfiles = 1\n'},
    )
    assert look_at(tmp_path).unknown == (
        "bump-my-version: message = '{current_version} → {new_version}': tagboat fills in the new version only",
    )


TBUMP = """
github_url = "https://github.com/org/my-pkg"
[{0}version]
current = "0.2.0"
regex = "x"
[{0}git]
message_template = "Bump to {{new_version}}"
tag_template = "v{{new_version}}"
push_remote = "upstream"
[[{0}file]]
src = "pyproject.toml"
search = 'version = "{{current_version}}"'
[[{0}file]]
src = "package.json"
search = '"version": "{{current_version}}"'
version_template = "{{major}}"
[[{0}before_commit]]
name = "x"
cmd = "y"
"""


@pytest.mark.parametrize("name", ["pyproject.toml", "tbump.toml"])
def test_tbump_is_carried_over_from_any_of_its_files(tmp_path, name):
    plant(tmp_path, {"pyproject.toml": ZERO, "package.json": '{"x": "0.2.0", "version": "0.2.0"}\n'})
    settings = TBUMP.format("")
    if name == "pyproject.toml":
        settings = ZERO + "[tool.tbump]" + TBUMP.format("tool.tbump.")
    plant(tmp_path, {name: settings})
    adoption = look_at(tmp_path)
    assert config_of(adoption) == {
        "commit-message": "Bump to {version}",
        "remote": "upstream",
        "version-files": [{"path": "package.json", "pattern": '"version": "{version}"'}],
    }
    assert adoption.unknown == (
        "tbump: version_template: tagboat has no such setting",
        "tbump: before_commit: tagboat has no such setting",
    )
    write(tmp_path, adoption)
    bump(tmp_path, "0.3.0")
    assert (tmp_path / "package.json").read_text() == '{"x": "0.2.0", "version": "0.3.0"}\n'


def test_a_tbump_without_files_needs_nothing(tmp_path):
    plant(tmp_path, {"pyproject.toml": ZERO, "tbump.toml": '[version]\ncurrent = "0.2.0"\n'})
    assert look_at(tmp_path).config_text == ""


def test_two_tools_are_both_carried_over_and_the_first_decides(tmp_path):
    plant(
        tmp_path,
        {
            "pyproject.toml": ZERO + '[tool.semantic_release]\ntag_format = "{version}"\nversion_variables = ["V:v"]\n'
            '[tool.bumpversion]\ntag_name = "r{new_version}"\nmessage = "{new_version}"\n'
            '[[tool.bumpversion.files]]\nfilename = "V"\nsearch = "v = {current_version}"\n'
            'replace = "v = {new_version}"\n',
            "V": "v = 0.2.0\n",
        },
    )
    assert config_of(look_at(tmp_path)) == {
        "tag-format": "{version}",
        "commit-message": "{version}",
        "version-files": [{"path": "V", "pattern": "v = {version}"}],
    }


def test_a_version_that_only_another_tool_knows_of_is_found_by_its_settings(tmp_path):
    plant(
        tmp_path,
        {
            "setup.py": "setup(name='a', version=compute())\n",
            ".bumpversion.cfg": "[bumpversion]\ncurrent_version = 1.0\n[bumpversion:file:numbers]\n"
            "search = a={current_version}\nreplace = a={new_version}\n",
            "numbers": "a=1.0\n",
        },
    )
    adoption = look_at(tmp_path)
    assert adoption.problems == ()
    assert found(adoption)["version"] == "1.0"
    write(tmp_path, adoption)
    assert project_in(tmp_path).version == Version("1.0")


def test_a_tag_format_of_the_settings_that_no_tag_follows_is_told(tmp_path):
    plant(tmp_path, {"pyproject.toml": ZERO + '[tool.commitizen]\ntag_format = "v$version"\n'})
    (line,) = look_at(tmp_path, "0.1.0").unknown
    assert line == "tags: the last release is 0.1.0, made with {version}, but the settings say v{version}"
    assert look_at(tmp_path, "v0.1.0").unknown == ()


@pytest.mark.parametrize(
    ("tags", "what", "example"),
    [
        (
            ("v1.2.0", "release_1_2", "v1.1.0"),
            "1 looks like a version, but cannot be read as v{version}",
            "release_1_2",
        ),
        (("REL-1-3", "release_1_2"), "2 look like versions, but cannot be read as v{version}", "REL-1-3"),
        (("v1.2.0", "v1.1-last"), "1 looks like a version, but cannot be read as v{version}", "v1.1-last"),
        (("my-pkg-1.2", "my-pkg-1_1"), "1 looks like a version, but cannot be read as my-pkg-{version}", "my-pkg-1_1"),
    ],
)
def test_tags_that_look_like_versions_and_cannot_be_read_are_told_in_one_line(tmp_path, tags, what, example):
    plant(tmp_path, {"pyproject.toml": STATIC, "my_pkg.py": ""})
    assert look_at(tmp_path, *tags).unknown == (f"tags: {what}, and count for nothing: {example}",)


@pytest.mark.parametrize("other", ["v1", "latest", "nightly-2024-01-31", "other-2.0.0", "v2.0.0rc1", "python3", "v2"])
def test_tags_that_are_no_version_of_the_project_are_not_told(tmp_path, other):
    plant(tmp_path, {"pyproject.toml": STATIC, "my_pkg.py": ""})
    assert look_at(tmp_path, "v1.2.0", other).unknown == ()


def test_an_adopted_project_is_told_of_tags_that_its_format_does_not_read(tmp_path):
    plant(tmp_path, {"pyproject.toml": f'{STATIC}[tool.tagboat]\ntag-format = "r{{version}}"\n', "my_pkg.py": ""})
    (line,) = look_at(tmp_path, "r1.2.0", "v1_1").unknown
    assert line == "tags: 1 looks like a version, but cannot be read as r{version}, and count for nothing: v1_1"


@pytest.mark.parametrize(
    ("settings", "file", "told"),
    [
        ('[tool.commitizen]\nchangelog_file = "docs/NEWS.md"\n', "docs/NEWS.md", "docs/NEWS.md"),
        ('[tool.commitizen]\nchangelog_file = "NEWS.md"\n', "x", "none yet; a release makes NEWS.md"),
        ('[tool.semantic_release]\nchangelog_file = "LOG.md"\n', "LOG.md", "LOG.md"),
        ('[tool.tagboat]\nchangelog = "LOG.md"\n', "LOG.md", "LOG.md"),
        ("[tool.tagboat]\nchangelog = false\n", "LOG.md", "none"),
        ("[tool.tagboat]\n", "LOG.md", "CHANGELOG.md"),
    ],
)
def test_the_changelog_is_the_one_that_a_release_writes_to(tmp_path, settings, file, told):
    plant(tmp_path, {"pyproject.toml": STATIC + settings, "my_pkg.py": "", "CHANGELOG.md": "", file: ""})
    (finding,) = [each for each in look_at(tmp_path).findings if each.what == "changelog"]
    assert finding.value == told
    assert finding.source == (
        "the source tree" if told == "CHANGELOG.md" else f"{settings.splitlines()[0]} in pyproject.toml"
    )


def test_adoption_changes_nothing_and_runs_nothing(tmp_path):
    plant(tmp_path, {"setup.py": "open('ran', 'w')\nsetup(name='a', version='1.0')\n"})
    before = harvest(tmp_path)
    look_at(tmp_path, "1.0")
    assert harvest(tmp_path) == before


def test_what_init_writes_builds_with_the_legacy_back_end(tmp_path):
    """The pyproject.toml made for a bare setup.py builds the same project."""
    import os

    import uv

    plant(
        tmp_path,
        {"setup.py": "from setuptools import setup\nsetup(name='a', version='1.0', py_modules=['a'])\n", "a.py": ""},
    )
    write(tmp_path, look_at(tmp_path, "a-1.0"))
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    argv = [uv.find_uv_bin(), "build", "--wheel", "--no-config", "--python", sys.executable]
    subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True, env=env | {"PIP_CONFIG_FILE": "/dev/null"})
    assert [path.name for path in (tmp_path / "dist").glob("*.whl")] == ["a-1.0-py3-none-any.whl"]
