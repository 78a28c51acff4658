"""`tagboat ci announce`: make the release on the forge of what the build job packed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tagboat.cli.ci.publish import add_handover

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
    from tagboat.ci.handover import FOLDER
    from tagboat.ci.job import Job
    from tagboat.ci.publish import received
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    workspace = Workspace(args.folder)
    handover = received(args.handover or workspace.root / FOLDER, job, workspace)
    with workspace.exclusive("tagboat ci announce"):
        shown = announce(workspace, handover, output.reporter)
    job.summary(report.on_index("the forge", handover.distributions, shown))
    output.document("announced", version=str(handover.version), tag=handover.tag, shown=shown)
    return 0
