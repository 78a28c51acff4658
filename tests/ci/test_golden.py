"""The generated files are the same, byte for byte, on every machine and every day; the kept ones show what changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from tests.ci.golden import FOLDER, golden
from tests.ci.variants import EVERYTHING, NAMED, Variant

from tagboat.ci.drift import write
from tagboat.ci.generate import GENERATORS

if TYPE_CHECKING:
    from pathlib import Path


def test_generated_files_are_the_kept_ones_byte_for_byte(tmp_path):
    made = golden(tmp_path)
    kept = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*") if path.is_file()}
    assert sorted(made) == sorted(kept), "python -m tests.ci.golden writes them anew"
    for name, text in made.items():
        assert text == kept[name], f"{name}: python -m tests.ci.golden writes it anew"


@pytest.mark.parametrize("system", GENERATORS)
def test_generating_again_changes_nothing(tmp_path, system):
    pipeline = EVERYTHING.pipeline(tmp_path)
    first = GENERATORS[system](pipeline, tmp_path)
    assert first
    write(tmp_path, first)
    before = snapshot(tmp_path)
    second = GENERATORS[system](pipeline, tmp_path)
    assert not second
    write(tmp_path, second)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("variant", NAMED.values(), ids=NAMED)
def test_yaml_reads_back_what_was_meant(tmp_path, variant: Variant):
    """No anchors, no floats, and `on` is the one word that YAML 1.1 takes for something else, as GitHub does not."""
    for path, text in variant.files(tmp_path).items():
        if path.startswith(".github/workflows"):
            assert "&" not in text.replace("&&", "").replace("'&'", "")
            assert_only_texts(yaml.load(text, yaml.CSafeLoader), path)


def assert_only_texts(value: object, where: str) -> None:
    """Numbers are minutes and depths; everything else that looks like one is in quotes."""
    if isinstance(value, dict):
        for key, each in value.items():
            assert isinstance(key, str) or key is True, f"{where}: {key!r}"
            if key not in ("timeout-minutes", "fetch-depth"):
                assert_only_texts(each, f"{where}.{key}")
    elif isinstance(value, list):
        for each in value:
            assert_only_texts(each, where)
    else:
        assert value is None or isinstance(value, (str, bool)), f"{where}: {value!r}"


def snapshot(top: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in top.rglob("*") if path.is_file()}
