"""How often there are releases, by their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY = 86400


def count_within(times: Iterable[int], days: int, now: float) -> int:
    """How many of some times (seconds since 1970) are of the last days."""
    return sum(now - days * DAY <= time <= now for time in times)


def frequency(times: Iterable[int], now: float) -> str:
    """Releases of the last month and the last year, in words."""
    times = tuple(times)
    return f"{count_within(times, 30, now)} releases in 30 days, {count_within(times, 365, now)} in 365 days"
