from __future__ import annotations

import io
from typing import TYPE_CHECKING, get_args

import docutils.core
import docutils.nodes
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from packaging.version import Version

from tagboat.changelog.file import Markup, entry_of, markup_of, unreleased_of, with_entry
from tagboat.changelog.notes import notes_for, render_notes
from tagboat.changes import Change, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

NEW = Version("1.2.0")
DAY = "2026-11-21"
NOTES = "### Fixed\n\n- it"
FIX = Change("Fixed", "it", "patch")


def entered(text: str | None, notes: str = NOTES, version: Version = NEW, markup: Markup = "markdown") -> str:
    return with_entry(text, version, DAY, notes, project="demo", markup=markup)


def titles(text: str) -> list[str]:
    """The headings that a Markdown reader sees."""
    tokens = MarkdownIt().parse(text)
    return [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]


def rst_titles(text: str) -> list[str]:
    """The headings that docutils sees, which must have nothing to say against the text."""
    warnings = io.StringIO()
    settings = {"warning_stream": warnings, "doctitle_xform": False, "report_level": 2}
    document = docutils.core.publish_doctree(text, settings_overrides=settings)
    assert warnings.getvalue() == ""
    return [title.astext() for title in document.findall(docutils.nodes.title)]


# -- notes --


def test_notes_have_a_section_for_each_kind_and_begin_with_what_breaks() -> None:
    changes = [
        Change("Fixed", "handle nothing (#12)", "patch"),
        Change("Added", "add query", "minor", scope="api"),
        Change("Security", "check the path", "patch"),
        Change("Removed", "drop Python 3.9", "major", breaking=True, breaking_note="Use\n  3.10."),
        Change("Deprecated", "the old flag", "minor"),
        Change("Changed", "faster", "patch"),
        Change("Added", "問い合わせ", "minor"),
        Change("Removed", "the older flag", "minor"),
        Change("Added", "new shape", "major", scope="core", breaking=True),
    ]
    assert render_notes(changes) == (
        "### Breaking changes\n\n- drop Python 3.9 — Use 3.10.\n- **core:** new shape\n\n"
        "### Added\n\n- **api:** add query\n- 問い合わせ\n\n"
        "### Changed\n\n- faster\n\n"
        "### Deprecated\n\n- the old flag\n\n"
        "### Removed\n\n- the older flag\n\n"
        "### Fixed\n\n- handle nothing (#12)\n\n"
        "### Security\n\n- check the path"
    )


def test_a_note_that_repeats_the_summary_is_left_out() -> None:
    change = Change("Added", "new shape", "major", breaking=True, breaking_note="new shape")
    assert render_notes([change]) == "### Breaking changes\n\n- new shape"


def test_notes_are_never_empty() -> None:
    assert render_notes([]) == "No changes that users will notice."


@pytest.mark.parametrize(
    "summary",
    [
        "# heading",
        "###### heading",
        "- item",
        "+ item",
        "* item",
        "> quote",
        "1. item",
        "12) item",
        "---",
        "===",
        "***",
        "___",
        "```python",
        "~~~",
        "[label]: https://example.org",
        "[ ] box",
        "[x] box",
        "<!-- comment",
        "<details>",
        "use List<int> and Dict<str, int>",
        "support *args and **kwargs",
        "__init__ and _private_ and snake_case_name",
        "an entity &amp; and a path C:\\*",
        "2 * 3 < 4 > 1 & so on",
        "`*code*` and ``a ` b`` and *that*",
        "an open ` backtick",
        "see https://example.org/_a_*b",
        "caf\udce9",
        "#12 is not a heading",
    ],
)
@pytest.mark.parametrize("scope", ["", "api_", "*"])
def test_a_summary_says_what_it_says_and_cannot_break_out_of_its_line(summary: str, scope: str) -> None:
    notes = render_notes([Change("Fixed", summary, "patch", scope=scope), Change("Fixed", "next", "patch")])
    tokens = MarkdownIt().parse(notes)
    blocks = [token.type for token in tokens if token.nesting == 1]
    assert blocks == ["heading_open", "bullet_list_open", *(["list_item_open", "paragraph_open"] * 2)]
    inline = tokens[6].children
    assert inline is not None
    literal = "".join(child.content for child in inline if child.type in {"text", "code_inline", "text_special"})
    expected = f"{scope}: {summary}" if scope else summary
    assert literal.replace("`", "") == expected.replace("`", "")


