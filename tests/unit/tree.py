"""Projects as trees of files, written and read byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from tagboat import textfile
from tagboat.config import load_config
from tagboat.project import edits_for, read_project

if TYPE_CHECKING:
    from pathlib import Path

    from tagboat.config import Config
    from tagboat.project import Project


def plant(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files under `root`, folders included."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def harvest(root: Path) -> dict[str, bytes]:
    """The bytes of every file under `root`."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def project_in(root: Path, config: Config | None = None) -> Project:
    return read_project(root, config or load_config(root))


def bump(root: Path, version: str, config: Config | None = None) -> list[str]:
    """Apply the edits for a version; the paths they change."""
    edits = edits_for(project_in(root, config), Version(version))
    for edit in edits:
        path = root / edit.path
        assert path.read_bytes().decode(edit.encoding) == edit.before
        textfile.write(path, edit.after, edit.encoding)
    return [edit.path for edit in edits]
