"""A release in the making: a real repository with a remote, a state folder, an honest build, an index in memory."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from packaging.version import Version

from tagboat.distribution import Distribution
from tagboat.plan import Edit, Plan, PromotionPlan
from tagboat.state import StateFolder
from tagboat.steps.announce import AnnounceStep
from tagboat.steps.build import BuildStep
from tagboat.steps.check import CheckStep
from tagboat.steps.commit import CommitStep
from tagboat.steps.compare import CompareStep
from tagboat.steps.edit import EditStep
from tagboat.steps.fallback import FallbackStep
from tagboat.steps.fetch import FetchStep
from tagboat.steps.publish import PublishStep
from tagboat.steps.push import PushStep
from tagboat.steps.retract import RetractStep
from tagboat.steps.tag import TagStep
from tagboat.steps.verify import VerifyStep
from tagboat.steps.withdraw import WithdrawStep
from tagboat.testing import FakeIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.forge.quay import Quay
    from tests.gitbox import Box

    from tagboat.errors import Problem
    from tagboat.ledger import Ledger

FOLDER = "packages/ü one"
VERSION = Version("0.2.0")
SDIST, WHEEL = "demo-0.2.0.tar.gz", "demo-0.2.0-py3-none-any.whl"
BEFORE = {"pyproject.toml": 'version = "0.1.0"\r\n', "src/demo/__init__.py": '__version__ = "0.1.0"\n'}
AFTER = {"pyproject.toml": 'version = "0.2.0"\r\n', "src/demo/__init__.py": '__version__ = "0.2.0"\n'}
CHANGELOG = "docs/CHANGELOG.md"
NOTES = "### Added\n\n- Ümlauts, 日本語\n# no comment"


class Scene:
    """The release of demo 0.2.0, a project in a folder of a repository, and every step of it."""

    def __init__(self, box: Box, folder: Path, index: FakeIndex | None = None) -> None:
        self.box = box
        files = {f"{FOLDER}/{path}": text for path, text in BEFORE.items()}
        box.commit("the project", {**files, ".gitignore": ".tagboat/\n"})
        box.push("main")
        self.folder = folder
        self.state = StateFolder(folder / "state" / "0.2.0")
        self.index = index or FakeIndex(deletes=True)
        self.target = FakeIndex("main")
        self.quay: Quay | None = None
        self.fetched = StateFolder(folder / "fetched")
        self.problems: list[Problem] = []
        self.builds = 0
        self.shown: list[str] = []
        self.slept: list[float] = []
        self.notes: list[str] = []
        self.asked: list[tuple[str, list[str]]] = []
        self.plan = Plan(
            project="demo",
            folder=FOLDER,
            version=VERSION,
            previous=Version("0.1.0"),
            base=box.head,
            branch="main",
            remote="origin",
            upstream=box.head,
            tag="v0.2.0",
            message="chore: release 0.2.0 ✓\n\nBody\n",
            notes=NOTES,
            edits=(
                *(Edit(f"{FOLDER}/{path}", BEFORE[path], AFTER[path]) for path in BEFORE),
                Edit(f"{FOLDER}/{CHANGELOG}", None, "caf\xe9\r\n", "latin-1"),
            ),
            indexes=(self.index.name,),
        )
        self.state.keep_plan(self.plan)

    @property
    def ledger(self) -> Ledger:
        return self.state.ledger

    def change(self, **values: object) -> Scene:
        """Decide something else."""
        self.plan = replace(self.plan, **values)
        return self

    # -- steps, each made anew: a run after a crash remembers nothing ----------------------------------

    def edit(self) -> EditStep:
        return EditStep(self.plan, self.box.git)

    def commit(self) -> CommitStep:
        return CommitStep(self.plan, self.box.git, self.state)

    def tag(self) -> TagStep:
        return TagStep(self.plan, self.box.git)

    def build(self) -> BuildStep:
        return BuildStep(self.plan, self.state, [self.index], self.build_all)

    def check(self) -> CheckStep:
        return CheckStep(self.state, lambda _: self.problems, [self.index])

    def push(self) -> PushStep:
        return PushStep(self.plan, self.box.git, "origin", [self.index])

    def publish(self, *, wait: float = 1.0) -> PublishStep:
        return PublishStep(
            "demo", VERSION, self.index, self.state, wait=wait, progress=lambda *_: None, sleep=self.slept.append
        )

    def verify(self) -> VerifyStep:
        return VerifyStep(self.index, self.state, self.install)

    def withdraw(self, *, wait: float = 1.0) -> WithdrawStep:
        return WithdrawStep(
            *("demo", VERSION, "it breaks", self.index, self.folder / "kept"),
            wait=wait,
            show=self.by_hand,
            note=self.notes.append,
            sleep=self.slept.append,
        )

    def fallback(self) -> FallbackStep:
        return FallbackStep(self.index, lambda index: f"0.1.0 from {index.name}")

    def fetch(self) -> FetchStep:
        return FetchStep(self.promotion, self.index, self.fetched)

    def compare(self) -> CompareStep:
        return CompareStep(self.promotion, self.index, self.target)

    def announce(self) -> AnnounceStep:
        assert self.quay is not None, "this scene has no forge"
        return AnnounceStep(self.plan, self.quay.forge(), self.state, public=True)

    def retract(self) -> RetractStep:
        assert self.quay is not None, "this scene has no forge"
        return RetractStep("v0.2.0", "it breaks", self.quay.forge())

    @property
    def promotion(self) -> PromotionPlan:
        """What is on the index, to another one."""
        hashes = self.state.hashes()
        return PromotionPlan(project="demo", version=VERSION, source="fake", target="main", files=hashes)

    def steps(self) -> list:
        """All of a release, in order."""
        made = [self.edit(), self.commit(), self.tag(), self.build(), self.check(), self.push()]
        return [*made, self.publish(), self.verify()]

    def apply(self, *names: str) -> None:
        """Bring the scene to where these steps are done."""
        for name in names:
            getattr(self, name)().apply()

    # -- the tools that steps are given ----------------------------------------------------------------

    def build_all(self, folder: Path) -> Sequence[Distribution]:
        """Build the tag, never the same bytes twice, as some back ends do."""
        self.builds += 1
        with TemporaryDirectory() as checkout:
            source = Path(checkout) / "source"
            self.box.git.checkout_into(f"refs/tags/{self.plan.tag}", source)
            text = (source / FOLDER / "pyproject.toml").read_bytes() + b"# build %d\n" % self.builds
        return [make_sdist(folder / SDIST, text), make_wheel(folder / WHEEL, text)]

    def install(self, index: FakeIndex, distributions: Sequence[Distribution]) -> str:
        listed = index.files("demo", VERSION)
        assert {each.filename for each in distributions} <= set(listed)
        self.shown.append(index.name)
        return f"installed from {index.name}"

    def by_hand(self, page: str, steps: Sequence[str]) -> None:
        """A person does at once what they are asked to: to yank, or to take that back."""
        self.asked.append((page, list(steps)))
        if any("Take back" in step for step in steps):
            self.index.unyank_by_hand("demo", VERSION)
        else:
            self.index.yank_by_hand("demo", VERSION, "by hand")

    # -- looking ---------------------------------------------------------------------------------------

    def text(self, path: str) -> bytes | None:
        return self.box.read(f"{FOLDER}/{path}")

    def files(self) -> dict[str, bytes | None]:
        return {edit.path: self.box.read(edit.path) for edit in self.plan.edits}


def make_sdist(path: Path, text: bytes) -> Distribution:
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("demo-0.2.0/pyproject.toml")
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    return Distribution.from_file(path)


def make_wheel(path: Path, text: bytes) -> Distribution:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo-0.2.0.dist-info/METADATA", text)
    return Distribution.from_file(path)
