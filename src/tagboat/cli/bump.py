"""`tagboat bump`: the release's own first steps, up to the tag; `tagboat release` goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli import release
from tagboat.cli.request import add_request

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_request(parser)
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.set_defaults(until="tag", tag=None, pr=False, tag_only=False)


def run(args: argparse.Namespace, output: Output) -> int:
    """Bump."""
    return release.run(args, output)
