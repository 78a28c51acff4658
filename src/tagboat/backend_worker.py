"""Runs the hooks of one build inside its environment: a script of the standard library alone, Python 3.8+.

Called as `python -I -B backend_worker.py RESULT LOG MODULES` with three paths. All output of the back end, and of
the programs it starts, goes to LOG. MODULES holds a list of modules to import at once, or is not there: what a build
imports is nearly all of its time, and can be had before there is anything to build. Then the job is waited for, on the
standard input; when that ends without one, nobody wants anything any more. The job, RESULT and MODULES are JSON; all
paths in them are absolute and real.

JOB     targets         what to build, in this order: "sdist", "wheel"
        tree            folder to build the first target from
        backend         "module:object" of `build-backend` (PEP 517)
        backend_path    folders of `backend-path`, absolute, in the tree
        installed       requirements that the environment was made from
        epoch           SOURCE_DATE_EPOCH, in seconds
        asked           the target whose own requirements are installed already, or null
        output          folder for the distributions
        unpacked        folder to unpack the sdist into

RESULT  files           target -> name of the file that was built
        tree            folder to go on from: the unpacked sdist once there is one
        missing         requirements that the next target needs in its environment
        hook            what was called last
        modules         what is imported now, in order, for the next MODULES
        error           null, or {"type", "message", "module"} of what the back end raised

A worker stops early, without an error, where another process has to go on: when requirements are missing,
and after the sdist when its `pyproject.toml` is not the tree's, or when the back end is part of the tree.
That last one is not done in one process because what an in-tree back end did on import (patches, threads,
C extensions) would survive any purge, and the wheel would be made by code of the tree, not of the sdist.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pathlib
import sys
import tarfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = {"sdist": ".tar.gz", "wheel": ".whl"}


class BrokenRule(Exception):  # noqa: N818
    """The back end, or the sdist it made, breaks a rule of PEP 517."""


def main(result: str, log: str, modules: str) -> None:
    """Import what is wanted soon, wait for the job, do it, and write the result into a file."""
    redirect(log)
    import_ahead(Path(modules))
    job = sys.stdin.read()
    if job:
        answer = work(json.loads(job))
        Path(result).write_text(json.dumps(answer), encoding="utf-8")


class TooEarly(BaseException):
    """What a module asks for at its import is known only with the job. Goes past whoever catches every Exception."""


class EnvironAhead(os._Environ):  # type: ignore[type-arg]  # noqa: SLF001 - 3.8 knows no parameter of it
    """The environment before the job: whether there is a SOURCE_DATE_EPOCH, and which, cannot be said."""

    def __getitem__(self, key: str) -> Any:
        """Get any other variable."""
        if key == "SOURCE_DATE_EPOCH":
            raise TooEarly
        return super().__getitem__(key)


def import_ahead(modules: Path) -> None:
    """Import what the last build here imported, but for modules that ask at once for the epoch or the folder.

    The failure of an import takes its module out again; then it is imported when it is wanted, as any other that fails.
    """
    real, kind = os.getcwd, type(os.environ)
    over: list[bool] = []

    def getcwd(*_: Any) -> str:
        if not over:  # what a module keeps of this has to work afterwards
            raise TooEarly
        return real()

    # Python 3.10's pathlib has one of its own.
    places: list[Any] = [os, getattr(pathlib, "_NormalAccessor", os)]
    os.environ.__class__ = EnvironAhead
    for place in places:
        place.getcwd = getcwd
    try:
        with contextlib.suppress(OSError, ValueError):
            for name in json.loads(modules.read_text(encoding="utf-8")):
                with contextlib.suppress(BaseException):  # a module may raise anything, SystemExit too
                    importlib.import_module(name)
    finally:
        over.append(True)
        os.environ.__class__ = kind
        for place in places:
            place.getcwd = real


def redirect(log: str) -> None:
    """Send both output streams to a file, also those of child processes, line by line.

    The stream that was there stays open until this process ends, so that whoever waits for its end can sleep.
    """
    os.dup(1)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Build the targets of a job, as far as this process may."""
    os.environ["SOURCE_DATE_EPOCH"] = str(job["epoch"])
    result: dict[str, Any] = {"files": {}, "tree": job["tree"], "missing": [], "hook": "", "error": None}
    try:
        for target in job["targets"]:
            build(target, job, result)
            if target not in result["files"] or not same_process(job, result["tree"]):
                break
    except BaseException as error:  # a back end may raise anything, SystemExit too
        traceback.print_exc(limit=-3)  # where it broke; how the back end got there helps nobody
        result["error"] = describe(error)
    # Those of the tree are not among them: `restored` took them out.
    result["modules"] = [name for name in sys.modules if not name.startswith("__")]
    return result


def build(target: str, job: dict[str, Any], result: dict[str, Any]) -> None:
    """Build one target, unless its requirements are missing; unpack it when it is the sdist."""
    tree = result["tree"]
    if job["asked"] != target:
        result["hook"] = "get_requires_for_build_" + target
        asked = check_requirements(call(job, tree, result["hook"]))
        result["missing"] = [text for text in asked if text not in job["installed"]]
        if result["missing"]:
            return
    result["hook"] = "build_" + target
    made = check_file(call(job, tree, result["hook"], job["output"]), job["output"], ENDINGS[target])
    result["files"][target] = made.name
    if target == "sdist":
        result["hook"] = "unpack"
        result["tree"] = unpack(made, job["unpacked"])


