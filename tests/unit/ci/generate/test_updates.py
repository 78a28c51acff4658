from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from tests.ci.variants import Variant

from tagboat.ci.generate.updates import updates_edit
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from tagboat.plan import Edit

PIP = """\
# ours
version: 2
updates:
  # Python
  - package-ecosystem: pip
    directory: "/"
    schedule:
      interval: daily
"""


def edit(tmp_path: Path, updates: str = "dependabot") -> Edit | None:
    pipeline = Variant(ci=(f'updates = "{updates}"',)).pipeline(tmp_path)
    return next(updates_edit(pipeline, tmp_path), None)


def write(tmp_path: Path, text: str, path: str = ".github/dependabot.yml") -> None:
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


def ecosystems(text: str) -> list[str]:
    return [entry["package-ecosystem"] for entry in yaml.safe_load(text)["updates"]]


def test_without_a_file_dependabot_gets_one(tmp_path):
    made = edit(tmp_path)
    assert made.path == ".github/dependabot.yml"
    assert ecosystems(made.after) == ["github-actions"]


def test_an_existing_file_gets_an_entry_more_and_keeps_every_byte(tmp_path):
    write(tmp_path, PIP)
    made = edit(tmp_path)
    assert made.after.startswith(PIP)
    assert ecosystems(made.after) == ["pip", "github-actions"]


@pytest.mark.parametrize(
    "text",
    [
        PIP.replace("\n  ", "\n"),  # a list that is not indented
        PIP.replace("\n  ", "\n      ").replace("\n          ", "\n        "),
        PIP + "\n\n# the registries\nregistries:\n  mine:\n    type: git\n    url: https://git.example.com\n",
        PIP.removesuffix("\n"),
        PIP.replace("updates:\n", "updates: # all\n\n"),
    ],
)
def test_an_entry_is_added_in_the_style_of_the_file(tmp_path, text):
    write(tmp_path, text)
    after = edit(tmp_path).after
    assert ecosystems(after) == ["pip", "github-actions"]
    assert [line for line in text.splitlines() if line not in after.splitlines()] == []
    assert {**yaml.safe_load(after), "updates": ecosystems(text)} == {
        **yaml.safe_load(text),
        "updates": ecosystems(text),
    }


def test_an_entry_that_is_there_is_left_as_it_is(tmp_path):
    write(tmp_path, PIP.replace("pip", "github-actions"), ".github/dependabot.yaml")
    assert edit(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["version: 2\nupdates: []\n", "version: 2\n", 'version: 2\nupdates: [{"package-ecosystem": pip}]\n']
)
def test_a_list_that_cannot_be_added_to_is_told_with_the_entry(tmp_path, text):
    write(tmp_path, text)
    with pytest.raises(ConfigError, match="without changing what is there") as error:
        edit(tmp_path)
    assert "package-ecosystem: github-actions" in error.value.why


def test_a_file_that_is_no_yaml_is_told(tmp_path):
    write(tmp_path, "updates: [\n")
    with pytest.raises(ConfigError, match="is not valid YAML"):
        edit(tmp_path)


def test_renovate_gets_a_file_only_where_it_has_none(tmp_path):
    assert edit(tmp_path, "renovate").path == "renovate.json"


def test_renovate_s_own_file_is_left_as_it_is(tmp_path):
    write(tmp_path, "{}", ".github/renovate.json5")
    assert edit(tmp_path, "renovate") is None


def test_nothing_is_written_where_nothing_is_wanted(tmp_path):
    assert edit(tmp_path, "none") is None
