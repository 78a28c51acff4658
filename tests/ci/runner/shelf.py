"""Wheels that jobs install: this tagboat, what it needs, build back ends and pytest.

They are fetched once per checkout by pip, from wherever this machine's pip gets packages, for each Python that jobs
run on; after that nothing needs a network. tagboat's own wheel follows the sources.
"""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version
from tests.ci.runner.index import Shelf

from tagboat import tomlfile
from tagboat.environment import uv_binary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tagboat.environment import Interpreter

ROOT = Path(__file__).resolve().parents[3]
EXTRAS = ("ci", "github", "notify", "vulnerabilities")
EVERYWHERE = ("hatchling>=1.27", "pip", "pytest", "setuptools>=77", "wheel")
"""What projects are built and tested with, on any Python."""

BACKPORTS = ("exceptiongroup", "importlib-metadata", "tomli", "typing-extensions")
"""What the former need on a Python that pip itself does not run on any more."""

PIP_RUNS_ON = Version("3.10")
OTHER_SYSTEMS = ("colorama",)
"""Never installed here; a lock for every system names them all the same."""


def stocked(tool: Interpreter, others: Sequence[Interpreter]) -> Shelf:
    """The shelf of this checkout, filled. `tool` runs tagboat in the jobs, `others` the tests of projects."""
    folder = Path(sys.prefix) / "ci-shelf"
    folder.mkdir(exist_ok=True)
    with _alone(folder):
        _fetch(folder, tool, [*_needed(), *EVERYWHERE, *OTHER_SYSTEMS])
        for python in others:
            _fetch(folder, python, EVERYWHERE)
        _build(folder)
    return Shelf(folder)


def lock(shelf: Shelf, tool: Interpreter, extras: Sequence[str] = EXTRAS) -> str:
    """A requirements file with hashes for tagboat and some of `EXTRAS`."""
    words = ["pip", "compile", "--quiet", "--no-index", "--find-links", str(shelf.folder), "--generate-hashes"]
    words += ["--no-header", "--no-annotate", f"--python-version={tool.minor}", "-"]
    made = _uv(*words, text=f"tagboat[{','.join(extras)}]")
    return "".join(f"{line}\n" for line in made.splitlines() if not line.startswith("--find-links"))


def _needed() -> list[str]:
    found = tomlfile.load(ROOT / "pyproject.toml")
    assert found is not None
    project = found.values["project"]
    return [*project["dependencies"], *(each for extra in EXTRAS for each in project["optional-dependencies"][extra])]


def _fetch(folder: Path, python: Interpreter, wanted: Sequence[str]) -> None:
    stamp = folder / f"{python.version}.json"
    asked = json.dumps(list(wanted))
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == asked:
        return
    words = ["download", "--quiet", "--only-binary", ":all:", "--dest", str(folder)]
    if Version(python.version) >= PIP_RUNS_ON:
        words = ["--python", str(python.path), *words, *wanted]  # pip judges markers by the Python that runs it
    else:
        words += ["--python-version", python.minor, *wanted, *BACKPORTS]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, capture_output=True)
    stamp.write_text(asked, encoding="utf-8")


def _build(folder: Path) -> None:
    """Make tagboat's wheel anew where a source has changed."""
    stamp, now = folder / "tagboat.sha256", _digest([ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "src"])
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == now:
        return
    for old in folder.glob("tagboat-*.whl"):
        old.unlink()
    _uv("build", "--quiet", "--wheel", "--no-index", "--find-links", str(folder), "--out-dir", str(folder), str(ROOT))
    stamp.write_text(now, encoding="utf-8")


def _digest(places: Iterable[Path]) -> str:
    digest = sha256()
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _uv(*words: str, text: str = "") -> str:
    done = subprocess.run([uv_binary(), *words], input=text, check=True, capture_output=True, text=True)
    return done.stdout


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One test process at a time."""
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
