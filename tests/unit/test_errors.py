"""How errors are worded, read from the sources."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tagboat import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(errors.__file__).parent
KINDS = {kind.__name__ for kind in errors.TagboatError.__subclasses__()} | {"TagboatError", "Problem"}
PROPER = {"Python"}


def messages(file: Path) -> Iterator[tuple[int, str]]:
    """The line and the literal beginning of what every error and problem of a file says first."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).rpartition(".")[2] in KINDS:
            yield from ((node.lineno, text) for text in beginnings(node.args[0]))


def beginnings(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        yield from beginnings(node.values[0])
    elif isinstance(node, ast.IfExp):
        yield from (*beginnings(node.body), *beginnings(node.orelse))
    elif isinstance(node, ast.BinOp):
        yield from beginnings(node.left)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def is_sentence(text: str) -> bool:
    """Whether a text begins with the capital letter of a sentence: code and names of all capitals have none."""
    word = text.split(" ", 1)[0].rstrip(",:;")
    return word[:1].isupper() and word[1:] == word[1:].lower() and word.isalpha() and word not in PROPER


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_what_an_error_says_begins_in_lower_case(file: Path) -> None:
    assert [f"{line}: {text}" for line, text in messages(file) if is_sentence(text)] == []


def test_the_beginnings_of_messages_are_found(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(
        'raise NotReady("A", next="Do it.")\nreturn errors.BuildFailed(f"The {x}", why="Because")\n'
        'raise Blocked(f"{x} Is" if y else "The" + x)\nProblem(x)\nValueError("The")\n',
        encoding="utf-8",
    )
    assert list(messages(file)) == [(1, "A"), (2, "The "), (3, "The")]


@pytest.mark.parametrize("text", ["A file", "The", "There is"])
def test_a_capital_letter_begins_a_sentence(text: str) -> None:
    assert is_sentence(text)


@pytest.mark.parametrize("text", ["a", "HEAD is", "PKG-INFO of", "Python 3", "", "README.md", "[tool.tagboat] is"])
def test_names_and_code_keep_their_capitals(text: str) -> None:
    assert not is_sentence(text)
