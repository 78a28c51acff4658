"""Markdown of texts that others wrote: shown letter by letter, so that nothing in them is a link, a tag or a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Control characters, and those that change how a line is read: Trojan Source, CVE-2021-42574."""


def code(text: object) -> str:
    """A text in a line, as code; a line break becomes a blank."""
    line = " ".join(_seen(str(text)).split())
    if not line:
        return ""
    marks = "`" * (_longest_run(line) + 1)
    blank = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{marks}{blank}{line}{blank}{marks}"


def fenced(text: str) -> str:
    """A text of lines, as a block."""
    text = _seen(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{text}\n{fence}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    bar = "\\|"
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', bar) for cell in cells)} |\n" for cells in lines)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _seen(text: str) -> str:
    return UNSEEN.sub("�", text)
