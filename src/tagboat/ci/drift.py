"""Where the files of a pipeline are not what the configuration asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat import textfile
from tagboat.dataclass import dataclass
from tagboat.plan import Edit

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Drift:
    """What has to change.

    Attributes:
        edits: files that have to be made or changed; paths are from the repository's top.
        stale: files that we made, and that nothing asks for any more.
        notes: what a person should know, in sentences.
    """

    edits: tuple[Edit, ...]
    stale: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.edits or self.stale)


@dataclass(frozen=True, slots=True)
class Known:
    """A file of the repository at `top`, as it is."""

    top: Path
    path: str

    @property
    def text(self) -> str | None:
        """Its text with plain line ends; None when there is no such file."""
        try:
            return textfile.read(self.top / self.path).text.replace("\r\n", "\n")
        except FileNotFoundError:
            return None

    def is_made(self, mark: str) -> bool:
        """Whether we made it: its first line begins with our mark."""
        return (self.text or "").startswith(mark)


def edit_of(path: str, before: str | None, after: str) -> Edit | None:
    """What makes a file have that text; None when it has it."""
    return None if before == after else Edit(path, before, after)


def write(top: Path, drift: Drift) -> None:
    """Make the changes."""
    for edit in drift.edits:
        textfile.write(top / edit.path, edit.after, edit.encoding)
    for path in drift.stale:
        textfile.remove(top / path)
