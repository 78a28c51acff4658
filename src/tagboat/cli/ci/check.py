"""`tagboat ci check`: whether the written files are still what the configuration asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments of its own."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Look at each pipeline that was written."""
    from tagboat.ci.generate import written
    from tagboat.cli.ci.written import look
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder)
    names = written(workspace.git.top)
    if not names:
        raise ConfigError(
            "no pipeline of tagboat's is here",
            next="Write one with `tagboat ci github` or `tagboat ci gitlab`, and commit it.",
        )
    look(workspace, names, output)
    return 0
