"""`tagboat ci github`: write the workflows for GitHub Actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--check", action="store_true", help="write nothing; fail and show what would change")
    parser.add_argument("--lock", action="store_true", help="make requirements.txt anew although it is there")


def run(args: argparse.Namespace, output: Output) -> int:
    """Write them, or tell how they differ."""
    from tagboat.cli.ci.written import run_generator

    return run_generator("github", args, output)
