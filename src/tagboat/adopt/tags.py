"""The tag format in use, told from the names of the tags there are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tagboat.tags import version_of_tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What stands before the version ends in a separator, or is nothing but a v. A moving tag such as v1 has no dot.
TAG = re.compile(r"(?P<prefix>(?:.*?[-_/@])??[vV]?)(?P<version>\d+(?:!\d+)?\.\d[^/@]*)")
# Two numbers beside each other, as a version has them; 2024-01-31 is a day.
LIKE_A_VERSION = re.compile(r"(?<!\d)(?<!\d[-_.])(?!\d{4}-\d\d-\d\d)\d+[-_.]\d")
WORDS = frozenset({"", "v", "release", "rel", "version", "ver", "r"})


@dataclass(frozen=True, slots=True)
class Release:
    """A tag that names a release: its name, the text before the version, and the version."""

    tag: str
    prefix: str
    version: Version


def releases_in(tags: Iterable[str]) -> Iterator[Release]:
    """Yield the tags that end in a version."""
    for tag in tags:
        match = TAG.fullmatch(tag)
        if match:
            try:
                yield Release(tag, match["prefix"], Version(match["version"]))
            except InvalidVersion:
                continue


def last_release(tags: Iterable[str], project: str) -> Release | None:
    """Return the release with the highest version, which also tells the format that is in use now.

    Where tags carry the project's name only these count; a name of another project never does.
    """
    found = list(releases_in(tags))
    own = [each for each in found if _names(each.prefix, project)]
    plain = [each for each in found if _word(each.prefix) in WORDS]
    return max(own or plain, key=lambda each: each.version, default=None)


def unread(tags: Iterable[str], tag_format: str, project: str) -> list[str]:
    """Return the tags that look like versions, but do not fit the format. One of another project is none of them."""
    others = {each.tag for each in releases_in(tags) if _word(each.prefix) not in WORDS}
    return [
        tag
        for tag in tags
        if LIKE_A_VERSION.search(tag) and tag not in others and version_of_tag(tag_format, project, tag) is None
    ]


def format_of(release: Release, project: str) -> str:
    """Return the tag format that makes such tags."""
    prefix = release.prefix
    if project and prefix.startswith(project):
        prefix = "{project}" + prefix.removeprefix(project)
    return prefix + "{version}"


def _word(prefix: str) -> str:
    """Return the prefix without separators and the v of the version: `release-v` is `release`."""
    return re.sub(r"[-_/@]+v?$", "", prefix.lower())


def _names(prefix: str, project: str) -> bool:
    return bool(project) and canonicalize_name(_word(prefix)) == canonicalize_name(project)
