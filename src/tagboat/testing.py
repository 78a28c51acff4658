"""Tools for tests of releases: an index in memory, a project in git, and a process that dies where you say.

As a program it runs tagboat's command line and counts its effects, or kills it before one of them:

    python -m tagboat.testing --count FILE -- release --yes
    python -m tagboat.testing --die-before 7 -- release --yes
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from tagboat.distribution import parse_filename
from tagboat.errors import CheckFailed, IndexFailed
from tagboat.index.interface import IndexFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from packaging.version import Version

    from tagboat.distribution import Distribution
    from tagboat.errors import Problem
    from tagboat.index.interface import Progress

# -- an index ------------------------------------------------------------------------------------------


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

    `FakeIndex(name, yanks=True, deletes=True)` has these powers, and `isinstance` with the protocols of
    `tagboat.index.interface` says so. After an upload, `lag` looks pass before a file is listed. Without
    `hashes` it lists names only.
    """

    def __new__(cls, name: str = "fake", *, yanks: bool = False, deletes: bool = False, **_: object) -> FakeIndex:
        """Pick the class that has the powers asked for."""
        return super().__new__(_POWERS[yanks, deletes] if cls is FakeIndex else cls)

    def __init__(
        self,
        name: str = "fake",
        *,
        yanks: bool = False,  # noqa: ARG002 - the class says it
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
        self._mark("yank", project, version, yanked=True, reason=reason)

    def unyank(self, project: str, version: Version) -> None:
        """PEP 592."""
        self._mark("unyank", project, version, yanked=False, reason="")

    def _mark(self, verb: str, project: str, version: Version, *, yanked: bool, reason: str) -> None:
        with self._call(verb):
            for _, held in self._of(project, version):
                held.yanked, held.reason = yanked, reason


class _Deleting(FakeIndex):
    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove these files of the version."""
        with self._call("delete"):
            gone = {filename for filename, _ in self._of(project, version)} & set(filenames)
            for filename in gone:
                del self._held[filename]


class _YankingDeleting(_Yanking, _Deleting):
    pass


_POWERS: dict[tuple[bool, bool], type[FakeIndex]] = {
    (False, False): FakeIndex,
    (True, False): _Yanking,
    (False, True): _Deleting,
    (True, True): _YankingDeleting,
}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# -- a project -----------------------------------------------------------------------------------------


def make_project(path: Path, *, name: str = "demo", version: str = "0.1.0") -> Path:
    """Make a small releasable project in the folder `path` and return it.

    It is a git repository on branch main with one commit, the tag `v0.1.0`, an identity of its own, and
    the bare remote `origin`, which lies beside it as `<path>.git` and has all of it.
    """
    from tagboat.process import run

    for file, text in _PROJECT.items():
        target = path / file.format(name=name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.format(name=name, version=version).encode())
    remote = path.with_name(f"{path.name}.git")
    for words in (
        ["init", "--quiet", "--bare", "--initial-branch=main", os.fspath(remote)],
        ["init", "--quiet", "--initial-branch=main"],
        ["config", "user.name", "A. Tester"],
        ["config", "user.email", "tester@example.org"],
        ["remote", "add", "origin", os.fspath(remote)],
        ["add", "--all"],
        ["commit", "--quiet", "--message", f"Release {version}"],
        ["tag", "--annotate", f"v{version}", "--message", f"{name} {version}"],
        ["push", "--quiet", "--set-upstream", "--follow-tags", "origin", "main"],
    ):
        run(["git", *words], cwd=path)
    return path


_PROJECT = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
description = "A project for tests"
readme = "README.md"
requires-python = ">=3.10"
license = "MIT"
license-files = ["LICENSE"]
""",
    "README.md": "# {name}\n\nA project for tests.\n",
    "LICENSE": "MIT License\n",
    ".gitignore": "__pycache__/\n/dist/\n",
    "src/{name}/__init__.py": '"""A package for tests."""\n',
}

# -- a process that dies -------------------------------------------------------------------------------

