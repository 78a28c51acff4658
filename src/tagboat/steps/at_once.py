"""The same work on several things side by side: threads only where there is more than one thing for them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Stop = Callable[[], None]
    """Called by the work between two of its parts; raises when nobody wants it to go on."""


class _Stopped(BaseException):
    """The run was interrupted while this work was under way: not an error that anything should catch."""


def at_once(workers: int, work: Callable[[T, Stop], None], things: Sequence[T]) -> None:
    """Do the work on every thing, so many at a time, begun in their order.

    A failure stops what has not begun; what has begun is finished. Raises the first error in the order of the
    things. An interrupt stops what has begun, too.
    """
    if min(workers, len(things)) < 2:
        for thing in things:
            work(thing, lambda: None)
        return
    crew = _Crew(work)
    with ThreadPoolExecutor(workers) as pool:
        try:
            futures = [pool.submit(crew.one, thing) for thing in things]
            errors = [future.exception() for future in futures]
        except BaseException:
            crew.stop()
            raise
    if first := next(filter(None, errors), None):
        raise first


class _Crew(Generic[T]):
    """What the threads share: the work, and whether it still is to be done."""

    def __init__(self, work: Callable[[T, Stop], None]) -> None:
        self.work = work
        self.failed = threading.Event()
        self.interrupted = threading.Event()

    def one(self, thing: T) -> None:
        """Do the work on one thing, unless it failed on another."""
        if self.failed.is_set():
            return
        try:
            self.work(thing, self.check)
        except BaseException:
            self.failed.set()
            raise

    def check(self) -> None:
        """What the work calls between two of its parts."""
        if self.interrupted.is_set():
            raise _Stopped

    def stop(self) -> None:
        """Begin nothing more, and end what has begun."""
        self.failed.set()
        self.interrupted.set()
