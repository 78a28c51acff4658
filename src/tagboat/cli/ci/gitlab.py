"""`tagboat ci gitlab`: write the pipeline for GitLab CI."""

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
    """Write it, or tell how it differs."""
    from tagboat.cli.ci.written import run_generator

    return run_generator("gitlab", args, output)
