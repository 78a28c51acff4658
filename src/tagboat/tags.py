"""Versions become tags and tags become versions, by the configured format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version


def tag_name(tag_format: str, project: str, version: Version) -> str:
    """The tag of a version: `{version}` and `{project}` filled in."""
    return tag_format.replace("{project}", project).replace("{version}", str(version))


def version_of_tag(tag_format: str, project: str, tag: str) -> Version | None:
    """The version that a tag's name states, or None when it is not a tag of this project."""
    head, _, end = tag_format.replace("{project}", project).partition("{version}")
    if not (tag.startswith(head) and tag.endswith(end)):
        return None
    from packaging.version import Version

    try:
        return Version(tag[len(head) : len(tag) - len(end)])
    except ValueError:
        return None
