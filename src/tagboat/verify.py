"""Install a release from its index as its users will, and try what they get."""

from __future__ import annotations

import json
import re
import shlex
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from tagboat.environment import (
    Environment,
    Interpreter,
    Source,
    install_latest,
    install_release,
    interpreters,
    supports_pip,
)
from tagboat.errors import CommandFailed, Problem, VerifyFailed
from tagboat.process import tail

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagboat.config import VerifyConfig
    from tagboat.distribution import Distribution
    from tagboat.index.interface import Index

    Attempt = Callable[[Environment, Source], list[Problem]]

TRIAL = Path(__file__).with_name("trial.py")
AT_ONCE = 2  # installations side by side; they mostly wait for the disk
VERSION_LIKE = re.compile(r"(?<![\w.])v?(\d+\.\d+(?:\.\d+)*(?:(?:a|b|rc|\.?post|\.?dev)\d+)?)(?![\w.]*\d)")


@dataclass(frozen=True, slots=True)
class Trial:
    """One installation to try: on which Python, with which installer."""

    interpreter: Interpreter
    with_pip: bool

    def __str__(self) -> str:
        return f"Python {self.interpreter.minor} with {'pip' if self.with_pip else 'uv'}"


class Verifier:
    """Installs from an index into fresh environments, isolated from the user's settings and caches."""

    def __init__(
        self, config: VerifyConfig, dependency_indexes: Sequence[str], cache: Path, note: Callable[[str], None]
    ) -> None:
        self.config = config
        self.dependency_indexes = dependency_indexes
        self.cache = cache / "installers"
        self.note = note

    def release(self, index: Index, distributions: Sequence[Distribution]) -> str:
        """Install exactly these bytes on every chosen Python and try them. Raises `VerifyFailed` with every problem."""
        project, version = distributions[0].project, distributions[0].version
        files = {distribution.filename: distribution.sha256 for distribution in distributions}
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

    def fallback(self, index: Index, project: str, withdrawn: Version) -> str:
        """Install the project afresh, without naming a version, and show that the withdrawn one does not come."""
        came: dict[str, str] = {}

        def attempt(environment: Environment, source: Source) -> list[Problem]:
            version = install_latest(environment, project, source, look=partial(index.files, project))
            came["pip" if source.with_pip else "uv"] = version or "nothing"
            if version is not None and _same_version(version, withdrawn):
                return [Problem(f"a fresh install still gets {version}")]
            return []

        self._all(f"the fall-back from {project} {withdrawn}", index, self._both_installers(), attempt)
        return f"a fresh install gets {', '.join(f'{version} ({by})' for by, version in sorted(came.items()))}"

    def _both_installers(self) -> list[Trial]:
        """The newest Python with uv, and with pip."""
        return self._trials("")[-2:]

    def _trials(self, requires: str) -> list[Trial]:
        """With uv on every chosen Python, then with pip on the newest that pip runs on."""
        found = interpreters(requires, cache=self.cache)
        wanted = self.config.pythons
        if wanted == "one":
            found = found[-1:]
        elif wanted != "all":
            found = tuple(each for each in found if each.minor in wanted or each.version in wanted)
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

    def _all(self, what: str, index: Index, trials: Sequence[Trial], attempt: Attempt) -> None:
        """Make every attempt in an environment of its own, side by side; one `VerifyFailed` for all that failed."""
        credentials = index.install_environment()

        def one(trial: Trial) -> list[Problem]:
            source = Source(index.simple_url, self.dependency_indexes or None, trial.with_pip, credentials)
            return self._attempt(trial, source, attempt)

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
        with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
            python = trial.interpreter.path
            try:
                problems = attempt(Environment.create(Path(folder) / "venv", python, cache=self.cache), source)
            except (VerifyFailed, CommandFailed) as error:
                problems = [*error.problems, Problem(error.what, error.why, error.next)]
        self.note(f"{trial}: {'works' if not problems else problems[0].what}")
        return [Problem(f"{trial}: {each.what}", each.why, each.next) for each in problems]

    def _try(self, environment: Environment, project: str, version: Version, said: dict[str, str]) -> list[Problem]:
        """Import it, run its commands, compare what it says of its version; `said` gets what commands said."""
        words: list[str | Path] = [environment.python, "-I", TRIAL, project, *(self.config.imports or ())]
        done = environment.run(words, timeout=self.config.timeout, check=False)
        lines = done.stdout.splitlines()
        if done.returncode or not lines:
            return [Problem("it cannot be imported", tail(done.stderr or done.stdout))]
        facts = json.loads(lines[-1])
        problems = [Problem(f"`import {name}` fails: {error}") for name, error in facts["imports"].items() if error]
        if not facts["imports"]:
            problems.append(Problem("it installs nothing that can be imported"))
        if not _same_version(facts["version"], version):
            problems.append(Problem(f"importlib.metadata says {facts['version']}, not {version}"))
        problems += [
            Problem(f"{name}.__version__ says {value}, not {version}")
            for name, value in facts["dunder"].items()
            if not _same_version(value, version)
        ]
        commands = self.config.commands
        if commands is None:
            found = [self._try_script(environment, name, version, said) for name in facts["scripts"]]
        else:
            found = [self._try_command(environment, shlex.split(command)) for command in commands]
        return problems + [problem for problem in found if problem is not None]

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


def requires_python(distributions: Sequence[Distribution]) -> str:
    """Requires-Python of a release, "" when it does not say."""
    from tagboat.archive import Archive

    with Archive.open(distributions[0]) as archive:
        return archive.core[0].get("requires_python", "")


def _same_version(text: str, version: Version) -> bool:
    try:
        return Version(text) == version
    except InvalidVersion:
        return False
