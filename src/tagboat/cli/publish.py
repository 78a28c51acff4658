"""`tagboat publish`: put distributions onto an index, hash-exact, and wait until it lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.files import add_files, read_files
from tagboat.errors import CheckFailed, NotReady

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_files(parser)
    parser.add_argument("--to", metavar="NAME", help="the configured index (default: all, in order)")


def run(args: argparse.Namespace, output: Output) -> int:
    """Publish."""
    from tagboat import release
    from tagboat.preflight import index_problems
    from tagboat.steps.check import objections
    from tagboat.workspace import Workspace

    distributions = read_files(args)
    workspace = Workspace(args.folder, ask=output.ask)
    names = (args.to,) if args.to else workspace.index_names
    indexes = workspace.indexes(names)
    if not indexes:
        raise NotReady("no index is configured", next="Add [tool.tagboat.index.NAME] to pyproject.toml.")
    problems = [problem for index in indexes for problem in index_problems(index)]
    if problems:
        raise NotReady("nothing can be published yet", problems=problems)
    version, tag = distributions[0].version, workspace.tag_of(distributions[0].version)
    revision = tag if workspace.git.tag(tag) else "HEAD"
    problems = list(workspace.check(version, tag, revision, distributions))
    problems += objections(indexes, distributions, by_rules=workspace.by_rules, known=problems)
    if problems:
        raise CheckFailed("these distributions must not be published", problems=problems, next="Nothing was published.")
    with workspace.exclusive("tagboat publish"):
        release.publish(workspace, distributions, indexes, output.reporter)
    output.document("published", files=[each.filename for each in distributions], indexes=list(names))
    return 0
