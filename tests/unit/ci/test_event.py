"""The event that started a job, from the variables and the payload that the system gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tagboat.ci.event import read_event, started_from
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

SHA = "a" * 40


def github(folder: Path, name: str, ref: str, payload: object = None) -> dict[str, str]:
    path = folder / "event.json"
    path.write_text(json.dumps(payload), encoding="utf-8")
    variables = {"GITHUB_EVENT_NAME": name, "GITHUB_REF": ref, "GITHUB_SHA": SHA}
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path), **variables}


@pytest.mark.parametrize(
    ("event", "ref", "name"),
    [
        ("push", "refs/tags/v1.0", "tag"),
        ("push", "refs/heads/main", "push"),
        ("pull_request", "refs/pull/7/merge", "pull_request"),
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7", "pull_request"),
        ("workflow_dispatch", "refs/tags/v1.0", "dispatch"),
        ("schedule", "refs/heads/main", "other"),
        ("pull_request_target", "refs/heads/main", "other"),
    ],
)
def test_github_tells_what_happened(tmp_path: Path, event: str, ref: str, name: str) -> None:
    found = read_event(github(tmp_path, event, ref, {"inputs": None}))
    assert (found.name, found.ref, found.sha, found.inputs) == (name, ref, SHA, {})


def test_inputs_are_texts_whether_the_form_or_the_api_filled_them_in(tmp_path: Path) -> None:
    inputs = {"version": "1.0", "dry-run": False, "confirm": None}
    found = read_event(github(tmp_path, "workflow_dispatch", "refs/tags/v1.0", {"inputs": inputs}))
    assert found.inputs == {"version": "1.0", "dry-run": "false", "confirm": ""}
    assert found.tag == "v1.0"


def test_inputs_of_other_events_count_for_nothing(tmp_path: Path) -> None:
    assert read_event(github(tmp_path, "push", "refs/tags/v1.0", {"inputs": {"dry-run": "false"}})).inputs == {}


@pytest.mark.parametrize("payload", [[], {"inputs": []}, {"inputs": "version"}, {}])
def test_a_payload_without_inputs_has_none(tmp_path: Path, payload: object) -> None:
    assert read_event(github(tmp_path, "workflow_dispatch", "refs/heads/main", payload)).inputs == {}


def test_a_payload_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    environ = github(tmp_path, "workflow_dispatch", "refs/heads/main")
    (tmp_path / "event.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_event(environ)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_event({**environ, "GITHUB_EVENT_PATH": ""})


@pytest.mark.parametrize(
    ("source", "tag", "name"),
    [
        ("push", "v1.0", "tag"),
        ("push", "", "push"),
        ("web", "v1.0", "dispatch"),
        ("merge_request_event", "", "pull_request"),
        ("schedule", "", "other"),
    ],
)
def test_gitlab_tells_what_happened(source: str, tag: str, name: str) -> None:
    environ = {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": source, "CI_COMMIT_REF_NAME": tag or "main"}
    found = read_event({**environ, "CI_COMMIT_TAG": tag, "CI_COMMIT_SHA": SHA, "TAGBOAT_INPUT_DRY_RUN": "false"})
    assert (found.name, found.tag, found.sha) == (name, tag, SHA)
    assert found.inputs == ({"dry-run": "false"} if name == "dispatch" else {})


def test_a_laptop_is_no_ci() -> None:
    found = read_event({"TAGBOAT_INPUT_DRY_RUN": "false", "GITHUB_REF": "refs/tags/v1.0"})
    assert (found.name, found.ref, found.tag, found.inputs) == ("laptop", "", "", {})
    assert found.where == "what is checked out"
    assert started_from({}) == ("", "")
