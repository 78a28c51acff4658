"""Measuring: runs in alternation, ratios of paired runs, peak memory of one process, small tables."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tagboat.environment import python_of, uv_binary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Run = Callable[[], float]
    """Does the work once and returns the seconds that count."""

REPOSITORY = Path(__file__).resolve().parents[1]
FOREIGN = ("GIT_", "PIP_", "UV_", "TWINE_", "TAGBOAT_", "DEVPI_", "PYTHON", "VIRTUAL_ENV")


# -- running --


@dataclass(frozen=True, slots=True)
class Finished:
    """One process that ended well: seconds, and its peak resident memory in MB."""

    seconds: float
    peak: float


def timed(argv: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Finished:
    """Run a program to its end; what it printed is shown only when it fails."""
    with tempfile.TemporaryFile() as output:
        begin = time.perf_counter()
        process = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{argv[0]} {argv[1]} failed:\n{output.read().decode(errors='replace')}")
    return Finished(seconds, usage.ru_maxrss / 1024)


def clean_environ(**more: str) -> dict[str, str]:
    """Nobody's settings, and an author for git."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    who = {f"GIT_{role}_{field}": value for role in ("AUTHOR", "COMMITTER") for field, value in AUTHOR.items()}
    return {
        **environ,
        **who,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "UV_SYSTEM_CERTS": "1",
        **more,
    }


AUTHOR = {"NAME": "Ada", "EMAIL": "ada@example.invalid"}


@contextmanager
def installed_tagboat() -> Iterator[Path]:
    """The folder of programs of an environment with tagboat in it as users have it: not editable, compiled."""
    with tempfile.TemporaryDirectory(prefix="tagboat-bench-") as folder:
        environment = Path(folder, "venv")
        timed([uv_binary(), "venv", "--quiet", "--python", sys.executable, environment], env=clean_environ())
        install = [uv_binary(), "pip", "install", "--quiet", "--compile-bytecode", "--refresh-package", "tagboat"]
        timed([*install, "--python", python_of(environment), REPOSITORY], env=clean_environ())
        yield python_of(environment).parent


# -- comparing --


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of several runs of one thing."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.seconds)

    def __str__(self) -> str:
        return f"{_time(self.median)} ({_time(min(self.seconds))}–{_time(max(self.seconds))})"

    def over(self, other: Sample) -> float:
        """The median of the ratios of runs that stood side by side."""
        return median(ours / theirs for ours, theirs in zip(self.seconds, other.seconds, strict=True))


def alternate(rounds: int, runs: Mapping[str, Run]) -> dict[str, Sample]:
    """Run each in turn, `rounds` times over, after one round that does not count: neighbours disturb all alike."""
    for run in runs.values():
        run()
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(run())
    return {name: Sample(tuple(seconds)) for name, seconds in taken.items()}


# -- showing --


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: ours, what it is held against, and the most that the ratio (or difference) may be."""

    what: str
    ours: str
    other: str
    ratio: float
    limit: float | None = None
    unit: str = "×"

    @property
    def verdict(self) -> str:
        """ "ok", "OVER", or nothing where there is no limit."""
        if self.limit is None:
            return ""
        return "ok" if self.ratio <= self.limit else "OVER"


def compared(what: str, ours: Sample, other: Sample, name: str, limit: float | None = None) -> Row:
    """The line about two samples."""
    return Row(what, str(ours), f"{name} {other}", ours.over(other), limit)


def show(title: str, rows: Sequence[Row]) -> None:
    """Print a table."""
    print(f"\n{title}")
    heads = ("", "tagboat", "against", "ratio", "limit", "")
    lines = [heads] + [
        (row.what, row.ours, row.other, f"{row.ratio:.2f} {row.unit}", _limit(row), row.verdict) for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        print("  " + "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    sys.stdout.flush()


def _limit(row: Row) -> str:
    return "" if row.limit is None else f"{row.limit:g} {row.unit}"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
