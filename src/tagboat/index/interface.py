"""What tagboat asks of an index, and the powers that only some indexes have.

Every adapter implements `Index`. Further powers are small protocols of their own, asked for with
`isinstance`, so an adapter has a power exactly when it can do it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from packaging.version import Version

    from tagboat.distribution import Distribution
    from tagboat.errors import Problem

    Progress = Callable[[int, int], None]
    """Called with bytes done and bytes in all."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file as an index lists it. `sha256` is None when the index does not say.

    `metadata_sha256` is that of the `.metadata` file beside it (PEP 714), for indexes that offer one. `uploaded` is
    when the index took it (PEP 700), None when it does not say.
    """

    filename: str
    url: str
    sha256: str | None = None
    size: int | None = None
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str = ""
    metadata_sha256: str | None = None
    uploaded: datetime | None = None


class Index(Protocol):
    """A place that distributions are uploaded to and installed from.

    Attributes:
        name: the name in the configuration; the ledger's key is made of it.
        simple_url: what an installer gets as its index URL; holds no credential.
        summary: one line for people: kind and place, no credential.
        side_by_side: how many files it takes at once.
    """

    name: str
    simple_url: str
    summary: str
    side_by_side: int

    def files(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """The files listed for a project (of one version), by file name, fresh from the index.

        A project that the index does not know has no files. Raises `IndexFailed` when the index cannot
        be read: not being able to look is never the same as nothing there.
        """
        ...

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """Send one file. Returns when the index took it or holds the same bytes already.

        Raises `Blocked` when the index holds other bytes under this name, `Refused` when it said no and does not
        have the file, `IndexFailed` when nobody can tell: it could not be reached, say, and does not list the file.
        """
        ...

    def fetch(self, file: IndexFile, destination: Path) -> Path:
        """Download a listed file into the folder `destination`, checked against its hash."""
        ...

    def problems(self) -> Iterable[Problem]:
        """What would make an upload fail, found without uploading: credentials, reachability."""
        ...

    def objections(self, distributions: Sequence[Distribution], *, by_rules: bool = True) -> Iterable[Problem]:
        """What of these files the index would refuse, found without sending a byte.

        `problems` needs no files; this does. What is known of the rules of its kind is no more than what was read
        somewhere, on some day: without `by_rules` only what the index itself shows counts, other bytes say. What
        nothing forbids may be refused all the same.
        """
        ...

    def close(self) -> None:
        """End what uploading began: a token that was made for it is revoked. The index can be used again."""
        ...

    def install_environment(self) -> dict[str, str]:
        """Variables that make this index the one that pip and uv install from, with the credential it needs.

        `PIP_INDEX_URL` and `UV_DEFAULT_INDEX`: so no URL with a credential gets into an argument list or a
        file. An `--index-url` argument would win over them and lose the credential.
        """
        ...


@runtime_checkable
class Authenticates(Protocol):
    """Whoever writes to the index has to say who they are."""

    def login_words(self) -> str:
        """As whom we come and where that was found, for people. Looks for a credential; raises `ConfigError`."""
        ...


@runtime_checkable
class ProblemsUntried(Protocol):
    """Trying whether uploads would be let in leaves something behind on the index, a project that is new there say."""

    def problems_untried(self) -> Iterable[Problem]:
        """As `problems`, as far as it can be told without that: for whoever uploads nothing now."""
        ...


@runtime_checkable
class ShownElsewhere(Protocol):
    """People may install from other pages than its own: a mirror's, or those of several indexes in one.

    Such pages can lag behind what `files` tells.
    """

    def shown(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """What the page at `simple_url` lists, read as `files` reads the index's own."""
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
class Hides(Protocol):
    """A version can be taken out of sight and brought back; its name stays taken. Reversible."""

    hidden_as: str
    """How the index calls it, for people: "unlisted", "in the recycle bin"."""

    def hide(self, project: str, version: Version, reason: str) -> None:
        """Take every file of the version out of sight. One that is hidden already stays so."""
        ...

    def unhide(self, project: str, version: Version) -> None:
        """Bring the version back. One that is in sight stays so."""
        ...


@runtime_checkable
class WithdrawnByHand(Protocol):
    """The index has no API to withdraw with: a person does it on its pages, and tagboat watches."""

    def withdraw_page(self, project: str, version: Version) -> str:
        """The exact page."""
        ...

    def withdraw_steps(self, project: str, version: Version, reason: str) -> Sequence[str]:
        """What to click there and to write, a line each."""
        ...


@runtime_checkable
class Attests(Protocol):
    """The index takes signed statements with the files (PEP 740) and shows them."""

    def unsigned(self) -> Mapping[str, str]:
        """The files that were uploaded without a statement because signing failed, by name, and why it did."""
        ...

    def unattested(self, distributions: Sequence[Distribution]) -> Iterable[Problem]:
        """What was signed on the way, and is not served as it was sent. Asked when the files are listed."""
        ...


@runtime_checkable
class Promotes(Protocol):
    """The server itself can bring a version to another of its indexes: no byte is moved by us."""

    def can_promote(self, target: Index) -> bool:
        """Whether the target is one that this index can bring it to."""
        ...

    def promote(self, project: str, version: Version, target: Index) -> None:
        """Bring every file of the version there; what is there with the same bytes stays.

        Raises `IndexFailed` when the server refused.
        """
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
