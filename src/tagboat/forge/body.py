"""What the page of a release says: our own words, and the marks in it that only we read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.errors import without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.version import Version

MARK = re.compile(r"<!-- tagboat:(\w+) -->")
WITHDRAWN = re.compile(r"<!-- tagboat withdrawn prerelease=(true|false) -->\n.*?\n<!-- /tagboat -->\n\n?", re.DOTALL)
SUFFIX = " (withdrawn)"


def release_body(
    project: str, version: Version, notes: str, hashes: Mapping[str, str], mark: str, *, public: bool
) -> str:
    """Notes, how to install, and the hashes, as Markdown.

    Where the index is not a public one, nothing is said of it: the page may be read by people who must not know it.
    """
    where = "" if public else "\nFrom the index that you are given this project by.\n"
    rows = "".join(f"| {name} | `{sha256}` |\n" for name, sha256 in sorted(hashes.items()))
    return (
        f"{without_credentials(notes).strip()}\n\n"
        f"### Install\n\n```console\npip install {project}=={version}\n```\n{where}\n"
        f"### Files\n\n| File | SHA-256 |\n|---|---|\n{rows}\n"
        f"{mark_text(mark)}\n"
    ).lstrip()


def mark_text(mark: str) -> str:
    """A mark as it stands in a body, where no reader of the page sees it."""
    return f"<!-- tagboat:{mark} -->"


def marks_of(body: str) -> tuple[str, ...]:
    """Every mark in a body."""
    return tuple(MARK.findall(body))


def with_section(body: str, ours: str) -> str:
    """What somebody wrote into a draft by hand, with our own text below it, once and without our mark."""
    _, heading, rest = MARK.sub("", ours).partition("### Install")
    return body if heading in body else f"{body.rstrip()}\n\n{heading}{rest}".strip() + "\n"


def is_withdrawn(body: str) -> bool:
    """Whether the page says that the version was withdrawn, in our words."""
    return WITHDRAWN.search(body) is not None


def withdrawn(title: str, body: str, reason: str, *, prerelease: bool) -> tuple[str, str]:
    """Title and body of a page that says that the version was withdrawn, and why; what was there is kept."""
    if is_withdrawn(body):
        return title, body
    said = "\n".join(f"> {line}" for line in without_credentials(reason).strip().splitlines())
    begin = f"<!-- tagboat withdrawn prerelease={str(prerelease).lower()} -->"
    return f"{title.removesuffix(SUFFIX)}{SUFFIX}", f"{begin}\n> **Withdrawn.**\n{said}\n<!-- /tagboat -->\n\n{body}"


def offered_again(title: str, body: str) -> tuple[str, str, bool]:
    """Title, body and pre-release flag as they were before `withdrawn`."""
    found = WITHDRAWN.search(body)
    if found is None:
        return title, body, False
    return title.removesuffix(SUFFIX), body[: found.start()] + body[found.end() :], found[1] == "true"
