"""The combinations of a matrix, as docs.github.com "Running variations of jobs in a workflow" has them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from tests.ci.runner.engine import WorkflowError

if TYPE_CHECKING:
    from collections.abc import Mapping

Leg = dict[str, object]


def legs(matrix: Mapping[str, object] | None) -> list[Leg]:
    """Every combination, first to last; one without values where there is no matrix.

    Raises `WorkflowError` for a vector without values.
    """
    if matrix is None:
        return [{}]
    vectors = {name: values for name, values in matrix.items() if name not in ("include", "exclude")}
    for name, values in vectors.items():
        if not isinstance(values, list) or not values:
            raise WorkflowError(f"Matrix vector '{name}' does not contain any values")
    chosen = product(*vectors.values()) if vectors else ()
    made: list[Leg] = [dict(zip(vectors, values, strict=True)) for values in chosen]
    made = [leg for leg in made if not any(_is_within(each, leg) for each in _entries(matrix, "exclude"))]
    return _included(made, _entries(matrix, "include"), set(vectors))


def _included(made: list[Leg], entries: list[Leg], vectors: set[str]) -> list[Leg]:
    """Entries join every combination whose own values they do not change; else they are combinations themselves."""
    found, further = [dict(leg) for leg in made], []
    for entry in entries:
        own = {name: value for name, value in entry.items() if name in vectors}
        hosts = [leg for leg in found if _is_within(own, leg)]
        for leg in hosts:
            leg.update(entry)
        if not hosts:
            further.append(dict(entry))
    return found + further


def _entries(matrix: Mapping[str, object], key: str) -> list[Leg]:
    entries = matrix.get(key) or []
    if not isinstance(entries, list):
        raise WorkflowError(f"{key} of a matrix is no list")
    return entries


def _is_within(part: Leg, leg: Leg) -> bool:
    return all(name in leg and leg[name] == value for name, value in part.items())
