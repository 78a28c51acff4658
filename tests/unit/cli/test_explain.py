"""Every error leads to its entry in the troubleshooting guide."""

from __future__ import annotations

import json

import pytest

from tagboat.__main__ import main
from tagboat.cli.explain import sections
from tagboat.errors import TagboatError


def test_the_guide_has_an_entry_for_every_kind_of_error_and_no_other() -> None:
    kinds = {str(kind.exit_code) for kind in TagboatError.__subclasses__()}
    assert {code for code, _ in sections()} == kinds | {"1"}


@pytest.mark.parametrize("word", ["4", "NotReady", "notready"])
def test_an_error_is_explained_by_its_code_or_its_name(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", word]) == 0
    printed = capsys.readouterr().out
    assert "git fetch --unshallow --tags" in printed
    assert "](" not in printed, "a link is of no use on a terminal"
    assert "blocked" not in printed


def test_the_explanation_is_a_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "3", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["code"] == 3
    assert "version-files" in document["text"]


def test_an_unknown_code_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "99"]) == 2
    assert "Known are: 1, 2, 3" in capsys.readouterr().err
