"""Build an sdist, and the wheel from it, in an isolated environment that is kept for the next build.

A PEP 517 front end whose hooks all run in one process of the back end (`backend_worker.py`): what costs in a
build is making the environment, and starting Python with the back end once per hook.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagboat import process, tomlfile
from tagboat.dataclass import dataclass
from tagboat.distribution import Distribution, parse_filename
from tagboat.environment import python_of, uv_binary
from tagboat.errors import BuildFailed, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    Report = Callable[[str], None]
    """Called with each line that the back end prints."""

KEPT_FOR = 7 * 24 * 3600.0
"""Seconds that an environment is used for; then newer versions of the requirements get their chance."""

FORGOTTEN_AFTER = 2 * KEPT_FOR
"""Seconds after which an environment is removed: long after the last build that can have started in it."""

DROPPED = frozenset(
    [
        *("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"),
        *("UV_PYTHON", "UV_SYSTEM_PYTHON"),
    ]
)
"""Variables that lead to another environment than the one made for the build."""

SOURCES = re.compile(r"UV_(DEFAULT_INDEX|\w*INDEX_URL|INDEX|\w*INDEX_STRATEGY|FIND_LINKS|CONFIG_FILE|EXCLUDE_NEWER)$")
"""Variables that say where uv takes packages from. What they can hold of credentials is left out of the key."""


@dataclass(frozen=True, slots=True)
class BuildSystem:
    """`[build-system]` of a tree (PEP 517, PEP 518), with the defaults filled in."""

    requires: tuple[str, ...] = ("setuptools>=40.8.0",)
    backend: str = "setuptools.build_meta:__legacy__"
    backend_path: tuple[str, ...] = ()

    @classmethod
    def of(cls, tree: Path) -> BuildSystem:
        """Read a tree's `pyproject.toml`. Raises `BuildFailed` when the table breaks the rules."""
        table = _pyproject(tree).get("build-system")
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
) -> tuple[Distribution, ...]:
    """Build the sdist of `source`, then the wheel from that sdist, and put both into `destination`.

    `source` is a clean checkout, which the back end may write to. `epoch` is SOURCE_DATE_EPOCH, in seconds.
    Environments are kept in the folder `cache`, each for one exact set of requirements and one `python`
    (default: the one that runs tagboat). `report` gets every line that the back end prints, in a thread of
    its own. `timeout` is in seconds, for each process of the back end. `passed` names the variables that the back
    end gets although they look like secrets; their values are hidden in all that it prints. Files in
    `destination` stay, but for those of the same names; nothing appears there unless both were built. Raises
    `BuildFailed`, and `ConfigError` when `pyproject.toml` is not TOML.
    """
    destination.mkdir(parents=True, exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if name not in DROPPED}
    environ |= {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONDONTWRITEBYTECODE": "1"}
    environ.setdefault("UV_SYSTEM_CERTS", "1")  # as git and everything else on the machine does
    with (
        tempfile.TemporaryDirectory(prefix="tagboat-build-", ignore_cleanup_errors=True) as work,
        tempfile.TemporaryDirectory(prefix=".building-", dir=destination) as output,
    ):
        job = _Build(
            source=source.resolve(),
            work=Path(work).resolve(),
            output=Path(output).resolve(),
            cache=cache,
            python=python or Path(sys.executable),
            environ=environ,
            report=report,
            timeout=timeout,
            passed=passed,
        )
        names = job.run()
        for name in names:
            Path(output, name).replace(destination / name)
    return tuple(Distribution.from_file(destination / name) for name in names)


@dataclass(frozen=True, slots=True)
class _Build:
    """One build: what it reads, and the only places it writes to."""

    source: Path
    work: Path
    output: Path
    cache: Path
    python: Path
    environ: Mapping[str, str]
    report: Report | None
    timeout: float
    passed: Collection[str]

    def run(self) -> tuple[str, str]:
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
                "output": str(self.output),
                "unpacked": str(self.work / "unpacked"),
            }
            result = self.run_worker(job, self.environment(installed))
            files.update(result["files"])
            tree, missing = Path(result["tree"]), tuple(result["missing"])
        return _checked("sdist", files["sdist"]), _checked("wheel", files["wheel"])

    def run_worker(self, job: Mapping[str, Any], environment: Path) -> dict[str, Any]:
        """Run one process of the back end. Raises `BuildFailed` with the end of its output."""
        job_file, result_file, log = (self.work / name for name in ("job.json", "result.json", "log"))
        job_file.write_text(json.dumps(job), encoding="utf-8")
        result_file.unlink(missing_ok=True)
        log.write_bytes(b"")
        python = python_of(environment)
        path = os.pathsep.join(filter(None, [str(python.parent), self.environ.get("PATH")]))
        worker = Path(__file__).with_name("backend_worker.py")
        with _followed(log, self.report and self.report_hidden):
            try:
                done = process.run(
                    [python, "-I", "-B", worker, job_file, result_file, log],
                    cwd=self.work,
                    env={**process.without_secrets(self.environ, self.passed), "PATH": path},
                    timeout=self.timeout,
                    check=False,
                )
                ending = _ending(done.returncode)
            except CommandFailed as error:
                ending = error.what.replace(f"{python.name} {worker}", "it")
        output = self.hidden(process.decode(log.read_bytes()))
        if not result_file.is_file():
            raise _failure(f"the build back end {job['backend']} gave no result: {ending}", output, {})
        result: dict[str, Any] = json.loads(result_file.read_bytes())
        if raised := result["error"]:
            message = self.hidden(raised["message"])
            raise _failure(f"{result['hook']} failed: {raised['type']}: {message}", output, raised)
        return result

    def hidden(self, text: str) -> str:
        """What the back end printed, without the secrets that it was given."""
        values = (self.environ.get(name, "") for name in self.passed if re.search(process.SECRET, name))
        return process.hidden(text, (value for value in values if len(value) > 3))  # "yes" is not one

    def report_hidden(self, line: str) -> None:
        """Tell a line that the back end printed."""
        if self.report is not None:
            self.report(self.hidden(line))

    def environment(self, requires: Sequence[str]) -> Path:
        """Find the environment of exactly these requirements, or make it.

        A new one gets a name of its own and counts when its last file, `complete`, is there: several processes
        can make the same one at once, and nothing is replaced under a build that runs in it.
        """
        texts = _normalised(requires)
        # What a URL leads to can change from one build to the next.
        folder = (self.work if any(" @ " in text for text in texts) else self.cache) / "build"
        folder.mkdir(parents=True, exist_ok=True)
        key = hashlib.sha256(json.dumps([texts, self.identity()]).encode()).hexdigest()[:32]
        now = time.time_ns()
        for found in sorted(folder.glob(f"{key}.*"), reverse=True):
            if _age(found, now) < KEPT_FOR and (found / "complete").is_file() and python_of(found).exists():
                return found
        for old in folder.iterdir():
            if _age(old, now) > FORGOTTEN_AFTER:
                shutil.rmtree(old, ignore_errors=True)
        environment = Path(tempfile.mkdtemp(prefix=f"{key}.{now}.", dir=folder))
        self.make_environment(environment, texts)
        return environment

    def identity(self) -> list[Any]:
        """Whatever else the content of an environment depends on: the Python, and where packages come from."""
        python = self.python.resolve()
        stat = python.stat() if python.exists() else None
        config = self.source / "uv.toml"
        return [
            str(python),
            stat and [stat.st_size, stat.st_mtime_ns],
            _pyproject(self.source).get("tool", {}).get("uv"),
            process.decode(config.read_bytes()) if config.is_file() else None,
            sorted(
                (name, re.sub(r"//[^/\s]*@", "//", value))
                for name, value in self.environ.items()
                if SOURCES.match(name)
            ),
        ]

    def make_environment(self, environment: Path, texts: Sequence[str]) -> None:
        """Make it with uv as the user configured it, compiled, since no build writes to it."""
        uv = uv_binary()
        # With SOURCE_DATE_EPOCH, Python would check the source's hash at each import.
        environ = {name: value for name, value in self.environ.items() if name != "SOURCE_DATE_EPOCH"}
        try:
            process.run(
                [uv, "venv", "--quiet", "--no-project", "--python", self.python, environment],
                cwd=self.source,
                env=environ,
            )
            if texts:
                requirements = environment / "requirements.txt"
                requirements.write_text("\n".join(texts) + "\n", encoding="utf-8")
                process.run(
                    [
                        *(uv, "pip", "install", "--quiet", "--compile-bytecode"),
                        *("--python", python_of(environment), "--requirements", requirements),
                    ],
                    cwd=self.source,
                    env=environ,
                )
            (environment / "complete").touch()
        except CommandFailed as error:
            shutil.rmtree(environment, ignore_errors=True)
            raise BuildFailed(
                f"the environment of the build could not be made: {', '.join(texts) or 'no requirements'}",
                why=error.why or error.what,
                next="Correct requires in [build-system] of pyproject.toml, or run again when the index answers.",
            ) from error


def _age(environment: Path, now: int) -> float:
    """Seconds since an environment was begun: its name is key.time.random, the time in nanoseconds."""
    stamp = environment.name.partition(".")[2].partition(".")[0]
    return abs(now - int(stamp)) / 1e9 if stamp.isdigit() else 0.0


def _normalised(requires: Sequence[str]) -> list[str]:
    """Requirements as equal texts when they are equal, sorted. Raises `BuildFailed`."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return sorted({str(Requirement(text)) for text in requires})
    except InvalidRequirement as error:
        raise BuildFailed(
            "the build asks for something that is no requirement",
            why=str(error),
            next="Correct requires in [build-system] of pyproject.toml (PEP 508).",
        ) from error


# -- pyproject.toml --


def _pyproject(tree: Path) -> dict[str, Any]:
    """Read a tree's `pyproject.toml`; none is as good as an empty one. Raises `ConfigError`."""
    file = tomlfile.load(tree / "pyproject.toml")
    return file.values if file else {}


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
