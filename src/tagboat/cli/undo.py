"""`tagboat undo`: take back an unfinished release or promotion, or a rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from packaging.version import Version

    from tagboat.cli.output import Output
    from tagboat.plan import Plan, PromotionPlan, RollbackPlan
    from tagboat.release import Release
    from tagboat.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("version", nargs="?", metavar="VERSION", help="which one, when there are several")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, output: Output) -> int:
    """Undo."""
    from tagboat import promotion, pull_request, release, rollback
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder, ask=output.ask)
    version = parse_version(args.version) if args.version else None
    with workspace.exclusive("tagboat undo"):
        unfinished = release.unfinished(workspace)
        if unfinished is not None and version in (None, unfinished.plan.version):
            return _release(args, output, workspace, unfinished)
        promoting = promotion.unfinished(workspace, version)
        if promoting is not None:
            return _promotion(args, output, workspace, promoting)
        proposed = pull_request.begun(workspace, version)
        if proposed is not None:
            return _proposal(args, output, workspace, proposed)
        withdrawal = rollback.begun(workspace, version)
        if withdrawal is not None:
            return _rollback(args, output, workspace, withdrawal)
        raise UsageError(
            "there is nothing to undo",
            why="No release and no promotion is unfinished here, and no rollback was made from here.",
            next="To withdraw a finished release: `tagboat rollback VERSION`.",
        )


def _release(args: argparse.Namespace, output: Output, workspace: Workspace, unfinished: Release) -> int:
    from tagboat.release import take_back

    plan = unfinished.plan
    begun = bool(unfinished.state.ledger.ours())
    what = "Take the release of" if begun else "Forget the plan for"
    if not args.yes and not output.confirm(f"{what} {plan.project} {plan.version}?"):
        return 0
    doubts = take_back(workspace, unfinished, output.reporter)
    did = "The release of {} is taken back." if begun else "The plan for {} is forgotten; nothing had begun."
    _tell(did.format(f"{plan.project} {plan.version}"), doubts, output)
    output.document("undone", undone="release", version=str(plan.version), doubts=list(doubts))
    return 0


def _tell(did: str, doubts: Sequence[str], output: Output) -> None:
    """What was done, and no more than can be known."""
    if not doubts:
        output.say(did, "bold")
        return
    output.say(f"{did.removesuffix('.')}, but for what nobody can tell:", "bold yellow")
    for doubt in doubts:
        output.say(f"  {doubt}")


def _promotion(args: argparse.Namespace, output: Output, workspace: Workspace, plan: PromotionPlan) -> int:
    from tagboat.promotion import take_back

    what = f"promotion of {plan.project} {plan.version} from {plan.source} to {plan.target}"
    if not args.yes and not output.confirm(f"Take back the {what}?"):
        return 0
    doubts = take_back(workspace, plan, output.reporter)
    _tell(f"The {what} is taken back.", doubts, output)
    output.document("undone", undone="promotion", version=str(plan.version), doubts=list(doubts))
    return 0


def _proposal(args: argparse.Namespace, output: Output, workspace: Workspace, plan: Plan) -> int:
    from tagboat.pull_request import take_back

    if not args.yes and not output.confirm(f"Close the request to merge {plan.project} {plan.version}?"):
        return 0
    take_back(workspace, plan, output.reporter)
    output.say(f"The request to merge {plan.project} {plan.version} is closed.", "bold")
    output.document("undone", undone="request", version=str(plan.version))
    return 0


def _rollback(args: argparse.Namespace, output: Output, workspace: Workspace, plan: RollbackPlan) -> int:
    from tagboat.rollback import take_back, withdrew

    if not args.yes and not output.confirm(f"Offer {plan.project} {plan.version} again?"):
        return 0
    ours = withdrew(workspace, plan.version)
    take_back(workspace, plan, output.reporter)
    what = "is offered again" if ours else "was not withdrawn from here; the rollback is forgotten"
    output.say(f"{plan.project} {plan.version} {what}.", "bold")
    output.document("undone", undone="rollback", version=str(plan.version))
    return 0


def parse_version(text: str) -> Version:
    """A version that was typed, with or without a leading v. Raises `UsageError`."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion:
        raise UsageError(f"{text} is not a version", next="Versions look like 1.2.3 or 1.3.0rc1 (PEP 440).") from None
