"""Ask again after a forge's bad moment. Whatever is repeated looks before it changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

ATTEMPTS = 4
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 90.0
"""Seconds; GitHub asks for a minute after too many requests. Who asks for more is told to a person."""


def patiently(
    call: Callable[[], T], pause_of: Callable[[Exception], float | None], sleep: Callable[[float], None]
) -> T:
    """The answer of `call`, repeated while `pause_of` an error tells how many seconds to wait (None: do not)."""
    for attempt in range(1, ATTEMPTS):
        try:
            return call()
        except Exception as error:
            wanted = pause_of(error)
            if wanted is None or wanted > LONGEST_PAUSE:
                raise
            sleep(max(wanted, FIRST_PAUSE * 2 ** (attempt - 1)))
    return call()


def retry_after(value: object) -> float:
    """Seconds of a Retry-After header; 0 when there is none, or it is a date."""
    text = str(value or "").strip()
    return float(text) if text.isdecimal() else 0.0
