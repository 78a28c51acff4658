"""Run tagboat's command line, counting its effects or dying before one of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.__main__ import main as tagboat
from tagboat.testing.effects import crash_at

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, run, and write down the count."""
    parser = argparse.ArgumentParser(prog="python -m tagboat.testing", description="Count effects, or die before one.")
    parser.add_argument("--count", type=Path, metavar="FILE", help="write how many effects the run had")
    parser.add_argument("--die-before", type=int, default=0, metavar="N", help="die before effect N, from 1")
    parser.add_argument("words", nargs="*", metavar="ARG", help="what tagboat gets, after --")
    args = parser.parse_args(argv)
    with crash_at(args.die_before) as effects:
        code = tagboat(args.words)
    if args.count:
        args.count.write_text(f"{effects.count}\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
