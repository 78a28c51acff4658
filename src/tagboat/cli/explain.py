"""`tagboat explain CODE`: the entry of the troubleshooting guide for an error, by its exit code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.errors import TagboatError, UsageError

if TYPE_CHECKING:
    import argparse

    from tagboat.cli.output import Output

GUIDE = Path(__file__).with_suffix(".md")
"""The guide as it is in the documentation, too: sections that begin with "## CODE: "."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("code", metavar="CODE", help="the exit code, or the error's name in the JSON document")


def run(args: argparse.Namespace, output: Output) -> int:
    """Print every section of that code."""
    code = codes().get(args.code.lower(), args.code)
    found = [text for number, text in sections() if number == code]
    if not found:
        known = ", ".join(dict.fromkeys(number for number, _ in sections()))
        raise UsageError(f"there is no error with the code {args.code}", next=f"Known are: {known}.")
    output.say("\n\n".join(found))
    output.document("explained", code=int(code), text="\n\n".join(found))
    return 0


def codes() -> dict[str, str]:
    """The exit code of each kind of error, by its name in lower case."""
    return {kind.__name__.lower(): str(kind.exit_code) for kind in TagboatError.__subclasses__()}


def sections() -> list[tuple[str, str]]:
    """The guide's sections in order: the code, and the text with its title as a terminal shows it."""
    _, *parts = re.split(r"^## ", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [(part.partition(":")[0], re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", part).strip()) for part in parts]
