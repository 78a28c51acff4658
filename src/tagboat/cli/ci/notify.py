"""`tagboat ci notify`: tell how the release went. Fails never: what was released is released."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """The action takes no arguments of its own: the variables of its job say everything."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Tell."""
    from tagboat.ci import report
    from tagboat.ci.job import Job
    from tagboat.ci.notify import outcome
    from tagboat.errors import TagboatError
    from tagboat.notify import VARIABLE, tell
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    try:
        found = outcome(Workspace(args.folder), os.environ)
    except TagboatError as error:
        output.say(f"nobody was told: {error.what}")
        output.document("notified", told=error.what)
        return 0
    told = tell(found.message, os.environ) or f"nobody was told: {VARIABLE} is not set"
    output.say(told)
    job.summary(report.went(found, told))
    output.document("notified", title=found.message.title, good=found.good, told=told)
    return 0
