"""`tagboat rehearse`: the real release, upgrade and rollback on a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.request import add_request, parse_request
from tagboat.cli.show import plan_document, show_plan

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_request(parser)


def run(args: argparse.Namespace, output: Output) -> int:
    """Rehearse."""
    from tagboat.rehearsal import rehearse
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder)
    changed = workspace.git.work_tree().changed
    if changed:
        output.say(f"Rehearsing the last commit; {len(changed)} uncommitted changes are not in it.", "yellow")
    rehearsed = rehearse(workspace, parse_request(args), output.reporter, lambda plan: show_plan(plan, output))
    plan = rehearsed.plan
    output.say()
    output.say(f"{plan.project} {plan.version} can be released.", "bold green")
    output.say(f"  After the rollback {rehearsed.after_rollback}.")
    output.say("  Your project, its remote and its indexes were only read.")
    output.document("rehearsed", plan=plan_document(plan), after_rollback=rehearsed.after_rollback)
    return 0
