"""`tagboat ci audit`: look for what can go wrong in any publish workflow, written by us or by others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tagboat.ci.audit import Finding
    from tagboat.ci.audit.files import Looked
    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="workflows or pipelines (default: all here that release)"
    )
    parser.add_argument(
        "--strict", action="store_true", help="also what many good workflows do without, and ours do not"
    )


def run(args: argparse.Namespace, output: Output) -> int:
    """Look, and tell everything that was found."""
    from tagboat.ci.audit import audit
    from tagboat.ci.audit.files import read_all, read_named, told
    from tagboat.errors import CheckFailed, ConfigError
    from tagboat.git import Git

    looked = read_named(args.files) if args.files else read_all(Git.find(args.folder).top)
    findings = [finding for pipeline in looked.pipelines for finding in audit(pipeline, strict=args.strict)]
    if looked.problems:
        problems = [*looked.problems, *(finding.problem for finding in findings)]
        raise ConfigError("not every pipeline can be read", problems=problems)
    _show(findings, output)
    for sentence in told(looked):
        output.say(sentence)
    output.say(f"Found: {len(findings) or 'nothing'}.")
    _document(looked, findings, output)
    return CheckFailed.exit_code if findings else 0


def _show(findings: Sequence[Finding], output: Output) -> None:
    """Each finding for people; on the page of a run, too, when we are in a job of GitHub's."""
    from tagboat.ci.annotations import warning

    in_job = bool(os.environ.get("GITHUB_ACTIONS"))
    for finding in findings:
        output.say(finding.problem.what, "bold")
        output.say(f"    {finding.why}", "dim")
        output.say(f"    -> {finding.next}", "cyan")
        if in_job:
            text = f"{finding.what}. {finding.why} {finding.next}"
            output.say(warning(text, file=finding.file, line=finding.line, title=finding.rule))
    if findings:
        output.say()


def _document(looked: Looked, findings: Sequence[Finding], output: Output) -> None:
    from dataclasses import asdict

    output.document(
        "audited",
        files=[pipeline.name for pipeline in looked.pipelines],
        passed_over=list(looked.passed_over),
        findings=[asdict(finding) for finding in findings],
    )