@given(st.text(st.characters(blacklist_categories=["Cc", "Zs", "Zl", "Zp", "Cs"]), min_size=1))
def test_no_summary_breaks_the_structure(summary: str) -> None:
    notes = render_notes([Change("Fixed", summary, "patch"), Change("Fixed", "next", "patch")])
    blocks = [token.type for token in MarkdownIt().parse(notes) if token.nesting == 1]
    assert blocks == ["heading_open", "bullet_list_open", *(["list_item_open", "paragraph_open"] * 2)]


def test_what_people_wrote_wins_over_commits() -> None:
    assert notes_for("## Unreleased\n\nMine.\n", [FIX]) == "Mine."
    assert notes_for("## Unreleased\n\n", [FIX]) == NOTES
    assert notes_for(None, [FIX]) == NOTES
    assert notes_for("Unreleased\n----------\n\nMine.\n", [FIX], markup="rst") == "Mine."


@pytest.mark.parametrize(
    ("path", "text", "markup"),
    [
        ("CHANGELOG.md", "1.0\n---\n", "markdown"),
        ("docs/CHANGES.RST", "# 1.0\n", "rst"),
        ("NEWS", None, "plain"),
        ("History.txt", "", "plain"),
        ("NEWS", "\ufeff# News\n\nWords.\n", "markdown"),
        ("CHANGES.txt", "News\n\n## 1.0.0\n\n- a\n", "markdown"),
        ("CHANGES.txt", "1.0.0\n-----\n\n- a\n", "plain"),
        ("CHANGES", "1.0.0\n\n- run this:\n\n# make\n", "plain"),
    ],
)
def test_the_file_name_tells_the_markup_and_else_the_headings(path: str, text: str | None, markup: str) -> None:
    assert markup_of(path, text) == markup
    assert markup in get_args(Markup)


# -- reading --


@pytest.mark.parametrize(
    "heading",
    [
        "## [Unreleased]",
        "## Unreleased",
        "# Unreleased",
        "## UNRELEASED ##",
        "## [Unreleased](https://example.org/compare/v1.0.0...HEAD)",
        "## [Unreleased] - yyyy-mm-dd",
        "## Unreleased changes",
        "## Upcoming",
        "## Next release",
        "## 未リリース",
        "## 1.2.0 (unreleased)",
        "## [1.3.0] - Unreleased",
        "Unreleased\n----------",
        "Unreleased\n===",
    ],
)
def test_what_is_unreleased_is_found(heading: str) -> None:
    text = f"# Changelog\n\n{heading}\n\n- mine\n\n## [1.0.0] - 2026-01-01\n\n- old\n"
    assert unreleased_of(text) == "- mine"
    assert unreleased_of("\ufeff" + text.replace("\n", "\r\n")) == "- mine"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ""),
        ("\n\n   \n", ""),
        ("### Added\n\n### Fixed\n", ""),
        ("<!-- add your\n## entries here -->\n", ""),
        ("<!-- never closed\n", ""),
        ("- Nothing changed yet.\n", ""),
        ("_No changes yet._\n", ""),
        ("- None\n", ""),
        ("---\n", ""),
        ("### Added\n\n- mine\n\n### Fixed\n", "### Added\n\n- mine"),
        ("### Added\n\n### Fixed\n\n- mine\n", "### Fixed\n\n- mine"),
        ("### Added\n\n- Nothing yet\n\n### Fixed\n\n- mine\n", "### Fixed\n\n- mine"),
        ("### Added\n\n#### Deep\n\n- mine\n", "### Added\n\n#### Deep\n\n- mine"),
        ("Words.\n### Added\n- mine\n", "Words.\n\n### Added\n- mine"),
        ("  - mine\n  - and mine\n\n", "  - mine\n  - and mine"),
        ("```\n## [9.9.9]\n```\n", "```\n## [9.9.9]\n```"),
        ("- `x`:\n  ```\n  ## 9.9.9\n  ```\n- b\n", "- `x`:\n  ```\n  ## 9.9.9\n  ```\n- b"),
        ("- ~~~\n  ## 9.9.9\n  ~~~\n", "- ~~~\n  ## 9.9.9\n  ~~~"),
        ("````\n```\n## 9.9.9\n````\n", "````\n```\n## 9.9.9\n````"),
        ("- a\n---\n- b\n", "- a\n---\n- b"),
        ("変更\n", "変更"),
        ("caf\udce9\n", "caf\udce9"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("after", ["", "## [1.0.0] - 2026-01-01\n\n- old\n", "[Unreleased]: https://example.org\n"])
def test_what_people_wrote_is_told_from_what_is_still_empty(body: str, expected: str, end: str, after: str) -> None:
    if "never closed" in body and after.startswith("##"):
        after = ""
    text = f"# Changelog\n\n## [Unreleased]\n\n{body}\n{after}".replace("\n", end)
    assert unreleased_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Changelog\n",
        "# Changelog\n\n## Next steps\n\n- plan\n",
        "- Unreleased\n",
        "```\n## Unreleased\n- x\n```\n",
    ],
)
def test_a_file_may_have_nothing_unreleased(text: str) -> None:
    assert unreleased_of(text) == ""


