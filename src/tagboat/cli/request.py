"""The words that say which version to release, shared by the commands that make a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.versions import Request


def add_request(parser: argparse.ArgumentParser) -> None:
    """Add BUMP and --pre."""
    parser.add_argument(
        "bump",
        nargs="?",
        metavar="BUMP",
        help="auto (from the commits; the default), major, minor, patch, final, post, dev, or an exact version",
    )
    parser.add_argument("--pre", choices=["a", "b", "rc"], help="make it an alpha, beta or release candidate")


def parse_request(args: argparse.Namespace) -> Request:
    """The request that the words make. Raises `UsageError`."""
    from tagboat.versions import Request

    return Request.parse(args.bump, args.pre)
