"""`tagboat ci gitlab`: write the pipeline for GitLab CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.ci.github import configure

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output


__all__ = ["configure", "run"]  # the arguments are those of the other generator


def run(args: argparse.Namespace, output: Output) -> int:
    """Write it, or tell how it differs."""
    from tagboat.cli.ci.written import run_generator

    return run_generator("gitlab", args, output)
