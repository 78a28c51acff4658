"""The `duckalog` command."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from duckalog import CatalogError, __version__, build_sql, load

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 1 for a configuration that cannot be used."""
    parser = argparse.ArgumentParser(prog="duckalog", description="Build DuckDB catalogs from configuration files.")
    parser.add_argument("--version", action="version", version=f"duckalog {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (("sql", "print the SQL that makes the catalog"), ("check", "tell what is wrong with the file")):
        command = commands.add_parser(name, help=what)
        command.add_argument("config", help="the catalog's JSON or TOML file")
    arguments = parser.parse_args(argv)
    try:
        catalog = load(arguments.config)
    except CatalogError as error:
        for problem in error.problems:
            print(f"duckalog: {problem}", file=sys.stderr)
        return 1
    if arguments.command == "sql":
        print(build_sql(catalog), end="")
    else:
        print(f"{arguments.config}: {len(catalog.views)} views, no problem")
    return 0


if __name__ == "__main__":
    sys.exit(main())
