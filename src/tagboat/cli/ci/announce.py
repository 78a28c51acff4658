"""`tagboat ci announce`: make the release on the forge of what the build job packed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.ci.arrived import add_handover, take_over

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the action's arguments."""
    add_handover(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Check what arrived, and announce it."""
    from tagboat.ci import report
    from tagboat.ci.announce import announce

    job, workspace, handover = take_over(args, output)
    with workspace.exclusive("tagboat ci announce"):
        shown = announce(workspace, handover, output.reporter)
    job.summary(report.on_index("the forge", handover.distributions, shown))
    output.document("announced", version=str(handover.version), tag=handover.tag, shown=shown)
    return 0
