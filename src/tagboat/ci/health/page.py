"""The health of a project as a page, and as the document of `--json`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tagboat.ci.markdown import code, table
from tagboat.notify import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.health.look import Health, IndexHealth
    from tagboat.ci.health.metrics import Metrics


def page(health: Health) -> str:
    """Markdown. It says when it was made, so that a reader sees when nobody looks any more."""
    return "\n".join(_lines(health)).rstrip() + "\n"


def _lines(health: Health) -> Iterator[str]:
    yield f"## Health of {code(health.project)}"
    yield f"\nLooked at {_day(health.now)}.\n"
    if health.version is None:
        yield "There is no release yet.\n"
    else:
        yield table(("Index", f"Has of {health.version}", "Health"), [_row(index) for index in health.indexes])
    for problem in health.problems:
        yield f"- {code(problem.what)}. {problem.why} {problem.next}".rstrip()
    if health.problems:
        yield ""
    yield from (f"{note}\n" for note in health.notes)
    yield "### Releases\n"
    yield from _metrics(health.metrics)


def _row(index: IndexHealth) -> tuple[str, str, str]:
    if index.unread:
        return code(index.name), "?", "could not be looked at"
    files = f"{index.files} file{'' if index.files == 1 else 's'}"
    return code(index.name), files, f"**{len(index.problems)} wrong**" if index.problems else code(index.shown)


def _metrics(metrics: Metrics) -> Iterator[str]:
    yield table(list(metrics.months), [[str(count or "–") for count in metrics.months.values()]])
    if metrics.days_since is not None:
        yield f"{metrics.releases} in all, the last one {metrics.days_since} days ago."
    if metrics.typical_lag is not None:
        version, seconds = metrics.lags[-1]
        yield f"From the tag to the index: {_time(seconds)} for {version}, {_time(metrics.typical_lag)} typically."


def message(health: Health) -> Message:
    """What people are told of whom a message reaches: what is wrong, and nothing else."""
    text = "\n".join(f"- {problem.what}" for problem in health.problems)
    return Message(f"{health.project} {health.version} is not healthy", text, good=False)


def document(health: Health) -> dict[str, object]:
    """All of it, for machines; times in seconds."""
    return {
        "healthy": not health.problems,
        "project": health.project,
        "version": str(health.version) if health.version else None,
        "looked": datetime.fromtimestamp(health.now, timezone.utc).isoformat(timespec="seconds"),
        "indexes": [
            {
                "name": index.name,
                "files": index.files,
                "shown": index.shown,
                "problems": [{"what": each.what, "why": each.why, "next": each.next} for each in index.problems],
            }
            for index in health.indexes
        ],
        "notes": list(health.notes),
        "releases": {
            "months": dict(health.metrics.months),
            "all": health.metrics.releases,
            "days_since": health.metrics.days_since,
            "from_tag_to_index": {version: round(seconds, 3) for version, seconds in health.metrics.lags},
        },
    }


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def _time(seconds: float) -> str:
    """So long, in the unit that people would say it in."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
