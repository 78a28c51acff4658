"""`tagboat release`: plan, ask, run. Run again to resume."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from tagboat.cli.request import add_request, parse_request
from tagboat.cli.show import plan_document, show_plan
from tagboat.cli.tell import tell_people
from tagboat.errors import TagboatError, UsageError

GO_ON = "Then `tagboat release` goes on from here; `tagboat undo` takes the release back."

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output
    from tagboat.release import Release
    from tagboat.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_request(parser)
    parser.add_argument("--tag", help="release what this existing tag points at")
    parser.add_argument("--until", metavar="STEP", help="stop after this step; a later run goes on from there")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--pr", action="store_true", help="open a request to merge the release commit; the merge is what releases"
    )
    how.add_argument("--tag-only", action="store_true", help="push the tag, and not the branch: it takes no push")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, output: Output) -> int:
    """Release."""
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder, ask=output.ask)
    if args.pr:
        return _propose(args, output, workspace)
    with workspace.exclusive("tagboat release"), ExitStack() as stack:
        if args.yes:  # a person takes longer to say it than the back end to start
            stack.callback(workspace.stop_worker)
            workspace.start_worker()
        from tagboat import news
        from tagboat.release import BEFORE_PUBLISHING, carry_out, prepare, steps_of, up_to

        announcing = args.until not in BEFORE_PUBLISHING
        prepared = prepare(workspace, parse_request(args), args.tag, until=args.until, tag_only=args.tag_only)
        if prepared is None:
            output.say("Nothing to release: no change since the last release asks for one.")
            output.document("nothing-to-release")
            return 0
        if prepared.resumed:
            decided = ", as it was decided when that began" if args.bump or args.pre else ""
            output.say(
                f"Going on with the release of {prepared.plan.project} {prepared.plan.version}{decided}.", "bold"
            )
        else:
            show_plan(prepared.plan, output, workspace.notes, workspace.forge if announcing else None)
        up_to(steps_of(workspace, prepared, output.reporter, announcing=announcing), args.until)
        if not args.yes and not output.confirm(f"Release {prepared.plan.project} {prepared.plan.version}?"):
            output.say("Nothing was changed.")
            return 0
        try:
            finished = carry_out(workspace, prepared, output.reporter, until=args.until)
        except TagboatError as error:
            ours = prepared.state.ledger.ours()
            if ours and "tagboat undo" not in error.next:
                error.next = f"{error.next}\n{GO_ON}".lstrip()
            if ours:
                plan = prepared.plan
                tell_people(workspace, news.stopped(plan.project, plan.version, "release", ours[-1], error), output)
            raise
    document = plan_document(prepared.plan)
    if finished:
        output.say()
        output.say(f"{prepared.plan.project} {prepared.plan.version} is released.", "bold green")
        _say_how_to_install(workspace, prepared, output)
        plan = prepared.plan
        tell_people(workspace, news.released(plan.project, plan.version, plan.indexes, plan.notes), output)
        output.document("released", plan=document)
    else:
        output.say(f"Stopped after {args.until}, as asked. `tagboat release` goes on, `tagboat undo` takes it back.")
        output.document("stopped", plan=document)
    return 0


def _propose(args: argparse.Namespace, output: Output, workspace: Workspace) -> int:
    """Open a request to merge the release commit, or update it."""
    from tagboat.pull_request import carry_out, prepare

    if args.tag or args.until:
        raise UsageError("--pr goes with neither --tag nor --until", why="It ends with the request.")
    with workspace.exclusive("tagboat release --pr"):
        proposal = prepare(workspace, parse_request(args))
        if proposal is None:
            output.say("Nothing to release: no change since the last release asks for one.")
            output.document("nothing-to-release")
            return 0
        plan = proposal.plan
        show_plan(plan, output, workspace.notes, workspace.forge)
        if not args.yes and not output.confirm(f"Open a request to merge {plan.project} {plan.version}?"):
            output.say("Nothing was changed.")
            return 0
        where = carry_out(workspace, proposal, output.reporter)
    output.say()
    output.say(f"{plan.project} {plan.version} is proposed: {where}.", "bold green")
    output.say("  Its merge releases it. `tagboat undo` closes it.")
    output.document("proposed", plan=plan_document(plan), where=where)
    return 0


def _say_how_to_install(workspace: Workspace, prepared: Release, output: Output) -> None:
    for index in workspace.indexes(prepared.plan.indexes):
        output.say(f"  pip install --index-url {index.simple_url} {prepared.plan.project}")
