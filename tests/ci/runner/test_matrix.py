"""Matrices, by the examples of GitHub's documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.ci.runner.engine import WorkflowError
from tests.ci.runner.matrix import legs

if TYPE_CHECKING:
    from tests.ci.runner.conftest import Bench


def test_every_value_meets_every_other() -> None:
    made = legs({"os": ["a", "b"], "python": ["3.10", "3.11"]})
    assert [tuple(leg.values()) for leg in made] == [("a", "3.10"), ("a", "3.11"), ("b", "3.10"), ("b", "3.11")]


def test_what_is_excluded_is_left_out_also_when_only_partly_named() -> None:
    made = legs({"os": ["a", "b"], "python": [1, 2], "exclude": [{"os": "a"}, {"os": "b", "python": 2}]})
    assert made == [{"os": "b", "python": 1}]


def test_inclusion_follows_the_example_of_the_documentation() -> None:
    included = [
        {"color": "green"},
        {"color": "pink", "animal": "cat"},
        {"fruit": "apple", "shape": "circle"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]
    assert legs({"fruit": ["apple", "pear"], "animal": ["cat", "dog"], "include": included}) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_a_matrix_may_consist_of_inclusions_alone() -> None:
    assert legs({"include": [{"site": "a"}, {"site": "b"}]}) == [{"site": "a"}, {"site": "b"}]


def test_an_empty_vector_is_an_error() -> None:
    with pytest.raises(WorkflowError, match="Matrix vector 'python' does not contain any values"):
        legs({"python": []})


def test_a_matrix_from_an_output_keeps_versions_as_they_are_written(bench: Bench) -> None:
    run = bench.run("""
        plan:
          outputs: {pythons: "${{ steps.say.outputs.pythons }}"}
          steps:
            - {id: say, run: "echo 'pythons=[\\"3.9\\", \\"3.10\\"]' >> $GITHUB_OUTPUT"}
        test:
          needs: plan
          strategy:
            fail-fast: false
            matrix: {python: "${{ fromJSON(needs.plan.outputs.pythons) }}"}
          steps: [{run: 'echo "<${{ matrix.python }}>"; test "${{ matrix.python }}" = 3.10'}]
        """)
    assert [(leg.title, leg.result) for leg in run.results["test"].legs] == [
        ("test (3.9)", "failure"),
        ("test (3.10)", "success"),
    ]
    assert run.result("test") == "failure"
    assert "<3.10>" in run.log.raw


def test_a_hasty_matrix_cancels_the_legs_after_a_failure(bench: Bench) -> None:
    run = bench.run("a:\n  strategy: {matrix: {n: [1, 2]}}\n  steps: [{run: 'false'}]\n")
    assert [leg.result for leg in run.results["a"].legs] == ["failure", "cancelled"]


def test_a_matrix_of_nothing_fails_its_job(bench: Bench) -> None:
    run = bench.run("a:\n  strategy: {matrix: {n: \"${{ fromJSON('[]') }}\"}}\n  steps: [{run: 'true'}]\n")
    assert run.result("a") == "failure"
    assert "does not contain any values" in run.results["a"].why
