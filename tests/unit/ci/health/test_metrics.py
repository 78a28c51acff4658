"""How often there are releases."""

from __future__ import annotations

from datetime import datetime, timezone

from packaging.version import Version

from tagboat.ci.health.metrics import measure


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


NOW = at("2026-03-15")
V1, V2, V3, V4 = (Version(text) for text in ("1.0", "1.1", "2.0", "3.0"))


def test_releases_are_counted_by_month_over_the_turn_of_the_year() -> None:
    metrics = measure({V1: at("2025-12-31"), V2: at("2026-03-01"), V3: at("2026-03-14"), V4: at("2019-01-01")}, {}, NOW)
    assert list(metrics.months) == [
        *("2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12"),
        *("2026-01", "2026-02", "2026-03"),
    ]
    assert {month: count for month, count in metrics.months.items() if count} == {"2025-12": 1, "2026-03": 2}
    assert (metrics.releases, metrics.days_since, metrics.typical_lag) == (4, 1, None)


def test_a_release_without_a_tag_counts_from_the_index() -> None:
    metrics = measure({V1: at("2026-01-01")}, {V1: at("2026-01-02"), V2: at("2026-02-02")}, NOW)
    assert (metrics.months["2026-01"], metrics.months["2026-02"]) == (1, 1)


def test_the_time_from_tag_to_index_is_of_those_where_both_are_known() -> None:
    tagged = {V1: at("2026-01-01"), V2: at("2026-02-01"), V3: at("2026-03-01"), V4: at("2026-03-02")}
    uploaded = {V1: tagged[V1] + 600, V2: tagged[V2] + 60, V3: tagged[V3] - 5}
    metrics = measure(tagged, uploaded, NOW)
    assert metrics.lags == (("1.0", 600), ("1.1", 60))
    assert metrics.typical_lag == 330


def test_a_project_without_releases_has_none() -> None:
    metrics = measure({}, {}, NOW)
    assert (metrics.releases, metrics.days_since, set(metrics.months.values())) == (0, None, {0})
