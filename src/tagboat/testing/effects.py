"""The effects of a process on the world: counted, or cut short."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

# What is neither a file's change nor a word to another process does not count.
_PATHS = {
    "open": (0,),
    "os.rename": (0, 1),
    "os.remove": (0,),
    "os.mkdir": (0,),
    "os.rmdir": (0,),
    "os.link": (0, 1),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "shutil.copyfile": (1,),
    "shutil.move": (0, 1),
    "shutil.rmtree": (0,),
}
_WORDS = {"subprocess.Popen": 1, "socket.connect": 1, "socket.sendto": 1, "http.client.send": 1}
_SHOWN = 200  # characters of what a program or a server is told
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FOLDERS = {"os.remove": 1, "os.rmdir": 1, "os.mkdir": 2}


@dataclass(slots=True)
class Effects:
    """The effects that were counted: changes of files and folders, programs started, words sent to servers."""

    ignored: tuple[str, ...]
    before: Callable[[int], None]
    seen: list[str] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.seen)

    def notice(self, event: str, args: Sequence[Any]) -> None:
        """Look at an audit event (docs.python.org/3/library/audit_events.html), before what it tells of happens."""
        what = self._effect(event, args)
        if what is not None:
            self.seen.append(what)
            self.before(next(self._number))

    def _effect(self, event: str, args: Sequence[Any]) -> str | None:
        if event in _WORDS:
            return f"{event} {str(args[_WORDS[event]])[:_SHOWN]}"
        if event not in _PATHS or (event == "open" and not _writes(args)):
            return None
        paths = [_absolute(event, args, number) for number in _PATHS[event]]
        if all(path is None or self._is_ignored(path) for path in paths):
            return None
        return f"{event} {' '.join(path or '?' for path in paths)}"

    def _is_ignored(self, path: str) -> bool:
        inside = any(path == each or path.startswith(each + os.sep) for each in self.ignored)
        return inside or "__pycache__" in path or path.startswith("/dev/")


_active: list[Effects] = []
_hooked: list[bool] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    for effects in _active:
        effects.notice(event, args)


_hook.__cantrace__ = True  # type: ignore[attr-defined] # debuggers and coverage may look inside


@contextmanager
def count_effects(
    ignore: Iterable[Path] | None = None, *, before: Callable[[int], None] = lambda _: None
) -> Iterator[Effects]:
    """Count the effects of this process on files, other programs and servers while the context is open.

    `ignore` are folders whose changes do not count; by default the system's folder for temporary files (so
    set TMPDIR when your project lies in it) and the caches that TAGBOAT_CACHE_DIR and UV_CACHE_DIR name.
    `before` is called with the number of each effect, from 1, before it happens; by then it is the last one seen.
    """
    folders = default_ignored() if ignore is None else ignore
    effects = Effects(tuple(os.path.realpath(folder) for folder in folders), before)
    if not _hooked:  # a hook cannot be taken off again
        sys.addaudithook(_hook)
        _hooked.append(True)
    _active.append(effects)
    try:
        yield effects
    finally:
        _active.remove(effects)


@contextmanager
def crash_at(number: int, ignore: Iterable[Path] | None = None) -> Iterator[Effects]:
    """Kill this process, with SIGKILL, before its effect of this number, from 1. For child processes."""

    def die(effect: int) -> None:
        if effect == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with count_effects(ignore, before=die) as effects:
        yield effects


def default_ignored(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """The folders whose changes are nobody's business."""
    caches = (environ.get(name) for name in ("TAGBOAT_CACHE_DIR", "UV_CACHE_DIR"))
    return [Path(tempfile.gettempdir()), *(Path(cache) for cache in caches if cache)]


def _writes(args: Sequence[Any]) -> bool:
    path, mode, flags = args
    if isinstance(path, int):  # wraps what was opened before
        return False
    return any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool(flags & _WRITING)


def _absolute(event: str, args: Sequence[Any], number: int) -> str | None:
    """The path of an event; None for what has none."""
    if isinstance(args[number], int):
        return None
    path = Path(os.fsdecode(args[number]))
    folder = args[_FOLDERS[event]] if event in _FOLDERS else -1
    if folder != -1:  # relative to an open folder, as shutil.rmtree works
        path = Path(f"/proc/self/fd/{folder}").resolve() / path
    return str(path.parent.resolve() / path.name)
