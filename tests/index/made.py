"""Small distributions made by hand: quick, real enough for pip and uv, and other bytes on demand."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import uv

from tagboat.distribution import Distribution

if TYPE_CHECKING:
    from pathlib import Path


def metadata(project: str, version: str, more: str = "") -> bytes:
    head = f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\nRequires-Python: >=3.8\n{more}"
    return f"{head}\nA boat.\n".encode()


def wheel(
    folder: Path,
    project: str = "boat",
    version: str = "1.0",
    *,
    payload: bytes = b"",
    build: str = "",
    tag: str = "py3-none-any",
    more: str = "",
) -> Distribution:
    """A wheel that installs; `payload` changes its bytes."""
    name = project.replace("-", "_")
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}{'-' + build if build else ''}-{tag}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        f"{name}/__init__.py": f'__version__ = "{version}"\n'.encode(),
        f"{name}/payload.bin": payload,
        f"{info}/METADATA": metadata(project, version, more),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    record = "".join(f"{each},,\n" for each in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in {**files, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(zipfile.ZipInfo(each), content)
    return Distribution.from_file(path)


def sdist(folder: Path, project: str = "boat", version: str = "1.0", *, payload: bytes = b"") -> Distribution:
    """An sdist with metadata; nothing builds it."""
    name = project.replace("-", "_")
    path = folder / f"{name}-{version}.tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for each, content in {"payload.bin": payload, "PKG-INFO": metadata(project, version)}.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{each}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    path.write_bytes(gzip.compress(plain.getvalue(), mtime=0))
    return Distribution.from_file(path)


def installers(target: Path, requirement: str, *more: str) -> list[list[str]]:
    """The commands of pip and of uv that install into a folder, cut off from caches and configuration."""
    where = ["--no-deps", "--upgrade", "--target", str(target), requirement, *more]
    return [
        [sys.executable, "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", *where],
        [uv.find_uv_bin(), "pip", "install", "--no-config", "--no-cache", "--python", sys.executable, *where],
    ]


def run_installer(command: list[str], environment: dict[str, str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run it with nothing of the user's own settings."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    mine |= {"PIP_CONFIG_FILE": os.devnull, "HOME": str(home), **environment}
    return subprocess.run(command, env=mine, capture_output=True, text=True, check=False)
