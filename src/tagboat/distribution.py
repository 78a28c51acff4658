"""An sdist or a wheel on disk: our file, known by its name and its bytes."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    parse_sdist_filename,
    parse_wheel_filename,
)

from tagboat.dataclass import dataclass
from tagboat.errors import CheckFailed

if TYPE_CHECKING:
    from pathlib import Path

    from packaging.version import Version

Kind = Literal["sdist", "wheel"]


def parse_filename(filename: str) -> tuple[Kind, NormalizedName, Version] | None:
    """Kind, project and version that a file name states, or None when it is no distribution's name."""
    try:
        if filename.endswith(".whl"):
            name, version, _, _ = parse_wheel_filename(filename)
            return "wheel", name, version
        if filename.endswith((".tar.gz", ".zip")):
            name, version = parse_sdist_filename(filename)
            return "sdist", name, version
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    return None


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in lower-case hexadecimal, read in blocks, once while the file stays as it is."""
    stat = path.stat()
    return _sha256_of(path, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


@lru_cache(maxsize=1024)
def _sha256_of(path: Path, *_as_it_is: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file to publish. `sha256` is of the bytes as they were when the object was made."""

    path: Path
    filename: str
    kind: Kind
    project: NormalizedName
    version: Version
    sha256: str
    size: int

    @classmethod
    def from_file(cls, path: Path) -> Distribution:
        """Read `path`. Raises `CheckFailed` when its name is not that of an sdist or a wheel."""
        parsed = parse_filename(path.name)
        if parsed is None:
            raise CheckFailed(
                f"{path.name} is not the name of an sdist or a wheel",
                next="Names look like name-1.0.tar.gz and name-1.0-py3-none-any.whl (PEP 625, PEP 427).",
            )
        kind, project, version = parsed
        return cls(path, path.name, kind, project, version, sha256_of(path), path.stat().st_size)
