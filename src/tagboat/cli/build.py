"""`tagboat build`: sdist and wheel of the committed project."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.distribution import parse_filename
from tagboat.errors import NotReady

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--revision", default="HEAD", help="what to build: a commit, branch or tag (default: HEAD)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to (default: dist/ in the project)")


def run(args: argparse.Namespace, output: Output) -> int:
    """Build into a clean folder."""
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder)
    destination: Path = args.out or workspace.root / "dist"
    commit = workspace.git.resolve(args.revision)
    if commit is None:
        raise NotReady(
            f"{args.revision} names no commit",
            next="Commit your project first; a build is made from a commit.",
        )
    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        built = workspace.build_revision(commit, Path(folder), output.reporter)
        destination.mkdir(parents=True, exist_ok=True)
        clean(destination)
        for distribution in built:
            shutil.move(distribution.path, destination / distribution.filename)
            output.say(f"{destination / distribution.filename}")
    files = [{"filename": each.filename, "sha256": each.sha256, "size": each.size} for each in built]
    output.document("built", folder=str(destination), files=files)
    return 0


def clean(folder: Path) -> None:
    """Remove the distributions of earlier builds from a folder; other files stay."""
    for path in folder.iterdir():
        if path.is_file() and parse_filename(path.name):
            path.unlink()
