from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.tree import plant

from tagboat.ci.generate.trials import test_commands as commands_of
from tagboat.config.model import CiConfig, Config
from tagboat.project.sources import read_sources

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = '[project]\nname = "harbour"\nversion = "1"\n'


def commands(root: Path, pyproject: str = PROJECT, config: Config | None = None, **files: str) -> tuple[str, ...]:
    texts = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    plant(root, {"pyproject.toml": pyproject, "src/harbour/__init__.py": "", **texts})
    return commands_of(config or Config(), read_sources(root))


def test_what_is_configured_is_what_runs(tmp_path):
    config = Config(ci=CiConfig(test=("make check",)))
    assert commands(tmp_path, config=config, tests__test_it="") == ("make check",)


def test_a_project_without_tests_is_installed_and_imported(tmp_path):
    assert commands(tmp_path) == ("python -m pip install .", "python -c 'import harbour'")


@pytest.mark.parametrize("file", ["tests__test_it", "test__test_it", "test_it"])
def test_tests_are_run_by_pytest_wherever_they_are(tmp_path, file):
    assert commands(tmp_path, **{file: ""}) == ("python -m pip install . pytest", "python -m pytest")


@pytest.mark.parametrize(
    ("tables", "install"),
    [
        ('[project.optional-dependencies]\ntest = ["pytest>=8"]\ndev = ["pytest"]\n', ["install '.[test]'"]),
        ('[project.optional-dependencies]\ntests = ["pytest-cov"]\n', ["install '.[tests]' pytest"]),
        ('[project.optional-dependencies]\ndocs = ["sphinx"]\n', ["install . pytest"]),
        ('[dependency-groups]\ndev = ["pytest"]\n', ["install 'pip>=25.1'", "install . --group dev"]),
        ('[dependency-groups]\ntest = ["coverage"]\n', ["install 'pip>=25.1'", "install . --group test pytest"]),
        (
            '[dependency-groups]\ntest = ["pytest"]\n[project.optional-dependencies]\ntest = ["pytest"]\n',
            ["install '.[test]'"],
        ),
    ],
)
def test_the_extra_or_the_group_for_tests_is_installed_and_pytest_in_any_case(tmp_path, tables, install):
    expected = tuple(f"python -m pip {line}" for line in install)
    assert commands(tmp_path, PROJECT + tables, tests__test_it="") == (*expected, "python -m pytest")


def test_an_extra_of_setup_cfg_counts_too(tmp_path):
    plant(
        tmp_path,
        {"setup.cfg": "[metadata]\nname = harbour\n[options.extras_require]\ntesting =\n    pytest\n    mock\n"},
    )
    assert commands(tmp_path, "", tests__test_it="")[0] == "python -m pip install '.[testing]'"
