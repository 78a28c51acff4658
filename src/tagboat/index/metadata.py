"""The core metadata inside a distribution, and the form fields that an upload makes of it."""

from __future__ import annotations

import email.parser
import email.policy
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

from tagboat.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.distribution import Distribution

# The two fields whose form names are not those of the headers (Warehouse, docs/user/api/upload.md: lower
# case, underscores; these two are older than the rule).
FORM_NAMES = {"classifier": "classifiers", "project_url": "project_urls"}


def read_metadata(distribution: Distribution) -> bytes:
    """METADATA of a wheel, PKG-INFO of an sdist, as written. Raises `CheckFailed` without one."""
    try:
        found = _from_tar(distribution) if distribution.filename.endswith(".tar.gz") else _from_zip(distribution)
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error) as error:
        raise CheckFailed(f"{distribution.filename} cannot be read", why=str(error), next="Build it again.") from error
    if found is None:
        wanted = "PKG-INFO" if distribution.kind == "sdist" else "METADATA"
        raise CheckFailed(
            f"{distribution.filename} has no {wanted}",
            why="An index takes what it shows of a release from there.",
            next="Build it again with a build back end that follows PEP 517.",
        )
    return found


def form_fields(metadata: bytes) -> Iterator[tuple[str, str]]:
    """Every metadata field as name and value of the upload form; repeated fields stay repeated."""
    message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(metadata)
    for header, value in message.raw_items():
        name = header.lower().replace("-", "_")
        yield FORM_NAMES.get(name, name), _text(value)
    body = message.get_payload(decode=True)
    if isinstance(body, bytes) and body.strip():
        yield "description", body.decode("utf-8", "replace")


def requires_python(metadata: bytes) -> str | None:
    """The `Requires-Python` field."""
    return dict(form_fields(metadata)).get("requires_python")


def _text(value: object) -> str:
    """A header's text: metadata is UTF-8, which the parser hands out as escaped bytes."""
    return str(value).encode("ascii", "surrogateescape").decode("utf-8", "replace")


def _from_zip(distribution: Distribution) -> bytes | None:
    """A wheel's, or that of an sdist in the old .zip form."""
    ending = ".dist-info/METADATA" if distribution.kind == "wheel" else "/PKG-INFO"
    with zipfile.ZipFile(distribution.path) as archive:
        for name in archive.namelist():
            if name.count("/") == 1 and name.endswith(ending):
                return archive.read(name)
    return None


def _from_tar(distribution: Distribution) -> bytes | None:
    with tarfile.open(distribution.path, "r|gz") as archive:
        for member in archive:
            if member.name.removeprefix("./").count("/") == 1 and member.name.endswith("/PKG-INFO"):
                file = archive.extractfile(member)
                return file.read() if file else None
    return None
