"""Issues, requests to merge, tags and runs: on both forges, and twice is as once."""

from __future__ import annotations

from contextlib import closing

import pytest
from tests.forge.quay import TAG, Quay
from tests.index.fakes.contract import json_reply

from tagboat.errors import Blocked, ForgeFailed
from tagboat.forge.interface import Dispatches, Ticket

COMMIT = "a" * 40


def issues(quay: Quay) -> list[tuple[str, str, str]]:
    if quay.kind == "github":
        return [(each["title"], each["body"], each["state"]) for each in quay.server.issues]
    return [(each["title"], each["description"], each["state"]) for each in quay.server.issues]


def requests(quay: Quay) -> list[tuple[str, str]]:
    if quay.kind == "github":
        return [(each["title"], each["state"]) for each in quay.server.pulls]
    return [(each["title"], each["state"].removesuffix("ed") if each["state"] == "opened" else each["state"])
            for each in quay.server.merges]  # fmt: skip


def test_an_issue_is_opened_once_and_found_by_its_mark(quay):
    with closing(quay.forge()) as forge:
        assert forge.find_issue("<!-- m -->") is None
        first = forge.issue("<!-- m -->", "Withdraw it", "Please <!-- m -->")
        assert forge.issue("<!-- m -->", "Withdraw it", "Please <!-- m -->") == first
        assert forge.find_issue("<!-- m -->") == first
        other = forge.issue("<!-- n -->", "Another", "<!-- n -->")
    assert other.number != first.number
    assert first.state == "open"
    assert first.page.endswith(f"issues/{first.number}")
    assert len(issues(quay)) == 2


def test_an_issue_whose_answer_was_lost_is_not_opened_again(quay):
    quay.server.once("POST", json_reply(502, {"message": "Bad Gateway"}), after=True)
    with closing(quay.forge()) as forge:
        forge.issue("<!-- m -->", "Withdraw it", "<!-- m -->")
    assert len(issues(quay)) == 1


def test_an_issue_is_closed_with_a_word_and_once(quay):
    with closing(quay.forge()) as forge:
        made = forge.issue("<!-- m -->", "Withdraw it", "<!-- m -->")
        forge.close_issue(made.number, "Done.")
        forge.close_issue(made.number, "Done.")
        assert forge.issue("<!-- m -->", "Withdraw it", "<!-- m -->").state == "closed"
    assert [state for *_, state in issues(quay)] == ["closed"]
    (entry,) = quay.server.issues
    assert entry.get("comments", entry.get("notes")) == ["Done."]


def test_a_request_to_merge_is_opened_once_and_updated(quay):
    with closing(quay.forge()) as forge:
        assert forge.find_pull_request("release/v0.2.0") is None
        first = forge.pull_request("release/v0.2.0", "main", "Release 0.2.0", "Notes")
        again = forge.pull_request("release/v0.2.0", "main", "Release 0.2.0", "Better notes")
        same = forge.pull_request("release/v0.2.0", "main", "Release 0.2.0", "Better notes")
        assert first.number == again.number == same.number
        found = forge.find_pull_request("release/v0.2.0")
        assert found == Ticket(first.number, first.page, "open", "Release 0.2.0", "Better notes")
    assert requests(quay) == [("Release 0.2.0", "open")]


def test_a_request_that_was_closed_is_opened_anew_and_a_merged_one_is_told(quay):
    with closing(quay.forge()) as forge:
        forge.close_pull_request("release/v0.2.0")
        first = forge.pull_request("release/v0.2.0", "main", "Release 0.2.0", "Notes")
        forge.close_pull_request("release/v0.2.0")
        found = forge.find_pull_request("release/v0.2.0")
        assert found is not None
        assert (found.number, found.state) == (first.number, "closed")
        second = forge.pull_request("release/v0.2.0", "main", "Release 0.2.0", "Notes")
        assert second.number != first.number
        if quay.kind == "github":
            quay.server.pulls[1].update(state="closed", merged_at="2026-11-26T10:00:00Z")
        else:
            quay.server.merges[1]["state"] = "merged"
        found = forge.find_pull_request("release/v0.2.0")
        assert found is not None
        assert (found.number, found.state) == (second.number, "merged")


def test_a_tag_is_made_with_its_notes_once_and_never_moved(quay):
    quay.server.tags.clear()
    with closing(quay.forge()) as forge:
        forge.make_tag("v1.0.0", COMMIT, "demo 1.0.0\n\nNotes\n")
        forge.make_tag("v1.0.0", COMMIT, "demo 1.0.0\n\nNotes\n")
        with pytest.raises(Blocked, match="on another commit"):
            forge.make_tag("v1.0.0", "b" * 40, "demo 1.0.0")
    assert quay.server.tags == {"v1.0.0"}
    if quay.kind == "github":
        (made,) = quay.server.objects.values()
        assert (made["message"], made["object"]) == ("demo 1.0.0\n\nNotes\n", COMMIT)
    else:
        assert quay.server.messages == {"v1.0.0": "demo 1.0.0\n\nNotes\n"}


def test_a_lightweight_tag_on_another_commit_is_no_tag_of_ours(quay):
    with pytest.raises(Blocked, match="on another commit"), closing(quay.forge()) as forge:
        forge.make_tag(TAG, COMMIT, "x")


def test_a_tag_whose_answer_was_lost_is_there(quay):
    quay.server.tags.clear()
    quay.server.once("POST .*(refs|repository/tags)", json_reply(502, {"message": "x"}), after=True)
    with closing(quay.forge()) as forge:
        forge.make_tag("v1.0.0", COMMIT, "x")
    assert quay.server.tags == {"v1.0.0"}


def test_only_github_needs_a_form_to_start_a_run_for_a_tag(github, gitlab):
    inputs = {"version": "0.2.0", "dry-run": "false"}
    with closing(github.forge()) as forge:
        assert isinstance(forge, Dispatches)
        forge.dispatch("publish.yml", TAG, inputs)
        with pytest.raises(ForgeFailed, match=r"refused to start odd\.yml") as caught:
            forge.dispatch("odd.yml", TAG, inputs)
    assert "actions: write" in caught.value.next
    assert github.server.dispatched == [("publish.yml", TAG, inputs)]
    assert not isinstance(gitlab.forge(), Dispatches)


def test_jobs_that_are_at_their_end_are_told_with_their_times(quay):
    good = "success"
    quay.server.jobs[7] = [("Build", good, 61), ("Notify", None, 0)]
    with closing(quay.forge()) as forge:
        assert list(forge.jobs_of(7)) == [("Build", good, 61.0)]
