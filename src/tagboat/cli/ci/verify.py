"""`tagboat ci verify`: install from one index what the build job packed, and try it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tagboat.cli.ci.publish import add_handover

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
    from tagboat.ci.handover import FOLDER
    from tagboat.ci.job import Job
    from tagboat.ci.publish import received, verify
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    workspace = Workspace(args.folder)
    workspace.index_config(args.index)
    handover = received(args.handover or workspace.root / FOLDER, job, workspace)
    with workspace.exclusive("tagboat ci verify"):
        shown = verify(workspace, handover, args.index, output.reporter)
    job.summary(report.on_index(args.index, handover.distributions, shown))
    output.document("verified", version=str(handover.version), indexes={args.index: shown})
    return 0
