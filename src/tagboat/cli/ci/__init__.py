"""`tagboat ci`: write release pipelines, check and audit them, and do what their jobs do."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tagboat.cli.parser import add_common

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output

# Each is a module of this package with `configure` and `run`, as the commands are.
ACTIONS: dict[str, str] = {
    "github": "write the workflows for GitHub Actions",
    "gitlab": "write the pipeline for GitLab CI",
    "check": "whether the written files are still what the configuration asks for",
    "audit": "look for what can go wrong in any publish workflow",
    "doctor": "ask the forge whether its settings carry the release; changes nothing there",
    "plan": "in a job: decide what is released, from the event that started it",
    "build": "in a job: build, check and try the distributions, and pack them for the next jobs",
    "publish": "in a job: publish what the build job packed",
    "verify": "in a job: verify from the index what the build job packed",
    "announce": "in a job: make the release on the forge of what the build job packed",
    "notify": "in a job: tell how the release went",
    "rollback": "in a job: withdraw the version that the form names",
    "review": "in a job: what a pull request would release",
    "tag": "in a job: tag a merged release, and start what the tag alone would not start",
    "health": "in a job: whether the last release still installs, and how often there are releases",
    "dependencies": "in a job: known vulnerabilities and licences of what the project depends on",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in ACTIONS.items():
        action = actions.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".", allow_abbrev=False
        )
        import_module(f"tagboat.cli.ci.{name}").configure(action)
        add_common(action)


def run(args: argparse.Namespace, output: Output) -> int:
    """Run one of the actions."""
    code: int = import_module(f"tagboat.cli.ci.{args.action}").run(args, output)
    return code
