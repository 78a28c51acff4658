"""`tagboat rollback`: withdraw a published version, and prove that installs fall back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.show import show_steps
from tagboat.cli.tell import tell_people
from tagboat.cli.undo import parse_version

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("version", metavar="VERSION", help="the version to withdraw")
    parser.add_argument("--reason", default="withdrawn by its maintainers", help="what users will read")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, output: Output) -> int:
    """Roll back."""
    from tagboat import news
    from tagboat.errors import TagboatError
    from tagboat.rollback import carry_out, prepare, steps_of, withdrew
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder, ask=output.ask)
    with workspace.exclusive("tagboat rollback"):
        plan = prepare(workspace, parse_version(args.version), args.reason)
        output.say(f"{plan.project} {plan.version}: {plan.reason}", "bold")
        steps = steps_of(workspace, plan, output.reporter)
        show_steps([(step.name, step.probe()) for step in steps], output)
        if not args.yes and not output.confirm(f"Withdraw {plan.project} {plan.version}?"):
            output.say("Nothing was changed.")
            return 0
        try:
            now = carry_out(workspace, plan, output.reporter)
        except TagboatError as error:
            step = (*workspace.state_of(plan.version).rollback.ledger.ours(), "")[-1]
            tell_people(workspace, news.stopped(plan.project, plan.version, "rollback", step, error), output)
            raise
    output.say()
    output.say(f"{plan.project} {plan.version} is withdrawn: {now}.", "bold green")
    if withdrew(workspace, plan.version):
        output.say("  `tagboat undo` offers it again. People who have it keep it: release a fixed version next.")
    else:
        output.say("  It had been withdrawn before, and not from here, so `tagboat undo` will not offer it again.")
    tell_people(workspace, news.withdrawn(plan.project, plan.version, plan.reason, now), output)
    output.document("rolled-back", version=str(plan.version), now=now)
    return 0
