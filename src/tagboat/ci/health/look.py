"""Look at the last release as the people who install it do, on each index that they install from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.health.metrics import measure
from tagboat.dataclass import dataclass
from tagboat.distribution import parse_filename
from tagboat.errors import IndexFailed, Problem, VerifyFailed
from tagboat.tags import version_of_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from packaging.version import Version

    from tagboat.ci.health.metrics import Metrics
    from tagboat.index.interface import Index, IndexFile
    from tagboat.workspace import Workspace

    Listing = Mapping[str, IndexFile]
    Verify = Callable[[Index, Version], str]

SLEEPS_AFTER, WARN_AFTER = 60, 45
"""Days without a commit after which GitHub turns schedules off (in public repositories), and after which we say so.

https://docs.github.com/en/actions/managing-workflow-runs/disabling-and-enabling-a-workflow
"""


@dataclass(frozen=True, slots=True)
class IndexHealth:
    """What one index has of the last release. `shown` is what its install showed; `unread` when it cannot be read."""

    name: str
    files: int = 0
    shown: str = ""
    problems: tuple[Problem, ...] = ()
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """Everything that was looked at; `version` is None before the first release. `now` is in seconds since 1970."""

    project: str
    version: Version | None
    tag: str
    now: float
    indexes: tuple[IndexHealth, ...]
    metrics: Metrics
    notes: tuple[str, ...] = ()

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, index by index."""
        return [problem for index in self.indexes for problem in index.problems]

    @property
    def exit_code(self) -> int:
        """That of what is worst: something does not work, or could not be looked at."""
        if any(index.problems and not index.unread for index in self.indexes):
            return VerifyFailed.exit_code
        return IndexFailed.exit_code if self.problems else 0


def look(workspace: Workspace, verify: Verify, now: float) -> Health:
    """Look at everything; nothing is changed, and one index that fails keeps no other from being looked at.

    `verify` installs a version from an index and tries it, as `Workspace.verify` does.
    """
    tagged = _tagged(workspace)
    indexes = [workspace.index(name) for name in _installed_from(workspace)]
    listings: dict[str, Listing | IndexFailed] = {index.name: _listing(workspace, index) for index in indexes}
    readable = {name: found for name, found in listings.items() if not isinstance(found, IndexFailed)}
    last = workspace.last_release
    found = [_health(workspace, index, listings[index.name], tagged, verify) for index in indexes] if last.tag else []
    uploads = _uploaded(readable)
    return Health(
        project=workspace.project.name,
        version=last.version,
        tag=last.tag or "",
        now=now,
        indexes=_compared(found, readable, last.version),
        metrics=measure(tagged, uploads, now),
        notes=tuple(_notes(workspace, now)),
    )


def _tagged(workspace: Workspace) -> dict[Version, float]:
    """When each release was tagged."""
    form, name = workspace.config.tag_format, workspace.project.name
    times = ((version_of_tag(form, name, tag), seconds) for tag, seconds in workspace.git.tag_times().items())
    return {version: float(seconds) for version, seconds in times if version is not None}


def _installed_from(workspace: Workspace) -> list[str]:
    """The indexes that people install from: not a test index, which may clear itself, unless there is no other."""
    real = [index.name for index in workspace.config.publish_to if index.kind != "testpypi"]
    return real or list(workspace.index_names)


def _listing(workspace: Workspace, index: Index) -> Listing | IndexFailed:
    try:
        return index.files(workspace.project.name)
    except IndexFailed as error:
        return error


def _health(
    workspace: Workspace,
    index: Index,
    listing: Listing | IndexFailed,
    tagged: Mapping[Version, float],
    verify: Verify,
) -> IndexHealth:
    if isinstance(listing, IndexFailed):
        return IndexHealth(index.name, problems=(Problem(listing.what, listing.why, listing.next),), unread=True)
    version = workspace.last_release.version
    assert version is not None  # noqa: S101 - there is a tag
    mine = {name: file for name, file in listing.items() if _version(name) == version}
    problems = [*_withdrawn(index, mine, version), *_unknown(index, listing, tagged, version)]
    shown = ""
    if mine:
        try:
            shown = verify(index, version)
        except (VerifyFailed, IndexFailed) as error:
            problems += error.problems or [Problem(error.what, error.why, error.next)]
    return IndexHealth(index.name, len(mine), shown, tuple(problems))


def _withdrawn(index: Index, mine: Listing, version: Version) -> Iterator[Problem]:
    if not mine:
        yield Problem(
            f"{index.name} lists no file of {version}",
            "Nobody can install the last release from there.",
            "Look whether somebody withdrew it; `tagboat status` shows what each index has.",
        )
    yanked = [file for file in mine.values() if file.yanked]
    if yanked:
        reason = next((file.yanked_reason for file in yanked if file.yanked_reason), "")
        which = "" if len(yanked) == len(mine) else f" in part ({', '.join(sorted(each.filename for each in yanked))})"
        yield Problem(
            f"{version} is yanked on {index.name}{which}{f': {reason}' if reason else ''}",
            "New installs pass it by, and get an older one.",
            "Release the mended version.",
        )


def _unknown(index: Index, listing: Listing, tagged: Mapping[Version, float], version: Version) -> Iterator[Problem]:
    """Newer versions that nobody tagged here: what somebody publishes who got hold of a token."""
    others = {_version(name) for name, file in listing.items() if not file.yanked} - tagged.keys()
    for other in sorted(each for each in others if each is not None and each > version):
        yield Problem(
            f"{index.name} has {other}, which has no tag here",
            "People who install the project get a version that this repository did not make.",
            f"Find out who published it. Fetch the tags, or withdraw it: `tagboat rollback {other}`.",
        )


def _compared(
    found: list[IndexHealth], listings: Mapping[str, Listing], version: Version | None
) -> tuple[IndexHealth, ...]:
    """The same, and told of the later index where two have other bytes under one name."""
    from dataclasses import replace

    seen: dict[str, tuple[str, str]] = {}
    compared = []
    for index in found:
        problems = list(index.problems)
        for name, file in listings.get(index.name, {}).items():
            if _version(name) == version and file.sha256:
                first, sha256 = seen.setdefault(name, (index.name, file.sha256))
                if sha256 != file.sha256:
                    problems.append(_other_bytes(name, first, index.name))
        compared.append(replace(index, problems=tuple(problems)))
    return tuple(compared)


def _other_bytes(name: str, first: str, second: str) -> Problem:
    return Problem(
        f"{name} is not the same on {first} and on {second}",
        "One of them is not what was built, checked and verified.",
        "Compare both with the hashes of the release.",
    )


def _uploaded(listings: Mapping[str, Listing]) -> dict[Version, float]:
    """When the first file of each version came to any index, where they say."""
    times: dict[Version, float] = {}
    for listing in listings.values():
        for name, file in listing.items():
            version = _version(name)
            if version is not None and file.uploaded is not None:
                times[version] = min(file.uploaded.timestamp(), times.get(version, float("inf")))
    return times


def _version(filename: str) -> Version | None:
    parsed = parse_filename(filename)
    return parsed[2] if parsed else None


def _notes(workspace: Workspace, now: float) -> Iterator[str]:
    head = workspace.git.resolve("HEAD")
    days = int((now - workspace.git.commit_time(head)) // 86400) if head else 0
    if days >= WARN_AFTER:
        yield (
            f"The last commit is {days} days old. GitHub turns schedules off after {SLEEPS_AFTER} days without one,"
            " and then nobody looks any more: commit something, or start the workflow by hand."
        )
    if workspace.git.is_shallow():
        yield "This checkout has not the whole history, so releases may be missing from the count."
