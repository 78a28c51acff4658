"""What a job was handed by the build job, for the actions that go on with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse

    from tagboat.ci.handover import Handover
    from tagboat.ci.job import Job
    from tagboat.cli.output import Output
    from tagboat.workspace import Workspace


class Arrived(NamedTuple):
    """The job that goes on, the project in its checkout, and what was handed over."""

    job: Job
    workspace: Workspace
    handover: Handover


def add_handover(parser: argparse.ArgumentParser) -> None:
    """Add the folder that the build job packed."""
    parser.add_argument(
        "--handover", type=Path, metavar="DIR", help="what the build job packed (default: handover/ in the project)"
    )


def take_over(args: argparse.Namespace, output: Output, index: str | None = None) -> Arrived:
    """Check what arrived; the index that it is meant for has to be configured. Raises what `received` raises."""
    from tagboat.ci.handover import FOLDER
    from tagboat.ci.job import Job
    from tagboat.ci.publish import received
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    workspace = Workspace(args.folder)
    if index is not None:
        workspace.index_config(index)
    return Arrived(job, workspace, received(args.handover or workspace.root / FOLDER, job, workspace))
