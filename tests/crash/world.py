"""A project with a remote and an index, and with things of other people in all of them."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.crash.places import FOREIGN, NAME
from tests.e2e.sandbox import clean_environ, make_sandbox
from tests.projects import make_project

from tagboat.distribution import Distribution
from tagboat.observer import Silent
from tagboat.status import look
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from tests.crash.places import Listing, Place

EFFECTS = Path(__file__).with_name("effects.py")
VERIFY = '[tool.tagboat.verify]\npythons = "one"\npip = false\n'
OLD, NEW, TAG = "0.1.0", "0.2.0", "v0.2.0"
# A zone where it is noon when the suite begins: the changelog's date must not change while worlds are compared.
NOON = f"NOON{time.gmtime().tm_hour - 12:+d}"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about a world that a release or a crash could change for somebody."""

    head: str
    refs: dict[str, str]
    remote: dict[str, str]
    status: str
    files: dict[str, str]
    home: dict[str, str]
    listing: Listing


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it told people."""

    words: tuple[str, ...]
    status: int
    text: str


class World:
    """The folder of one world: `project`, `remote.git`, `home`, and, for the directory index, `index`."""

    def __init__(self, folder: Path, place: Place, cache: Path) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.place = place
        self.cache = cache
        more = {**place.environ, "TMPDIR": str(cache.parent / "tmp"), "TZ": NOON}
        self.environ = {**clean_environ(folder / "home", cache), **more}

    def copy(self, folder: Path) -> World:
        """The same world in another folder; git's own knowledge of file times does not come along."""
        subprocess.run(["cp", "-a", self.folder, folder], check=True)
        return World(folder, self.place, self.cache)

    def git(self, *words: str, folder: str = "project") -> str:
        """What git says."""
        done = subprocess.run(
            ["git", "--no-optional-locks", *words],
            cwd=self.folder / folder,
            env=self.environ,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def command(self, *words: str) -> tuple[str, ...]:
        """tagboat as a program; every question is answered with yes."""
        return (sys.executable, "-m", "tagboat", *words, *(["--yes"] if words[0] != "plan" else []))

    def tagboat(self, *words: str) -> Ended:
        """Run tagboat to its end."""
        return self._run(words, self.command(*words))

    def tagboat_until(self, effect: int, *words: str) -> Ended:
        """Run tagboat until it dies right before an effect; `effects` tells how far it came."""
        return self._run(words, (sys.executable, str(EFFECTS), str(self.log), str(effect), *words, "--yes"))

    def _run(self, words: tuple[str, ...], argv: tuple[str, ...]) -> Ended:
        with subprocess.Popen(
            argv,
            cwd=self.project,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                text, _ = process.communicate(timeout=600)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        wait_for_orphans(process.pid)
        return Ended(words, process.returncode, text)

    @property
    def log(self) -> Path:
        """Where the effects of a run are noted."""
        return self.folder / "effects.log"

    @property
    def effects(self) -> list[str]:
        """The effects of the last run under the hook."""
        return self.log.read_text(encoding="utf-8").splitlines()

    def lose_ledger(self) -> None:
        """Delete what tagboat noted of its own deeds."""
        for path in (self.project / ".tagboat" / NEW).rglob("ledger.jsonl"):
            path.unlink()

    def lose_state(self) -> None:
        """Delete everything that tagboat keeps."""
        shutil.rmtree(self.project / ".tagboat", ignore_errors=True)

    def verdict(self) -> str:
        """What `tagboat status` would say in one word."""
        return look(Workspace(self.project, environ=self.environ), Silent()).verdict

    def facts(self) -> Facts:
        """Look at everything."""
        return Facts(
            head=self.git("symbolic-ref", "HEAD"),
            refs=self._refs("project"),
            remote=self._refs("remote.git"),
            status=self.git("status", "--porcelain", "--untracked-files=all"),
            files=_hashes(self.project, skip={".git", ".tagboat"}),
            home=_hashes(self.folder / "home", skip=set()),
            listing=self.place.listing(self.folder),
        )

    def _refs(self, folder: str) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)", folder=folder).splitlines()
        return dict(line.split(" ") for line in lines)


def _hashes(folder: Path, skip: set[str]) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in skip
    }


def make_world(folder: Path, place: Place, cache: Path) -> World:
    """0.1.0 is released, a feature is committed, and other people's things are everywhere."""
    source = make_project(folder / "source", "hatchling", name=NAME, version=OLD)
    sandbox = make_sandbox(folder, source, cache)
    world = World(folder, place, cache)
    sandbox.environ.update(world.environ)
    sandbox.git("remote", "set-url", "origin", "../remote.git")
    tables = "".join(f"[tool.tagboat.index.{name}]\n{text}" for name, text in place.settings.items())
    sandbox.configure(f'\n[tool.tagboat]\nindexes = ["local"]\n{tables}{VERIFY}')
    sandbox.tagboat("release", "--yes")
    sandbox.git("branch", "somebodys-work")
    sandbox.git("tag", "nightly")
    sandbox.git("push", "--quiet", "origin", "somebodys-work", "nightly")
    (world.project / "README.md").write_text("half an idea\n", encoding="utf-8")
    sandbox.git("stash", "--quiet")
    sandbox.commit("feat: names may hold a dot")
    (world.project / "notes.txt").write_text("mine\n", encoding="utf-8")
    (folder / "home" / ".pypirc").write_text("[pypi]\nusername = ada\npassword = hers\n", encoding="utf-8")
    for name in place.settings:
        place.open(folder, name).upload(_someone_elses(folder))
    return world


def _someone_elses(folder: Path) -> Distribution:
    info = f"{FOREIGN.replace('-', '_')}-1.0.dist-info"
    path = folder / f"{FOREIGN.replace('-', '_')}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("someone.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {FOREIGN}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return Distribution.from_file(path)


def wait_for_orphans(group: int) -> None:
    """Let what tagboat had started come to its end, as long as it does within seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
