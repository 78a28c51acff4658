"""Entry point: answers `--version` and `--help` before anything heavy is imported."""

from __future__ import annotations

import sys


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    if words in (["--version"], ["-V"]):
        from tagboat import __version__

        sys.stdout.write(f"tagboat {__version__}\n")
        return 0
    if words in ([], ["--help"], ["-h"]):
        from tagboat.cli.parser import make_parser

        make_parser(()).print_help()
        return 0
    from tagboat.cli.app import run

    return run(words)


if __name__ == "__main__":
    sys.exit(main())
