"""`tagboat ci build`: build, check and try the distributions, and pack them for the next jobs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.ci.build import Built
    from tagboat.cli.output import Output
    from tagboat.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the action's arguments."""
    parser.add_argument(
        "--wheels", type=Path, metavar="DIR", help="take these platform wheels, built elsewhere; only the sdist is ours"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to (default: handover/ in the project)")


def run(args: argparse.Namespace, output: Output) -> int:
    """Build and pack."""
    from tagboat.ci import handover, report
    from tagboat.ci.build import try_files
    from tagboat.ci.job import Job
    from tagboat.ci.look import tag_here
    from tagboat.workspace import Workspace

    job = Job(os.environ, output.say)
    job.quieten()
    workspace = Workspace(args.folder)
    tag = os.environ.get("TAGBOAT_TAG")
    if tag is None:
        tag = tag_here(workspace)
    folder: Path = args.out or workspace.root / handover.FOLDER
    handover.make_room(folder)
    with workspace.exclusive("tagboat ci build"), tempfile.TemporaryDirectory(prefix="tagboat-") as scratch:
        built = _build(args, workspace, tag, Path(scratch), output)
        shown = try_files(workspace, built.distributions, output.reporter)
        sums = handover.pack(
            folder,
            project=workspace.project.name,
            tag=tag,
            commit=built.commit,
            distributions=built.distributions,
        )
    job.summary(report.built(built.distributions, shown, built.closed))
    outputs = {"sha256sums": handover.digest(sums) if job.system == "gitlab" else sums}
    job.outputs(outputs)
    output.document("packed", tag=tag, commit=built.commit, shown=shown, outputs=outputs)
    return 0


def _build(args: argparse.Namespace, workspace: Workspace, tag: str, scratch: Path, output: Output) -> Built:
    from tagboat.ci.build import build_head, build_tag, wheels_in

    wheels = wheels_in(args.wheels) if args.wheels else ()
    if not tag:
        return build_head(workspace, scratch, wheels, output.reporter)
    return build_tag(workspace, tag, os.environ.get("TAGBOAT_VERSION", ""), wheels, output.reporter)
