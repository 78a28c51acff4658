"""The `databricks-tools` command."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from databricks_tools import InvalidNameError, Role, TableName, __version__, visible

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 2 for a name that cannot be read."""
    parser = argparse.ArgumentParser(prog="databricks-tools", description=__doc__)
    parser.add_argument("--version", action="version", version=f"databricks-tools version {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    quoting = commands.add_parser("quote", help="print names as SQL takes them")
    quoting.add_argument("names", nargs="+", metavar="CATALOG.SCHEMA.TABLE")
    listing = commands.add_parser("list", help="print the names that a role may read")
    listing.add_argument("--role", choices=[role.value for role in Role], default=Role.VIEWER.value)
    listing.add_argument("names", nargs="+", metavar="CATALOG.SCHEMA.TABLE")
    arguments = parser.parse_args(argv)
    try:
        names = [TableName.parse(text) for text in arguments.names]
    except InvalidNameError as error:
        print(f"databricks-tools: {error}", file=sys.stderr)
        return 2
    shown = visible(names, Role(arguments.role)) if arguments.command == "list" else names
    for name in shown:
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
