"""`tagboat undo`: take back an unfinished release, or a rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from packaging.version import Version

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("version", nargs="?", metavar="VERSION", help="which one, when there are several")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, output: Output) -> int:
    """Undo."""
    from tagboat import release, rollback
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder)
    version = parse_version(args.version) if args.version else None
    with workspace.exclusive("tagboat undo"):
        unfinished = release.unfinished(workspace)
        if unfinished is not None and version in (None, unfinished.plan.version):
            plan = unfinished.plan
            begun = bool(unfinished.state.ledger.ours())
            what = "Take the release of" if begun else "Forget the plan for"
            if not args.yes and not output.confirm(f"{what} {plan.project} {plan.version}?"):
                return 0
            release.take_back(workspace, unfinished, output.reporter)
            did = "The release of {} is taken back." if begun else "The plan for {} is forgotten; nothing had begun."
            output.say(did.format(f"{plan.project} {plan.version}"), "bold")
            output.document("undone", undone="release", version=str(plan.version))
            return 0
        withdrawal = rollback.begun(workspace, version)
        if withdrawal is None:
            raise UsageError(
                "there is nothing to undo",
                why="No release is unfinished here, and no rollback was made from here.",
                next="To withdraw a finished release: `tagboat rollback VERSION`.",
            )
        if not args.yes and not output.confirm(f"Offer {withdrawal.project} {withdrawal.version} again?"):
            return 0
        ours = rollback.withdrew(workspace, withdrawal.version)
        rollback.take_back(workspace, withdrawal, output.reporter)
        what = "is offered again" if ours else "was not withdrawn from here; the rollback is forgotten"
        output.say(f"{withdrawal.project} {withdrawal.version} {what}.", "bold")
        output.document("undone", undone="rollback", version=str(withdrawal.version))
        return 0


def parse_version(text: str) -> Version:
    """A version that was typed, with or without a leading v. Raises `UsageError`."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion:
        raise UsageError(f"{text} is not a version", next="Versions look like 1.2.3 or 1.3.0rc1 (PEP 440).") from None
