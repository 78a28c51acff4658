"""Distributions named on the command line, shared by the commands that take files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.distribution import Distribution, parse_filename
from tagboat.errors import UsageError

if TYPE_CHECKING:
    import argparse


def add_files(parser: argparse.ArgumentParser) -> None:
    """Add the FILE arguments."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="distributions (default: those in dist/)")


def read_files(args: argparse.Namespace) -> tuple[Distribution, ...]:
    """The distributions to work on. Raises `UsageError` when there are none, or they are of several releases."""
    folder = args.folder / "dist"
    paths = args.files or sorted(path for path in folder.glob("*") if parse_filename(path.name))
    if not paths:
        raise UsageError(
            f"there are no distributions in {folder}",
            next="Run `tagboat build` first, or name the files.",
        )
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise UsageError(f"no such file: {', '.join(missing)}")
    distributions = tuple(map(Distribution.from_file, paths))
    releases = sorted({f"{each.project} {each.version}" for each in distributions})
    if len(releases) > 1:
        raise UsageError(
            f"these files are of several releases: {', '.join(releases)}",
            next="Name the files of one of them.",
        )
    return distributions
