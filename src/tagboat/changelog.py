"""The changelog: notes rendered from changes, and their place in a file that people write.

The form is that of Keep a Changelog (keepachangelog.com/en/1.1.0). A file is read as lines and only the lines
that must change do: its line endings, its way to write a heading, its reference links stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from packaging.version import InvalidVersion, Version

from tagboat.changes import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.changes import Change

Markup: TypeAlias = Literal["markdown", "rst"]


def markup_of(path: str) -> Markup:
    """The markup of a changelog, by its file name: reStructuredText for .rst, else Markdown."""
    return "rst" if path.lower().endswith(".rst") else "markdown"


def render_notes(changes: Sequence[Change]) -> str:
    """Changes as Markdown, never empty: what breaks first, then a section for each kind. No final newline."""
    sections = {"Breaking changes": [change for change in changes if change.breaking]}
    for kind in get_args(Kind):
        sections[kind] = [change for change in changes if change.kind == kind and not change.breaking]
    rendered = [
        f"### {title}\n\n" + "\n".join(_bullet(change) for change in entries)
        for title, entries in sections.items()
        if entries
    ]
    return "\n\n".join(rendered) or "No changes that users will notice."


def notes_for(text: str | None, changes: Sequence[Change], *, markup: Markup = "markdown") -> str:
    """The notes of the next release: what people wrote under Unreleased, else what the commits say."""
    return unreleased_of(text or "", markup=markup) or render_notes(changes)


def unreleased_of(text: str, *, markup: Markup = "markdown") -> str:
    """What people wrote under Unreleased, stripped, with \\n line ends; '' when there is nothing.

    Subsections that are still empty are left out. "1.3.0 (unreleased)" is such a heading too.
    """
    document = _read(text, markup)
    return "" if document.unreleased is None else document.written_in(document.unreleased)


def entry_of(text: str, version: Version, *, markup: Markup = "markdown") -> str | None:
    """What the file says about a released version, stripped, with \\n line ends; None when it has no section."""
    document = _read(text, markup)
    section = next((each for each in document.released if each.version == version), None)
    return None if section is None else document.body_of(section)


def with_entry(
    text: str | None,
    version: Version,
    date: str,
    notes: str,
    *,
    project: str,
    markup: Markup = "markdown",
) -> str:
    """The whole text of the file with a section for this version; unchanged when it has one.

    Args:
        text: the file as it is, with its own line endings; None when there is no file yet.
        version: what is released.
        date: the day of the release as YYYY-MM-DD.
        notes: the body of the section, as from `notes_for`. Markdown is turned into the file's markup.
        project: the name for the head of a new file.
        markup: how the file is written.

    What is under Unreleased moves into the section, in front of notes that do not hold it already; its
    heading stays. The new heading is written as the newest one is, and the reference links go on likewise.
    """
    if text is None or not text.strip("\ufeff\r\n\t "):
        text = _NEW[markup].format(project=project, line="=" * len("Changelog"))
    document = _read(text, markup)
    if any(section.version == version for section in document.released):
        return text
    return document.text_with(version, date, notes)
