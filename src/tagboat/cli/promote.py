"""`tagboat promote`: bring a published version to the next index, the same bytes, and verify it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.show import show_steps
from tagboat.cli.undo import parse_version

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("version", metavar="VERSION", help="the version to promote")
    parser.add_argument("--to", required=True, metavar="NAME", help="the configured index that it is brought to")
    parser.add_argument(
        "--from", dest="source", metavar="NAME", help="the one that has it (default: the one configured before)"
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, output: Output) -> int:
    """Promote."""
    from tagboat.promotion import carry_out, prepare, source_before, steps_of
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder, ask=output.ask)
    version = parse_version(args.version)
    with workspace.exclusive("tagboat promote"):
        plan = prepare(workspace, version, args.source or source_before(workspace, args.to), args.to)
        what = f"{plan.project} {plan.version} from {plan.source} to {plan.target}"
        output.say(what, "bold")
        steps = steps_of(workspace, plan, output.reporter)
        show_steps([(step.name, step.probe()) for step in steps], output)
        if not args.yes and not output.confirm(f"Promote {what}?"):
            output.say("Nothing was changed.")
            return 0
        shown = carry_out(workspace, plan, output.reporter)
    output.say()
    output.say(f"{plan.project} {plan.version} is on {plan.target}: {shown}.", "bold green")
    output.say(f"  pip install --index-url {workspace.index(plan.target).simple_url} {plan.project}")
    output.document(
        "promoted",
        version=str(plan.version),
        source=plan.source,
        target=plan.target,
        files=dict(plan.files),
        shown=shown,
    )
    return 0
