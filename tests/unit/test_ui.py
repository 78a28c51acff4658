"""What a run shows: every reporter gets the same story."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tagboat.errors import Blocked
from tagboat.observer import Silent
from tagboat.ui import PlainReporter, RecordReporter, TerminalReporter, duration, headline, size

if TYPE_CHECKING:
    from tagboat.observer import Observer


def tell(observer: Observer) -> None:
    """A release that skips, works, notes, uploads, fails and is taken back."""
    observer.skipped("edit", "nothing to change")
    observer.started("build", "sdist and wheel")
    observer.note("running build_sdist")
    observer.done("build", "demo-1.0.tar.gz", 1.25)
    observer.started("publish:local", "demo-1.0.tar.gz")
    observer.progress("demo-1.0.tar.gz", 500_000, 2_000_000)
    observer.progress("demo-1.0.tar.gz", 2_000_000, 2_000_000)
    observer.failed("publish:local", Blocked("other bytes\nsecond line"), 0.5)
    observer.failed("tag", KeyboardInterrupt(), 0.5)
    observer.failed("push", ZeroDivisionError(), 0.5)
    observer.undone("build", "taken back", 61.2)


def test_a_log_gets_a_line_for_each_event() -> None:
    stream = io.StringIO()
    tell(PlainReporter(stream))
    assert stream.getvalue().splitlines() == [
        "ok edit               nothing to change (already done)",
        ".. build              sdist and wheel",
        "ok build              demo-1.0.tar.gz (1.2 s)",
        ".. publish:local      demo-1.0.tar.gz",
        "!! publish:local      other bytes (0.5 s)",
        "!! tag                interrupted (0.5 s)",
        "!! push               ZeroDivisionError (0.5 s)",
        "<- build              taken back (1 min 01 s)",
    ]


def test_a_log_gets_notes_and_uploads_when_asked_for() -> None:
    stream = io.StringIO()
    tell(PlainReporter(stream, verbose=True))
    assert "running build_sdist" in stream.getvalue()
    assert "demo-1.0.tar.gz: 2.0 MB sent" in stream.getvalue()
    assert "500.0 kB" not in stream.getvalue()


PAGE, CLICKS = "https://index.example.com/manage/demo [x]", ["Options, then Yank", "Type demo 1.0"]


def test_a_log_gets_the_page_and_every_line_of_what_a_person_has_to_do() -> None:
    stream = io.StringIO()
    PlainReporter(stream).by_hand(PAGE, CLICKS)
    lines = [line.split(maxsplit=1) for line in stream.getvalue().splitlines()]
    assert lines == [["->", f"Please open {PAGE}"], ["->", "1. Options, then Yank"], ["->", "2. Type demo 1.0"]]


def test_a_terminal_gets_them_above_the_live_line_and_the_page_is_opened() -> None:
    screen, opened = io.StringIO(), []
    reporter = TerminalReporter(Console(file=screen, force_terminal=True, width=100, color_system=None), opened.append)
    reporter.started("withdraw:pypi", "you yank 2 files")
    reporter.by_hand(PAGE, CLICKS)
    reporter.done("withdraw:pypi", "2 files yanked", 1)
    shown = screen.getvalue()
    assert opened == [PAGE]
    assert all(text in shown for text in (PAGE, "1. ", *CLICKS))


def test_uploads_side_by_side_are_shown_as_one_sum() -> None:
    screen = io.StringIO()
    reporter = TerminalReporter(Console(file=screen, width=100))

    def shown() -> str:
        reporter.console.print(reporter._working())
        text = screen.getvalue()
        screen.truncate(0)
        screen.seek(0)
        return text

    reporter._step = "publish:local"
    reporter.progress("a.whl", 0, 0)
    assert "of" not in shown()
    reporter.progress("a.whl", 1000, 2000)
    assert "1.0 kB of 2.0 kB  a.whl" in shown()
    reporter.progress("b.whl", 500, 4000)
    assert "1.5 kB of 6.0 kB  2 files" in shown()
    reporter.progress("a.whl", 2000, 2000)
    assert "500 B of 4.0 kB  b.whl" in shown()
    reporter.progress("b.whl", 4000, 4000)
    assert "4.0 kB of 4.0 kB  b.whl" in shown()


def test_a_log_that_knows_only_ascii_is_no_error() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    PlainReporter(stream).done("commit", "新しい\udcff", 0.01)
    stream.seek(0)
    assert "\\u65b0" in stream.read()


def test_a_terminal_gets_every_step_once_with_its_time() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=90, force_terminal=True, color_system=None)
    tell(TerminalReporter(console))
    shown = stream.getvalue()
    for part in ("done before", "1.2 s", "demo-1.0.tar.gz", "other bytes", "interrupted", "taken back", "1 min 01 s"):
        assert part in shown


def test_a_terminal_shows_what_is_at_work() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=90, force_terminal=True, color_system=None)
    reporter = TerminalReporter(console)
    reporter.started("publish:local", "to local")
    console.print(reporter._working())
    reporter.progress("big.whl", 100_000_000, 200_000_000)
    console.print(reporter._working())
    reporter.done("publish:local", "[bold]not markup[/]", 0.01)
    assert "to local" in stream.getvalue()
    assert "100.0 MB of 200.0 MB  big.whl" in stream.getvalue()
    assert "[bold]not markup[/]" in stream.getvalue()
    assert "10 ms" in stream.getvalue()


def test_a_record_keeps_how_each_step_ended() -> None:
    record = RecordReporter()
    tell(record)
    assert [(step["step"], step["outcome"]) for step in record.steps] == [
        ("edit", "skipped"),
        ("build", "done"),
        ("publish:local", "failed"),
        ("tag", "failed"),
        ("push", "failed"),
        ("build", "undone"),
    ]


def test_nobody_may_be_told_too() -> None:
    tell(Silent())


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (0.0994, "99 ms"), (0.1, "0.1 s"), (59.94, "59.9 s"), (60, "1 min 00 s"), (3599.6, "60 min 00 s")],
)
def test_durations_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (3_000_000_000, "3.0 GB")]
)
def test_sizes_as_people_say_them(count: int, text: str) -> None:
    assert size(count) == text


def test_the_headline_of_an_error_is_its_first_line() -> None:
    assert headline(Blocked("one\ntwo")) == "one"
