"""`tagboat ci plan`: decide what a run of the pipeline does. The other jobs go by it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.ci.decision import Decision
    from tagboat.cli.output import Output
    from tagboat.plan import Plan
    from tagboat.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """The action takes no arguments of its own: the event says everything."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Decide, and tell: outputs for the jobs, a summary for people."""
    from tagboat.ci import report
    from tagboat.ci.decision import decide
    from tagboat.ci.event import read_event
    from tagboat.ci.job import Job
    from tagboat.ci.look import look, next_release, standing
    from tagboat.errors import NotReady
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    event = read_event(os.environ)
    workspace = Workspace(args.folder)
    coming = None if event.name == "tag" else next_release(workspace)
    facts = look(workspace, coming)
    try:
        decision = decide(event, facts)
    except NotReady as error:
        job.summary(report.refused(error.what, error.problems))
        raise
    notes = _notes(workspace, decision, coming)
    job.summary(report.planned(decision, facts, standing(workspace, decision.version), notes))
    job.outputs(decision.outputs())
    output.document("decided", event=event.name, reason=decision.reason, outputs=decision.outputs(), notes=notes)
    return 0


def _notes(workspace: Workspace, decision: Decision, coming: Plan | None) -> str:
    from tagboat.planning import plan_from_tag

    if decision.tag:
        return plan_from_tag(workspace, decision.tag).notes
    return coming.notes if coming else ""