def call(job: dict[str, Any], tree: str, hook: str, *arguments: str) -> Any:
    """Call one hook in the tree and leave no trace of it in this process; optional hooks may be absent."""
    with restored(tree):
        os.chdir(tree)
        function = getattr(load(job["backend"], job["backend_path"]), hook, None)
        if function is None and hook.startswith("get_requires"):
            return []
        if function is None:
            raise BrokenRule(f"the back end {job['backend']} has no hook {hook}")
        return function(*arguments)


def load(backend: str, folders: list[str]) -> Any:
    """Import the back end; with `backend-path` it must come from there (PEP 517)."""
    sys.path[:0] = folders
    name, _, attributes = backend.partition(":")
    found = importlib.import_module(name)
    if folders and not any(is_under(found, folder) for folder in folders):
        raise BrokenRule(f"the back end {name} is not in backend-path")
    for attribute in filter(None, attributes.split(".")):
        found = getattr(found, attribute)
    return found


@contextlib.contextmanager
def restored(tree: str) -> Iterator[None]:
    """Put back what a hook changed: folder, arguments, environment, import path, and modules of the tree."""
    argv, environ, folder = sys.argv[:], dict(os.environ), Path.cwd()
    path, modules = sys.path[:], set(sys.modules)
    try:
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        sys.argv = argv
        # What back ends add for the packages that they bundle has to stay: their modules stay, too.
        added = [place for place in sys.path if Path(place).is_absolute() and not is_in(place, tree)]
        sys.path[:] = [place for place in added if place not in path] + path
        for name in set(sys.modules) - modules:
            if is_under(sys.modules[name], tree):
                del sys.modules[name]
        importlib.invalidate_caches()


def is_in(place: str, folder: str) -> bool:
    """Say whether a path is the folder or in it."""
    return place == folder or place.startswith(folder + os.sep)


def is_under(module: Any, folder: str) -> bool:
    """Say whether a module's code is in the folder."""
    try:
        places = [module.__file__] if getattr(module, "__file__", None) else list(module.__path__)
        return any(is_in(place, folder) for place in places)
    except Exception:  # whatever an object in sys.modules that is no module raises
        return False


def check_requirements(texts: Any) -> list[str]:
    """Refuse what is not a list of requirements."""
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise BrokenRule(f"the back end returned {texts!r} where a list of requirements belongs")
    return list(texts)


def check_file(name: Any, folder: str, ending: str) -> Path:
    """Refuse what is not the name of a file that was made."""
    if not isinstance(name, str) or Path(name).name != name or not name.endswith(ending):
        raise BrokenRule(f"the back end returned {name!r} where the name of a {ending} file belongs")
    made = Path(folder, name)
    if not made.is_file():
        raise BrokenRule(f"the back end returned {name} and made no such file")
    return made


def unpack(sdist: Path, folder: str) -> str:
    """Unpack an sdist and return its top folder. No member gets outside."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(folder, filter="data")
        else:  # before 3.8.17, 3.9.17, 3.10.12 and 3.11.4
            archive.extractall(folder, members=[plain(member) for member in archive])  # noqa: S202 - checked
    tops = sorted(path.name for path in Path(folder).iterdir())
    if len(tops) != 1:
        raise BrokenRule(f"{sdist.name} does not hold one folder, but {', '.join(tops) or 'nothing'}")
    return str(Path(folder, tops[0]))


def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Refuse a member that could leave the folder, and set the mode as the "data" filter does.

    A symbolic link may lead on downwards: then whatever is written or read by way of it stays inside, too.
    """
    known = member.isfile() or member.isdir() or member.issym()
    if not known or not goes_down(member.name) or (member.issym() and not goes_down(member.linkname)):
        raise BrokenRule(f"the sdist's member {member.name} needs a newer Python to be unpacked safely")
    allowed = 0o755 if member.mode & 0o100 else 0o644
    member.mode = 0o755 if member.isdir() else member.mode & allowed | 0o600
    return member


def goes_down(path: str) -> bool:
    """Say whether a path leads from where it is to somewhere below, on every system."""
    parts = path.replace("\\", "/").split("/")
    return ".." not in parts and ":" not in parts[0] and bool(parts[0])


def same_process(job: dict[str, Any], tree: str) -> bool:
    """Say whether the sdist is built as its tree was, by a back end that is not part of it."""
    return not job["backend_path"] and build_text(tree) == build_text(job["tree"])


def build_text(tree: str) -> bytes:
    """Read a tree's `pyproject.toml`; none is as good as an empty one."""
    path = Path(tree, "pyproject.toml")
    return path.read_bytes() if path.is_file() else b""


def describe(error: BaseException) -> dict[str, str | None]:
    """Make data of an exception."""
    message = f"sys.exit({error.code!r})" if isinstance(error, SystemExit) else str(error)
    module = error.name if isinstance(error, ModuleNotFoundError) else None
    return {"type": type(error).__name__, "message": message, "module": module}


if __name__ == "__main__":  # pragma: no cover - in the environments of builds, where no coverage is measured
    main(*sys.argv[1:])
