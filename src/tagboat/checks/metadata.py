"""Core Metadata is complete, valid, of a known version, and does not contradict itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagboat.checks.words import listed, together
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packaging.metadata import RawMetadata

    from tagboat.archive import Archive
    from tagboat.checks.facts import ReleaseFacts

NAME = "metadata"

REFUSED = "Indexes refuse distributions with such metadata."
# The table of pyproject.toml key by metadata field, where they do not share a name.
KEYS = {
    "requires-dist": "dependencies",
    "provides-extra": "optional-dependencies",
    "summary": "description",
    "project-url": "urls",
    "license-expression": "license",
    "license-file": "license-files",
    "classifier": "classifiers",
    "author-email": "authors",
    "maintainer-email": "maintainers",
}
ELSEWHERE = {"description-content-type"}  # the check named description says more about it
LABEL_LENGTH = 32


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:  # noqa: ARG001
    """Validate the metadata of every distribution against the Core Metadata specification."""
    yield from together((archive.filename, problem) for archive in archives for problem in _problems(archive))


def _problems(archive: Archive) -> Iterator[Problem]:
    if archive.metadata is None:
        yield Problem(
            f"has no {'METADATA' if archive.is_wheel else 'PKG-INFO'}",
            "Without it no index can tell what this is.",
            "Build it with a PEP 517 back end.",
        )
        return
    raw, unparsed = archive.core
    yield from _invalid(raw, unparsed)
    yield from _licences(archive, raw)
    yield from _urls(raw)


def _invalid(raw: RawMetadata, unparsed: dict[str, list[str]]) -> Iterator[Problem]:
    from packaging.metadata import ExceptionGroup, InvalidMetadata, Metadata

    raw = raw.copy()
    if not _has_licence_files(raw):
        # setuptools wrote License-File before the field existed; indexes and installers look over it.
        raw.pop("license_files", None)
        unparsed = {field: value for field, value in unparsed.items() if field != "license-file"}
    for field in sorted(unparsed):
        yield _about(field, f"the field {field} is unknown, given twice, or not UTF-8")
    try:
        Metadata.from_raw(raw)
    except ExceptionGroup as group:
        errors = [error for error in group.exceptions if isinstance(error, InvalidMetadata)]
        for error in sorted(errors, key=str):
            if error.field not in ELSEWHERE | unparsed.keys():
                cause = f" ({error.__cause__})" if error.__cause__ else ""
                yield _about(error.field, f"{error}{cause}")


def _about(field: str, what: str) -> Problem:
    key = KEYS.get(field, field)
    return Problem(
        " ".join(what.split()),
        REFUSED,
        f"Correct `{key}` in the [project] table of pyproject.toml, or update the build back end.",
    )


def _has_licence_files(raw: RawMetadata) -> bool:
    """Whether this metadata is new enough (2.4, PEP 639) for License-File to mean something."""
    numbers = raw.get("metadata_version", "").split(".")
    return all(number.isdecimal() for number in numbers) and [*map(int, numbers)] >= [2, 4]


def _licences(archive: Archive, raw: RawMetadata) -> Iterator[Problem]:
    classifiers = [each for each in raw.get("classifiers", []) if each.startswith("License ::")]
    if raw.get("license_expression") and (classifiers or raw.get("license")):
        other = listed(classifiers) if classifiers else "the old License field"
        yield Problem(
            f"the licence is said twice: License-Expression {raw['license_expression']} and {other}",
            "PEP 639 allows only one of them, and build back ends begin to stop at it.",
            'Keep `license = "<SPDX expression>"` in [project], and remove the "License ::" classifiers.',
        )
    if _has_licence_files(raw):
        folder = f"{archive.dist_info}/licenses/" if archive.is_wheel else ""
        missing = [path for path in raw.get("license_files", []) if folder + path not in archive.files]
        if missing:
            yield Problem(
                f"the licence files that the metadata names are not there: {listed(missing)}",
                REFUSED,
                "Correct `license-files` in [project] of pyproject.toml, or update the build back end.",
            )


def _urls(raw: RawMetadata) -> Iterator[Problem]:
    urls = dict(raw.get("project_urls", {}))
    if home_page := raw.get("home_page"):
        urls["Home-page"] = home_page
    if download := raw.get("download_url"):
        urls["Download-URL"] = download
    for label, url in urls.items():
        if not _is_web_address(url):
            yield _about("project-url", f"the URL of {label or 'a project link'} is not a web address: {url or label}")
        elif not 0 < len(label) <= LABEL_LENGTH:
            yield _about(
                "project-url",
                f"the label {label!r} of a URL is empty or longer than {LABEL_LENGTH} characters",
            )


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not set(url) & set(" \t\r\n<>")
