"""Three-part names of Unity Catalog: catalog.schema.table."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A part is plain text without dots, or anything between backticks, where two backticks stand for one.
PART = r"(`(?:[^`]|``)+`|[^`.\s]+)"
FULL = re.compile(rf"{PART}\.{PART}\.{PART}")


class InvalidNameError(ValueError):
    """A text that is not the name of a table."""


@dataclass(frozen=True, order=True)
class TableName:
    """A table's full name, its parts as they are, without quotes."""

    catalog: str
    schema: str
    table: str

    @classmethod
    def parse(cls, text: str) -> TableName:
        """Read `catalog.schema.table`; parts may stand in backticks. Raises `InvalidNameError`."""
        match = FULL.fullmatch(text)
        if match is None:
            raise InvalidNameError(f"not a catalog.schema.table name: {text}")
        return cls(*(unquote(part) for part in match.groups()))

    def __str__(self) -> str:
        return ".".join(quote(part) for part in (self.catalog, self.schema, self.table))


def quote(part: str) -> str:
    """Return one part of a name as SQL takes it: in backticks, unless it needs none."""
    return part if PLAIN.fullmatch(part) else "`" + part.replace("`", "``") + "`"


def unquote(part: str) -> str:
    """Return the part of a name that SQL means by a text with or without backticks."""
    return part[1:-1].replace("``", "`") if part.startswith("`") else part
