"""`tagboat plan`: show the release that would be made, and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.request import add_request, parse_request
from tagboat.cli.show import plan_document, show_plan, show_steps
from tagboat.errors import NotReady

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_request(parser)
    parser.add_argument("--save", action="store_true", help="keep the plan; `release` then refuses to drift from it")


def run(args: argparse.Namespace, output: Output) -> int:
    """Plan."""
    from tagboat import release
    from tagboat.planning import plan_release
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder)
    unfinished = release.unfinished(workspace)
    plan = unfinished.plan if unfinished else plan_release(workspace, parse_request(args))
    if plan is None:
        output.say("Nothing to release: no change since the last release asks for one.")
        output.document("nothing-to-release")
        return 0
    prepared = unfinished or release.Release(plan, workspace.state_of(plan.version), resumed=False)
    if unfinished is not None:
        output.say(f"The release of {plan.version} is not finished; this is its plan, as it was decided.", "bold")
    show_plan(plan, output, workspace.notes)
    steps = [(step.name, step.probe()) for step in release.steps_of(workspace, prepared, output.reporter)]
    show_steps(steps, output)
    if args.verbose:
        output.say()
        output.rows([(name, _shown(value), origin) for name, value, origin in workspace.config.origins()])
    begun = unfinished is not None and bool(unfinished.state.ledger.ours())
    problems = [] if begun else release.problems(workspace, plan, trying=False)
    if problems:
        raise NotReady(f"{plan.project} {plan.version} cannot be released yet", problems=problems)
    if args.save and unfinished is None:
        with workspace.exclusive("tagboat plan --save"):
            prepared.state.keep_plan(plan)
        output.say(f"Saved to {prepared.state.path / 'plan.json'}; `tagboat release` will do exactly this.")
    output.document(
        "plan",
        plan=plan_document(plan),
        probes=[{"step": name, "state": status.state.value, "detail": status.detail} for name, status in steps],
    )
    return 0


def _shown(value: object) -> str:
    """A setting as people write it; one that is not set is looked up in the project when it is needed."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "as found" if value is None else str(value)
