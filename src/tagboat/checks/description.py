"""The long description renders on the project's page: the verdict of `twine check --strict`.

The library that decides is the same (readme_renderer); importing twine for it would cost 0.3 s.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from tagboat.checks.words import listed
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tagboat.archive import Archive
    from tagboat.checks.facts import ReleaseFacts

NAME = "description"

WHY = "Indexes refuse it, or show the project's page as raw text or empty."
README = 'Name it in pyproject.toml: [project] readme = "README.md".'
TYPES = {".md": "text/markdown", ".rst": "text/x-rst", ".txt": "text/plain"}
# What docutils writes for each problem.
REPORT = re.compile(r"^<string>:(\d*): \((?:WARNING|ERROR|SEVERE)/\d\) (.*)", re.MULTILINE)


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:  # noqa: ARG001
    """Render every description once; sdist and wheels share it as a rule."""
    return _of_each(archives, _problems)


def refused(archives: Sequence[Archive]) -> Iterator[Problem]:
    """Only those problems for which indexes refuse a file; a missing description is none."""
    return _of_each(archives, _refusals)


def _of_each(
    archives: Sequence[Archive], find: Callable[[str, str | None], Iterator[tuple[str, str]]]
) -> Iterator[Problem]:
    filenames: dict[tuple[str, str | None], list[str]] = {}
    for archive in archives:
        if archive.metadata is not None:
            core, _ = archive.core
            description = core.get("description", "")
            key = (description, core.get("description_content_type"))
            filenames.setdefault(key, []).append(archive.filename)
    for (description, content_type), names in filenames.items():
        for what, advice in find(description, content_type):
            yield Problem(f"{listed(names)}: {what}", WHY, advice)


def _problems(description: str, content_type: str | None) -> Iterator[tuple[str, str]]:
    """What is wrong and what to do about it."""
    if content_type is None:
        yield "the long description has no content type", f"{README} Its suffix decides: {_types()}."
    found = tuple(_refusals(description, content_type))
    yield from found
    if not found and _is_missing(description):
        yield "the long description is missing", README


def _refusals(description: str, content_type: str | None) -> Iterator[tuple[str, str]]:
    if content_type is not None and (reason := _unknown_type(content_type)):
        yield (
            f"the long description has a content type that indexes do not know: {reason}",
            f"Use {_types()}.",
        )
    elif not _is_missing(description) and (content_type or "text/x-rst").lower().startswith("text/x-rst"):
        yield from _markup(description)


def _is_missing(description: str) -> bool:
    return not description or description.rstrip() == "UNKNOWN"


def _unknown_type(content_type: str) -> str:
    from packaging.metadata import InvalidMetadata, Metadata

    try:
        _ = Metadata.from_raw({"description_content_type": content_type}, validate=False).description_content_type
    except InvalidMetadata as error:
        return str(error)
    return ""


def _markup(description: str) -> Iterator[tuple[str, str]]:
    """What keeps reStructuredText from rendering: the first such place, as docutils stops there."""
    from readme_renderer import rst

    messages = io.StringIO()
    if rst.render(description, stream=messages) is not None:
        return
    text = messages.getvalue()
    found = REPORT.search(text)
    if found:
        message = found[2].removesuffix(".")
        yield (
            f"the long description does not render: line {found[1] or '?'}: {message}",
            "Correct that line of the README; roles and directives of Sphinx do not work on indexes.",
        )
    else:
        yield (
            f"the long description does not render: {text.strip()}",
            "Write something in the README that shows.",
        )


def _types() -> str:
    return ", ".join(f"{content_type} ({suffix})" for suffix, content_type in TYPES.items())
