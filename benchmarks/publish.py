"""Publish: whole uploaders side by side. Two small files, 200 wheels of 100 kB, one of 200 MB, to real servers."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.measure import Row, Sample, alternate, clean_environ, compared, installed_tagboat, show, timed
from benchmarks.upload import POST, make_wheel
from tests.index import made
from tests.servers import devpi_server, pypiserver

from tagboat.environment import uv_binary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# The release's own publish step, without what goes before it.
TAGBOAT = """\
import os, sys
from pathlib import Path
from tagboat import Distribution, open_index
from tagboat.config import IndexConfig
from tagboat.state import StateFolder
from tagboat.steps.publish import PublishStep
kind, url, state, *paths = sys.argv[1:]
index = open_index(IndexConfig("local", kind, {"url": url}), root=Path(), environ=os.environ)
folder = StateFolder(Path(state))
folder.adopt([Distribution.from_file(Path(path)) for path in paths])
first = Distribution.from_file(Path(paths[0]))
PublishStep(first.project, first.version, index, folder, wait=60, progress=lambda *_: None).apply()
"""
LOADS = {"2 small files": 7, "200 wheels of 100 kB": 3, "one of 200 MB": 3}
"""Rounds for each."""


def main() -> None:
    """Every load to every server by every uploader."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tagboat-bench-")))
        programs = stack.enter_context(installed_tagboat())
        packages, devpi = stack.enter_context(pypiserver()), stack.enter_context(devpi_server())
        loads = make_loads(folder)
        numbers = count()

        def emptied() -> str:
            for file in packages.folder.iterdir():
                file.unlink()
            return packages.url

        servers: dict[str, Callable[[], str]] = {
            "pypiserver": emptied,
            "devpi": lambda: devpi.new_index(f"index{next(numbers)}"),
        }
        environ = clean_environ(
            **dict.fromkeys(("TAGBOAT_LOCAL_USERNAME", "TWINE_USERNAME", "UV_PUBLISH_USERNAME"), packages.user),
            **dict.fromkeys(("TAGBOAT_LOCAL_PASSWORD", "TWINE_PASSWORD", "UV_PUBLISH_PASSWORD"), packages.password),
        )
        for server, url in servers.items():
            rows: list[Row] = []
            for load, rounds in LOADS.items():
                uploaders = Uploaders(programs / "python", server, url, folder, loads[load], environ)
                rows += uploaders.rows(load, rounds)
            show(f"Publish to {server}", rows)


class Uploaders:
    """The same files by tagboat, twine, uv, and a process that does one plain POST after the other."""

    def __init__(
        self,
        python: Path,
        kind: str,
        url: Callable[[], str],
        folder: Path,
        files: Sequence[Path],
        environ: Mapping[str, str],
    ) -> None:
        self.python, self.kind, self.url, self.folder, self.files, self.environ = (
            python,
            kind,
            url,
            folder,
            files,
            environ,
        )
        self.peaks: dict[str, list[float]] = {}

    def rows(self, load: str, rounds: int) -> list[Row]:
        """Time as ratios, and each one's peak of memory."""
        runs = {
            "tagboat": lambda: self.run("tagboat", [self.python, "-c", TAGBOAT, self.kind, self.url(), self.state()]),
            "twine": lambda: self.run("twine", [sys.executable, "-m", "twine", "upload", "--disable-progress-bar",
                                                "--non-interactive", "--repository-url", self.url()]),
            "uv": lambda: self.run("uv", [uv_binary(), "publish", "--quiet", "--publish-url", self.url()]),
            "POST": lambda: self.run("POST", [self.python, "-c", POST, self.kind, self.url()]),
        }  # fmt: skip
        taken = alternate(rounds, runs)
        return [self.row(load, taken, "POST"), self.row(load, taken, "uv"), self.row(load, taken, "twine")]

    def row(self, load: str, taken: Mapping[str, Sample], other: str) -> Row:
        memory = f"{median(self.peaks['tagboat']):.0f} MB to {median(self.peaks[other]):.0f} MB"
        return compared(f"{load} ({memory})", taken["tagboat"], taken[other], other)

    def run(self, name: str, words: Sequence[str | Path]) -> float:
        finished = timed([*words, *self.files], env=self.environ)
        self.peaks.setdefault(name, []).append(finished.peak)
        return finished.seconds

    def state(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.folder))


def make_loads(folder: Path) -> dict[str, list[Path]]:
    """Distributions of one release each."""
    small = [made.wheel(folder / "small", "small").path, made.sdist(folder / "small", "small").path]
    noise = [bytes(str(number), "ascii") * 20_000 for number in range(200)]
    many = [
        made.wheel(folder / "many", "many", payload=noise[number][:100_000], build=str(number + 1)).path
        for number in range(200)
    ]
    return dict(zip(LOADS, (small, many, [make_wheel(folder / "large", 200 << 20)]), strict=True))


if __name__ == "__main__":
    main()