@pytest.mark.parametrize(
    "heading",
    [
        "## [1.2.0] - 2026-11-21",
        "## [1.2.0]",
        "## 1.2.0",
        "## v1.2.0",
        "## V1.2.0 (2026-11-21)",
        "## [v1.2.0] - 2026-11-21 [YANKED]",
        "# 1.2.0",
        "### 1.2.0 (2026-11-21)",
        "## 1.2 / 2026.11.21",
        "## [1.2.0](https://example.org/compare/v1.0.0...v1.2.0) (2026-11-21)",
        "## Version 1.2.0, 21 November 2026",
        "## Release 1.2.0: The Big One",
        "## 1.2.0 The Big One",
        "## demo 1.2.0",
        "### demo-tool 1.2.0 (2026-11-21)",
        "## 1.2.0 - 21 Nov 2026",
        "## 1.2.0 ##",
        "1.2.0\n-----",
        "1.2.0 (2026-11-21)\n==================",
    ],
)
def test_the_section_of_a_version_is_found(heading: str) -> None:
    text = f"# Changelog\n\n## [1.3.0] - 2026-12-01\n\n- new\n\n{heading}\n\n- it\n\n## 1.1.0\n\n- old\n\n[1.1.0]: https://example.org\n"
    assert entry_of(text, NEW) == "- it"
    assert entry_of(text.replace("\n", "\r\n"), Version("1.2")) == "- it"
    assert entry_of(text, Version("1.1.0")) == "- old"
    assert entered(text) == text


@pytest.mark.parametrize(
    "heading",
    [
        "### Python 1.2.0",
        "### Python 1.2.0 is gone",
        "## Python 1.2.0 is gone",
        "### 1.2.0 is gone",
        "#### 1.2.0",
        "## 1.2.0.x",
        "## 1.2.0+local",
        "## [1.2.0] - Unreleased",
        "```\n## 1.2.0\n```",
        "<!--\n## 1.2.0\n-->",
        "    ## 1.2.0",
        "- 1.2.0\n---",
        "## 1.2.0a1b2",
    ],
)
def test_what_only_looks_like_the_section_of_a_version_is_none(heading: str) -> None:
    text = f"# Changelog\n\n## 1.3.0\n\n{heading}\n\n- it\n"
    assert entry_of(text, NEW) is None
    assert entered(text) != text


@pytest.mark.parametrize(("heading", "version"), [("## 2026", "2026"), ("## 2026-11-21", "2026"), ("## 5 things", "5")])
def test_years_days_and_numbers_are_no_versions(heading: str, version: str) -> None:
    assert entry_of(f"{heading}\n\n- it\n", Version(version)) is None


@pytest.mark.parametrize(("heading", "version"), [("## 42", "42"), ("## v2026", "2026"), ("## 5 (2026-11-21)", "5")])
def test_versions_of_one_part_are_versions(heading: str, version: str) -> None:
    assert entry_of(f"{heading}\n\n- it\n", Version(version)) == "- it"


def test_an_empty_section_is_an_entry_without_words() -> None:
    assert entry_of("## 1.2.0\n\n## 1.1.0\n", NEW) == ""


# -- writing --


