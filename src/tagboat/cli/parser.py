"""The commands and their parser; cheap to import, so that `--help` is quick."""

from __future__ import annotations

import argparse
from importlib import import_module

TYPE_CHECKING = False  # as in tagboat/__init__.py: `--help` has to be quick
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import NoReturn

# Name and one line of help; a command's module is imported only when it is asked for.
COMMANDS = {
    "init": "look at the project, say what was found, write the least configuration",
    "status": "what is released, what is not, and what a half-finished release still needs",
    "plan": "show the release that would be made, and change nothing",
    "release": "release the project, or finish a release that was cut short",
    "undo": "take back an unfinished release or promotion, or a rollback",
    "rehearse": "the real release, upgrade and rollback on a copy; your project stays untouched",
    "rollback": "withdraw a published version, and prove that installs fall back",
    "promote": "bring a published version to the next index, the same bytes, and verify it there",
    "bump": "only the first part: version, changelog, commit, tag",
    "build": "only build: sdist and wheel of the committed project into a folder",
    "check": "only check: look into distributions without installing them",
    "publish": "only publish: put distributions onto an index, hash-exact",
    "verify": "only verify: install a published version from its index and try it",
    "ci": "release pipelines: write them, check and audit them, and what their jobs run",
    "index": "the indexes of a release: list them, show one, check that they would let us in",
    "explain": "what an error means, and what to do: by its exit code",
    "completion": "print a completion script for your shell",
}

EPILOG = "Run `tagboat COMMAND --help` for what a command takes."


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ours."""

    def error(self, message: str) -> NoReturn:
        """Raise `UsageError` instead of exiting."""
        from tagboat.errors import UsageError

        raise UsageError(message, next=f"Run `{self.prog} --help` for what it takes.")


def make_parser(wanted: Sequence[str]) -> Parser:
    """The parser, with the arguments of the `wanted` commands; the others have only name and help."""
    parser = Parser(
        prog="tagboat",
        description="Release a Python project as one transaction, from commits to a verified install.",
        epilog=EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("-C", dest="folder", type=_path, metavar="DIR", default=".", help="the project's folder")
    parser.add_argument("-V", "--version", action="store_true", help="print tagboat's own version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, description=summary[0].upper() + summary[1:] + ".", allow_abbrev=False
        )
        if name in wanted:
            import_module(f"tagboat.cli.{name}").configure(command)
            add_common(command)
    return parser


def _path(text: str) -> Path:
    from pathlib import Path

    return Path(text)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every command takes."""
    group = parser.add_argument_group("every command")
    group.add_argument(
        "-C", dest="folder", type=_path, default=argparse.SUPPRESS, metavar="DIR", help="the project's folder"
    )
    group.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    group.add_argument("-v", "--verbose", action="store_true", help="more about what happens")
