"""How often there are releases, and how long one takes to its index: numbers of times, which are seconds since 1970."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timezone
from statistics import median
from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.version import Version

MONTHS = 12
"""Months that are counted, this one among them."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """What the times say.

    Attributes:
        months: releases in each of the last months, such as "2026-11", the newest last.
        releases: all of them.
        days_since: days since the last one, None before the first.
        lags: seconds from the tag to the index for each version of which both are known, the oldest first.
    """

    months: Mapping[str, int]
    releases: int
    days_since: int | None
    lags: tuple[tuple[str, float], ...]

    @property
    def typical_lag(self) -> float | None:
        """Half of the releases were on the index sooner."""
        return median(seconds for _, seconds in self.lags) if self.lags else None


def measure(tagged: Mapping[Version, float], uploaded: Mapping[Version, float], now: float) -> Metrics:
    """Count releases by the times of their tags; of one without a tag, by when its first file came to an index."""
    released = {**uploaded, **tagged}
    counts = Counter(_month(seconds) for seconds in released.values())
    both = sorted(tagged.keys() & uploaded.keys(), key=lambda version: tagged[version])
    # A tag made anew after the upload says nothing of how long it took.
    lags = ((str(version), uploaded[version] - tagged[version]) for version in both)
    return Metrics(
        months={month: counts[month] for month in _last_months(now)},
        releases=len(released),
        days_since=int((now - max(released.values())) // 86400) if released else None,
        lags=tuple((version, seconds) for version, seconds in lags if seconds >= 0),
    )


def _month(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m")


def _last_months(now: float) -> list[str]:
    today = datetime.fromtimestamp(now, timezone.utc)
    number = today.year * 12 + today.month - 1
    return [f"{each // 12}-{each % 12 + 1:02}" for each in range(number - MONTHS + 1, number + 1)]
