"""The changelog as a file that people write: what is in it, and a new section at its place.

The form is that of Keep a Changelog (keepachangelog.com/en/1.1.0). A file is read as lines and only the lines
that must change do: its line endings, its way to write a heading, its reference links stay as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from packaging.version import InvalidVersion, Version

from tagboat.changelog.notes import as_plain, as_rst, width
from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Markup: TypeAlias = Literal["markdown", "rst", "plain"]
_Edit: TypeAlias = tuple[int, int, list[str]]


def markup_of(path: str, text: str | None = None) -> Markup:
    """The markup of a changelog, by its file name; where that says nothing (CHANGES.txt, NEWS), by its headings."""
    name = path.lower()
    if name.endswith(".rst"):
        return "rst"
    if name.endswith((".md", ".markdown")):
        return "markdown"
    hashed = [
        heading
        for heading in _markdown_headings((text or "").lstrip("\ufeff").splitlines())
        if heading.mark.startswith("#")
    ]
    return "markdown" if any(heading.start == 0 or _starts(heading) for heading in hashed) else "plain"


def unreleased_of(text: str, *, markup: Markup = "markdown") -> str:
    """What people wrote under Unreleased, stripped, with Unix line ends; '' when there is nothing.

    Subsections that are still empty are left out. "1.3.0 (unreleased)" is such a heading too.
    """
    document = _read(text, markup)
    return "" if document.unreleased is None else document.written_in(document.unreleased)


def entry_of(text: str, version: Version, *, markup: Markup = "markdown") -> str | None:
    """What the file says about a released version, stripped, with Unix line ends; None when it has no section."""
    document = _read(text, markup)
    section = next((each for each in document.released if each.version == version), None)
    return None if section is None else document.body_of(section)


def newest_of(text: str, *, markup: Markup = "markdown") -> Version | None:
    """The highest version that the file has a section of; None when it has none."""
    return max((each.version for each in _read(text, markup).released if each.version is not None), default=None)


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
        text = _NEW[markup].format(project=project)
    document = _read(text.removeprefix("\ufeff"), markup)
    if any(section.version == version for section in document.released):
        return text
    return text[: text.startswith("\ufeff")] + document.text_with(version, date, notes)


_NEW: dict[Markup, str] = {
    "markdown": """\
# Changelog

All that users will notice in {project}, newest first.
The form is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).

## [Unreleased]
""",
    "rst": """\
Changelog
=========

All that users will notice in {project}, newest first.
The form is that of `Keep a Changelog <https://keepachangelog.com/en/1.1.0/>`__.

Unreleased
----------
""",
    "plain": """\
Changelog
=========

All that users will notice in {project}, newest first.

