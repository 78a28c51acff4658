"""What a forge is to tagboat: the place that shows a repository's releases, issues and requests to merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from tagboat.errors import Problem
    from tagboat.forge.settings import Settings

ELSEWHERE = "elsewhere"
"""Stands for the hash of an asset that is only a link to a page that is not the forge's own."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that belongs on a release: where it lies here, and its SHA-256."""

    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Announcement:
    """A release as it is to be on the forge: `body` is Markdown, `files` are assets by their names.

    `mark` is a word in the body that tells what one run of tagboat made from what others made.
    """

    tag: str
    title: str
    body: str
    prerelease: bool
    files: Mapping[str, Asset]
    mark: str


@dataclass(frozen=True, slots=True)
class ForgeRelease:
    """A release as the forge has it.

    Attributes:
        draft: whether only those who may write see it; GitLab has none, so there it is files without a release.
        immutable: whether the forge takes no other assets any more.
        assets: the SHA-256 of each by its name; None for an upload that did not come through.
        page: where people look at it; "" for a draft.
    """

    tag: str
    title: str
    body: str
    draft: bool
    prerelease: bool
    immutable: bool
    assets: Mapping[str, str | None]
    page: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """An issue, or a request to merge a branch; `state` is "open", "closed" or "merged", `body` is Markdown."""

    number: int
    page: str
    state: str
    title: str
    body: str


LOOKED_AT = 500
"""How many of the newest issues are looked through for one of our own."""


@runtime_checkable
class Dispatches(Protocol):
    """A forge on which a pushed tag starts nothing when a job pushed it, but a form that a job fills in does."""

    def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow by its form, on a tag or a branch."""
        ...


class Forge(Protocol):
    """One repository on GitHub or GitLab. What can be repeated without harm is repeated after a bad moment.

    Every method may raise `ForgeFailed`; none takes "cannot be asked" for "is not there".
    """

    name: str
    repository: str

    @property
    def summary(self) -> str:
        """The repository and its forge, for people."""
        ...

    def problems(self) -> Iterable[Problem]:
        """What would make an announcement fail, found without an effect."""
        ...

    def release(self, tag: str) -> ForgeRelease | None:
        """The published release of a tag, else the draft that `make_release` would go on from.

        Raises `Blocked` when nobody can tell which draft that is.
        """
        ...

    def make_release(self, wanted: Announcement, adding: Callable[[str], None]) -> None:
        """Draft first, then the assets, published last; from whatever is there already.

        `adding` is called with the name of an asset before it is uploaded for the first time. Raises `Blocked` for
        other bytes under one of the names.
        """
        ...

    def remove_release(self, tag: str, mark: str, added: Mapping[str, str]) -> None:
        """Delete what has this mark, and from what others made the assets with these names and hashes.

        Raises `Irreversible` where the forge keeps what was published.
        """
        ...

    def edit_release(self, tag: str, *, title: str, body: str, prerelease: bool) -> None:
        """Change what the page of a published release says."""
        ...

    def find_issue(self, mark: str) -> Ticket | None:
        """The issue whose text has this mark, among the newest."""
        ...

    def issue(self, mark: str, title: str, body: str) -> Ticket:
        """The issue whose text has this mark, opened if there is none: asked twice, it is one."""
        ...

    def close_issue(self, number: int, words: str) -> None:
        """Say why, and close an issue."""
        ...

    def find_pull_request(self, branch: str) -> Ticket | None:
        """The open request to merge a branch, else the newest that was merged or closed."""
        ...

    def pull_request(self, branch: str, base: str, title: str, body: str) -> Ticket:
        """The open request to merge a branch, with this title and text; opened if there is none."""
        ...

    def close_pull_request(self, branch: str) -> None:
        """Close the open request to merge a branch, if there is one."""
        ...

    def make_tag(self, tag: str, commit: str, message: str) -> None:
        """An annotated tag on a commit that is there. Raises `Blocked` when it is there on another one."""
        ...

    def jobs_of(self, run: int) -> Sequence[tuple[str, str, float | None]]:
        """The jobs of a run that are at their end: name, result, and how many seconds each took."""
        ...

    def settings(self) -> Settings:
        """The settings of the repository that carry a release; what may not be looked at is said in it."""
        ...

    def close(self) -> None:
        """End the connection; a later call opens another one."""
        ...
