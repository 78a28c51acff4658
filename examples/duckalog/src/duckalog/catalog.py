"""What a configuration file says: attached databases and views."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

try:
    import tomllib
except ModuleNotFoundError:  # Python before 3.11
    tomllib = None

READERS = {"csv": "read_csv_auto", "json": "read_json_auto", "parquet": "read_parquet"}
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
Entry = TypeVar("Entry", "Attachment", "View")


class CatalogError(ValueError):
    """A configuration that cannot be used; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Attachment:
    """Another database file, attached under an alias."""

    alias: str
    path: str
    read_only: bool = True


@dataclass(frozen=True)
class View:
    """A view over files (`source` and `uri`), over a table (`table`), or over a query (`sql`)."""

    name: str
    source: str = ""
    uri: str = ""
    table: str = ""
    sql: str = ""

    def problems(self) -> list[str]:
        """Return what is wrong with the view."""
        found = [] if IDENTIFIER.fullmatch(self.name) else [f"view {self.name!r}: not a name for a view"]
        ways = [way for way in ("uri", "table", "sql") if getattr(self, way)]
        if len(ways) != 1:
            found.append(f"view {self.name!r}: needs exactly one of uri, table and sql")
        elif ways == ["uri"] and self.source not in READERS:
            found.append(f"view {self.name!r}: source must be one of {', '.join(READERS)}")
        return found


@dataclass(frozen=True)
class Catalog:
    """Everything that one configuration file declares."""

    attachments: tuple[Attachment, ...] = ()
    views: tuple[View, ...] = ()


def load(path: str | Path) -> Catalog:
    """Read a JSON file, or TOML where Python can. Raises `CatalogError` with every problem."""
    try:
        values = _read(Path(path))
    except (OSError, ValueError) as error:
        raise CatalogError([f"{path}: {error}"]) from error
    if not isinstance(values, dict):
        raise CatalogError([f"{path}: must hold an object"])
    return parse(values)


def parse(values: dict[str, Any]) -> Catalog:
    """Check what a file says. Raises `CatalogError` with every problem."""
    problems = [f"unknown key {key!r}" for key in values if key not in {"attachments", "views"}]
    attachments = _entries(Attachment, values.get("attachments", []), problems)
    views = _entries(View, values.get("views", []), problems)
    for view in views:
        problems += view.problems()
    names = [view.name for view in views]
    problems += [f"view {name!r}: declared more than once" for name in sorted(set(names)) if names.count(name) > 1]
    if problems:
        raise CatalogError(problems)
    return Catalog(tuple(attachments), tuple(views))


def _entries(kind: type[Entry], values: list[Any], problems: list[str]) -> list[Entry]:
    """Return the entries that have the fields they need; note the others."""
    known = {field.name: field for field in fields(kind)}
    needed = {name for name, field in known.items() if field.default is MISSING}
    good = []
    for value in values:
        if not isinstance(value, dict):
            problems.append(f"{kind.__name__.lower()} {value!r}: must be an object")
        elif not needed <= value.keys() <= known.keys():
            wrong = sorted((needed - value.keys()) | (value.keys() - known.keys()))
            problems.append(f"{kind.__name__.lower()} {value!r}: missing or unknown: {', '.join(wrong)}")
        else:
            good.append(kind(**value))
    return good


def _read(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".toml":
        return json.loads(text)
    if tomllib is None:
        raise ValueError("TOML needs Python 3.11; write the catalog as JSON")
    return tomllib.loads(text)
