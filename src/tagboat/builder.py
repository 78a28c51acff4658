"""Build an sdist, and the wheel from it, in an isolated environment that is kept for the next build.

A PEP 517 front end whose hooks all run in one process of the back end (`backend_worker.py`): what costs in a
build is making the environment, and starting Python with the back end once per hook.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import threading
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagboat import process
from tagboat.build_environment import BuildEnvironments, hides, imported_in, keep_imported, pyproject
from tagboat.dataclass import dataclass
from tagboat.distribution import Distribution, parse_filename
from tagboat.environment import python_of
from tagboat.errors import BuildFailed, CommandFailed, TagboatError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    Report = Callable[[str], None]
    """Called with each line that the back end prints."""

DROPPED = frozenset(
    [
        *("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"),
        *("UV_PYTHON", "UV_SYSTEM_PYTHON"),
        "SOURCE_DATE_EPOCH",
    ]
)
"""Variables that lead to another environment than the one made for the build; and the one that comes with the job.

That one is not for the making of an environment, either: Python would check the source's hash at each import.
"""

SCRIPT = Path(__file__).with_name("backend_worker.py")


@dataclass(frozen=True, slots=True)
class BuildSystem:
    """`[build-system]` of a tree (PEP 517, PEP 518), with the defaults filled in."""

    requires: tuple[str, ...] = ("setuptools>=40.8.0",)
    backend: str = "setuptools.build_meta:__legacy__"
    backend_path: tuple[str, ...] = ()

    @classmethod
    def of(cls, tree: Path) -> BuildSystem:
        """Read a tree's `pyproject.toml`. Raises `BuildFailed` when the table breaks the rules."""
        table = pyproject(tree).get("build-system")
        if table is None:
            if not any((tree / name).is_file() for name in ("pyproject.toml", "setup.py")):
                raise BuildFailed(
                    "there is nothing to build: neither pyproject.toml nor setup.py is there",
                    next="Add a pyproject.toml with a [build-system] table, and commit it.",
                )
            return cls()
        if problem := _table_problem(table, tree):
            raise BuildFailed(
                f"[build-system] in pyproject.toml is not valid: {problem}",
                next='A table looks like: requires = ["hatchling"], build-backend = "hatchling.build" (PEP 518).',
            )
        folders = (str((tree / folder).resolve()) for folder in table.get("backend-path", ()))
        return cls(tuple(table["requires"]), table.get("build-backend", cls().backend), tuple(folders))


def build(
    source: Path,
    destination: Path,
    *,
    epoch: int,
    cache: Path,
    python: Path | None = None,
    report: Report | None = None,
    timeout: float = 3600,
    passed: Collection[str] = (),
    worker: Worker | None = None,
    meanwhile: Sequence[str] = (),
) -> tuple[Distribution, ...]:
    """Build the sdist of `source`, then the wheel from that sdist, and put both into `destination`.

    `source` is a clean checkout, which the back end may write to. `epoch` is SOURCE_DATE_EPOCH, in seconds.
    Environments are kept in the folder `cache`, each for one exact set of requirements and one `python`
    (default: the one that runs tagboat). `report` gets every line that the back end prints, in a thread of
    its own. `timeout` is in seconds, for each process of the back end. `passed` names the variables that the back
    end gets although they look like secrets; their values are hidden in all that it prints. `worker` is used, if it
    is the right one; `meanwhile` names modules to import while the back end works. Files in `destination` stay, but
    for those of the same names; nothing appears there unless both were built. Raises `BuildFailed`, and
    `ConfigError` when `pyproject.toml` is not TOML.
    """
    destination.mkdir(parents=True, exist_ok=True)
    source, environ = source.resolve(), _environ()
    with (
        tempfile.TemporaryDirectory(prefix="tagboat-build-", ignore_cleanup_errors=True) as work,
        tempfile.TemporaryDirectory(prefix=".building-", dir=destination) as output,
    ):
        job = _Build(
            source=source,
            epoch=epoch,
            work=Path(work).resolve(),
            output=Path(output).resolve(),
            environments=BuildEnvironments(source, cache, python or Path(sys.executable), environ),
            report=report,
            timeout=timeout,
            passed=passed,
            meanwhile=meanwhile,
        )
        names = job.run(worker)
        for name in names:
            Path(output, name).replace(destination / name)
    return tuple(Distribution.from_file(destination / name) for name in names)