Unreleased
----------
""",
}

# -- reading --

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r" {0,3}(?:(?:[-*+]|\d+[.)])\s+)*(`{3,}(?=[^`]*$)|~{3,})")
_ATX = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_SETEXT = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_NOT_A_TITLE = re.compile(r"\s|[-*+>|#<~`]|\d+[.)]\s|\.\. |$")
_UNDERLINE = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*$")
_REFERENCE: dict[Markup, re.Pattern[str]] = {
    "markdown": re.compile(r" {0,3}\[[^\]]+\]:\s*\S"),
    "rst": re.compile(r"\.\. _[^:]+:\s*\S"),
    "plain": re.compile(r"(?!)"),
}
_ITEM = re.compile(r"[ \t]*[-*+•][ \t]+")

_LINK = re.compile(r" {0,3}\[(?P<label>[^\]]+)\]:\s*<?(?P<url>[^\s>]+)")
_COMPARE = re.compile(r"(?P<base>.*/compare/)(?P<old>.+?)(?P<dots>\.{2,3})(?P<new>[^.].*)")

_VERSION = r"(?:\d+!)?\d+(?:\.\d+)*(?:[-_.]?(?:alpha|beta|preview|pre|post|rev|dev|rc|a|b|c|r)[-_.]?\d*)*(?![\w+]|\.\w)"
_TITLE = re.compile(
    rf"(?P<lead>(?P<word>[^\W\d][\w.-]*\s+)?\[?v?)(?P<version>{_VERSION})(?P<close>\]?)(?P<link>\(\S+?\))?(?P<rest>.*)",
    re.IGNORECASE,
)
_NOT_YET = r"unreleased|not yet released|in development|tbd"
_UNRELEASED = re.compile(
    r"\[?(?:unreleased(?: changes)?|upcoming(?: changes| release)?|next(?: release| version)?|未リリース|未公開)\]?"
    r"(?:\s*[-–—:(\[].*)?$",
    re.IGNORECASE,
)
_DATE = re.compile(rf"\d{{4}}(?P<sign>[-/.])\d\d?(?P=sign)\d\d?|\b(?:{_NOT_YET})\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(?:nothing(?: has)?(?: changed)?|no (?:unreleased |notable )?changes|none|n/?a|tbd)(?: so far| yet)?",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading: lines `start` up to `body`. `mark` is what goes before the title, or the sign that underlines it."""

    title: str
    level: int
    start: int
    body: int
    mark: str
    underlined: bool = False
    overlined: bool = False

    def lines(self) -> list[str]:
        """The heading as it stands in a file."""
        if not self.underlined:
            return [f"{self.mark} {self.title}".lstrip()]
        line = self.mark * max(3, width(self.title))
        return [line, self.title, line] if self.overlined else [self.title, line]


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading that starts a version, or Unreleased, and where its lines end."""

    heading: _Heading
    end: int
    version: Version | None
    released: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """A part of what is under Unreleased: a subsection with its heading, or what comes before the first one."""

    level: int
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class _Document:
    """A changelog as lines, with and without line ends, and what was found in them."""

    lines: list[str]
    plain: list[str]
    headings: list[_Heading]
    sections: list[_Section]
    tail: int
    markup: Markup

    @property
    def unreleased(self) -> _Section | None:
        return next((section for section in self.sections if not section.released), None)

    @property
    def released(self) -> list[_Section]:
        return [section for section in self.sections if section.released]

    def body_of(self, section: _Section) -> str:
        return _trimmed(self.plain[section.heading.body : section.end])

    def written_in(self, section: _Section) -> str:
        """What people wrote in a section, without the parts that are still empty."""
        return "\n\n".join(_trimmed(self.plain[block.start : block.end]) for block in self._blocks(section)[0])

    def _blocks(self, section: _Section) -> tuple[list[_Block], list[_Block]]:
        """The parts of a section that say something, and those that hold nothing but comments or placeholders."""
        inner = [each for each in self.headings if section.heading.body <= each.start < section.end]
        ends = [*(each.start for each in inner), section.end]
        blocks = [_Block(99, section.heading.body, section.heading.body, ends[0])]
        blocks += [_Block(each.level, each.start, each.body, end) for each, end in zip(inner, ends[1:], strict=True)]
        says: list[_Block] = []
        silent: list[_Block] = []
        for block in reversed(blocks):
            own = self.plain[block.body : block.end]
            leads = bool(says) and says[0].start == block.end and says[0].level > block.level
            if leads or _says_something(own):
                says.insert(0, block)
            elif any(line.strip() for line in own):
                silent.insert(0, block)
        return says, silent

    def text_with(self, version: Version, date: str, notes: str) -> str:
        """The whole text with a section for a version that has none."""
        lines = list(self.lines)
        cut = not lines[-1].endswith("\n")
        end = "\r\n" if sum(line.endswith("\r\n") for line in lines) * 2 > len(lines) - cut else "\n"
        if cut:
            lines[-1] += end
        heading = self._heading(version, date)
        edits = [*self._link_edits(version, heading), *self._section_edits(heading, notes)]
        for start, stop, new in sorted(edits, key=lambda edit: edit[0], reverse=True):
            lines[start:stop] = [f"{line}{end}" for line in new]
        text = "".join(lines)
        return text.removesuffix(end) if cut else text

    def _heading(self, version: Version, date: str) -> _Heading:
        """The new heading, written as the newest one with a date is."""
        from dataclasses import replace

        dated = [section for section in self.released if _DATE.search(section.heading.title)]
        opened = [section for section in self.sections if not section.released and section.version]
        for section in (*opened, *dated, *self.released):
            return replace(section.heading, title=_retitled(section.heading.title, version, date))
        linked = self.unreleased is None or self.unreleased.heading.title.startswith("[")
        number = f"[{version}]" if linked and self.markup == "markdown" else str(version)
        return replace(self._second_heading(), title=f"{number} - {date}")

    def _second_heading(self) -> _Heading:
        """How a heading below the title is written here."""
        if self.unreleased:
            return self.unreleased.heading
        if self.markup == "markdown":
            return _Heading("", 2, 0, 0, "##")
        return next((each for each in self.headings if each.level == 2), _Heading("", 2, 0, 0, self._free_mark(), True))

    def _free_mark(self, *taken: str) -> str:
        used = {*taken, *(heading.mark for heading in self.headings)}
        return next(mark for mark in "-~^\"'+.*#=" if mark not in used)

    def _place(self) -> int:
        """The line that a new section goes before."""
        if self.released:
            return self.released[0].heading.start
        if self.unreleased:
            return self.unreleased.end
        titled = self.headings[:1] and self.headings[0].level == 1
        below = self.headings[1:] if titled else self.headings
        return next((each.start for each in below if each.level < 3), self.tail)

    def _section_edits(self, heading: _Heading, notes: str) -> list[_Edit]:
        unreleased, place = self.unreleased, self._place()
        written = self.written_in(unreleased) if unreleased else ""
        section = [*heading.lines(), *self._space_below(), *self._body(heading, notes, written).split("\n")]
        if unreleased and unreleased.version:  # "1.3.0 (unreleased)" becomes the section
            return [(unreleased.heading.start, unreleased.end, [*section, *self._gap(unreleased.end)])]
        section += self._gap(place)
        if unreleased is None or not written:
            before = [""] if place and self.plain[place - 1].strip() else []
            return [(place, place, [*before, *section])]
        silent = [_trimmed(self.plain[block.start : block.end]) for block in self._blocks(unreleased)[1]]
        left = [line for text in silent for line in ("", *text.split("\n"))]
        if place == unreleased.end:
            return [(unreleased.heading.body, place, [*left, "", *section])]
        return [(place, place, section), (unreleased.heading.body, unreleased.end, [*left, *self._gap(unreleased.end)])]

    def _space_below(self) -> list[str]:
        """The blank line below a heading; in plain text some do without."""
        newest = self.released[0].heading.body if self.markup == "plain" and self.released else len(self.plain)
        return [] if newest < len(self.plain) and self.plain[newest].strip() else [""]

    def _item(self) -> str:
        """What an item of a list begins with here: the newest section that has one shows it."""
        for section in self.released:
            for line in self.plain[section.heading.body : section.end]:
                if item := _ITEM.match(line):
                    return item[0]
        return "- "

    def _gap(self, place: int) -> list[str]:
        return [""] if place < len(self.lines) else []

    def _body(self, heading: _Heading, notes: str, written: str) -> str:
        notes = _trimmed(notes.replace("\r\n", "\n").split("\n"))
        if written and " ".join(written.split()) in " ".join(notes.split()):
            return notes
        if self.markup == "rst":
            inner = [each.mark for each in self.headings if each.level > heading.level and not each.overlined]
            notes = as_rst(notes, inner[0] if inner else self._free_mark(heading.mark))
        elif self.markup == "plain":
            notes = as_plain(notes, self._item())
        elif heading.level > 2:
            notes = re.sub(r"^###", "#" * (heading.level + 1), notes, flags=re.MULTILINE)
        return f"{written}\n\n{notes}" if written else notes

    def _link_edits(self, version: Version, heading: _Heading) -> list[_Edit]:
        """Let the Unreleased link start at the new version, and give that a link as the one before has."""
        links = {
            number: found for number in range(self.tail, len(self.plain)) if (found := _LINK.match(self.plain[number]))
        }
        known = {found["label"].lower() for found in links.values()}
        label = re.match(r"\[([^\]]+)\](?!\()", heading.title)
        is_new = label is not None and label[1].lower() not in known
        for number, found in links.items():
            span = _COMPARE.fullmatch(found["url"])
            if span and found["label"].lower() == "unreleased" and (tag := _retagged(span["old"], version)):
                ours = f"{label[0]}: {span['base']}{span['old']}{span['dots']}{tag}" if label and is_new else None
                theirs = f"{found[0][: found.start('url')]}{span['base']}{tag}{span['dots']}{span['new']}"
                rest = self.plain[number][found.end("url") :]
                return [(number, number + 1, [theirs + rest, *([ours] if ours else [])])]
        for number, found in links.items():
            if label and is_new and _TITLE.fullmatch(found["label"]) and (url := _next_url(found["url"], version)):
                return [(number, number, [f"{label[0]}: {url}"])]
        return []


def _read(text: str, markup: Markup) -> _Document:
    lines = _LINE.findall(text.removeprefix("\ufeff"))
    plain = [line.rstrip("\r\n") for line in lines]
    headings = list(_READERS[markup](plain))
    tail = _tail(plain, _REFERENCE[markup])
    sections = []
    for number, heading in enumerate(headings):
        version = _version_in(heading)
        not_yet = re.search(_NOT_YET, heading.title, re.IGNORECASE) if version else _UNRELEASED.match(heading.title)
        if version or not_yet:
            ends = (other.start for other in headings[number + 1 :] if other.level <= heading.level or _starts(other))
            sections.append(_Section(heading, min(next(ends, tail), tail), version, not not_yet))
    return _Document(lines, plain, headings, sections, tail, markup)


def _markdown_headings(lines: Sequence[str]) -> Iterator[_Heading]:
    for number, line in _prose(lines):
        if atx := _ATX.match(line):
            title = atx[2].rstrip()
            bare = title.rstrip("#")
            yield _Heading(
                bare.rstrip() if bare.endswith((" ", "\t")) else title, len(atx[1]), number, number + 1, atx[1]
            )
        elif number and _SETEXT.match(line) and _is_title(lines, number - 1):
            mark = line.strip()[0]
            yield _Heading(lines[number - 1].strip(), "=-".index(mark) + 1, number - 1, number + 1, mark, True)


def _is_title(lines: Sequence[str], number: int) -> bool:
    """Whether a line is one that can be underlined: not a list's, and a paragraph of its own."""
    above = lines[number - 1].strip() if number else ""
    return not _NOT_A_TITLE.match(lines[number]) and (not above or above.startswith("#"))


