"""An index in memory."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

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
    from tagboat.index.interface import Progress


@dataclass(slots=True)
class _Held:
    """A file that a fake index holds. It is listed once it was looked for more than `hidden` times."""

    data: bytes
    hidden: int = 0
    yanked: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Fault:
    verb: str
    error: BaseException
    after: bool


class FakeIndex:
    """An index in memory that keeps its promises: it never replaces a file, and says what it has.

    `FakeIndex(name, yanks=True, hides=True, deletes=True)` has these powers, and `isinstance` with the protocols of
    `tagboat.index.interface` says so. After an upload, `lag` looks pass before a file is listed. Without
    `hashes` it lists names only.
    """

    side_by_side = 1

    def __new__(
        cls, *_: object, yanks: bool = False, hides: bool = False, deletes: bool = False, **__: object
    ) -> FakeIndex:
        """Pick the class that has the powers asked for."""
        return super().__new__(_with_powers(yanks, hides, deletes) if cls is FakeIndex else cls)

    def __init__(
        self,
        name: str = "fake",
        *,
        yanks: bool = False,  # noqa: ARG002 - the class says it
        hides: bool = False,  # noqa: ARG002
        deletes: bool = False,  # noqa: ARG002
        lag: int = 0,
        hashes: bool = True,
    ) -> None:
        self.name = name
        self.simple_url = f"memory://{name}/simple/"
        self.summary = f"{name} (in memory)"
        self.lag = lag
        self.hashes = hashes
        self.trouble: list[Problem] = []
        self.refused: list[Problem] = []
        self.closed = 0
        self.uploads: list[str] = []
        self._held: dict[str, _Held] = {}
        self._faults: list[_Fault] = []

    def fail_next(self, verb: str, error: BaseException | None = None, *, after: bool = False) -> None:
        """Let the next call of a method raise: before it did anything, or `after` it did everything."""
        self._faults.append(_Fault(verb, error or IndexFailed(f"{self.name}: the test says no"), after))

    def put(self, filename: str, data: bytes) -> None:
        """Be somebody else, and put a file there: listed at once, whatever was there before."""
        self._held[filename] = _Held(data)

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
                if held.hidden < 0:
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

    def objections(self, distributions: Sequence[Distribution]) -> Iterable[Problem]:  # noqa: ARG002
        """What a test put into `refused`."""
        with self._call("objections"):
            return list(self.refused)

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
    hidden_as = "hidden"

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._hidden: dict[str, _Held] = {}

    def hide(self, project: str, version: Version, reason: str) -> None:  # noqa: ARG002
        """Take the version out of sight."""
        with self._call("hide"):
            for filename, held in self._of(project, version):
                self._hidden[filename] = held
                del self._held[filename]

    def unhide(self, project: str, version: Version) -> None:  # noqa: ARG002
        """Bring everything back."""
        with self._call("unhide"):
            self._held |= self._hidden
            self._hidden = {}


@lru_cache
def _with_powers(yanks: bool, hides: bool, deletes: bool) -> type[FakeIndex]:
    """A class with just these powers."""
    wanted = {_Yanking: yanks, _Hiding: hides, _Deleting: deletes}
    return type("FakeIndex", (*(power for power, asked in wanted.items() if asked), FakeIndex), {})


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
