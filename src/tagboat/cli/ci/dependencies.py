"""`tagboat ci dependencies`: known vulnerabilities and licences of what the project depends on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from tagboat.ci.dependencies.verdict import Verdict
    from tagboat.cli.output import Output
    from tagboat.distribution import Distribution
    from tagboat.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from pathlib import Path

    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="distributions of one release (default: built from HEAD)"
    )
    parser.add_argument("--extra", action="append", default=[], metavar="NAME", help="with this extra of the project")
    parser.add_argument("--osv-url", default="", metavar="URL", help="the OSV service to ask (default: the public one)")


def run(args: argparse.Namespace, output: Output) -> int:
    """Install, look, and tell."""
    import tempfile
    from pathlib import Path

    from tagboat.ci.dependencies.verdict import check_allowed
    from tagboat.ci.job import Job
    from tagboat.workspace import Workspace

    Job(os.environ, output.say).quieten()  # metadata was written by others
    workspace = Workspace(args.folder)
    check_allowed(workspace.config.ci.licences)
    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        return _look(args, workspace, _distributions(args, workspace, Path(folder), output), output)


def _distributions(
    args: argparse.Namespace, workspace: Workspace, folder: Path, output: Output
) -> Sequence[Distribution]:
    from tagboat.cli.files import read_files

    return read_files(args) if args.files else workspace.build_revision("HEAD", folder, output.reporter)


def _look(args: argparse.Namespace, workspace: Workspace, distributions: Sequence[Distribution], output: Output) -> int:
    from tagboat.ci.dependencies.installed import dependencies_of
    from tagboat.ci.dependencies.verdict import Verdict, document
    from tagboat.ci.dependencies.vulnerabilities import known_vulnerabilities
    from tagboat.errors import CheckFailed, CommandFailed

    config, project = workspace.config, distributions[0].project
    found = tuple(dependencies_of(distributions, args.extra, config.dependency_index, workspace.cache))
    allowed, accepted = config.ci.licences, config.ci.accepted_vulnerabilities
    try:
        known = tuple(known_vulnerabilities(found, workspace.cache, service=args.osv_url))
    except CommandFailed as error:
        unasked = Verdict(found, None, allowed, accepted)
        _show(project, unasked, output)
        raise CommandFailed(error.what, why=error.why, next=error.next, problems=unasked.problems()) from error
    verdict = Verdict(found, known, allowed, accepted)
    _show(project, verdict, output)
    output.document("dependencies", **document(verdict))
    return CheckFailed.exit_code if verdict.problems() else 0


def _show(project: str, verdict: Verdict, output: Output) -> None:
    """The summary of the job, and each thing that is wrong as text."""
    from tagboat.ci.dependencies.verdict import summary
    from tagboat.ci.job import Job

    Job(os.environ, output.say).summary(summary(project, verdict))
    for problem in verdict.problems():
        output.say(problem.what, "bold")
        output.say(f"    {problem.why}", "dim")
        output.say(f"    -> {problem.next}", "cyan")
