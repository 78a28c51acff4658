"""Notes of GitHub's on the lines of a file, as commands in what a job prints.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands, "Setting a warning message".
"""

from __future__ import annotations


def warning(text: str, *, file: str, line: int, title: str) -> str:
    """The command that puts a warning on a line of a file, whose path is from the repository's top."""
    return f"::warning file={_property(file)},line={line},title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    """A text in which nothing ends the command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
