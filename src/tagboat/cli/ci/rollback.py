"""`tagboat ci rollback`: withdraw the version that the form of the rollback workflow names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output

WAIT = 1800.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the action's arguments."""
    parser.add_argument(
        "--wait",
        type=float,
        default=WAIT,
        metavar="SECONDS",
        help=f"how long to watch for a person who has to withdraw it by hand (default: {WAIT:g})",
    )


def run(args: argparse.Namespace, output: Output) -> int:
    """Withdraw, prove, and say what comes next."""
    from tagboat import news
    from tagboat.ci import report
    from tagboat.ci.event import read_event
    from tagboat.ci.job import Job
    from tagboat.ci.rollback import carry_out, fix_commands, wanted
    from tagboat.cli.tell import tell_people
    from tagboat.errors import NotReady
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    try:
        form = wanted(read_event(os.environ))
    except NotReady as error:
        job.summary(report.refused(error.what, error.problems))
        raise
    workspace = Workspace(args.folder)
    with workspace.exclusive("tagboat ci rollback"):
        done = carry_out(workspace, form, output.reporter, wait=args.wait)
    plan = done.plan
    job.summary(report.rolled_back(done, fix_commands()))
    if done.waiting is not None:
        tell_people(workspace, news.stopped(plan.project, plan.version, "rollback", "", done.waiting), output)
        raise done.waiting
    tell_people(workspace, news.withdrawn(plan.project, plan.version, plan.reason, done.now), output)
    issues = [ticket.page for ticket in done.tickets]
    output.document("rolled-back", version=str(plan.version), now=done.now, issues=issues)
    return 0
