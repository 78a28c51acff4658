"""`tagboat ci tag`: tag a merged release, and start what the tag alone would not start."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """The action takes no arguments of its own: what is checked out says everything."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Look, and tag. Nothing to tag is no failure: most pushes to a branch are no release."""
    from tagboat.ci import report
    from tagboat.ci.job import Job
    from tagboat.ci.tagging import Nothing, find_merged, tag_and_start
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    workspace = Workspace(args.folder)
    found = find_merged(workspace)
    if isinstance(found, Nothing):
        job.summary(report.tagged("Nothing to tag", [found.why]))
        job.outputs({"tag": ""})
        output.document("nothing-to-tag", why=found.why)
        return 0
    said = tag_and_start(workspace, found, os.environ)
    job.summary(report.tagged(f"{found.project} {found.version}", said))
    job.outputs({"tag": found.tag, "version": str(found.version)})
    output.document("tagged", tag=found.tag, version=str(found.version), commit=found.commit, did=said)
    return 0
