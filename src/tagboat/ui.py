"""What a run shows while it goes: a live view on a terminal, plain lines elsewhere, a record for machines."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TextIO

from tagboat.errors import TagboatError
from tagboat.observer import Silent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.table import Table
    from rich.text import Text

WIDTH = 18  # of the column of step names


class PlainReporter:
    """One line per event: for logs, pipes and CI."""

    def __init__(self, stream: TextIO | None = None, *, verbose: bool = False) -> None:
        self.stream = stream or sys.stdout
        self.verbose = verbose

    def started(self, step: str, detail: str) -> None:
        """Say what begins; its end is another line."""
        self._line("..", step, detail)

    def skipped(self, step: str, detail: str) -> None:
        """Say why nothing is to do."""
        self._line("ok", step, f"{detail} (already done)")

    def done(self, step: str, detail: str, seconds: float) -> None:
        """Say that it is done, and how long it took."""
        self._line("ok", step, f"{detail} ({duration(seconds)})")

    def undone(self, step: str, detail: str, seconds: float) -> None:
        """Say that it is taken back."""
        self._line("<-", step, f"{detail} ({duration(seconds)})")

    def failed(self, step: str, error: BaseException, seconds: float) -> None:
        """Say that it failed; the error itself is rendered at the end of the command."""
        self._line("!!", step, f"{headline(error, step)} ({duration(seconds)})")

    def progress(self, what: str, done: int, total: int) -> None:
        """Only the end is worth a line in a log."""
        if self.verbose and done == total:
            self._line("  ", "", f"{what}: {size(total)} sent")

    def note(self, text: str) -> None:
        """Details only when asked for."""
        if self.verbose:
            self._line("  ", "", text)

    def by_hand(self, page: str, steps: Sequence[str]) -> None:
        """The page and the lines: somebody may read the log in time."""
        for line in _instructions(page, steps):
            self._line("->", "", line)

    def _line(self, mark: str, step: str, text: str) -> None:
        self.stream.write(f"{mark} {step:<{WIDTH}} {printable(text, self.stream)}\n")
        self.stream.flush()


class RecordReporter(Silent):
    """Keeps every step's end for `--json`: a list of objects with step, outcome, detail and seconds."""

    def __init__(self) -> None:
        self.steps: list[dict[str, object]] = []

    def skipped(self, step: str, detail: str) -> None:
        """Record `skipped`."""
        self._add(step, "skipped", detail, 0.0)

    def done(self, step: str, detail: str, seconds: float) -> None:
        """Record `done`."""
        self._add(step, "done", detail, seconds)

    def undone(self, step: str, detail: str, seconds: float) -> None:
        """Record `undone`."""
        self._add(step, "undone", detail, seconds)

    def failed(self, step: str, error: BaseException, seconds: float) -> None:
        """Record `failed`."""
        self._add(step, "failed", headline(error, step), seconds)

    def _add(self, step: str, outcome: str, detail: str, seconds: float) -> None:
        self.steps.append({"step": step, "outcome": outcome, "detail": detail, "seconds": round(seconds, 3)})


class TerminalReporter:
    """A line per step that stays, and one live line below for the step at work."""

    def __init__(self, console: Console, open_page: Callable[[str], object] = lambda _: None) -> None:
        from rich.spinner import Spinner

        self.console = console
        self.open_page = open_page
        self._step = ""
        self._detail = ""
        self._since = 0.0
        self._bytes: dict[str, tuple[int, int]] = {}
        self._live: Live | None = None
        self._spinner = Spinner("dots", style="cyan")

    def started(self, step: str, detail: str) -> None:
        """Show the step as being at work."""
        from rich.live import Live

        self._step, self._detail, self._since, self._bytes = step, detail, time.monotonic(), {}
        self._live = Live(console=self.console, get_renderable=self._working, refresh_per_second=12, transient=True)
        self._live.start()

    def skipped(self, step: str, detail: str) -> None:
        """A quiet line: it was done before."""
        self._settle("[dim]✓[/]", step, f"[dim]{_escaped(detail)}[/]", "[dim]done before[/]")

    def done(self, step: str, detail: str, seconds: float) -> None:
        """A green line."""
        self._settle("[bold green]✓[/]", step, _escaped(detail), duration(seconds))

    def undone(self, step: str, detail: str, seconds: float) -> None:
        """A yellow line."""
        self._settle("[bold yellow]↩[/]", step, _escaped(detail), duration(seconds))

    def failed(self, step: str, error: BaseException, seconds: float) -> None:
        """A red line; the error itself is rendered at the end of the command."""
        self._settle("[bold red]✗[/]", step, f"[red]{_escaped(headline(error, step))}[/]", duration(seconds))

    def progress(self, what: str, done: int, total: int) -> None:
        """Show the bytes of the upload, or of all that run side by side."""
        self._bytes[what] = (done, total)

    def note(self, text: str) -> None:
        """Show what the step is doing just now."""
        self._detail = text

    def by_hand(self, page: str, steps: Sequence[str]) -> None:
        """The lines stay above the live one, and the page is opened."""
        for line in _instructions(page, steps):
            self.console.print(f"  [bold yellow]→[/] {_escaped(line)}")
        self.open_page(page)

    def _settle(self, mark: str, step: str, detail: str, time_text: str) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        self.console.print(self._row(mark, step, detail, time_text))

    def _row(self, mark: str | Spinner, step: str, detail: str | Text, time_text: str) -> Table:
        from rich.table import Table

        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(width=1)
        row.add_column(width=WIDTH, style="bold")
        row.add_column(ratio=1, overflow="fold")
        row.add_column(justify="right", style="dim", no_wrap=True)
        row.add_row(mark, step, detail, time_text)
        return row

    def _working(self) -> Table:
        from rich.text import Text

        now = time.monotonic()
        text = Text(self._detail, overflow="ellipsis", no_wrap=True, style="cyan")
        uploads = dict(self._bytes)  # a copy: other threads add to it
        going = [what for what, (done, total) in uploads.items() if done < total] or list(uploads)[-1:]
        sent, total = (sum(uploads[what][part] for what in going) for part in (0, 1))
        if total:
            what = going[0] if len(going) == 1 else f"{len(going)} files"
            filled = round(24 * sent / total)
            text = Text.assemble(
                ("━" * filled, "cyan"),
                ("━" * (24 - filled), "dim"),
                f" {size(sent)} of {size(total)}  {what}",
            )
            text.no_wrap, text.overflow = True, "ellipsis"
        return self._row(self._spinner, self._step, text, duration(now - self._since))


def _instructions(page: str, steps: Sequence[str]) -> list[str]:
    """What a person is asked to do, a line each."""
    return [f"Please open {page}", *(f"{number}. {step}" for number, step in enumerate(steps, 1))]


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def size(count: float) -> str:
    """Bytes as people say them."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def headline(error: BaseException, step: str = "") -> str:
    """The first line of what happened, without the name of the step that it is shown beside."""
    if isinstance(error, TagboatError):
        return error.what.splitlines()[0].removeprefix(f"{step}: ")
    return "interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__


def printable(text: str, stream: TextIO) -> str:
    """The text with what the stream cannot encode replaced, never an error about it."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text.encode("utf-8", "backslashreplace").decode("utf-8"))