def _prose(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that are neither code in a fence nor part of a comment."""
    fence = ""
    comment = False
    for number, line in enumerate(lines):
        if fence:
            bare = line.strip()
            fence = "" if len(bare) >= len(fence) and not bare.strip(fence[0]) else fence
        elif comment:
            comment = "-->" not in line
        elif opening := _FENCE.match(line):
            fence = opening[1]
        elif line.startswith("<!--"):
            comment = "-->" not in line
        else:
            yield number, line


def _rst_headings(lines: Sequence[str]) -> Iterator[_Heading]:
    styles: list[tuple[str, bool]] = []
    for number, line in enumerate(lines[1:], 1):
        title = lines[number - 1]
        if not _UNDERLINE.match(line) or len(line.rstrip()) < min(width(title.rstrip()), 4):
            continue
        above = lines[number - 2] if number > 1 else ""
        overlined = above == line
        if (
            _UNDERLINE.match(title)
            or (not overlined and (above.strip() or _NOT_A_TITLE.match(title)))
            or not title.strip()
        ):
            continue
        style = (line[0], overlined)
        if style not in styles:
            styles.append(style)
        start = number - 2 if overlined else number - 1
        yield _Heading(title.strip(), styles.index(style) + 1, start, number + 1, line[0], True, overlined)


def _plain_headings(lines: Sequence[str]) -> Iterator[_Heading]:
    """Underlined headings; where none of them starts a version, also lines such as "1.2.0 (2026-11-21)"."""
    headings = list(_rst_headings(lines))
    if not any(map(_starts, headings)):
        taken = {heading.start for heading in headings}
        headings += [
            _Heading(line.rstrip(), 2, number, number + 1, "")
            for number, line in enumerate(lines)
            if number not in taken and not (number and lines[number - 1].strip()) and _is_plain_title(line)
        ]
    yield from sorted(headings, key=lambda heading: heading.start)


def _is_plain_title(line: str) -> bool:
    """Whether a line of plain text says a version and little else, or Unreleased."""
    found = _TITLE.fullmatch(line.rstrip())
    return bool(_UNRELEASED.match(line)) if found is None else _is_release(found, prominent=False)


_READERS: dict[Markup, Callable[[Sequence[str]], Iterator[_Heading]]] = {
    "markdown": _markdown_headings,
    "rst": _rst_headings,
    "plain": _plain_headings,
}


def _version_in(heading: _Heading) -> Version | None:
    """The version that a heading is about; None for "Python 3.9 is gone", "5 things", "2026", "2026-11-21"."""
    found = _TITLE.fullmatch(heading.title)
    if found is None or heading.level > 3 or not _is_release(found, prominent=heading.level < 3):
        return None
    try:
        return Version(found["version"])
    except InvalidVersion:
        return None


def _is_release(title: re.Match[str], *, prominent: bool) -> bool:
    number, rest = title["version"], title["rest"]
    own = (title["word"] or "version").strip().lower() in {"version", "release"}
    if _DATE.search(rest):
        return True
    if not rest.strip():
        is_year = not title["lead"] and re.fullmatch(r"\d{4}", number)
        return (own or prominent) and not is_year
    loose = rest[0].isspace() and "." in number and prominent
    return own and (loose or re.match(r"(?!-\d)\s*[-–—:/,(\[]", rest) is not None)


def _starts(heading: _Heading) -> bool:
    return _version_in(heading) is not None or _UNRELEASED.match(heading.title) is not None


def _tail(lines: Sequence[str], reference: re.Pattern[str]) -> int:
    """Where the reference links at the end begin."""
    tail = len(lines)
    for number in range(len(lines) - 1, -1, -1):
        if reference.match(lines[number]):
            tail = number
        elif lines[number].strip():
            break
    return tail


def _trimmed(lines: Sequence[str]) -> str:
    """Lines as one text without blank lines around it; the first one keeps its indentation."""
    text = "\n".join(line.rstrip() if not line.strip() else line for line in lines)
    return text.strip("\n").rstrip()


def _says_something(lines: Sequence[str]) -> bool:
    """Whether there is a word in it that is neither a comment nor "Nothing changed yet"."""
    for line in _COMMENT.sub("", "\n".join(lines)).split("\n"):
        words = line.strip("-*+_.!() \t")
        if re.search(r"\w|[^\x00-\x7f]", words) and not _PLACEHOLDER.fullmatch(words):
            return True
    return False


# -- writing --


def _retitled(title: str, version: Version, date: str) -> str:
    """The title of another version, with another day, written in the same way."""
    return _TITLE.sub(lambda found: _renewed(found, version, date), title, count=1)


def _renewed(title: re.Match[str], version: Version, date: str) -> str:
    url = _next_url(title["link"][1:-1], version) if title["link"] else None
    number = f"{title['lead']}{version}{title['close']}" + (f"({url})" if url else "")
    rest = title["rest"]
    day = _DATE.search(rest)
    if day is None:
        return number + ("" if not rest.strip() else f" ({date})" if rest.lstrip().startswith("(") else f" - {date}")
    before = rest[: day.start()]
    if re.search(r"\w", before):  # the name of a release is not the next one's
        before = " - "
    after = ")" if before.endswith("(") else ""
    return f"{number}{before}{date.replace('-', day['sign'] or '-')}{after}"


def _next_url(url: str, version: Version) -> str | None:
    """The link of the next version, made from that of the one before; None when it does not show how."""
    span = _COMPARE.fullmatch(url)
    if span is None:
        return _retagged(url, version)
    tag = _retagged(span["new"], version)
    return f"{span['base']}{span['new']}{span['dots']}{tag}" if tag else None


def _retagged(tag: str, version: Version) -> str | None:
    """A tag, or an address that ends in one, for another version; None when there is no version in it."""
    found = re.search(rf"{_VERSION}$", tag, re.IGNORECASE)
    return f"{tag[: found.start()]}{version}" if found and "." in found[0] else None
