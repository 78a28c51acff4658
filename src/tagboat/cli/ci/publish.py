"""`tagboat ci publish`: publish what the build job packed to one index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.ci.arrived import add_handover, take_over

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the action's arguments."""
    parser.add_argument("--to", required=True, metavar="NAME", help="the configured index")
    add_handover(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Check what arrived, and publish it."""
    from tagboat.ci import report
    from tagboat.ci.publish import publish

    job, workspace, handover = take_over(args, output, args.to)
    with workspace.exclusive("tagboat ci publish"):
        publish(workspace, handover, args.to, output.reporter)
    job.summary(report.on_index(args.to, handover.distributions, "published, and listed by the index"))
    files = [each.filename for each in handover.distributions]
    output.document("published", files=files, indexes=[args.to])
    return 0
