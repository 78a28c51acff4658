"""Texts that others wrote stay texts."""

from __future__ import annotations

import pytest
from readme_renderer import markdown

from tagboat.ci.markdown import code, fenced, table

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "[click](https://example.invalid)",
    "`<b>`",
    "``` <b> ```",
    "a | b\n| c",
    "\n\n# Title\n\n---\n",
    "`",
    "```\n<b>bold</b>\n````\n",
    "~~~\n</code></pre><b>x</b>",
]


def rendered(text: str) -> str:
    html = markdown.render(text)
    assert html is not None
    return str(html)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_line_is_one_piece_of_code_and_nothing_else(text: str) -> None:
    html = rendered(f"before {code(text)} after").strip()
    assert html.startswith("<p>before <code>")
    assert html.endswith("</code> after</p>")
    assert html.count("<") == 4


@pytest.mark.parametrize("text", HOSTILE)
def test_a_block_is_one_block_and_nothing_else(text: str) -> None:
    html = rendered(f"before\n\n{fenced(text)}\nafter")
    assert html.count("<pre") == 1
    assert "<p>after</p>" in html
    assert not any(tag in html for tag in ("<img", "<a ", "<b>", "<h1", "<hr"))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_stays_in_its_row(text: str) -> None:
    html = rendered(table(("one", "two"), [(code(text), "x"), ("y", "z")]))
    assert html.count("<tr>") == 3
    assert html.count("<td") == 4
    assert "<td>z</td>" in html


def test_what_cannot_be_seen_is_shown() -> None:
    assert code("a\u202eb\x1b[31mc\x00") == "`a�b�[31mc�`"
    assert "\u2066" not in fenced("a\u2066b\rc")
    assert code("") == ""
    assert code(" \n ") == ""
