"""`python -m benchmarks [NAME …]`: run the named benchmarks, or all of them."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = ("startup", "history", "build", "upload", "publish", "chain")


def main(names: list[str]) -> None:
    """Run one after the other: side by side they would measure each other."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name in names or NAMES:
        import_module(f"benchmarks.{name}").main()


main(sys.argv[1:])
