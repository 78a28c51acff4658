"""Install a release from its index as its users will, and try what they get."""

from __future__ import annotations

import re
import shlex
import tempfile
import time
from ast import literal_eval
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from tagboat.dataclass import dataclass
from tagboat.environment import (
    Environment,
    Interpreter,
    Source,
    install_latest,
    install_release,
    interpreters,
    supports_pip,
    this_interpreter,
    uv_binary,
)
from tagboat.errors import CommandFailed, NotVisible, Problem, VerifyFailed
from tagboat.index.interface import ShownElsewhere
from tagboat.index.waiting import still_missing
from tagboat.origin import host_of, origins
from tagboat.process import tail

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import PurePath

    from tagboat.config import VerifyConfig
    from tagboat.distribution import Distribution
    from tagboat.index.interface import Index, IndexFile
    from tagboat.origin import Origin

    Attempt = Callable[[Environment, Source], list[Problem]]

TRIAL = Path(__file__).with_name("trial.py")
AT_ONCE = 2  # installations side by side; they mostly wait for the disk
VERSION_LIKE = re.compile(
    r"(?<![\w.])v?(\d+\.\d+(?:\.\d+)*(?:(?:a|b|rc|\.?post|\.?dev)\d+)*(?:\+[a-z0-9]+(?:[._-][a-z0-9]+)*)?)(?![\w.]*\d)"
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One installation to try: on which Python, with which installer."""

    interpreter: Interpreter
    with_pip: bool

    def __str__(self) -> str:
        return f"Python {self.interpreter.minor} with {'pip' if self.with_pip else 'uv'}"


class Room:
    """A fresh environment for one installation, in a folder that goes with it. Raises `CommandFailed`."""

    def __init__(self, trial: Trial, cache: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tagboat-")
        try:
            place = Path(self._folder.name) / "venv"
            self.environment = Environment.create(place, trial.interpreter.path, cache=cache)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove it."""
        self._folder.cleanup()


class Verifier:
    """Installs from an index into fresh environments, isolated from the user's settings and caches."""

    def __init__(
        self,
        config: VerifyConfig,
        dependency_indexes: Sequence[str],
        cache: Path,
        note: Callable[[str], None],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.config = config
        self.dependency_indexes = dependency_indexes
        self.cache = cache / "installers"
        self.note = note
        self.sleep = sleep
        self._early: Future[dict[Trial, Room]] | None = None
        self._rooms: dict[Trial, Room] = {}

    def get_ready(self, frozen: Callable[[], Sequence[Distribution] | None]) -> None:
        """Begin to make the environments that `release` will want for these distributions; returns at once."""
        if self._early is None:
            with suppress(OSError):  # as all that goes wrong here
                uv_binary()  # before there are threads, as in `_all`
            self._early = Future()
            Thread(target=self._make_rooms, args=(frozen, self._early), daemon=True).start()

    def let_go(self) -> None:
        """Remove the environments that were made and not used."""
        self._take_rooms()
        while self._rooms:
            self._rooms.popitem()[1].close()

    def _make_rooms(self, frozen: Callable[[], Sequence[Distribution] | None], made: Future[dict[Trial, Room]]) -> None:
        rooms: dict[Trial, Room] = {}
        # What goes wrong here goes wrong again where it is told.
        with suppress(Exception):
            for trial in self._trials(requires_python(frozen() or ())):
                rooms[trial] = Room(trial, self.cache)
                if not trial.with_pip:
                    rooms[trial].environment.acquaint_uv()
        made.set_result(rooms)

    def _take_rooms(self) -> None:
        """Wait for what is being made."""
        if self._early is not None:
            self._rooms |= self._early.result()
            self._early = None

    def release(self, index: Index, distributions: Sequence[Distribution]) -> str:
        """Install exactly these bytes on every chosen Python and try them. Raises `VerifyFailed` with every problem.

        What the index has and the pages that people install from do not list yet is waited for. Raises `NotVisible`.
        """
        project, version = distributions[0].project, distributions[0].version
        files = {distribution.filename: distribution.sha256 for distribution in distributions}
        self._wait_until_shown(index, project, version, files)
        self._take_rooms()
        trials = self._trials(requires_python(distributions))
        said: dict[str, str] = {}

        def attempt(environment: Environment, source: Source) -> list[Problem]:
            install_release(environment, project, str(version), files, source)
            return self._try(environment, project, version, said)

        self._all(f"{project} {version} from {index.name}", index, trials, attempt)
        tried = "".join(f"; `{command}` says {words}" for command, words in sorted(said.items()))
        return f"works on {', '.join(map(str, trials))}{tried}"

    def upgrade(self, index: Index, project: str, old: Version, new: Version) -> str:
        """Install the old version, then upgrade as people do, and show that the new one came. Raises `VerifyFailed`."""
        # Installers pass pre-releases by, unless the wish itself names one.
        wanted = f"{project}>={new}" if new.is_prerelease else project

        def attempt(environment: Environment, source: Source) -> list[Problem]:
            look = partial(index.files, project)
            install_latest(environment, f"{project}=={old}", source, look=look)
            came = install_latest(environment, wanted, source, look=look, upgrade=True)
            return [] if came == str(new) else [Problem(f"the upgrade from {old} brought {came}, not {new}")]

        trials = self._both_installers()
        self._all(f"the upgrade of {project} from {old} to {new}", index, trials, attempt)
        return f"{old} became {new} on {', '.join(map(str, trials))}"

    def fallback(self, index: Index, project: str, withdrawn: Version, hosts: Collection[str] = ()) -> str:
        """Install the project afresh, without naming a version, and show that the withdrawn one does not come.

        What comes has to be a file that the index lists, from one of the `hosts` that its files were on before (none:
        nothing is known of that). Indexes hand on to others what they have nothing of, where the name may be
        anybody's. Pages that lag behind the index's own are waited for. Raises `NotVisible`.
        """
        self._wait_until_passed_by(index, project, withdrawn)
        came: dict[str, str] = {}

        def attempt(environment: Environment, source: Source) -> list[Problem]:
            report = environment.path / "report.json"
            look = partial(index.files, project)
            version = install_latest(environment, project, source, look=look, report=report)
            installer = "pip" if source.with_pip else "uv"
            came[installer] = version or "nothing"
            if version is None:
                return []
            found = origins(environment, project, version, source, report)
            came[installer] += f" from {_places(found)}"
            if _same_version(version, withdrawn):
                return [Problem(f"a fresh install still gets {version}, from {_places(found)}")]
            return _strangers(index, version, found, look(), hosts)

        self._all(f"the fall-back from {project} {withdrawn}", index, self._both_installers(), attempt)
        return f"a fresh install gets {_told(came)}"

    def _wait_until_shown(self, index: Index, project: str, version: Version, filenames: Collection[str]) -> None:
        """A page of several indexes, or a mirror, may get to know the files after their own index."""
        if not isinstance(index, ShownElsewhere):
            return
        shown = index.shown
        if missing := still_missing(
            lambda: sorted(set(filenames) - shown(project, version).keys()), self.config.wait, self.sleep
        ):
            raise NotVisible(
                f"published to {index.name}, but {index.simple_url} does not list {', '.join(missing)}"
                f" after {self.config.wait:g} s",
                why="People install from there, and what shows several indexes, or copies one, can lag behind."
                " Nothing is broken.",
                next="Run the same command again later. If it stays so, look whether that page is one of this index.",
            )

    def _wait_until_passed_by(self, index: Index, project: str, withdrawn: Version) -> None:
        """The same after a withdrawal: until the page lists no file of the version, or only yanked ones."""
        if not isinstance(index, ShownElsewhere):
            return
        shown = index.shown

        def offered() -> list[str]:
            return sorted(name for name, file in shown(project, withdrawn).items() if not file.yanked)

        if still := still_missing(offered, self.config.wait, self.sleep):
            raise NotVisible(
                f"withdrawn from {index.name}, but {index.simple_url} still offers {', '.join(still)}"
                f" after {self.config.wait:g} s",
                why="People install from there, and what shows several indexes, or copies one, can lag behind.",
                next="Run the same command again later. If it stays so, another index that is shown there has the"
                " files: withdraw them from that one, too.",
            )

    def _both_installers(self) -> list[Trial]:
        """The newest Python with uv, and with pip."""
        return self._trials("")[-2:]

    def _trials(self, requires: str) -> list[Trial]:
        """With uv on every chosen Python, then with pip on the newest that pip runs on."""
        found = self._pythons(requires)
        if not found:
            raise VerifyFailed(
                f"no Python on this machine fits the project ({requires or 'any'})",
                why="Nothing tried is not the same as nothing wrong.",
                next="Install one (`uv python install`), or set `pythons` in [tool.tagboat.verify].",
            )
        trials = [Trial(interpreter, with_pip=False) for interpreter in found]
        with_pip = [interpreter for interpreter in found if supports_pip(interpreter)]
        if self.config.pip and with_pip:
            trials.append(Trial(with_pip[-1], with_pip=True))
        return trials

    def _pythons(self, requires: str) -> tuple[Interpreter, ...]:
        """The chosen Pythons; "one" asks no other about itself when the one that runs tagboat will do."""
        wanted = self.config.pythons
        if wanted == "one" and (this := this_interpreter(requires)):
            return this
        found = interpreters(requires, cache=self.cache)
        if wanted == "one":
            return found[-1:]
        return tuple(each for each in found if wanted == "all" or each.minor in wanted or each.version in wanted)

    def _all(self, what: str, index: Index, trials: Sequence[Trial], attempt: Attempt) -> None:
        """Make every attempt in an environment of its own, side by side; one `VerifyFailed` for all that failed."""
        credentials = index.install_environment()

        def one(trial: Trial) -> list[Problem]:
            source = Source(index.simple_url, self.dependency_indexes or None, trial.with_pip, credentials)
            return self._attempt(trial, source, attempt)

        uv_binary()  # before there are threads: Python 3.10 cannot look for it in two of them at once
        with ThreadPoolExecutor(AT_ONCE) as pool:
            problems = [problem for found in pool.map(one, trials) for problem in found]
        if problems:
            raise VerifyFailed(
                f"{what} does not work",
                problems=problems,
                next="If the release is bad: `tagboat undo`, or `tagboat rollback`. If this machine is: mend it,"
                " run again.",
            )

    def _attempt(self, trial: Trial, source: Source, attempt: Attempt) -> list[Problem]:
        try:
            with closing(self._rooms.pop(trial) if trial in self._rooms else Room(trial, self.cache)) as room:
                problems = attempt(room.environment, source)
        except (VerifyFailed, CommandFailed) as error:
            problems = [*error.problems, Problem(error.what, error.why, error.next)]
        self.note(f"{trial}: {'works' if not problems else problems[0].what}")
        return [Problem(f"{trial}: {each.what}", each.why, each.next) for each in problems]

    def _try(self, environment: Environment, project: str, version: Version, said: dict[str, str]) -> list[Problem]:
        """Import it, run its commands, compare what it says of its version; `said` gets what commands said."""
        installed = environment.installed(project)
        if installed is None or not (names := self.config.imports or importable(installed.files or ())):
            return [Problem("it installs nothing that can be imported")]
        problems = []
        if not _same_version(installed.version, version):
            problems.append(Problem(f"importlib.metadata says {installed.version}, not {version}"))
        if self.config.commands is None:
            scripts = sorted(each.name for each in installed.entry_points if each.group == "console_scripts")
            commands = [partial(self._try_script, environment, name, version, said) for name in scripts]
        else:
            commands = [partial(self._try_command, environment, shlex.split(words)) for words in self.config.commands]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            imports = pool.submit(self._try_imports, environment, names, version)
            ran = pool.map(lambda command: command(), commands)
            return [*problems, *imports.result(), *(problem for problem in ran if problem is not None)]

    def _try_imports(self, environment: Environment, names: Sequence[str], version: Version) -> list[Problem]:
        """Each can be imported, and one that tells a `__version__` tells this one."""
        result = environment.path / "trial"
        words: list[str | Path] = [environment.python, "-I", TRIAL, result, *names]
        done = environment.run(words, timeout=self.config.timeout, check=False)
        if not result.is_file():
            return [Problem("it cannot be imported", tail(done.stderr or done.stdout))]
        problems = []
        for name, (error, told) in literal_eval(result.read_text(encoding="ascii")).items():
            if error:
                problems.append(Problem(f"`import {name}` fails: {error}"))
            elif told is not None and not _same_version(told, version):
                problems.append(Problem(f"{name}.__version__ says {told}, not {version}"))
        return problems

    def _try_script(
        self, environment: Environment, name: str, version: Version, said: dict[str, str]
    ) -> Problem | None:
        """`NAME --version` works and does not tell another version; one that knows no --version has --help."""
        done = environment.run([environment.script(name), "--version"], timeout=self.config.timeout, check=False)
        if done.returncode:
            return self._try_command(environment, [name, "--help"])
        words = (done.stdout + done.stderr).strip()
        told = VERSION_LIKE.findall(words)
        if told and not any(_same_version(text, version) for text in told):
            return Problem(f"`{name} --version` says {words}, not {version}")
        if told:
            said[f"{name} --version"] = words.splitlines()[0]
        return None

    def _try_command(self, environment: Environment, words: Sequence[str]) -> Problem | None:
        program = environment.script(words[0])
        done = environment.run(
            [program if program.exists() else words[0], *words[1:]], timeout=self.config.timeout, check=False
        )
        if done.returncode:
            return Problem(
                f"`{shlex.join(words)}` ends with status {done.returncode}",
                tail(done.stderr or done.stdout),
                "Mend it, or say which commands must work: `commands` in [tool.tagboat.verify].",
            )
        return None


def importable(files: Iterable[PurePath]) -> list[str]:
    """The shallowest packages and top-level modules among a distribution's files."""
    found: set[tuple[str, ...]] = set()
    for parts in sorted((file.parts for file in files), key=len):
        *folders, name = parts
        stem = name.partition(".")[0]
        if not all(folder.isidentifier() for folder in folders) or not name.endswith((".py", ".so", ".pyd")):
            continue
        path = folders if stem == "__init__" else [*folders, stem]
        is_module = stem == "__init__" or not folders
        inside = any(tuple(path[:depth]) in found for depth in range(1, len(path)))
        if is_module and path and not inside and not (len(path) == 1 and path[0].startswith("_")):
            found.add(tuple(path))
    return sorted(".".join(path) for path in found)


def requires_python(distributions: Sequence[Distribution]) -> str:
    """Requires-Python of a release, "" when it does not say."""
    from tagboat.archive import Archive

    with Archive.open(distributions[0]) as archive:
        return archive.core[0].get("requires_python", "")


def _told(came: Mapping[str, str]) -> str:
    """What came by which installer: in one word when all got the same."""
    found = {what: [by for by in sorted(came) if came[by] == what] for what in came.values()}
    return ", ".join(f"{what} ({' and '.join(by)})" for what, by in found.items())


def _places(found: Sequence[Origin]) -> str:
    """Where files came from: their hosts, for files of this machine their folders."""
    return ", ".join(sorted({each.host or each.url.rpartition("/")[0] for each in found})) or "nowhere"


def _strangers(
    index: Index, version: str, found: Sequence[Origin], listed: Mapping[str, IndexFile], hosts: Collection[str]
) -> list[Problem]:
    """What says that a file is not the index's own."""
    own = {*hosts, host_of(index.simple_url)}
    return [
        Problem(
            f"a fresh install gets {version} by {each.filename} from {each.host or each.url},"
            f" and that is no file of {index.name}",
            "The index shows or forwards to another one, where the name may be anybody's.",
            f"Publish a good version to {index.name} now, and end the forwarding in its settings.",
        )
        for each in found
        if not each.is_among(listed) or (hosts and each.host not in own)
    ]


def _same_version(text: str, version: Version) -> bool:
    try:
        return Version(text) == version
    except InvalidVersion:
        return False
