"""Everything that is printed: for people on a terminal, for logs, and as JSON for machines."""

from __future__ import annotations

import json
import os
import sys
from functools import cached_property
from itertools import chain, repeat
from typing import TYPE_CHECKING

from tagboat.errors import UsageError
from tagboat.ui import PlainReporter, RecordReporter, TerminalReporter, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rich.console import Console

    from tagboat.errors import TagboatError
    from tagboat.index.credentials import Account, Credential
    from tagboat.observer import Observer


class Output:
    """Where a command's results go. With `json`, standard output gets one document and nothing else."""

    def __init__(self, *, json: bool = False, verbose: bool = False) -> None:
        self.json = json
        self.verbose = verbose
        self._record = RecordReporter()

    @property
    def is_terminal(self) -> bool:
        """Whether a person is looking at standard output."""
        return not self.json and sys.stdout.isatty()

    @cached_property
    def console(self) -> Console:
        """The terminal."""
        from rich.console import Console

        return Console(highlight=False, soft_wrap=False)

    @cached_property
    def reporter(self) -> Observer:
        """Who is told what happens in a run."""
        if self.json:
            return self._record
        if self.is_terminal:
            return TerminalReporter(self.console, open_page)
        return PlainReporter(verbose=self.verbose)

    def say(self, text: str = "", style: str = "") -> None:
        """A line for people; nothing with `--json`."""
        if self.json:
            return
        if self.is_terminal:
            self.console.print(printable(text, sys.stdout), style=style or None, markup=False)
        else:
            print(printable(text, sys.stdout), flush=True)

    def rows(self, rows: Iterable[tuple[str, ...]], styles: Iterable[str] = ()) -> None:
        """A small table: on a terminal its last column is wrapped in its place, elsewhere a line is a row."""
        rows = list(rows)
        if self.json or not rows:
            return
        if not self.is_terminal:
            widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
            for row in rows:
                cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
                self.say("  ".join(["", *cells, row[-1]]).rstrip())
            return
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0))
        for _ in rows[0]:
            table.add_column(overflow="fold")
        for row, style in zip(rows, chain(styles, repeat("")), strict=False):
            table.add_row(*(Text(printable(cell, sys.stdout)) for cell in row), style=style)
        self.console.print(Padding(table, (0, 0, 0, 2)))

    def document(self, result: str, **values: object) -> None:
        """With `--json`, the one document: `result`, the steps of a run if there were any, and `values`."""
        if self.json:
            steps: Mapping[str, object] = {"steps": self._record.steps} if self._record.steps else {}
            print(json.dumps({"result": result, **values, **steps}, indent=2, default=str))

    def error(self, error: TagboatError) -> None:
        """What happened, why, and what to do next; to standard error, or as the JSON document."""
        if self.json:
            problems = [{"what": each.what, "why": each.why, "next": each.next} for each in error.problems]
            self.document(
                "error",
                error={
                    "kind": type(error).__name__,
                    "exit_code": error.exit_code,
                    "what": error.what,
                    "why": error.why,
                    "next": error.next,
                    "problems": problems,
                },
            )
            return
        if sys.stderr.isatty():
            self._error_for_people(error)
        else:
            print(printable(plain_error(error), sys.stderr), file=sys.stderr, flush=True)

    def interrupted(self) -> None:
        """Say what an interrupt leaves behind."""
        if self.json:
            self.document("interrupted")
        else:
            text = "interrupted: run the same command again to go on, or `tagboat undo` to take it back"
            print(f"\n{text}", file=sys.stderr, flush=True)

    def confirm(self, question: str) -> bool:
        """Ask on the terminal. Raises `UsageError` where nobody can answer."""
        if self.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError(
                "nobody is here to say yes",
                why="Standard input or output is not a terminal.",
                next="Add --yes to go ahead without being asked.",
            )
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")

    @property
    def ask(self) -> Callable[[Account], Credential | None] | None:
        """Asks a person for a credential; None where nobody can answer."""
        if self.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return None
        from tagboat.cli.ask import ask

        return ask

    def _error_for_people(self, error: TagboatError) -> None:
        from rich.console import Console

        console = Console(stderr=True, highlight=False)
        console.print()
        console.print(f"✗ {_clean(error.what)}", style="bold red", markup=False)
        for problem in error.problems:
            console.print(f"  • {_clean(problem.what)}", style="bold", markup=False)
            if problem.why:
                console.print(f"    {_clean(problem.why)}", style="dim", markup=False)
            if problem.next:
                console.print(_arrow("    →", _clean(problem.next)), style="cyan", markup=False)
        if error.why:
            console.print(_indented(_clean(error.why)), style="dim", markup=False)
        if error.next:
            console.print(_arrow("  →", _clean(error.next)), style="cyan", markup=False)
        console.print(f"  {_more(error)}", style="dim", markup=False)


def open_page(page: str) -> None:
    """Open a page for the person at the terminal; not in CI, nor where a browser would take the terminal itself."""
    windows = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if windows and sys.stdin.isatty() and not os.environ.get("CI"):
        import webbrowser

        webbrowser.open(page)


def plain_error(error: TagboatError) -> str:
    """An error as plain text: what, every problem, why, next."""
    lines = [f"error: {error.what}"]
    for problem in error.problems:
        lines.append(f"  - {problem.what}")
        lines += [f"    {line}" for line in problem.why.splitlines()]
        if problem.next:
            lines.append(_arrow("    ->", problem.next))
    lines += [f"  {line}" for line in error.why.splitlines()]
    if error.next:
        lines.append(_arrow("  ->", error.next))
    return "\n".join([*lines, f"  {_more(error)}"])


def _more(error: TagboatError) -> str:
    """Where the guide has an entry for this error."""
    return f"More: tagboat explain {error.exit_code}"


def _arrow(mark: str, text: str) -> str:
    """A text behind a mark; its further lines begin below its first."""
    return f"{mark} " + text.replace("\n", "\n" + " " * (len(mark) + 1))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _clean(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
