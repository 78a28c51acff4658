"""The files that a release edits, in the working tree and as they were committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import textfile
from tagboat.process import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagboat.git import Git
    from tagboat.plan import Edit

SHOWN = 10  # names in a message before "and N more"


def present(git: Git, edit: Edit) -> bytes | None:
    """The bytes of an edit's file as it is now, or None when there is no file."""
    path = git.top / edit.path
    return path.read_bytes() if path.is_file() else None


def has_text(git: Git, edit: Edit, text: str | None) -> bool:
    """Whether an edit's file is this text, to the letter; None for no file."""
    return present(git, edit) == (None if text is None else text.encode(edit.encoding))


def write_text(git: Git, edit: Edit, text: str | None) -> None:
    """Give an edit's file this text; None removes the file."""
    path = git.top / edit.path
    if text is None:
        textfile.remove(path)
    else:
        textfile.write(path, text, edit.encoding)


def is_same(committed: str | None, data: bytes) -> bool:
    """Whether a committed text is this one; line endings may have been normalised on the way in."""
    return committed is not None and _lines(encode(committed)) == _lines(data)


def listed(names: Sequence[str]) -> str:
    """Names for a sentence, not too many."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _lines(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")