def test_a_missing_file_is_made() -> None:
    text = entered(None)
    assert text == (
        "# Changelog\n\n"
        "All that users will notice in demo, newest first.\n"
        "The form is that of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).\n\n"
        "## [Unreleased]\n\n## [1.2.0] - 2026-11-21\n\n### Fixed\n\n- it\n"
    )
    assert entered("\r\n ") == text
    assert entered(text) == text
    assert titles(text) == ["Changelog", "[Unreleased]", "[1.2.0] - 2026-11-21", "Fixed"]


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        ("## [1.1.0] - 2026-10-01", "## [1.2.0] - 2026-11-21"),
        ("## 1.1.0 (2026-10-01)", "## 1.2.0 (2026-11-21)"),
        ("## v1.1.0 (2026-10-01)", "## v1.2.0 (2026-11-21)"),
        ("## [v1.1.0] - 2026-10-01 [YANKED]", "## [v1.2.0] - 2026-11-21"),
        ("# 1.1.0 / 2026.10.01", "# 1.2.0 / 2026.11.21"),
        ("## 1.1.0 — 2026/10/01", "## 1.2.0 — 2026/11/21"),
        ("## Version 1.1.0, 2026-10-01", "## Version 1.2.0, 2026-11-21"),
        ("## demo 1.1.0 (2026-10-01)", "## demo 1.2.0 (2026-11-21)"),
        ("## 1.1.0 - The Big One - 2026-10-01", "## 1.2.0 - 2026-11-21"),
        ("## 1.1.0 (1 October 2026)", "## 1.2.0 (2026-11-21)"),
        ("## 1.1.0, October 2026", "## 1.2.0 - 2026-11-21"),
        ("## 1.1.0", "## 1.2.0"),
        ("## [1.1.0]", "## [1.2.0]"),
        ("## 1.1.0\n\nLast.\n\n## 1.0.0 (2026-01-01)", "## 1.2.0 (2026-11-21)"),
        (
            "## [1.1.0](https://example.org/x/compare/v1.0.0...v1.1.0) (2026-10-01)",
            "## [1.2.0](https://example.org/x/compare/v1.1.0...v1.2.0) (2026-11-21)",
        ),
        (
            "## [1.1.0](https://example.org/x/releases/tag/v1.1.0) - 2026-10-01",
            "## [1.2.0](https://example.org/x/releases/tag/v1.2.0) - 2026-11-21",
        ),
        ("## [1.1.0](https://example.org/x) - 2026-10-01", "## [1.2.0] - 2026-11-21"),
        ("1.1.0 (2026-10-01)\n------------------", "1.2.0 (2026-11-21)\n------------------"),
        ("v1.1.0\n======", "v1.2.0\n======"),
    ],
)
def test_the_new_heading_is_written_as_the_newest_one(newest: str, expected: str) -> None:
    text = f"# Changelog\n\nWords.\n\n{newest}\n\n- old\n"
    assert entered(text) == f"# Changelog\n\nWords.\n\n{expected}\n\n### Fixed\n\n- it\n\n{newest}\n\n- old\n"


def test_sections_below_a_deep_heading_are_deeper() -> None:
    text = "# Changelog\n\n## 1.x\n\n### 1.1.0 (2026-10-01)\n\n#### Added\n\n- old\n"
    after = entered(text)
    assert "### 1.2.0 (2026-11-21)\n\n#### Fixed\n\n- it\n\n### 1.1.0 (2026-10-01)" in after
    assert entry_of(after, NEW) == "#### Fixed\n\n- it"


OLD = "## [1.1.0] - 2026-10-01\n\n- old\n"
SECTION = "## [1.2.0] - 2026-11-21\n\n"


