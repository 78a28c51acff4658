"""Real wheels and sdists, written by hand, so that every part of them can be wrong."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

from packaging.version import Version

from tagboat.archive import Archive
from tagboat.checks import ReleaseFacts, run_checks
from tagboat.distribution import Distribution

if TYPE_CHECKING:
    from pathlib import Path

    from tagboat.errors import Problem

LICENCE = "MIT License\n"
METADATA = """\
Metadata-Version: 2.4
Name: demo
Version: 1.0
Summary: A demonstration
License-Expression: MIT
License-File: LICENSE
Description-Content-Type: text/markdown

# Demo
"""
WHEEL = """\
Wheel-Version: 1.0
Generator: by hand
Root-Is-Purelib: true
Tag: py3-none-any
"""
PACKAGE = {"demo/__init__.py": '__version__ = "1.0"\n', "demo/core.py": "def main(): ...\n"}
PROJECT = {
    "pyproject.toml": '[project]\nname = "demo"\n',
    "README.md": "# Demo\n",
    "LICENSE": LICENCE,
    **{f"src/{path}": text for path, text in PACKAGE.items()},
}

Files = dict[str, "str | bytes | None"]


def facts(**changes) -> ReleaseFacts:
    """A release of demo 1.0 with the tagged tree of PROJECT."""
    values = {
        "project": "demo",
        "version": Version("1.0"),
        "tag": "v1.0",
        "expected_tag": "v1.0",
        "tagged_files": frozenset({*PROJECT, ".gitignore"}),
        "backend": "hatchling.build",
    }
    return ReleaseFacts(**(values | changes))


def record_row(path: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    quoted = f'"{path}"' if "," in path else path
    return f"{quoted},sha256={digest},{len(data)}\n"


def make_wheel(
    folder: Path, files: Files | None = None, *, name: str = "demo-1.0-py3-none-any.whl", record: str | None = None
) -> Distribution:
    """A good wheel of demo 1.0, with `files` added or changed; None leaves one out.

    `record` replaces RECORD, which is right otherwise.
    """
    info = "demo-1.0.dist-info"
    contents: Files = {
        **PACKAGE,
        f"{info}/METADATA": METADATA,
        f"{info}/WHEEL": WHEEL,
        f"{info}/licenses/LICENSE": LICENCE,
        **(files or {}),
    }
    present = {path: as_bytes(data) for path, data in contents.items() if data is not None}
    if record is None:
        rows = [record_row(path, data) for path, data in present.items()]
        record = "".join([*rows, f"{info}/RECORD,,\n"])
    if f"{info}/RECORD" not in contents:
        present[f"{info}/RECORD"] = record.encode()
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, data in present.items():
            archive.writestr(each, data)
    return Distribution.from_file(path)


def make_sdist(
    folder: Path,
    files: Files | None = None,
    *,
    name: str = "demo-1.0.tar.gz",
    top: str = "demo-1.0",
    extra: tuple[tarfile.TarInfo, ...] = (),
) -> Distribution:
    """A good sdist of demo 1.0, with `files` added or changed; None leaves one out."""
    contents: Files = {**PROJECT, "PKG-INFO": METADATA, **(files or {})}
    path = folder / name
    with tarfile.open(path, "w:gz") as archive:
        for each, data in contents.items():
            if data is not None:
                info = tarfile.TarInfo(f"{top}/{each}")
                info.size = len(as_bytes(data))
                archive.addfile(info, io.BytesIO(as_bytes(data)))
        for info in extra:
            archive.addfile(info)
    return Distribution.from_file(path)


def as_bytes(data: str | bytes | None) -> bytes:
    return data.encode() if isinstance(data, str) else data or b""


def metadata(*changes: str, body: str = "# Demo\n") -> str:
    """METADATA with fields added ("Name: x") or, by a leading "-", removed ("-Version")."""
    removed = {line[1:] for line in changes if line.startswith("-")}
    replaced = {line.partition(":")[0] for line in changes if not line.startswith("-")} - {
        *("Classifier", "Project-URL", "Requires-Dist", "Extra", "License-File"),
    }
    head = [
        line
        for line in METADATA.split("\n\n", maxsplit=1)[0].splitlines()
        if line.partition(":")[0] not in removed | replaced
    ]
    added = [line for line in changes if not line.startswith("-")]
    return "\n".join([*head, *added]) + f"\n\n{body}"


def wheel_metadata(*changes: str, body: str = "# Demo\n") -> Files:
    return {"demo-1.0.dist-info/METADATA": metadata(*changes, body=body)}


def problems_of(check, *distributions: Distribution, **changes) -> list[Problem]:
    """What one check, given as its module, says about these distributions."""
    archives = [Archive.open(distribution) for distribution in distributions]
    try:
        return list(check.check(archives, facts(**changes)))
    finally:
        for archive in archives:
            archive.close()


def whats(check, *distributions: Distribution, **changes) -> list[str]:
    return [problem.what for problem in problems_of(check, *distributions, **changes)]


def all_whats(*distributions: Distribution, **changes) -> list[str]:
    return [problem.what for problem in run_checks(distributions, facts(**changes))]
