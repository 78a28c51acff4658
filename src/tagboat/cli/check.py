"""`tagboat check`: look into distributions without installing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.files import add_files, read_files
from tagboat.errors import CheckFailed

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_files(parser)
    parser.add_argument("--revision", default="HEAD", help="the commit that they were built from (default: HEAD)")


def run(args: argparse.Namespace, output: Output) -> int:
    """Check."""
    from tagboat.tags import tag_name
    from tagboat.workspace import Workspace

    distributions = read_files(args)
    workspace = Workspace(args.folder)
    version = distributions[0].version
    tag = tag_name(workspace.config.tag_format, workspace.project.name, version)
    problems = workspace.check(version, tag, args.revision, distributions)
    if problems:
        raise CheckFailed("the distributions must not be published as they are", problems=problems)
    for distribution in distributions:
        output.say(f"{distribution.filename}: good")
    output.document("good", files=[each.filename for each in distributions])
    return 0