@pytest.mark.parametrize(
    ("before", "notes", "after"),
    [
        # moved, the heading stays
        (f"## [Unreleased]\n\n- mine\n\n{OLD}", "- mine", f"## [Unreleased]\n\n{SECTION}- mine\n\n{OLD}"),
        (f"## [Unreleased]\n- mine\n{OLD}", "- mine", f"## [Unreleased]\n\n{SECTION}- mine\n\n{OLD}"),
        # nothing to move
        (f"## [Unreleased]\n\n{OLD}", NOTES, f"## [Unreleased]\n\n{SECTION}{NOTES}\n\n{OLD}"),
        (f"## [Unreleased]\n{OLD}", NOTES, f"## [Unreleased]\n\n{SECTION}{NOTES}\n\n{OLD}"),
        (
            f"## [Unreleased]\n\n### Added\n\n### Fixed\n\n{OLD}",
            NOTES,
            f"## [Unreleased]\n\n### Added\n\n### Fixed\n\n{SECTION}{NOTES}\n\n{OLD}",
        ),
        # notes that people went on writing
        (
            f"## [Unreleased]\n\n- mine\n\n{OLD}",
            "Intro.\n\n- mine",
            f"## [Unreleased]\n\n{SECTION}Intro.\n\n- mine\n\n{OLD}",
        ),
        (f"## [Unreleased]\n\n- mine\n\n{OLD}", "-   mine\r\n\r\n", f"## [Unreleased]\n\n{SECTION}-   mine\n\n{OLD}"),
        # notes that do not hold it: nothing is lost
        (f"## [Unreleased]\n\n- mine\n\n{OLD}", NOTES, f"## [Unreleased]\n\n{SECTION}- mine\n\n{NOTES}\n\n{OLD}"),
        # hints stay for the next time, empty subsections go
        (
            f"## [Unreleased]\n\n<!-- hint -->\n\n### Added\n\n- mine\n\n### Fixed\n\n### Security\n\n<!-- hint -->\n\n"
            f"{OLD}",
            "### Added\n\n- mine",
            f"## [Unreleased]\n\n<!-- hint -->\n\n### Security\n\n<!-- hint -->\n\n"
            f"{SECTION}### Added\n\n- mine\n\n{OLD}",
        ),
        # something stands between
        (
            f"## [Unreleased]\n\n- mine\n\n## How to read this\n\nWords.\n\n{OLD}",
            "- mine",
            f"## [Unreleased]\n\n## How to read this\n\nWords.\n\n{SECTION}- mine\n\n{OLD}",
        ),
        # Unreleased at the end
        (f"{OLD}\n## [Unreleased]\n\n- mine\n", "- mine", f"{SECTION}- mine\n\n{OLD}\n## [Unreleased]\n"),
        # a heading that waits for its day
        (f"## [1.2.0] - Unreleased\n\n- mine\n\n{OLD}", "- mine", f"{SECTION}- mine\n\n{OLD}"),
        (f"## [1.1.1] - TBD\n\n- Nothing changed yet.\n\n{OLD}", NOTES, f"{SECTION}{NOTES}\n\n{OLD}"),
        ("## 1.2.0 (unreleased)\n\n- mine\n", "- mine", "## 1.2.0 (2026-11-21)\n\n- mine\n"),
        # no version yet
        ("## [Unreleased]\n\n- mine\n", "- mine", f"## [Unreleased]\n\n{SECTION}- mine\n"),
        ("## [Unreleased]\n", NOTES, f"## [Unreleased]\n\n{SECTION}{NOTES}\n"),
        ("## Unreleased\n\n- mine\n", "- mine", "## Unreleased\n\n## 1.2.0 - 2026-11-21\n\n- mine\n"),
        (
            "## [Unreleased]\n\n- mine\n\n[Unreleased]: https://example.org/x/commits/main\n",
            "- mine",
            f"## [Unreleased]\n\n{SECTION}- mine\n\n[Unreleased]: https://example.org/x/commits/main\n",
        ),
        # no heading at all below the title
        ("Words.\n", NOTES, f"Words.\n\n{SECTION}{NOTES}\n"),
        ("Words.\n\n## Old stuff\n\n- old\n", NOTES, f"Words.\n\n{SECTION}{NOTES}\n\n## Old stuff\n\n- old\n"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("final", [True, False], ids=["final-newline", "no-final-newline"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "bom"])
def test_a_section_is_put_in_and_everything_else_stays(
    before: str, notes: str, after: str, end: str, final: bool, mark: str
) -> None:
    def file(text: str) -> str:
        whole = f"{mark}# 変更履歴\n\n{text}".rstrip("\n") + "\n" * final
        return whole.replace("\n", end)

    result = entered(file(before), notes)
    assert result == file(after)
    assert entered(result, notes) == result
    assert entry_of(result, NEW)


def test_a_file_may_be_a_title_alone() -> None:
    assert entered("# Changelog") == f"# Changelog\n\n{SECTION}{NOTES}"
    assert entered("# Changelog\r\n") == f"# Changelog\n\n{SECTION}{NOTES}\n".replace("\n", "\r\n")


def test_a_file_may_have_no_title() -> None:
    assert entered("Words.\n\n## Guide\n\nMore.\n") == f"Words.\n\n{SECTION}{NOTES}\n\n## Guide\n\nMore.\n"


def test_the_first_line_alone_shows_how_lines_end() -> None:
    assert entered("# Changelog\r\nWords.").endswith("\r\n\r\n### Fixed\r\n\r\n- it")


def test_a_file_that_starts_with_a_version_is_one_too() -> None:
    assert entered("## 1.1.0\n\n- old\n") == "## 1.2.0\n\n### Fixed\n\n- it\n\n## 1.1.0\n\n- old\n"


def test_lines_that_end_otherwise_than_most_stay_so() -> None:
    text = "# Changelog\r\n\r\n## 1.1.0\r\n- a\n- b\r\n"
    assert entered(text).endswith("\r\n\r\n- it\r\n\r\n## 1.1.0\r\n- a\n- b\r\n")


def test_separators_of_other_scripts_end_no_line() -> None:
    text = "# Changelog\n\n## Unreleased\n\n- a\u2028## 1.2.0\x0c\n\n## 1.1.0\n"
    assert entry_of(entered(text, notes_for(text, [])), NEW) == "- a\u2028## 1.2.0"


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (
            "[Unreleased]: https://example.org/x/compare/v1.1.0...HEAD\n[1.1.0]: https://example.org/x/releases/tag/v1.1.0\n",
            "[Unreleased]: https://example.org/x/compare/v1.2.0...HEAD\n"
            "[1.2.0]: https://example.org/x/compare/v1.1.0...v1.2.0\n"
            "[1.1.0]: https://example.org/x/releases/tag/v1.1.0\n",
        ),
        (
            '[unreleased]: <https://example.org/x/-/compare/demo-1.1.0..main> "What comes"\n',
            '[unreleased]: <https://example.org/x/-/compare/demo-1.2.0..main> "What comes"\n'
            "[1.2.0]: https://example.org/x/-/compare/demo-1.1.0..demo-1.2.0\n",
        ),
        (
            "[1.1.0]: https://example.org/x/compare/v1.0.0...v1.1.0\n[1.0.0]: https://example.org/x/releases/tag/v1.0.0\n",
            "[1.2.0]: https://example.org/x/compare/v1.1.0...v1.2.0\n"
            "[1.1.0]: https://example.org/x/compare/v1.0.0...v1.1.0\n"
            "[1.0.0]: https://example.org/x/releases/tag/v1.0.0\n",
        ),
        (
            "[Unreleased]: https://example.org/x/commits/main\n[1.1.0]: https://example.org/x/releases/tag/v1.1.0\n",
            "[Unreleased]: https://example.org/x/commits/main\n"
            "[1.2.0]: https://example.org/x/releases/tag/v1.2.0\n"
            "[1.1.0]: https://example.org/x/releases/tag/v1.1.0\n",
        ),
        (
            "[Unreleased]: https://example.org/x/compare/v1.1.0...HEAD\n\n[1.2.0]: https://example.org/there/already\n",
            "[Unreleased]: https://example.org/x/compare/v1.2.0...HEAD\n\n[1.2.0]: https://example.org/there/already\n",
        ),
        # not recognised: left alone
        ("[Unreleased]: https://example.org/x/compare/a1b2c3...HEAD\n",) * 2,
        ("[1.1.0]: https://example.org/x/compare/a1b2c3...d4e5f6\n",) * 2,
        ("[1.1.0]: https://example.org/x\n[keep]: https://example.org/1.1.0\n",) * 2,
        ("",) * 2,
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("written", ["", "- mine\n\n"])
def test_reference_links_go_on(links: str, expected: str, end: str, written: str) -> None:
    start = "# Changelog\n\n## [Unreleased]\n\n"
    rest = "## [1.1.0] - 2026-10-01\n\n- old\n"
    notes = written.strip() or NOTES
    gap = "\n" if links else ""
    before = f"{start}{written}{rest}{gap}{links}".replace("\n", end)
    assert entered(before, notes) == f"{start}{SECTION}{notes}\n\n{rest}{gap}{expected}".replace("\n", end)


def test_a_heading_without_brackets_needs_no_link_of_its_own() -> None:
    text = "## Unreleased\n\n## 1.1.0\n\n- old\n\n[Unreleased]: https://example.org/x/compare/v1.1.0...HEAD\n"
    assert entered(text).endswith("- old\n\n[Unreleased]: https://example.org/x/compare/v1.2.0...HEAD\n")


def test_links_among_the_entries_are_moved_with_them() -> None:
    text = "## [Unreleased]\n\n- see [a]\n\n[a]: https://example.org/a\n\n## [1.1.0] - 2026-10-01\n\n- old\n"
    assert entry_of(entered(text, notes_for(text, [])), NEW) == "- see [a]\n\n[a]: https://example.org/a"


# -- reStructuredText --


RST = """\
==========
 変更履歴
==========

Words.

Unreleased
----------

Added
^^^^^

- mine::

    ## 9.9.9

1.1.0 (2026-10-01)
------------------

Fixed
^^^^^

- old

.. _1.1.0: https://example.org/x
"""


def test_rst_is_read() -> None:
    assert unreleased_of(RST, markup="rst") == "Added\n^^^^^\n\n- mine::\n\n    ## 9.9.9"
    assert entry_of(RST, Version("1.1.0"), markup="rst") == "Fixed\n^^^^^\n\n- old"
    assert entry_of(RST, NEW, markup="rst") is None
    assert entered(RST, version=Version("1.1.0"), markup="rst") == RST


def test_rst_gets_a_section_with_what_was_unreleased() -> None:
    after = entered(RST, unreleased_of(RST, markup="rst"), markup="rst")
    assert after == RST.replace("Added\n^^^^^\n", "1.2.0 (2026-11-21)\n------------------\n\nAdded\n^^^^^\n")
    assert rst_titles(after) == ["変更履歴", "Unreleased", "1.2.0 (2026-11-21)", "Added", "1.1.0 (2026-10-01)", "Fixed"]


def test_rst_gets_our_notes_in_its_own_markup() -> None:
    changes = [
        Change("Added", "`*code*` and *args and foo_ and |bar| and a ` tick", "minor", scope="api"),
        Change("Fixed", "__init__ and List<int> and snake_case", "patch"),
        Change("Removed", "# hash", "major", breaking=True, breaking_note="日本"),
    ]
    text = "変更履歴\n========\n\n1.1.0\n-----\n\n- old\n"
    after = entered(text, render_notes(changes), markup="rst")
    assert rst_titles(after) == ["変更履歴", "1.2.0", "Breaking changes", "Added", "Fixed", "1.1.0"]
    assert "Added\n~~~~~\n\n- **api:** ``*code*`` and \\*args" in after


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ["Changelog", "Unreleased", "1.2.0 - 2026-11-21", "Fixed"]),
        ("Changelog\n=========\n\nWords.\n", ["Changelog", "1.2.0 - 2026-11-21", "Fixed"]),
        ("Changelog\n---------\n\nWords.\n", ["Changelog", "1.2.0 - 2026-11-21", "Fixed"]),
        ("C\n===\n\nGuide\n'''''\n\nWords.\n", ["C", "1.2.0 - 2026-11-21", "Fixed", "Guide"]),
        ("C\n===\n\n1.1.0\n-----\n\nA\n^^^\n\n- old\n", ["C", "1.2.0", "Fixed", "1.1.0", "A"]),
        ("=====\n1.1.0\n=====\n\n- old\n", ["1.2.0", "Fixed", "1.1.0"]),
        (
            "C\n###\n\n1.1.0 (2026-10-01)\n******************\n\n- old\n",
            ["C", "1.2.0 (2026-11-21)", "Fixed", "1.1.0 (2026-10-01)"],
        ),
        (
            "C\n===\n\n版 1.1.0 (2026-10-01)\n---------------------\n\n- old\n",
            ["C", "版 1.2.0 (2026-11-21)", "Fixed", "版 1.1.0 (2026-10-01)"],
        ),
        ("C\n===\n\nText\n\n----\n\nText\n\n- a\n", ["C", "1.2.0 - 2026-11-21", "Fixed"]),
    ],
)
def test_rst_of_many_styles_stays_valid(text: str | None, expected: list[str]) -> None:
    after = entered(text, markup="rst")
    assert rst_titles(after) == expected
    assert entry_of(after, NEW, markup="rst")
    assert entered(after, markup="rst") == after


