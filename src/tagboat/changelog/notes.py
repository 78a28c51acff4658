"""Release notes as Markdown, rendered from changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

from tagboat.changes import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.changelog.file import Markup
    from tagboat.changes import Change

_BREAKING = "Breaking changes"

# Most subjects have none of these signs, and need no more than the look for them. For that reason, and for the one that
# `changes` has, the patterns are texts.
_MARKS = re.compile(r"[`*_<\\&:]")
_BEGINNINGS = frozenset("#-+*>=~`[0123456789")

# Code and addresses stay as they are; elsewhere a subject's characters mean themselves.
_INLINE = (
    r"(?P<code>(?<!`)(`+)(?!`).+?(?<!`)\2(?!`))|(?P<url>https?://[^\s<>]*[^\s<>*_.,;:!?)\"'])"
    r"|\*(?=\S)|(?<=\S)\*|(?<!\w)_+|_+(?!\w)|<(?=[A-Za-z/!?])|\\(?=[!-/:-@\[-`{-~])|&(?=#?\w+;)"
)
# What at the start of a list item would be a heading, a list, a quote, a rule, a fence, a link's target, a box.
_BLOCK = (
    r"(?:#{1,6}|[-+*])(?=\s|$)|>|[-=]{3,}\s*$|(?:\d{1,9}(?=[.)](?:\s|$)))|~~~|```[^`]*$|\[[^\]]*\]:|\[[ xX]\](?=\s)"
)


def notes_for(text: str | None, changes: Sequence[Change], *, markup: Markup = "markdown") -> str:
    """The notes of the next release: what people wrote under Unreleased in a file's text, else what the commits say."""
    if text is None:
        return render_notes(changes)
    from tagboat.changelog.file import unreleased_of

    return unreleased_of(text, markup=markup) or render_notes(changes)


def render_notes(changes: Sequence[Change]) -> str:
    """Changes as Markdown, never empty: what breaks first, then a section for each kind. No final newline."""
    sections: dict[str, list[str]] = {title: [] for title in (_BREAKING, *get_args(Kind))}
    for change in changes:
        sections[_BREAKING if change.breaking else change.kind].append(_bullet(change))
    rendered = [f"### {title}\n\n" + "\n".join(bullets) for title, bullets in sections.items() if bullets]
    return "\n\n".join(rendered) or "No changes that users will notice."


def _bullet(change: Change) -> str:
    text = _inline(change.summary)
    if change.scope:
        text = f"**{_inline(change.scope)}:** {text}"
    elif text[:1] in _BEGINNINGS and (block := re.match(_BLOCK, text)):
        place = block.end() if block[0].isdigit() else 0
        text = f"{text[:place]}\\{text[place:]}"
    if change.breaking_note:
        note = " ".join(change.breaking_note.split())
        if note and note != change.summary:
            text = f"{text} — {_inline(note)}"
    return f"- {text}"


def _inline(text: str) -> str:
    return text if _MARKS.search(text) is None else re.sub(_INLINE, _literal, text)


def _literal(found: re.Match[str]) -> str:
    if found["code"]:
        return found[0]
    if found["url"]:
        return f"<{found[0]}>" if re.search(r"[*_\\]", found[0]) else found[0]
    return "\\" + "\\".join(found[0])


def as_rst(markdown: str, mark: str) -> str:
    """Our own notes as reStructuredText; `mark` underlines their headings."""
    lines = []
    for line in markdown.split("\n"):
        if line.startswith("### "):
            title = line[4:]
            lines += [title, mark * width(title)]
        else:
            code = re.sub(r"(`+)(.+?)\1", r"\0\0\2\0\0", line)
            lines.append(re.sub(r"[`|]", r"\\\g<0>", code).replace("\0", "`"))
    return "\n".join(lines)


def as_plain(markdown: str, item: str) -> str:
    """Our own notes as plain text: one list, each item with its kind in front, `item` being how one begins."""
    lines, kind = [], ""
    for line in filter(None, markdown.split("\n")):
        if line.startswith("### "):
            kind = f"{line[4:]}: "
        elif line.startswith("- "):
            lines.append(f"{item}{kind}{_bare(line[2:])}")
        else:
            lines.append(line)
    return "\n".join(lines)


def _bare(text: str) -> str:
    """Text without the marks that only Markdown needs; code keeps its ticks."""
    text = re.sub(r"^\*\*(.+?:)\*\*", r"\1", text)
    return re.sub(
        r"(`+).+?\1|<(https?://[^>\s]+)>|\\([!-/:-@\[-`{-~])", lambda found: found[2] or found[3] or found[0], text
    )


def width(text: str) -> int:
    """Columns of a text: East Asian wide characters take two."""
    import unicodedata  # which Markdown has no use for

    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
