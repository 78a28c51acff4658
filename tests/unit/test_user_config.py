"""The user's own file of indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tagboat.config import load_config
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

CORP = """
indexes = ["test", "corp"]
dependency-index = "https://mirror.example.com/simple/"
[index.corp]
kind = "devpi"
url = "https://devpi.example.com/team/prod"
[index.test]
kind = "devpi"
url = "https://devpi.example.com/team/test"
"""


def project(folder: Path, text: str = "") -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


def user(folder: Path, text: str) -> dict[str, str]:
    (folder / "user.toml").write_text(text)
    return {"TAGBOAT_CONFIG_FILE": str(folder / "user.toml"), "HOME": str(folder)}


def test_a_project_without_indexes_publishes_where_the_user_says(tmp_path: Path) -> None:
    config = load_config(project(tmp_path), user(tmp_path, CORP))
    assert [index.name for index in config.publish_to] == ["test", "corp"]
    assert config.dependency_index == ("https://mirror.example.com/simple/",)
    assert config.find_index("corp").file == str(tmp_path / "user.toml")


def test_a_project_names_indexes_of_the_user(tmp_path: Path) -> None:
    config = load_config(project(tmp_path, '[tool.tagboat]\nindexes = ["corp"]\n'), user(tmp_path, CORP))
    assert [index.name for index in config.publish_to] == ["corp"]
    with pytest.raises(ConfigError, match="cannot be used"):
        load_config(project(tmp_path, '[tool.tagboat]\nindexes = ["other"]\n'), user(tmp_path, CORP))


def test_a_project_with_an_index_of_its_own_publishes_there_alone(tmp_path: Path) -> None:
    own = '[tool.tagboat.index.corp]\nkind = "directory"\npath = "here"\n'
    config = load_config(project(tmp_path, own), user(tmp_path, CORP))
    assert [(index.name, index.kind) for index in config.publish_to] == [("corp", "directory")]
    assert [index.name for index in config.index] == ["corp", "test"]


def test_each_setting_is_told_with_the_file_that_says_it(tmp_path: Path) -> None:
    variables, file = user(tmp_path, CORP), str(tmp_path / "user.toml")

    def told(text: str) -> dict[str, str]:
        origins = load_config(project(tmp_path, text), variables).origins()
        return {name: origin for name, _, origin in origins if name in ("indexes", "dependency-index", "index.test")}

    assert told("") == {"indexes": file, "dependency-index": file, "index.test": file}
    own = '[tool.tagboat]\nindexes = ["corp"]\ndependency-index = "https://d.example.com/simple/"\n'
    assert told(own) == {"indexes": "pyproject.toml", "dependency-index": "pyproject.toml", "index.test": file}
    table = '[tool.tagboat.index.own]\nkind = "directory"\npath = "here"\n'
    assert told(table) == {"indexes": "default", "dependency-index": file, "index.test": file}


def test_two_indexes_whose_variables_would_be_the_same_are_refused(tmp_path: Path) -> None:
    table = '[tool.tagboat.index.{}]\nkind = "devpi"\nurl = "https://elsewhere.example.com/a/b"\n'
    variables = user(tmp_path, CORP)
    load_config(project(tmp_path, table.format("corp")), variables)  # in the stead of the user's
    for text in (table.format("Corp"), table.format("x-y") + table.format("x_y")):
        with pytest.raises(ConfigError) as raised:
            load_config(project(tmp_path, text), variables)
        assert "in variables, so that one would get the other's token" in raised.value.problems[0].what


def test_the_file_is_found_in_the_users_folder_of_configurations(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".config").mkdir(parents=True)
    (home / ".config" / "tagboat.toml").write_text(CORP)
    assert load_config(project(tmp_path), {"HOME": str(home)}).find_index("corp").kind == "devpi"
    elsewhere = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(home / ".config")}
    assert load_config(project(tmp_path), elsewhere).find_index("corp").kind == "devpi"
    assert load_config(project(tmp_path), {"HOME": str(home), "TAGBOAT_CONFIG_FILE": ""}).index == ()


def test_what_belongs_into_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot say branch, tag-format"):
        load_config(project(tmp_path), user(tmp_path, 'tag-format = "v{version}"\nbranch = "main"\n'))


def test_a_mistake_is_told_with_the_files_own_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(project(tmp_path), user(tmp_path, '[index.corp]\nkind = "devpi"\nuser = "x"\n'))
    assert str(tmp_path / "user.toml") in raised.value.what
    whats = [problem.what for problem in raised.value.problems]
    assert "url is missing, and a devpi index needs it" in whats[0] or "url in [index.corp]" in whats[0]
    assert all("tool.tagboat" not in what for what in whats)


def test_a_file_that_is_named_and_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_config(project(tmp_path), {"TAGBOAT_CONFIG_FILE": str(tmp_path / "nowhere.toml")})