# -- plain text --

CHANGES = [
    Change("Added", "`*code*` and *args, see https://example.org/a_b", "minor", scope="api"),
    Change("Fixed", "__init__ and List<int>", "patch"),
]
ADDED, FIXED = "Added: api: `*code*` and *args, see https://example.org/a_b", "Fixed: __init__ and List<int>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (  # a title, versions that are underlined
            "Changes\n=======\n\n1.1.0 (2026-10-01)\n------------------\n\n* old\n",
            "Changes\n=======\n\n1.2.0 (2026-11-21)\n------------------\n\n* {0}\n* {1}\n\n"
            "1.1.0 (2026-10-01)\n------------------\n\n* old\n",
        ),
        (  # no underlines, no space below the heading
            "v1.1.0, 2026-10-01\n - old\n - older\n\nv1.0.0, 2026-09-01\n - first\n",
            "v1.2.0, 2026-11-21\n - {0}\n - {1}\n\n"
            "v1.1.0, 2026-10-01\n - old\n - older\n\nv1.0.0, 2026-09-01\n - first\n",
        ),
        (
            "News of demo\n\nVersion 1.1.0\n\n    - old\n      and more\n",
            "News of demo\n\nVersion 1.2.0\n\n    - {0}\n    - {1}\n\nVersion 1.1.0\n\n    - old\n      and more\n",
        ),
        (  # prose that begins with a number is no heading
            "1.1.0 2026-10-01\n\n2.7 is no more supported.\n",
            "1.2.0 2026-11-21\n\n- {0}\n- {1}\n\n1.1.0 2026-10-01\n\n2.7 is no more supported.\n",
        ),
        (  # nothing released yet
            "Words about it.\n",
            "Words about it.\n\n1.2.0 - 2026-11-21\n------------------\n\n- {0}\n- {1}\n",
        ),
        (
            "Unreleased\n\n* mine\n\n1.1.0 (2026-10-01)\n\n* old\n",
            "Unreleased\n\n1.2.0 (2026-11-21)\n\n* mine\n\n1.1.0 (2026-10-01)\n\n* old\n",
        ),
        (
            "1.2.0 (unreleased)\n\n* mine\n\n1.1.0 (2026-10-01)\n\n* old\n",
            "1.2.0 (2026-11-21)\n\n* mine\n\n1.1.0 (2026-10-01)\n\n* old\n",
        ),
        (
            None,
            "Changelog\n=========\n\nAll that users will notice in demo, newest first.\n\nUnreleased\n----------\n\n"
            "1.2.0 - 2026-11-21\n------------------\n\n- {0}\n- {1}\n",
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_plain_text_is_continued_as_it_is_written(before: str | None, after: str, end: str) -> None:
    text = None if before is None else before.replace("\n", end)
    markup = markup_of("CHANGES.txt", text)
    result = entered(text, notes_for(text, CHANGES, markup=markup), markup=markup)
    expected = after.format(ADDED, FIXED)
    assert result == (expected if text is None else expected.replace("\n", end))
    assert entered(result, "again", markup=markup) == result
    assert entry_of(result, NEW, markup=markup)


def test_plain_notes_without_a_change_are_a_sentence() -> None:
    after = entered("1.1.0\n\n- old\n", render_notes([]), markup="plain")
    assert after == "1.2.0\n\nNo changes that users will notice.\n\n1.1.0\n\n- old\n"


# -- any file --


pieces = st.sampled_from(
    [
        "- item\n", "words\n", "### Added\n", "### Fixed\n", "```\n## 3.0.0\n```\n", "<!-- ## 4.0.0 -->\n", "---\n",
        "> ## 5.0.0\n", "1. item\n", "\n", "変更\n", "  - nested\n", "~~~\n### x\n~~~\n",
    ]
)  # fmt: skip
bodies = st.lists(pieces, max_size=6).map("".join)


@given(
    intro=bodies,
    unreleased=st.one_of(st.none(), bodies),
    old=st.lists(bodies, max_size=3),
    end=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
)
def test_nothing_is_ever_lost(intro: str, unreleased: str | None, old: Sequence[str], end: str, final: bool) -> None:
    text = f"# Changelog\n\nWords.\n{intro}\n"
    text += "" if unreleased is None else f"## [Unreleased]\n\n{unreleased}\n"
    text += "".join(f"## [1.{minor}.0] - 2026-10-01\n\n{body}\n" for minor, body in reversed(list(enumerate(old))))
    text = (text if final else text.rstrip("\n")).replace("\n", end)
    notes = notes_for(text, [FIX])
    after = entered(text, notes, Version("2.0.0"))
    assert entry_of(after, Version("2.0.0")) == notes
    assert entered(after, notes, Version("2.0.0")) == after
    assert titles(after).count("[2.0.0] - 2026-11-21") == 1
    assert after.endswith(end) == text.endswith(end)
    assert after.count("\n") == after.count(end)
    lost = set(text.split(end)) - set(after.split(end)) - {"### Added", "### Fixed"}
    assert not lost
    for minor in range(len(old)):
        assert entry_of(after, Version(f"1.{minor}.0")) == entry_of(text, Version(f"1.{minor}.0"))


def test_every_kind_has_a_section() -> None:
    for kind in get_args(Kind):
        assert render_notes([Change(kind, "it", None)]) == f"### {kind}\n\n- it"