def start_worker(
    source: Path, *, cache: Path, python: Path | None = None, passed: Collection[str] = ()
) -> Worker | None:
    """Start the process of the back end for a `build` to come, with the same arguments, of what `source` will be then.

    None where that would cost more than the start: the environment is still to be made, or the back end is part of
    the tree. Nothing of the tree runs, but what the environment holds does.
    """
    environ = _environ()
    try:
        system = BuildSystem.of(source)
        environments = BuildEnvironments(source.resolve(), cache, python or Path(sys.executable), environ)
        environment = None if system.backend_path else environments.find(system.requires)
        if environment is None:
            return None
        return Worker(environment, process.without_secrets(environ, passed), ahead=not hides(source, environment))
    except (TagboatError, OSError):
        return None  # which the build tells


def _environ() -> dict[str, str]:
    """The variables of a build, credentials among them."""
    environ = {name: value for name, value in os.environ.items() if name not in DROPPED}
    environ["PYTHONDONTWRITEBYTECODE"] = "1"
    environ.setdefault("UV_SYSTEM_CERTS", "1")  # as git and everything else on the machine does
    return environ


class Worker:
    """A process for the back end, which waits for its one job; its folder goes with it.

    With `ahead` it imports at once what the last build in its environment imported.
    """

    def __init__(self, environment: Path, environ: Mapping[str, str], *, ahead: bool) -> None:
        self.made_of = environment, dict(environ), ahead
        self._folder = tempfile.TemporaryDirectory(prefix="tagboat-worker-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name).resolve()
        self.result, self.log = folder / "result.json", folder / "log"
        self.log.touch()
        python = python_of(environment)
        path = os.pathsep.join(filter(None, [str(python.parent), environ.get("PATH")]))
        self._program = process.Program(
            [python, "-I", "-B", SCRIPT, self.result, self.log, imported_in(environment) if ahead else os.devnull],
            cwd=folder,
            env={**environ, "PATH": path},
            reads=True,
        )

    def run(self, job: Mapping[str, Any], timeout: float, meanwhile: Sequence[str] = ()) -> str:
        """Do the job, and say how the process ended."""
        self._program.send(json.dumps(job))
        for name in meanwhile:
            import_module(name)
        try:
            return _ending(self._program.finish(timeout=timeout, check=False).returncode)
        except CommandFailed as error:
            return error.what.replace(f"{python_of(self.made_of[0]).name} {SCRIPT}", "it")

    @property
    def done(self) -> bool:
        """Whether the process has ended."""
        return self._program.ended

    def stop(self) -> None:
        """End the process, if it still waits, and remove its folder."""
        self._program.stop()
        self._folder.cleanup()


@dataclass(frozen=True, slots=True)
class _Build:
    """One build: what it reads, and the only places it writes to."""

    source: Path
    epoch: int
    work: Path
    output: Path
    environments: BuildEnvironments
    report: Report | None
    timeout: float
    passed: Collection[str]
    meanwhile: Sequence[str]

    def run(self, worker: Worker | None) -> tuple[str, str]:
        """Names of the sdist and the wheel, made by one process of the back end if that can be right."""
        files: dict[str, str] = {}
        tree = self.source
        missing: tuple[str, ...] = ()
        while targets := [target for target in ("sdist", "wheel") if target not in files]:
            system = BuildSystem.of(tree)
            installed = (*system.requires, *missing)
            job = {
                "targets": targets,
                "tree": str(tree),
                "backend": system.backend,
                "backend_path": system.backend_path,
                "installed": installed,
                "asked": targets[0] if missing else None,
                "epoch": self.epoch,
                "output": str(self.output),
                "unpacked": str(self.work / "unpacked"),
            }
            environment = self.environments.find_or_make(installed, self.work)
            worker, result = None, self.do(job, self.worker(worker, environment, tree, system))
            if not system.backend_path:
                keep_imported(environment, result["modules"])
            files.update(result["files"])
            tree, missing = Path(result["tree"]), tuple(result["missing"])
        return _checked("sdist", files["sdist"]), _checked("wheel", files["wheel"])

    def worker(self, ready: Worker | None, environment: Path, tree: Path, system: BuildSystem) -> Worker:
        """The one that is ready when it is made of the same; else a new one."""
        # A back end in the tree comes before all that the environment holds (PEP 517).
        ahead = not system.backend_path and not hides(tree, environment)
        environ = process.without_secrets(self.environments.environ, self.passed)
        if ready is not None and ready.made_of == (environment, environ, ahead):
            return ready
        return Worker(environment, environ, ahead=ahead)

    def do(self, job: Mapping[str, Any], worker: Worker) -> dict[str, Any]:
        """Run one process of the back end. Raises `BuildFailed` with the end of its output."""
        try:
            with _followed(worker.log, self.report and self.report_hidden):
                ending = worker.run(job, self.timeout, self.meanwhile)
            output = self.hidden(process.decode(worker.log.read_bytes()))
            if not worker.result.is_file():
                raise _failure(f"the build back end {job['backend']} gave no result: {ending}", output, {})
            result: dict[str, Any] = json.loads(worker.result.read_bytes())
        finally:
            worker.stop()
        if raised := result["error"]:
            message = self.hidden(raised["message"])
            raise _failure(f"{result['hook']} failed: {raised['type']}: {message}", output, raised)
        return result

    def hidden(self, text: str) -> str:
        """What the back end printed, without the secrets that it was given."""
        environ = self.environments.environ
        values = (environ.get(name, "") for name in self.passed if re.search(process.SECRET, name))
        return process.hidden(text, (value for value in values if len(value) > 3))  # "yes" is not one

    def report_hidden(self, line: str) -> None:
        """Tell a line that the back end printed."""
        if self.report is not None:
            self.report(self.hidden(line))


# -- pyproject.toml --


def _table_problem(table: Any, tree: Path) -> str:
    """What is wrong with a `[build-system]` table, or nothing."""
    if not isinstance(table, dict):
        return "it is not a table"
    folders = table.get("backend-path", [])
    rules = {
        "only requires, build-backend and backend-path are known": table.keys()
        <= {"requires", "build-backend", "backend-path"},
        "requires has to be a list of strings": _texts(table.get("requires")),
        "build-backend has to be a string": isinstance(table.get("build-backend", ""), str),
        "backend-path has to be a list of strings": _texts(folders),
        "backend-path needs a build-backend": not folders or "build-backend" in table,
        "backend-path has to stay in the project": not _texts(folders)
        or all((tree / folder).resolve().is_relative_to(tree.resolve()) for folder in folders),
    }
    return "; ".join(rule for rule, kept in rules.items() if not kept)


def _texts(value: Any) -> bool:
    """Whether it is a list of strings."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


# -- what the back end printed, and what went wrong --


@contextmanager
def _followed(log: Path, report: Report | None) -> Iterator[None]:
    """Give `report` the lines of a growing file until the block ends, and then the rest."""
    if report is None:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_follow, args=(log, report, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _follow(log: Path, report: Report, ended: threading.Event) -> None:
    rest = b""
    with log.open("rb") as file:
        while True:
            last = ended.is_set()
            *lines, rest = (rest + file.read()).split(b"\n")
            if last and rest:
                lines.append(rest)
            for line in lines:
                report(process.decode(line).rstrip("\r"))
            if last:
                return
            ended.wait(0.05)


def _ending(status: int) -> str:
    """How a process ended that should have left a result."""
    if status < 0:
        import signal

        return f"it was killed by {signal.Signals(-status).name}"
    return f"it ended the process with status {status}"


def _checked(kind: str, name: str) -> str:
    """The name, when it is that of an sdist or of a wheel."""
    parsed = parse_filename(name)
    if parsed is None or parsed[0] != kind:
        raise BuildFailed(
            f"build_{kind} made a file with a wrong name: {name}",
            next="Names look like name-1.0.tar.gz and name-1.0-py3-none-any.whl (PEP 625, PEP 427).",
        )
    return name


def _failure(what: str, output: str, error: Mapping[str, str | None]) -> BuildFailed:
    return BuildFailed(what.rstrip(": "), why=process.tail(output), next=_tip(what, error))


def _tip(what: str, error: Mapping[str, str | None]) -> str:
    """What a person can do about a failure, computed from what is known of it."""
    if module := error.get("module"):
        return f"Add what provides the module {module} to requires in [build-system] of pyproject.toml."
    if re.search(r"(?i)(readme|description file)", what) and re.search(r"(?i)exist|no such|not found", what):
        return "Commit the file that readme in [project] names, or correct the name."
    if error.get("type") == "FileNotFoundError":
        return "Only what is committed is built: is the file in git, and in the sdist?"
    if table := re.search(r"\b(project|tool|build-system)(\.[\w-]+)+", what):
        return f"Correct {table[0]} in pyproject.toml."
    if "SIGKILL" in what:
        return "The system kills programs when it runs out of memory."
    return "Correct it in the project, commit, and run this again."
