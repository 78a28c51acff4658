"""Which names a role may see."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from databricks_tools.names import TableName

RESTRICTED_SCHEMAS = frozenset({"finance", "hr"})


class Role(Enum):
    """Who asks."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ADMIN = "admin"

    def may_read(self, name: TableName) -> bool:
        """Tell whether the role may read a table."""
        if self is Role.VIEWER:
            return name.catalog == "samples"
        return self is Role.ADMIN or name.schema not in RESTRICTED_SCHEMAS


def visible(names: Iterable[TableName], role: Role) -> list[TableName]:
    """Return the names that a role may read, sorted."""
    return sorted(name for name in names if role.may_read(name))
