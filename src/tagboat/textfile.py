"""Text files, read and written so that every byte nobody meant to change survives."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tagboat.dataclass import dataclass

BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Text:
    """A file's whole text, its line endings and byte order mark as they are, and how it was encoded."""

    text: str
    encoding: str = "utf-8"


def read(path: Path) -> Text:
    """Read a file as UTF-8, or as Latin-1, which maps any byte to a character and back."""
    data = path.read_bytes()
    try:
        return Text(data.decode("utf-8"))
    except UnicodeDecodeError:
        return Text(data.decode("latin-1"), "latin-1")


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    """Replace a file's content by a text; see `write_bytes`."""
    write_bytes(path, text.encode(encoding))


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file's content in one go: a reader sees the old bytes or the new ones, never a part.

    The disk has them on return. A symbolic link stays and its target changes; an existing file keeps its mode;
    a missing folder is made. Two writers of one file have to take turns.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove(path: Path) -> None:
    """Remove a file, if it is there, and what a `write` that was killed left beside it."""
    tidy(path)
    path.unlink(missing_ok=True)


def tidy(path: Path) -> None:
    """Remove what a `write` that was killed left beside a file."""
    _temporary(path).unlink(missing_ok=True)


def is_tidy(path: Path) -> bool:
    """Whether no `write` that was killed left anything beside a file."""
    return not _temporary(path).exists()


def newline_of(text: str) -> str:
    """Return the line ending that a text uses: that of its first line."""
    first, found, _ = text.partition("\n")
    return "\r\n" if found and first.endswith("\r") else "\n"


def _temporary(path: Path) -> Path:
    """Where a file is written first. Always the same, so what a killed run left is used up by the next."""
    target = Path(os.path.realpath(path))
    return target.with_name(f".{target.name}.tagboat")


def _mode(target: Path) -> int:
    """Return the mode the file has, or the one that the user's umask gives a new file."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
