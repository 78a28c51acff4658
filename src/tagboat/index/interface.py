"""What tagboat asks of an index, and the powers that only some indexes have.

Every adapter implements `Index`. Further powers are small protocols of their own, asked for with
`isinstance`, so an adapter has a power exactly when it can do it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from packaging.version import Version

    from tagboat.distribution import Distribution
    from tagboat.errors import Problem

    Progress = Callable[[int, int], None]
    """Called with bytes done and bytes in all."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file as an index lists it. `sha256` is None when the index does not say.

    `metadata_sha256` is that of the `.metadata` file beside it (PEP 714), for indexes that offer one.
    """

    filename: str
    url: str
    sha256: str | None = None
    size: int | None = None
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str = ""
    metadata_sha256: str | None = None


class Index(Protocol):
    """A place that distributions are uploaded to and installed from.

    Attributes:
        name: the name in the configuration; the ledger's key is made of it.
        simple_url: what an installer gets as its index URL; holds no credential.
        summary: one line for people: kind and place, no credential.
    """

    name: str
    simple_url: str
    summary: str

    def files(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """The files listed for a project (of one version), by file name, fresh from the index.

        A project that the index does not know has no files. Raises `IndexFailed` when the index cannot
        be read: not being able to look is never the same as nothing there.
        """
        ...

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """Send one file. Returns when the index took it or holds the same bytes already.

        Raises `Blocked` when the index holds other bytes under this name, `IndexFailed` when it refused
        or could not be reached and does not hold the file afterwards.
        """
        ...

    def fetch(self, file: IndexFile, destination: Path) -> Path:
        """Download a listed file into the folder `destination`, checked against its hash."""
        ...

    def problems(self) -> Iterable[Problem]:
        """What would make an upload fail, found without uploading: credentials, reachability."""
        ...

    def install_environment(self) -> dict[str, str]:
        """Variables that make this index the one that pip and uv install from, with the credential it needs.

        `PIP_INDEX_URL` and `UV_DEFAULT_INDEX`: so no URL with a credential gets into an argument list or a
        file. An `--index-url` argument would win over them and lose the credential.
        """
        ...


@runtime_checkable
class Yanks(Protocol):
    """PEP 592: new installs pass the version by, pinned ones still get it. Reversible."""

    def yank(self, project: str, version: Version, reason: str) -> None:
        """Mark every file of the version as yanked; one that is yanked already keeps its reason."""
        ...

    def unyank(self, project: str, version: Version, filenames: Iterable[str] | None = None) -> None:
        """Take the mark from these files of the version (None: from all of them)."""
        ...


@runtime_checkable
class Deletes(Protocol):
    """Files can be removed; the same name may be uploaded again."""

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove these files of the version. Files that are gone already are no error.

        Raises `Irreversible` when the index can only delete more than was asked for, and somebody else's
        file would go too.
        """
        ...
