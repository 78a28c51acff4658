"""One run at a time in a checkout; the system frees the lock when its holder dies.

A ready-made lock would cost 60 ms of start-up and could not say who holds it.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from tagboat.errors import Locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":  # pragma: no cover - the other half runs where the tests run
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@contextmanager
def exclusive(path: Path, wait: float = 60.0) -> Iterator[None]:
    """Hold the lock file `path`, waiting up to `wait` seconds for whoever has it. Raises `Locked` after that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        deadline = time.monotonic() + wait
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                raise Locked(f"{path} is held by another process", next="Wait for it to end, then run this again.")
            time.sleep(0.02)
        yield


@contextmanager
def one_run(folder: Path, command: str) -> Iterator[None]:
    """Hold the state folder's lock for one command. Raises `Locked`, naming the holder, when it is taken."""
    holder = folder / "lock.json"
    with (folder / "lock").open("ab") as file:
        if not _try_lock(file):
            raise Locked(
                f"another tagboat, or a git that it started, is at work here: {_describe(holder)}",
                why="Two runs in one checkout would undo each other's steps.",
                next="Wait for it to end, then run this again; nothing was changed.",
            )
        os.set_inheritable(file.fileno(), True)  # for the programs that outlive us: see `process.run`
        holder.write_text(
            json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "command": command, "since": time.time()}),
            encoding="utf-8",
        )
        yield


def _describe(holder: Path) -> str:
    try:
        facts = json.loads(holder.read_text(encoding="utf-8"))
        seconds = max(0, round(time.time() - facts["since"]))
        return f"`{facts['command']}`, process {facts['pid']} on {facts['host']}, for {seconds} s"
    except (OSError, ValueError, KeyError, TypeError):
        return "a run that has only just begun"
