"""`tagboat ci review`: what a pull request would release, and whether it could."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """The action takes no arguments of its own: it looks at what is checked out."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Look, build, check, and tell everything at once."""
    from tagboat.ci import report
    from tagboat.ci.event import read_event
    from tagboat.ci.job import Job
    from tagboat.ci.review import review
    from tagboat.errors import NotReady
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    workspace = Workspace(args.folder)
    found = review(workspace, output.reporter)
    is_request = read_event(os.environ).name == "pull_request"
    what = "this pull request" if is_request else "what is checked out"
    if found.problems:
        error = NotReady(f"{what} could not be released", problems=found.problems, next="Nothing was changed.")
        job.summary(report.refused(error.what, error.problems))
        raise error
    job.summary(report.reviewed(what, found.coming, workspace.project.places, found.distributions))
    version = str(found.coming.version) if found.coming else ""
    job.outputs({"version": version})
    output.document("reviewed", version=version or None, files=[each.filename for each in found.distributions])
    return 0
