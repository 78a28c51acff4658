"""Run a command in a terminal of its own and draw its last screens as an SVG: the pictures in the docs are real runs.

python scripts/picture.py docs/images/rehearse.svg "tagboat rehearse" -- COMMAND [ARGUMENT ...]
"""

from __future__ import annotations

import io
import os
import pty
import re
import select
import sys
from pathlib import Path

import pyte
from rich.console import Console
from rich.text import Text

COLUMNS, LINES = 104, 200


def run(words: list[str]) -> pyte.Screen:
    """Run the command on a pseudo-terminal until it ends; what the terminal shows then."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"COLUMNS": str(COLUMNS), "LINES": str(LINES), "TERM": "xterm-256color"}
        os.environ.pop("NO_COLOR", None)
        os.execvp(words[0], words)
    while True:
        select.select([terminal], [], [])
        try:
            data = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not data:
            break
        stream.feed(data)
    os.waitpid(child, 0)
    return screen


def as_text(screen: pyte.Screen) -> Text:
    """The used lines of a screen, with their colours."""
    lines = []
    for number in range(screen.lines):
        line = Text()
        for column in range(screen.columns):
            cell = screen.buffer[number][column]
            names = {"brown": "yellow"}
            colour = names.get(cell.fg, cell.fg)
            colour = f"#{colour}" if len(colour) == 6 and all(c in "0123456789abcdef" for c in colour) else colour
            style = " ".join(filter(None, ["bold" if cell.bold else "", "" if colour == "default" else colour]))
            line.append(cell.data, style)
        line.rstrip()
        lines.append(line)
    while lines and not lines[-1].plain:
        lines.pop()
    return Text("\n").join(lines)


def main() -> None:
    """Draw."""
    target, title, _, *words = sys.argv[1:]
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(as_text(run(words)))
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title=title), flags=re.DOTALL)  # no font from afar
    Path(target).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
