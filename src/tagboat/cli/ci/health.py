"""`tagboat ci health`: whether the last release still installs, and how often there are releases."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """The action takes no arguments of its own."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Look at the last release on each index that people install from, and tell."""
    import time
    from functools import partial

    from tagboat.ci.health.look import look
    from tagboat.ci.health.page import document, message, page
    from tagboat.ci.job import Job
    from tagboat.notify import tell
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    workspace = Workspace(args.folder)
    health = look(workspace, partial(workspace.verify, observer=output.reporter), time.time())
    job.summary(page(health))
    for problem in health.problems:
        output.say(problem.what, "bold")
    if health.problems and (told := tell(message(health), os.environ)):
        output.say(f"Notifications: {told}.")
    output.document("health", **document(health))
    return health.exit_code
