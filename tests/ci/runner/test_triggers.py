"""Which workflows an event starts, and which forms are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.ci.runner.triggers import Refused, matches

if TYPE_CHECKING:
    from tests.ci.runner.conftest import Bench

JOBS = "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
FORM = """
on:
  push: {tags: ['v*.*.*', '!v0.*.*']}
  workflow_dispatch:
    inputs:
      version: {type: string, required: true}
      channel: {type: choice, options: [all, pypi]}
      dry-run: {type: boolean, default: true}
"""


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("v*.*.*", "v1.2.3", True),
        ("v*.*.*", "v1.2.3rc1", True),
        ("v*.*.*", "v1.2", False),
        ("v*.*.*", "v1/2.3.4", False),
        ("release/**", "release/1/2", True),
        ("v[0-9]+", "v12", True),
    ],
)
def test_patterns(pattern: str, name: str, fits: bool) -> None:
    assert matches([pattern], name) is fits


def test_a_tag_starts_what_wants_it_and_a_branch_does_not(bench: Bench) -> None:
    bench.commit(FORM + JOBS)
    for tag in ("v1.2.3", "v0.1.0", "boat"):
        bench.git("tag", tag)
        bench.git("push", "--quiet", "origin", tag)
    assert [run.event.short_ref for run in bench.hub.push("refs/tags/v1.2.3")] == ["v1.2.3"]
    assert bench.hub.push("refs/tags/v0.1.0") == []
    assert bench.hub.push("refs/tags/boat") == []
    assert bench.hub.push("refs/heads/main") == []


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "Required input 'version' not provided"),
        ({"version": "1", "channel": "x"}, "not in the list of allowed values"),
        ({"version": "1", "dry_run": "maybe"}, "is not a boolean"),
        ({"version": "1", "more": "x"}, "Unexpected inputs"),
    ],
)
def test_a_form_that_is_filled_in_wrongly_starts_nothing(bench: Bench, inputs: dict[str, str], said: str) -> None:
    bench.commit(FORM + JOBS)
    with pytest.raises(Refused, match=said):
        bench.hub.dispatch("w.yml", **inputs)
    assert bench.hub.runs == []


def test_a_pull_request_is_about_its_merge(bench: Bench) -> None:
    base = bench.commit("on: pull_request\n" + JOBS)
    bench.git("checkout", "--quiet", "-b", "topic")
    bench.git("commit", "--quiet", "--allow-empty", "-m", "topic")
    bench.git("push", "--quiet", "origin", "topic")
    (run,) = bench.hub.pull_request(5, "topic")
    assert run.event.ref == "refs/pull/5/merge"
    assert bench.hub.git("rev-parse", f"{run.event.sha}^1") == base
