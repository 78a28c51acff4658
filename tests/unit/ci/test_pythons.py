"""Which Pythons the tests run on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tagboat.ci import pythons
from tagboat.ci.pythons import RELEASED
from tagboat.config import Config
from tagboat.config.model import CiConfig

if TYPE_CHECKING:
    from pathlib import Path

CLASSIFIERS = 'classifiers = ["Programming Language :: Python :: 3.10", "Programming Language :: Python :: 3.9"]'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[project]\nname = 'a'\n{CLASSIFIERS}\nrequires-python = '>=3.12'", ("3.9", "3.10")),
        (f"[tool.poetry]\nname = 'a'\n{CLASSIFIERS}", ("3.9", "3.10")),
        ("[project]\nname = 'a'\nrequires-python = '>=3.12.4,<3.14'", ("3.12", "3.13")),
        ("[project]\nname = 'a'\nclassifiers = ['Programming Language :: Python :: 3']", RELEASED),
        ("[project]\nname = 'a'\nrequires-python = 'about 3'", RELEASED),
        ("[project]\nname = 'a'\nrequires-python = '>=3.99'", RELEASED[-1:]),
    ],
)
def test_the_metadata_says_it(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    assert pythons.tested_pythons(tmp_path, Config()) == expected


def test_setup_cfg_says_it(tmp_path: Path) -> None:
    text = "[metadata]\nname = a\nclassifiers =\n    Programming Language :: Python :: 3.11\n    Topic :: Database\n"
    (tmp_path / "setup.cfg").write_text(text, encoding="utf-8")
    assert pythons.tested_pythons(tmp_path, Config()) == ("3.11",)


def test_the_configuration_wins(tmp_path: Path) -> None:
    config = replace(Config(), ci=CiConfig(pythons=("3.8", "3.12")))
    assert pythons.tested_pythons(tmp_path, config) == ("3.8", "3.12")
