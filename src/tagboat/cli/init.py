"""`tagboat init`: look at the project, say what was found, write the least configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


def configure(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments of its own."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Adopt the project."""
    raise NotImplementedError
