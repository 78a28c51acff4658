"""What commands print: for people, for logs, for machines."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from tagboat.cli.app import run
from tagboat.cli.output import Output, open_page, plain_error
from tagboat.cli.parser import COMMANDS, make_parser
from tagboat.errors import NotReady, Problem, TagboatError, UsageError
from tagboat.ui import PlainReporter, TerminalReporter

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


ERROR = NotReady(
    "demo 1.0 cannot be released yet",
    why="It is Friday.",
    problems=[Problem("uncommitted changes: a.py", "They would not be in it.", "Commit them."), Problem("no upstream")],
    next="Nothing was changed.",
)


def test_an_error_in_a_log_says_what_why_and_next_of_every_problem() -> None:
    assert plain_error(ERROR) == (
        "error: demo 1.0 cannot be released yet\n"
        "  - uncommitted changes: a.py\n"
        "    They would not be in it.\n"
        "    -> Commit them.\n"
        "  - no upstream\n"
        "  It is Friday.\n"
        "  -> Nothing was changed.\n"
        "  More: tagboat explain 4"
    )
    assert "no upstream" in str(ERROR)


def test_an_error_on_a_terminal_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    Output().error(ERROR)
    for part in (
        "cannot be released yet",
        "a.py",
        "They would not",
        "Commit them.",
        "no upstream",
        "Friday",
        "Nothing was",
        "tagboat explain 4",
    ):
        assert part in screen.getvalue()


def test_an_error_for_machines_is_the_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    Output(json=True).error(ERROR)
    document = json.loads(capsys.readouterr().out)
    assert document["result"] == "error"
    assert document["error"]["kind"] == "NotReady"
    assert document["error"]["exit_code"] == 4
    assert [problem["what"] for problem in document["error"]["problems"]] == [
        "uncommitted changes: a.py",
        "no upstream",
    ]


def test_an_interrupt_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    Output().interrupted()
    assert "tagboat undo" in capsys.readouterr().err
    Output(json=True).interrupted()
    assert json.loads(capsys.readouterr().out) == {"result": "interrupted"}


def test_rows_line_up_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.rows([("a", "long name", "x"), ("bb", "b", "y")])
    output.rows([])
    assert capsys.readouterr().out == "  a   long name  x\n  bb  b          y\n"


def test_rows_and_lines_line_up_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    output = Output()
    assert isinstance(output.reporter, TerminalReporter)
    output.rows([("a", "x"), ("bb", "[y]")], ["bold"])
    output.say("done", "green")
    for part in ("a", "bb", "[y]", "done"):
        assert part in screen.getvalue()


def test_with_json_nothing_else_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json=True)
    output.say("words")
    output.rows([("a", "b")])
    output.reporter.done("tag", "v1", 0.1)
    output.document("released", version="1.0")
    assert json.loads(capsys.readouterr().out) == {
        "result": "released",
        "version": "1.0",
        "steps": [{"step": "tag", "outcome": "done", "detail": "v1", "seconds": 0.1}],
    }
    Output().document("released")
    assert capsys.readouterr().out == ""


def test_a_log_gets_plain_lines() -> None:
    assert isinstance(Output().reporter, PlainReporter)


@pytest.mark.parametrize(("answer", "said"), [("y\n", True), ("YES\n", True), ("\n", False), ("no\n", False)])
def test_a_person_is_asked(monkeypatch: pytest.MonkeyPatch, answer: str, said: bool) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    question = Terminal(answer)
    monkeypatch.setattr(sys, "stdin", question)
    assert Output().confirm("Release?") is said


def test_nobody_is_asked_without_a_terminal() -> None:
    with pytest.raises(UsageError, match="nobody is here"):
        Output().confirm("Release?")


def test_every_command_has_help_and_every_error_an_exit_code_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        with pytest.raises(SystemExit):
            make_parser([name]).parse_args([name, "--help"])
        assert name in capsys.readouterr().out
    codes = [kind.exit_code for kind in TagboatError.__subclasses__()]
    assert len(codes) == len(set(codes))


def test_output_that_nobody_reads_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())
    assert run(["completion", "bash", "-C", str(tmp_path)]) == 141


def test_an_interrupt_has_the_exit_code_of_shells(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(io.StringIO):
        def write(self, text: str) -> int:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdout", Interrupted())
    assert run(["completion", "bash"]) == 130


def test_no_error_repeats_the_credential_of_a_url() -> None:
    error = NotReady("https://ada:s3cret@git.example/x.git is gone", why="fatal: 'https://s3cret@git.example/' refused")
    assert "s3cret" not in str(error)
    assert "https://git.example/x.git" in error.what


@pytest.mark.parametrize(
    ("environ", "terminal", "opens"),
    [
        ({"DISPLAY": ":0"}, True, True),
        ({"WAYLAND_DISPLAY": "w"}, True, True),
        ({"DISPLAY": ":0"}, False, False),
        ({"DISPLAY": ":0", "CI": "true"}, True, False),
        ({}, True, sys.platform in ("win32", "darwin")),  # a browser in the terminal would take it
    ],
)
def test_a_page_is_opened_only_where_a_person_sees_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environ: dict[str, str], terminal: bool, opens: bool
) -> None:
    import webbrowser

    class Browser(webbrowser.BaseBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            seen.append(url)
            return True

    seen: list[str] = []
    webbrowser.register("seen", None, Browser(), preferred=True)
    for name in ("CI", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", Terminal() if terminal else io.StringIO())
    open_page("https://index.example.com/manage")
    assert bool(seen) is opens
