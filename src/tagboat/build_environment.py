"""The environments of builds: each for one exact set of requirements, and kept for the next build that has the same."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagboat import process, tomlfile
from tagboat.dataclass import dataclass
from tagboat.environment import python_of, uv_binary
from tagboat.errors import BuildFailed, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEPT_FOR = 7 * 24 * 3600.0
"""Seconds that an environment is used for; then newer versions of the requirements get their chance."""

FORGOTTEN_AFTER = 2 * KEPT_FOR
"""Seconds after which an environment is removed: long after the last build that can have started in it."""

SOURCES = re.compile(r"UV_(DEFAULT_INDEX|\w*INDEX_URL|INDEX|\w*INDEX_STRATEGY|FIND_LINKS|CONFIG_FILE|EXCLUDE_NEWER)$")
"""Variables that say where uv takes packages from. What they can hold of credentials is left out of the key."""


@dataclass(frozen=True, slots=True)
class BuildEnvironments:
    """Those in the folder `cache` for the tree `source` and one `python`; `environ` is what uv sees that makes one."""

    source: Path
    cache: Path
    python: Path
    environ: Mapping[str, str]

    def find(self, requires: Sequence[str]) -> Path | None:
        """The environment of exactly these requirements, when it is kept here and not too old. Raises `BuildFailed`."""
        texts = _normalised(requires)
        return None if _varies(texts) else self._kept(texts)

    def find_or_make(self, requires: Sequence[str], scratch: Path) -> Path:
        """Find the environment of exactly these requirements, or make it; in `scratch` when it cannot be kept.

        A new one gets a name of its own and counts when its last file, `complete`, is there: several processes
        can make the same one at once, and nothing is replaced under a build that runs in it. Raises `BuildFailed`.
        """
        texts = _normalised(requires)
        folder = (scratch if _varies(texts) else self.cache) / "build"
        folder.mkdir(parents=True, exist_ok=True)
        if not _varies(texts) and (found := self._kept(texts)):
            return found
        now = time.time_ns()
        for old in folder.iterdir():
            if _age(old, now) > FORGOTTEN_AFTER:
                shutil.rmtree(old, ignore_errors=True)
        environment = Path(tempfile.mkdtemp(prefix=f"{self._key(texts)}.{now}.", dir=folder))
        self._make(environment, texts)
        return environment

    def _kept(self, texts: Sequence[str]) -> Path | None:
        now = time.time_ns()
        for found in sorted((self.cache / "build").glob(f"{self._key(texts)}.*"), reverse=True):
            if _age(found, now) < KEPT_FOR and (found / "complete").is_file() and python_of(found).exists():
                return found
        return None

    def _key(self, texts: Sequence[str]) -> str:
        return hashlib.sha256(json.dumps([texts, self._identity()]).encode()).hexdigest()[:32]

    def _identity(self) -> list[Any]:
        """Whatever else the content of an environment depends on: the Python, and where packages come from."""
        python = self.python.resolve()
        stat = python.stat() if python.exists() else None
        config = self.source / "uv.toml"
        return [
            str(python),
            stat and [stat.st_size, stat.st_mtime_ns],
            pyproject(self.source).get("tool", {}).get("uv"),
            process.decode(config.read_bytes()) if config.is_file() else None,
            sorted(
                (name, re.sub(r"//[^/\s]*@", "//", value))
                for name, value in self.environ.items()
                if SOURCES.match(name)
            ),
        ]

    def _make(self, environment: Path, texts: Sequence[str]) -> None:
        """Make it with uv as the user configured it, compiled, since no build writes to it."""
        uv = uv_binary()
        try:
            process.run(
                [uv, "venv", "--quiet", "--no-project", "--python", self.python, environment],
                cwd=self.source,
                env=self.environ,
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
                    env=self.environ,
                )
            (environment / "complete").touch()
        except CommandFailed as error:
            shutil.rmtree(environment, ignore_errors=True)
            raise BuildFailed(
                f"the environment of the build could not be made: {', '.join(texts) or 'no requirements'}",
                why=error.why or error.what,
                next="Correct requires in [build-system] of pyproject.toml, or run again when the index answers.",
            ) from error


def imported_in(environment: Path) -> Path:
    """The file that keeps what the last build in an environment imported, as the worker reads it."""
    return environment / "modules.json"


def hides(tree: Path, environment: Path) -> bool:
    """Whether something at the top of a tree has the name of a module in that file: a setup.py may mean its own."""
    try:
        modules = json.loads(imported_in(environment).read_text(encoding="utf-8"))
        own = {
            path.name.partition(".")[0]
            for folder in (tree, tree / "src")
            if folder.is_dir()
            for path in folder.iterdir()
        }
        return not own.isdisjoint(str(module).partition(".")[0] for module in modules)
    except (OSError, ValueError, TypeError):
        return False  # then nothing is imported ahead


def keep_imported(environment: Path, modules: Sequence[str]) -> None:
    """Keep that; builds side by side each write all of it. Where it cannot be written the next build is slower."""
    file, text = imported_in(environment), json.dumps(modules)
    with suppress(OSError):
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=environment, delete=False) as new:
                new.write(text)
            Path(new.name).replace(file)


def _varies(texts: Sequence[str]) -> bool:
    """Whether the content can change from one build to the next: so can what a URL leads to."""
    return any(" @ " in text for text in texts)


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


def pyproject(tree: Path) -> dict[str, Any]:
    """Read a tree's `pyproject.toml`; none is as good as an empty one. Raises `ConfigError`."""
    file = tomlfile.load(tree / "pyproject.toml")
    return file.values if file else {}
