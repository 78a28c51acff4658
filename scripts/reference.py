"""Write docs/reference/commands.md from what `--help` says; with `--check`, fail when the page has drifted.

Called as `python scripts/reference.py [--check]`.
"""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path

from tagboat.__main__ import main as tagboat
from tagboat.cli.parser import COMMANDS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "commands.md"
HEAD = """\
# Commands

This page is made from `--help` by `scripts/reference.py`.

Run tagboat in the project's folder, or name the folder with `-C DIR` after the command. Exit codes are in
[exit-codes.md](exit-codes.md), the documents of `--json` in [json.md](json.md).

```text
{help}
```
"""
SECTION = """
## tagboat {command}

```text
{help}
```
"""


def page() -> str:
    """The whole page."""
    sections = [SECTION.format(command=command, help=help_of(command)) for command in COMMANDS]
    return HEAD.format(help=help_of()) + "".join(sections)


def help_of(*words: str) -> str:
    """What `tagboat WORDS --help` prints on a terminal of 80 columns, whichever Python runs it."""
    os.environ |= {"COLUMNS": "80", "NO_COLOR": "1"}
    os.environ.pop("FORCE_COLOR", None)
    output = io.StringIO()
    with redirect_stdout(output), suppress(SystemExit):
        tagboat([*words, "--help"])
    text = output.getvalue().rstrip()
    # Python 3.13 leaves the repetition out that earlier ones print: `-s METAVAR, --long METAVAR`.
    return re.sub(r"(-\w) ([A-Z]+), (--[\w-]+) \2", r"\1, \3 \2", text)


def main(words: list[str]) -> int:
    """Write the page, or compare it."""
    if "--check" not in words:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
    elif PAGE.read_text(encoding="utf-8") != page():
        print(f"{PAGE.name} is not what --help says any more; run: python scripts/reference.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
