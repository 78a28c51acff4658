"""The SQL that makes a catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duckalog.catalog import READERS

if TYPE_CHECKING:
    from duckalog.catalog import Attachment, Catalog, View


def build_sql(catalog: Catalog) -> str:
    """Return one statement a line: attachments first, then views in the order of the file."""
    statements = [_attach(attachment) for attachment in catalog.attachments]
    statements += [f"CREATE OR REPLACE VIEW {identifier(view.name)} AS {_query(view)}" for view in catalog.views]
    return "".join(f"{statement};\n" for statement in statements)


def identifier(name: str) -> str:
    """Return a name in the quotes that make any text an identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a text as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def _attach(attachment: Attachment) -> str:
    option = " (READ_ONLY)" if attachment.read_only else ""
    return f"ATTACH {text(attachment.path)} AS {identifier(attachment.alias)}{option}"


def _query(view: View) -> str:
    if view.sql:
        return view.sql.strip().rstrip(";")
    if view.table:
        return "SELECT * FROM " + ".".join(identifier(part) for part in view.table.split("."))
    return f"SELECT * FROM {READERS[view.source]}({text(view.uri)})"
