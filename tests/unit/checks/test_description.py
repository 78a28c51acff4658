"""twine is the oracle: the same verdict about the same files."""

from __future__ import annotations

import pytest
from tests.unit.checks.archives import make_sdist, make_wheel, metadata, problems_of, whats, wheel_metadata
from twine.commands.check import check as twine_check
from twine.exceptions import InvalidDistribution

from tagboat.checks import description

MARKDOWN = "Description-Content-Type: text/markdown"
RST = "Description-Content-Type: text/x-rst"
CASES = {
    "markdown": ((MARKDOWN,), "# Title\n"),
    "markdown with a variant": ((f"{MARKDOWN}; charset=UTF-8; variant=CommonMark",), "# Title\n"),
    "markdown, GitHub's": ((f"{MARKDOWN}; variant=GFM",), "- [ ] todo\n"),
    "markdown of an unknown variant": ((f"{MARKDOWN}; variant=Original",), "# Title\n"),
    "markdown that shows nothing": ((MARKDOWN,), "[a]: https://example.com\n"),
    "markdown in other letters": (("Description-Content-Type: Text/Markdown",), "# Title\n"),
    "markdown in another charset": ((f"{MARKDOWN}; charset=latin-1",), "# Title\n"),
    "plain text": (("Description-Content-Type: text/plain",), "Title\n=\n"),
    "plain text, charset": (("Description-Content-Type: text/plain; charset=UTF-8",), "x\n"),
    "rst": ((RST,), "Title\n=====\n\nText with `a link <https://example.com>`_.\n"),
    "rst with code": ((RST,), "Title\n=====\n\n.. code-block:: python\n\n   print()\n"),
    "rst, upper case": (("Description-Content-Type: TEXT/X-RST",), "Title\n==\n\n`a`_\n"),
    "rst with a short underline": ((RST,), "Title\n==\n\ntext\n"),
    "rst with an unknown role": ((RST,), "Text :func:`x`\n"),
    "rst with an unknown directive": ((RST,), "Text\n\n.. toctree::\n\n   a\n"),
    "rst that includes": ((RST,), ".. include:: CHANGELOG.rst\n"),
    "rst with raw html": ((RST,), ".. raw:: html\n\n   <b>x</b>\n"),
    "rst with an open link": ((RST,), "See `a`_ for more.\n"),
    "rst of comments only": ((RST,), ".. nothing to see\n"),
    "no content type, good rst": (("-Description-Content-Type",), "Title\n=====\n"),
    "no content type, bad rst": (("-Description-Content-Type",), "Title `\n\n`a`_\n"),
    "no description": ((MARKDOWN,), ""),
    "no description, rst": ((RST,), ""),
    "neither": (("-Description-Content-Type",), ""),
    "unknown": ((MARKDOWN,), "UNKNOWN\n\n"),
    "unknown type": (("Description-Content-Type: text/asciidoc",), "= Title\n"),
    "no type at all": (("Description-Content-Type: markdown",), "# Title\n"),
    "nonsense for a type": (("Description-Content-Type: ;;",), "# Title\n"),
}


def twine_says_good(path) -> bool:
    try:
        return not twine_check([str(path)], strict=True)
    except InvalidDistribution:
        return False


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
@pytest.mark.parametrize("case", CASES)
def test_verify_distributions_with_twine(tmp_path, capfd, case, kind):
    changes, body = CASES[case]
    if kind == "sdist":
        distribution = make_sdist(tmp_path, {"PKG-INFO": metadata(*changes, body=body)})
    else:
        distribution = make_wheel(tmp_path, wheel_metadata(*changes, body=body))
    found = problems_of(description, distribution)
    assert (not found) == twine_says_good(distribution.path)
    assert all(problem.what.startswith(distribution.filename) and problem.next for problem in found)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Title\n==\n\ntext\n\nOther\n=====\n\n`a`_\n", "line 9: Unknown target name"),
        ("Text\n\n:func:`x`\n", 'line 3: Unknown interpreted text role "func"'),
        (".. nothing\n", "does not render: No content rendered from RST source."),
    ],
)
def test_the_message_says_the_line(tmp_path, body, said):
    (problem,) = problems_of(description, make_wheel(tmp_path, wheel_metadata(RST, body=body)))
    assert said in problem.what


def test_one_description_in_several_distributions_is_one_problem(tmp_path):
    sdist = make_sdist(tmp_path, {"PKG-INFO": metadata(body="")})
    wheel = make_wheel(tmp_path, wheel_metadata(body=""))
    assert whats(description, sdist, wheel) == [f"{sdist.filename}, {wheel.filename}: the long description is missing"]


def test_a_missing_description_says_how_to_add_one(tmp_path):
    (problem,) = problems_of(description, make_wheel(tmp_path, wheel_metadata(body="")))
    assert 'readme = "README.md"' in problem.next


def test_a_distribution_without_metadata_has_no_description_to_judge(tmp_path):
    assert whats(description, make_sdist(tmp_path, {"PKG-INFO": None})) == []
