"""`tagboat completion SHELL`: a completion script, to be sourced or put where the shell looks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tagboat.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output

SHELLS = ("bash", "zsh", "fish", "tcsh")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("shell", choices=SHELLS, help="your shell")


def run(args: argparse.Namespace, output: Output) -> int:
    """Print the script."""
    try:
        import shtab
    except ImportError:
        raise UsageError(
            "completion scripts are made by shtab, which is not installed",
            next="Install tagboat with its extra: `pip install 'tagboat[completion]'`.",
        ) from None
    if args.shell not in shtab.SUPPORTED_SHELLS:
        raise UsageError(
            f"the shtab that is installed knows no {args.shell}",
            next="Install a newer one: `pip install --upgrade shtab`.",
        )
    from tagboat.cli.parser import COMMANDS, make_parser

    script = shtab.complete(make_parser(tuple(COMMANDS)), args.shell)
    if not output.json:
        sys.stdout.write(script)
    output.document("completion", shell=args.shell, script=script)
    return 0
