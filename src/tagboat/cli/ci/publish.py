"""`tagboat ci publish`: publish what the build job packed to one index."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the action's arguments."""
    parser.add_argument("--to", required=True, metavar="NAME", help="the configured index")
    add_handover(parser)


def add_handover(parser: argparse.ArgumentParser) -> None:
    """Add the folder that the build job packed."""
    parser.add_argument(
        "--handover", type=Path, metavar="DIR", help="what the build job packed (default: handover/ in the project)"
    )


def run(args: argparse.Namespace, output: Output) -> int:
    """Check what arrived, and publish it."""
    from tagboat.ci import report
    from tagboat.ci.handover import FOLDER
    from tagboat.ci.job import Job
    from tagboat.ci.publish import publish, received
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    workspace = Workspace(args.folder)
    workspace.index_config(args.to)
    handover = received(args.handover or workspace.root / FOLDER, job, workspace)
    with workspace.exclusive("tagboat ci publish"):
        publish(workspace, handover, args.to, output.reporter)
    job.summary(report.on_index(args.to, handover.distributions, "published, and listed by the index"))
    files = [each.filename for each in handover.distributions]
    output.document("published", files=files, indexes=[args.to])
    return 0
