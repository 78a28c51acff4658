"""Exceptions that people write into a file."""

from __future__ import annotations

import pytest

from tagboat.ci.audit import audit, read_pipeline

TEXT = """on: release
permissions: {}
jobs:
  publish:%s
    permissions: {id-token: write}
    steps:
      - run: uv publish
"""


def found(comment: str, *, strict: bool = False) -> list[tuple[str, str]]:
    pipeline = read_pipeline("x.yml", (TEXT % comment).encode())
    return [(each.rule, each.what) for each in audit(pipeline, strict=strict)]


def test_an_exception_with_a_reason_is_one() -> None:
    assert [rule for rule, _ in found("")] == ["environment-missing"]
    assert found(" # tagboat: allow environment-missing because the plan of this account has none") == []


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        (" # tagboat: allow environment-missing", "the exception of environment-missing has no reason"),
        (" # tagboat: allow environment-missing because ", "the exception of environment-missing has no reason"),
        (
            " # tagboat: allow environment-mising because x",
            "there is no rule environment-mising to allow an exception of",
        ),
        (" # tagboat: allow", "there is no rule without a name to allow an exception of"),
    ],
)
def test_an_exception_that_is_none_is_told_and_changes_nothing(comment: str, told: str) -> None:
    assert {rule for rule, _ in found(comment)} == {"environment-missing", "allowance"}
    assert told in {what for _, what in found(comment)}


def test_an_exception_that_is_of_no_use_any_more_is_told() -> None:
    comment = " # tagboat: allow environment-missing because a # tagboat: allow two-uploads because b"
    assert found(comment) == [("allowance", "the exception of two-uploads is of no use: nothing is found here")]


def test_an_exception_of_a_rule_that_is_not_asked_for_is_let_be() -> None:
    comment = " # tagboat: allow environment-missing because a # tagboat: allow install-unlocked because b"
    assert found(comment) == []
    assert ("allowance", "the exception of install-unlocked is of no use: nothing is found here") in found(
        comment, strict=True
    )
