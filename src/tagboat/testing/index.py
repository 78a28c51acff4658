"""An index in memory."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tagboat.distribution import parse_filename
from tagboat.errors import CheckFailed, IndexFailed
from tagboat.index.interface import IndexFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from packaging.version import Version

    from tagboat.distribution import Distribution
    from tagboat.errors import Problem
    from tagboat.index.interface import Index, Progress


@dataclass(slots=True)
class _Held:
    """A file that a fake index holds. It is listed once it was looked for more than `hidden` times, unless `away`."""

    data: bytes
    hidden: int = 0
    away: bool = False
    yanked: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Fault:
    verb: str
    error: BaseException
    after: bool


class FakeIndex:
    """An index in memory that keeps its promises: it never replaces a file, and says what it has.

    `FakeIndex(name, yanks=True, hides=True, deletes=True, by_hand=True, promotes=True)` has these powers, and
    `isinstance` with the protocols of `tagboat.index.interface` says so: `Yanks`, `Hides`, `Deletes`,
    `WithdrawnByHand`, `Promotes`. Leave out those that your index lacks. Where a person is needed, be that person
    with `yank_by_hand` and `unyank_by_hand`. After an upload, `lag` looks pass before a file is listed. Without
    `hashes` it lists names only. It takes `side_by_side` files at once.
    """

    def __new__(cls, *_: object, **options: object) -> FakeIndex:
        """Pick the class that has the powers asked for."""
        asked = frozenset(name for name in _POWERS if options.get(name))
        return super().__new__(_with_powers(asked) if cls is FakeIndex else cls)

    def __init__(
        self,
        name: str = "fake",
        *,
        yanks: bool = False,  # noqa: ARG002 - the class says it
        hides: bool = False,  # noqa: ARG002
        deletes: bool = False,  # noqa: ARG002
        by_hand: bool = False,  # noqa: ARG002
        promotes: bool = False,  # noqa: ARG002
        lag: int = 0,
        hashes: bool = True,
        side_by_side: int = 1,
    ) -> None:
        self.name = name
        self.simple_url = f"memory://{name}/simple/"
        self.summary = f"{name} (in memory)"
        self.lag = lag
        self.hashes = hashes
        self.side_by_side = side_by_side
        self.trouble: list[Problem] = []
        self.refused: list[Problem] = []
        self.closed = 0
        self.uploads: list[str] = []
        self._held: dict[str, _Held] = {}
        self._faults: list[_Fault] = []

    def fail_next(self, verb: str, error: BaseException | None = None, *, after: bool = False) -> None:
        """Let the next call of a method raise: before it did anything, or `after` it did everything."""
        self._faults.append(_Fault(verb, error or IndexFailed(f"{self.name}: the test says no"), after))

    def put(self, filename: str, data: bytes, *, lag: int = 0) -> None:
        """Be somebody else, and put a file there, whatever was there before: listed after so many looks."""
        self._held[filename] = _Held(data, hidden=lag)

    def yank_by_hand(self, project: str, version: Version, reason: str = "") -> None:
        """Be a person on the index's own pages, and yank every file of the version."""
        for _, held in self._of(project, version):
            held.yanked, held.reason = True, reason

    def unyank_by_hand(self, project: str, version: Version) -> None:
        """Be a person again, and take the yank back."""
        for _, held in self._of(project, version):
            held.yanked, held.reason = False, ""

    @property
    def content(self) -> dict[str, bytes]:
        """Every file's bytes, listed or not."""
        return {filename: held.data for filename, held in self._held.items()}

    def files(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """What is listed by now."""
        with self._call("files"):
            found = {}
            for filename, held in self._of(project, version):
                held.hidden -= 1
                if held.hidden < 0 and not held.away:
                    found[filename] = self._entry(filename, held)
            return found

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """Take a file, unless other bytes have its name."""
        from tagboat.index.upload import refuse_other_bytes

        data = distribution.path.read_bytes()
        if _sha256(data) != distribution.sha256:
            raise CheckFailed(f"{distribution.filename} was changed after it was built and checked")
        with self._call("upload"):
            held = self._held.get(distribution.filename)
            if held is not None:
                refuse_other_bytes(self.name, distribution, _sha256(held.data))
                return
            self._held[distribution.filename] = _Held(data, hidden=self.lag)
            self.uploads.append(distribution.filename)
            if progress is not None:
                progress(len(data), len(data))

    def fetch(self, file: IndexFile, destination: Path) -> Path:
        """Hand a file out."""
        with self._call("fetch"):
            held = self._held.get(file.filename)
            if held is None or file.sha256 not in (None, _sha256(held.data)):
                raise IndexFailed(f"{self.name} does not have these bytes of {file.filename}")
            path = destination / file.filename
            path.write_bytes(held.data)
            return path

    def problems(self) -> Iterable[Problem]:
        """What a test put into `trouble`."""
        with self._call("problems"):
            return list(self.trouble)

    def objections(self, distributions: Sequence[Distribution], *, by_rules: bool = True) -> Iterable[Problem]:  # noqa: ARG002
        """What a test put into `refused`: its rules."""
        with self._call("objections"):
            return list(self.refused) if by_rules else []

    def close(self) -> None:
        """Count how often uploading came to an end."""
        self.closed += 1

    def install_environment(self) -> dict[str, str]:
        """No installer reaches into memory; the variables are there all the same."""
        return {"PIP_INDEX_URL": self.simple_url, "UV_DEFAULT_INDEX": self.simple_url}

    def _of(self, project: str, version: Version | None) -> list[tuple[str, _Held]]:
        name = canonicalize_name(project)
        return [
            (filename, held)
            for filename, held in self._held.items()
            if (parsed := parse_filename(filename)) and parsed[1] == name and version in (None, parsed[2])
        ]

    def _entry(self, filename: str, held: _Held) -> IndexFile:
        file = IndexFile(filename, f"memory://{self.name}/{filename}", _sha256(held.data), len(held.data))
        file = replace(file, yanked=held.yanked, yanked_reason=held.reason)
        return file if self.hashes else replace(file, sha256=None)

    @contextmanager
    def _call(self, verb: str) -> Iterator[None]:
        fault = next((fault for fault in self._faults if fault.verb == verb), None)
        if fault is not None:
            self._faults.remove(fault)
            if not fault.after:
                raise fault.error
        yield
        if fault is not None:
            raise fault.error


class _Yanking(FakeIndex):
    def yank(self, project: str, version: Version, reason: str) -> None:
        """PEP 592."""
        with self._call("yank"):
            for _, held in self._of(project, version):
                if not held.yanked:
                    held.yanked, held.reason = True, reason

    def unyank(self, project: str, version: Version, filenames: Iterable[str] | None = None) -> None:
        """PEP 592."""
        with self._call("unyank"):
            for filename, held in self._of(project, version):
                if filenames is None or filename in filenames:
                    held.yanked, held.reason = False, ""


class _Deleting(FakeIndex):
    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove these files of the version."""
        with self._call("delete"):
            gone = {filename for filename, _ in self._of(project, version)} & set(filenames)
            for filename in gone:
                del self._held[filename]


class _Hiding(FakeIndex):
    hidden_as = "in the attic"

    def hide(self, project: str, version: Version, reason: str) -> None:  # noqa: ARG002
        """Take the version out of sight; its names stay taken."""
        with self._call("hide"):
            for _, held in self._of(project, version):
                held.away = True

    def unhide(self, project: str, version: Version) -> None:
        """Bring the version back."""
        with self._call("unhide"):
            for _, held in self._of(project, version):
                held.away = False


class _ByHand(FakeIndex):
    def withdraw_page(self, project: str, version: Version) -> str:
        """A page that nobody can open."""
        return f"memory://{self.name}/manage/{canonicalize_name(project)}/{version}"

    def withdraw_steps(self, project: str, version: Version, reason: str) -> Sequence[str]:
        """What would be clicked there."""
        return ["Options, then Yank", f"Type {project} {version}", f"Reason: {reason}"]


class _Promoting(FakeIndex):
    def can_promote(self, target: Index) -> bool:
        """To any other fake one."""
        return isinstance(target, FakeIndex) and target is not self

    def promote(self, project: str, version: Version, target: Index) -> None:
        """Put every file of the version there, unless other bytes have a name there."""
        if not isinstance(target, FakeIndex):
            raise IndexFailed(f"{self.name} does not know {target.name}")
        with self._call("promote"):
            for filename, held in self._of(project, version):
                if target.content.get(filename, held.data) != held.data:
                    raise IndexFailed(f"{target.name} has {filename} with other bytes")
                if filename not in target.content:
                    target.put(filename, held.data, lag=target.lag)


_POWERS: dict[str, type[FakeIndex]] = {
    "yanks": _Yanking,
    "hides": _Hiding,
    "deletes": _Deleting,
    "by_hand": _ByHand,
    "promotes": _Promoting,
}


@lru_cache
def _with_powers(asked: frozenset[str]) -> type[FakeIndex]:
    """A class with just these powers."""
    return type("FakeIndex", (*(power for name, power in _POWERS.items() if name in asked), FakeIndex), {})


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