# What is neither a file's change nor a word to another process does not count.
_PATHS = {
    "open": (0,),
    "os.rename": (0, 1),
    "os.remove": (0,),
    "os.mkdir": (0,),
    "os.rmdir": (0,),
    "os.link": (0, 1),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "shutil.copyfile": (1,),
    "shutil.move": (0, 1),
    "shutil.rmtree": (0,),
}
_WORDS = frozenset({"subprocess.Popen", "socket.connect", "socket.sendto", "http.client.send"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_DIRECTORY_ARGUMENTS = {"os.remove": 1, "os.rmdir": 1, "os.mkdir": 2}


@dataclass(slots=True)
class Effects:
    """The effects that were counted: changes of files and folders, programs started, words sent to servers."""

    ignored: tuple[str, ...]
    before: Callable[[int], None]
    seen: list[str] = field(default_factory=list)
    _number: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.seen)

    def notice(self, event: str, args: Sequence[Any]) -> None:
        """Look at an audit event (docs.python.org/3/library/audit_events.html), before what it tells of happens."""
        what = self._effect(event, args)
        if what is not None:
            self.before(next(self._number))
            self.seen.append(what)

    def _effect(self, event: str, args: Sequence[Any]) -> str | None:
        if event in _WORDS:
            return event
        if event not in _PATHS or (event == "open" and not _writes(args)):
            return None
        paths = [_absolute(event, args, number) for number in _PATHS[event]]
        if all(path is None or self._is_ignored(path) for path in paths):
            return None
        return f"{event} {' '.join(path or '?' for path in paths)}"

    def _is_ignored(self, path: str) -> bool:
        inside = any(path == each or path.startswith(each + os.sep) for each in self.ignored)
        return inside or "__pycache__" in path or path.startswith("/dev/")


_active: list[Effects] = []
_hooked: list[bool] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    for effects in _active:
        effects.notice(event, args)


@contextmanager
def count_effects(
    ignore: Iterable[Path] | None = None, *, before: Callable[[int], None] = lambda _: None
) -> Iterator[Effects]:
    """Count the effects of this process on files, other programs and servers while the context is open.

    `ignore` are folders whose changes do not count; by default the system's folder for temporary files (so
    set TMPDIR when your project lies in it) and the caches that TAGBOAT_CACHE_DIR and UV_CACHE_DIR name.
    `before` is called with the number of each effect, from 1, before it happens.
    """
    folders = default_ignored() if ignore is None else ignore
    effects = Effects(tuple(os.path.realpath(folder) for folder in folders), before)
    if not _hooked:  # a hook cannot be taken off again
        sys.addaudithook(_hook)
        _hooked.append(True)
    _active.append(effects)
    try:
        yield effects
    finally:
        _active.remove(effects)


@contextmanager
def crash_at(number: int, ignore: Iterable[Path] | None = None) -> Iterator[Effects]:
    """Kill this process, with SIGKILL, before its effect of this number, from 1. For child processes."""

    def die(effect: int) -> None:
        if effect == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with count_effects(ignore, before=die) as effects:
        yield effects


def default_ignored(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """The folders whose changes are nobody's business."""
    caches = (environ.get(name) for name in ("TAGBOAT_CACHE_DIR", "UV_CACHE_DIR"))
    return [Path(tempfile.gettempdir()), *(Path(cache) for cache in caches if cache)]


def _writes(args: Sequence[Any]) -> bool:
    path, mode, flags = args
    if isinstance(path, int):  # wraps what was opened before
        return False
    return any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool(flags & _WRITING)


def _absolute(event: str, args: Sequence[Any], number: int) -> str | None:
    """The path of an event; None for what has none."""
    if isinstance(args[number], int):
        return None
    path = os.fsdecode(args[number])
    folder = args[_DIRECTORY_ARGUMENTS[event]] if event in _DIRECTORY_ARGUMENTS else -1
    if folder != -1 and not os.path.isabs(path):  # relative to an open folder, as shutil.rmtree works
        path = os.path.join(os.path.realpath(f"/proc/self/fd/{folder}"), path)
    head, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(head), name)


def main(argv: Sequence[str] | None = None) -> int:
    """Run tagboat's command line, counting its effects or dying before one of them."""
    import argparse

    from tagboat.__main__ import main as tagboat

    parser = argparse.ArgumentParser(prog="python -m tagboat.testing", description="Count effects, or die before one.")
    parser.add_argument("--count", type=Path, metavar="FILE", help="write how many effects the run had")
    parser.add_argument("--die-before", type=int, default=0, metavar="N", help="die before effect N, from 1")
    parser.add_argument("words", nargs="*", metavar="ARG", help="what tagboat gets, after --")
    args = parser.parse_args(argv)
    with crash_at(args.die_before) as effects:
        code = tagboat(args.words)
    if args.count:
        args.count.write_text(f"{effects.count}\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
