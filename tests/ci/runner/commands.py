"""How a step talks back to the runner: files of `NAME=VALUE`, and `::commands::` in what it prints.

Source: actions/runner, src/Runner.Worker/FileCommandManager.cs and ActionCommandManager.cs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUMMARY_LIMIT = 1 << 20
"""Bytes that the summary of one step may have."""

STOPPED = re.compile(r"^::stop-commands::(?P<token>.+)$.*?(^::(?P=token)::$|\Z)", re.MULTILINE | re.DOTALL)
MASK = re.compile(r"^::add-mask::(.*)$", re.MULTILINE)
RETIRED = re.compile(r"^::(set-output|set-env|add-path|save-state)\b", re.MULTILINE)
PROTECTED = {"NODE_OPTIONS"}


class BadCommand(Exception):  # noqa: N818 - what a step wrote
    """What fails a step although its program ended well."""


def read_pairs(path: Path) -> dict[str, str]:
    """The values in a file such as GITHUB_OUTPUT: `NAME=VALUE`, or `NAME<<END` with lines until END."""
    found: dict[str, str] = {}
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            found[line[:heredoc]] = _until(lines, line[heredoc + 2 :])
        elif equals > 0:
            found[line[:equals]] = line[equals + 1 :]
        else:
            raise BadCommand(f"Unable to process file command '{path.name}' successfully. Invalid format '{line}'")
    return found


def read_environment(path: Path) -> dict[str, str]:
    """What GITHUB_ENV sets for the steps after this one."""
    found = read_pairs(path)
    if refused := sorted(found.keys() & PROTECTED):
        raise BadCommand(f"Can't store {refused[0]} output parameter using '$GITHUB_ENV' command.")
    return found


def read_paths(path: Path) -> list[str]:
    """Folders that GITHUB_PATH puts before PATH; the last line comes first."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line][::-1]


def read_summary(path: Path) -> str:
    """The step's own part of the summary. One that is too big is not shown, and fails nothing."""
    data = path.read_bytes()
    return data.decode() if len(data) <= SUMMARY_LIMIT else ""


def masks(text: str) -> list[str]:
    """What a step asks to have hidden."""
    return [found.strip() for found in MASK.findall(_commanding(text)) if found.strip()]


def check_retired(text: str) -> None:
    """Raise for the commands that GitHub took away for safety."""
    if found := RETIRED.search(_commanding(text)):
        raise BadCommand(f"The `{found[1]}` command is disabled.")


def _commanding(text: str) -> str:
    """What a step printed, without the parts in which it wants no commands to be heard."""
    return STOPPED.sub("", text)


def _until(lines: object, end: str) -> str:
    taken: list[str] = []
    if not end:
        raise BadCommand("Invalid value. A delimiter is missing")
    for line in lines:  # type: ignore[attr-defined]
        if line == end:
            return "\n".join(taken)
        taken.append(line)
    raise BadCommand(f"Invalid value. Matching delimiter not found '{end}'")
