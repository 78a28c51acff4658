"""`tagboat verify`: install a published version from its index, and try it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.undo import parse_version
from tagboat.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("version", nargs="?", metavar="VERSION", help="which one (default: the last release)")
    parser.add_argument("--from", dest="index", metavar="NAME", help="the configured index (default: all, in order)")


def run(args: argparse.Namespace, output: Output) -> int:
    """Verify."""
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder)
    version = parse_version(args.version) if args.version else workspace.last_release.version
    if version is None:
        raise UsageError("there is no release yet to verify", next="Name a version: `tagboat verify 1.2.3`.")
    names = (args.index,) if args.index else workspace.index_names
    shown = {}
    for index in workspace.indexes(names):
        shown[index.name] = workspace.verify(index, version, output.reporter)
        output.say(f"{index.name}: {workspace.project.name} {version}: {shown[index.name]}")
    output.document("verified", version=str(version), indexes=shown)
    return 0
