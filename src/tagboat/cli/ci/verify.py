"""`tagboat ci verify`: install from one index what the build job packed, and try it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.ci.arrived import add_handover, take_over

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the action's arguments."""
    parser.add_argument("--from", dest="index", required=True, metavar="NAME", help="the configured index")
    add_handover(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Check what arrived, wait for the index, install and try."""
    from tagboat.ci import report
    from tagboat.ci.publish import verify

    job, workspace, handover = take_over(args, output, args.index)
    with workspace.exclusive("tagboat ci verify"):
        shown = verify(workspace, handover, args.index, output.reporter)
    job.summary(report.on_index(args.index, handover.distributions, shown))
    output.document("verified", version=str(handover.version), indexes={args.index: shown})
    return 0
