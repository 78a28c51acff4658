"""A wheel's RECORD lists exactly the files of the wheel, with their hashes and sizes."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections import Counter
from typing import TYPE_CHECKING

from tagboat.checks.words import listed
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.archive import Archive
    from tagboat.checks.facts import ReleaseFacts

NAME = "record"

UNLISTED = ("RECORD.jws", "RECORD.p7s")
WHY = "Installers trust RECORD to know what they installed, and indexes begin to refuse it when it is wrong."
NEXT = "Build the wheel again; what changes a wheel afterwards has to write RECORD anew (`wheel pack` does)."
STRONG = ("sha256", "sha384", "sha512")


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:  # noqa: ARG001
    """Compare every row of RECORD with the file that it names (binary distribution format, PyPA)."""
    for archive in archives:
        if archive.dist_info:
            yield from _record(archive)


def _record(archive: Archive) -> Iterator[Problem]:
    path = f"{archive.dist_info}/RECORD"
    try:
        rows = list(csv.reader(io.StringIO(archive.read(path).decode("utf-8"), newline=""), strict=True))
    except KeyError:
        yield Problem(f"{archive.filename} has no RECORD", WHY, NEXT)
        return
    except (UnicodeDecodeError, csv.Error) as error:
        yield Problem(f"{archive.filename} has a RECORD that cannot be read: {error}", WHY, NEXT)
        return
    for what, names in _differences(archive, path, [row for row in rows if row]):
        if names:
            yield Problem(f"RECORD of {archive.filename} {what}: {listed(names)}", WHY, NEXT)


def _differences(archive: Archive, record: str, rows: list[list[str]]) -> Iterator[tuple[str, list[str]]]:
    yield "has rows without path, hash and size", [",".join(row) for row in rows if len(row) != 3]
    complete = [row for row in rows if len(row) == 3]
    times = Counter(row[0] for row in complete)
    files = {path for path, member in archive.files.items() if member.kind == "file"}
    signatures = {f"{archive.dist_info}/{name}" for name in UNLISTED}
    yield "lists files that are not in the wheel", sorted(times.keys() - files)
    yield "does not list files of the wheel", sorted(files - times.keys() - signatures)
    yield "lists a file twice", sorted(path for path in times if times[path] > 1)
    present = [row for row in complete if row[0] in files and row[0] != record]
    yield "gives no hash, or one too weak", [path for path, digest, _ in present if not _is_strong(digest)]
    yield (
        "gives another hash than the file has",
        [path for path, digest, _ in present if _is_strong(digest) and digest != _digest(archive, path, digest)],
    )
    yield (
        "gives another size than the file has",
        [path for path, _, size in present if size and size != str(archive.files[path].size)],
    )


def _is_strong(digest: str) -> bool:
    return digest.partition("=")[0] in STRONG


def _digest(archive: Archive, path: str, like: str) -> str:
    """The file's hash as RECORD writes it: `sha256=` and base64url without padding."""
    algorithm = like.partition("=")[0]
    if algorithm == "sha256":
        raw = bytes.fromhex(archive.files[path].sha256)
    else:
        raw = hashlib.new(algorithm, archive.read(path)).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"
