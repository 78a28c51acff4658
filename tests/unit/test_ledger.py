from __future__ import annotations

import pytest

from tagboat.ledger import Ledger


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl")


def write(ledger: Ledger, text: str) -> None:
    for word in text.split():
        event, _, step = word.partition(":")
        ledger.write(event, step)


def test_a_ledger_that_is_not_there_says_nothing(ledger):
    assert list(ledger.events()) == []
    assert ledger.ours() == ()
    assert not ledger.is_finished()


@pytest.mark.parametrize(
    ("events", "ours"),
    [
        ("started:edit done:edit started:commit", ("edit", "commit")),
        ("started:edit started:edit done:edit", ("edit",)),
        ("started:edit done:edit started:tag undone:tag", ("edit",)),
        ("started:edit undone:edit started:edit", ("edit",)),
        ("undone:edit", ()),
        ("done:edit finished", ()),
    ],
)
def test_ours_is_what_was_started_and_not_undone(ledger, events, ours):
    write(ledger, events)
    assert ledger.ours() == ours


@pytest.mark.parametrize(
    ("events", "finished"),
    [
        ("started:a done:a finished", True),
        ("finished started:a", False),
        ("finished undone:a", False),
        ("finished done:a", True),
        ("started:a undone:a finished", True),
    ],
)
def test_a_run_is_finished_when_nothing_began_or_was_undone_since(ledger, events, finished):
    write(ledger, events)
    assert ledger.is_finished() is finished


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_half_a_last_line_is_passed_over_and_spoils_nothing_after_it(ledger, cut):
    write(ledger, "started:edit")
    whole = ledger.path.read_bytes()
    ledger.write("started", "commit")
    torn = ledger.path.read_bytes()[: len(whole) + cut]
    ledger.path.write_bytes(torn)
    assert ledger.ours()[0] == "edit"
    ledger.write("started", "tag")
    assert ("started", "tag") in list(ledger.events())
    assert ("started", "edit") in list(ledger.events())


def test_a_line_that_only_lacks_its_end_counts(ledger):
    write(ledger, "started:edit started:tag")
    ledger.path.write_bytes(ledger.path.read_bytes().rstrip(b"\n"))
    assert ledger.ours() == ("edit", "tag")


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[1, 2]", b"{}", b"7", b"null", b'{"event": "started"}', b"\0\0\0"])
def test_a_damaged_line_is_passed_over(ledger, line):
    write(ledger, "started:edit")
    ledger.path.write_bytes(ledger.path.read_bytes() + line + b"\n")
    write(ledger, "started:tag")
    assert ledger.ours() == ("edit", "tag")
