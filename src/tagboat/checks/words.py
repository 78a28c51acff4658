"""Words that several checks need to say what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SHOWN = 5


def listed(names: Iterable[str]) -> str:
    """Names in a sentence, the first few of many. What is not UTF-8 or not printable is escaped."""
    known = [_printable(name) for name in names]
    if len(known) > SHOWN + 1:
        return f"{', '.join(known[:SHOWN])} and {len(known) - SHOWN} more"
    return ", ".join(known)


def together(found: Iterable[tuple[str, Problem]]) -> Iterator[Problem]:
    """One problem for all the files that share it: pairs of file name and problem without a name."""
    filenames: dict[Problem, list[str]] = {}
    for filename, problem in found:
        filenames.setdefault(problem, []).append(filename)
    for problem, names in filenames.items():
        yield Problem(f"{listed(names)}: {problem.what}", problem.why, problem.next)


def _printable(name: str) -> str:
    name = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return name if name.isprintable() else ascii(name)[1:-1]
