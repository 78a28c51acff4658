"""What this release began: an append-only file of JSON lines, the only thing that makes undo safe.

The ledger is no record of success. Whether a step is done is asked of the world; the ledger tells
ours from theirs, so that undo never touches what somebody else made.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Ledger:
    """Events `started`, `done` and `undone` of steps, and `begun` and `finished` of the whole run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, event: str, step: str = "") -> None:
        """Append one event and wait until the disk has it."""
        line = json.dumps({"event": event, "step": step, "time": round(time.time(), 3)})
        with self.path.open("ab") as file:
            # A kill can leave half a line behind; a new line of its own keeps ours whole.
            start = b"\n" if file.tell() and not self._ends_whole() else b""
            file.write(start + line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def events(self) -> Iterator[tuple[str, str]]:
        """Every (event, step) in order; torn lines are passed over."""
        if not self.path.is_file():
            return
        for line in self.path.read_bytes().splitlines():
            try:
                entry = json.loads(line)
                yield entry["event"], entry["step"]
            except (ValueError, KeyError, TypeError):
                continue

    def ours(self) -> tuple[str, ...]:
        """Names of the steps that were started and not undone, in the order of their start."""
        live: list[str] = []
        for event, step in self.events():
            if event == "started" and step not in live:
                live.append(step)
            elif event == "undone" and step in live:
                live.remove(step)
        return tuple(live)

    def is_finished(self) -> bool:
        """Whether the run reached its end, and nothing was undone since."""
        last = [event for event, _ in self.events() if event in ("finished", "started", "undone")]
        return bool(last) and last[-1] == "finished"

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
