"""The state folder of one release: `.tagboat/<version>/`. Git ignores it; no secret is ever written there."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from tagboat import textfile
from tagboat.dataclass import dataclass
from tagboat.distribution import Distribution, sha256_of
from tagboat.errors import Blocked
from tagboat.ledger import Ledger
from tagboat.plan import Plan, PromotionPlan, RollbackPlan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def ensure_home(root: Path) -> Path:
    """The project's `.tagboat` folder, made if need be, and ignoring itself in git."""
    home = root / ".tagboat"
    home.mkdir(exist_ok=True)
    ignore = home / ".gitignore"
    if not ignore.is_file() or ignore.read_bytes() != b"*\n":
        ignore.write_bytes(b"*\n")  # also after a run that was killed while writing it
    return home


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Where one run keeps its plan, its ledger, its distributions and its proofs."""

    path: Path

    @property
    def ledger(self) -> Ledger:
        """What this run began."""
        return Ledger(self.path / "ledger.jsonl")

    @property
    def rollback(self) -> StateFolder:
        """Where the rollback of this version keeps its own."""
        return StateFolder(self.path / "rollback")

    def promotion(self, source: str, target: str) -> StateFolder:
        """Where the promotion of this version from one index to another keeps its own.

        No index has a + in its name, so no two pairs of them share a folder.
        """
        return StateFolder(self.path / f"promote-{source}+{target}")

    @property
    def pull_request(self) -> StateFolder:
        """Where the request to merge this version's release commit keeps its own."""
        return StateFolder(self.path / "pull-request")

    @property
    def elsewhere(self) -> StateFolder:
        """Where `tagboat publish` keeps what it did with distributions that no release of ours built."""
        return StateFolder(self.path / "publish")

    @property
    def dist(self) -> Path:
        """Where the distributions lie."""
        return self.path / "dist"

    def plan(self) -> Plan | None:
        """The frozen plan, or None when there is none."""
        path = self.path / "plan.json"
        return Plan.from_json(_text_of(path), str(path)) if path.is_file() else None

    def rollback_plan(self) -> RollbackPlan | None:
        """The frozen plan of a rollback, or None when there is none."""
        path = self.path / "plan.json"
        return RollbackPlan.from_json(_text_of(path), str(path)) if path.is_file() else None

    def promotion_plan(self) -> PromotionPlan | None:
        """The frozen plan of a promotion, or None when there is none."""
        path = self.path / "plan.json"
        return PromotionPlan.from_json(_text_of(path), str(path)) if path.is_file() else None

    def keep_plan(self, plan: Plan | PromotionPlan | RollbackPlan) -> None:
        """Freeze a plan."""
        self.path.mkdir(parents=True, exist_ok=True)
        textfile.write(self.path / "plan.json", plan.to_json())

    def distributions(self) -> tuple[Distribution, ...] | None:
        """The distributions of this release, or None when they are not all here with the bytes they had."""
        found: list[Distribution] = []
        for filename, sha256 in self.hashes().items():
            path = self.dist / filename
            if not path.is_file() or sha256_of(path) != sha256:
                return None
            found.append(Distribution.from_file(path))
        return tuple(found) or None

    def hashes(self) -> dict[str, str]:
        """Names and hashes as they were frozen, wherever the files are now; empty when nothing was frozen."""
        return self._read("distributions.json")

    def keep_distributions(self, distributions: Iterable[Distribution]) -> None:
        """Freeze names and hashes: from now on these bytes, or none, are the release."""
        self._write("distributions.json", {each.filename: each.sha256 for each in distributions})

    def adopt(self, distributions: Iterable[Distribution]) -> None:
        """Take in distributions that were built elsewhere, and freeze them. Raises `Blocked` when others are frozen."""
        self.dist.mkdir(parents=True, exist_ok=True)
        hashes = self.hashes()
        for distribution in distributions:
            sha256 = hashes.setdefault(distribution.filename, distribution.sha256)
            if sha256 != distribution.sha256:
                raise Blocked(
                    f"{distribution.filename} is not the file that this release was built with",
                    why=f"This one is {distribution.sha256}, the release has {sha256}.",
                    next=f"Publish that one; or, when no index has it, delete {self.path} and publish this one.",
                )
            copy = self.dist / distribution.filename
            if not copy.is_file() or sha256_of(copy) != sha256:
                shutil.copyfile(distribution.path, copy)
        self._write("distributions.json", hashes)

    def forget_distributions(self) -> None:
        """Remove the distributions and what was frozen of them."""
        (self.path / "distributions.json").unlink(missing_ok=True)
        shutil.rmtree(self.dist, ignore_errors=True)

    def proof(self, step: str) -> str | None:
        """What a step that changes nothing has shown to be good, as a fingerprint; None when nothing yet."""
        return self._read("proofs.json").get(step)

    def keep_proof(self, step: str, fingerprint: str | None) -> None:
        """Note that a step has shown this to be good (None: forget it)."""
        proofs = self._read("proofs.json")
        proofs.pop(step, None)
        self._write("proofs.json", proofs if fingerprint is None else {**proofs, step: fingerprint})

    def remove(self) -> None:
        """Delete the folder: the plan goes first, so a run that dies here leaves no half release behind."""
        (self.path / "plan.json").unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)

    def _read(self, name: str) -> dict[str, str]:
        """A file of names and texts; one that is not there, or damaged, says nothing."""
        try:
            found = json.loads((self.path / name).read_bytes())
        except (OSError, ValueError):
            return {}
        texts = found.items() if isinstance(found, dict) else ()
        return {key: value for key, value in texts if isinstance(value, str)}

    def _write(self, name: str, texts: dict[str, str]) -> None:
        textfile.write(self.path / name, json.dumps(texts, indent=2) + "\n")


def _text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def release_folder(root: Path, version: Version) -> StateFolder:
    """The state folder of a version, by whatever spelling it has one already: 1.0 is 1.0.0."""
    home = root / ".tagboat"
    exact = home / str(version)
    if not exact.is_dir():
        others = (path for path in sorted(home.glob("*")) if path.is_dir() and _version_of(path.name) == version)
        exact = next(others, exact)
    return StateFolder(exact)


def release_folders(root: Path) -> list[tuple[Version, StateFolder]]:
    """Every release's state folder that holds a plan, the most recent plan first."""
    plans = sorted((root / ".tagboat").glob("*/plan.json"), key=lambda plan: plan.stat().st_mtime_ns, reverse=True)
    return [(version, StateFolder(plan.parent)) for plan in plans if (version := _version_of(plan.parent.name))]


def _version_of(name: str) -> Version | None:
    try:
        return Version(name)
    except InvalidVersion:
        return None
