"""The same work on several things side by side: threads only where there is more than one thing for them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    T = TypeVar("T")

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
    failed, stopped = threading.Event(), threading.Event()

    def stop() -> None:
        if stopped.is_set():
            raise _Stopped

    def one(thing: T) -> None:
        if failed.is_set():
            return
        try:
            work(thing, stop)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(one, thing) for thing in things]
        try:
            errors = [future.exception() for future in futures]
        except BaseException:
            failed.set()
            stopped.set()
            raise
    for error in errors:
        if error is not None:
            raise error
