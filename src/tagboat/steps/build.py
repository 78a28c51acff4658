"""The distributions: built once from the tagged commit, or fetched from an index that has them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.distribution import Distribution, parse_filename
from tagboat.step import GetsReady, Status, done, todo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagboat.index.interface import Index
    from tagboat.plan import Plan
    from tagboat.state import StateFolder

    Build = Callable[[Path], Sequence[Distribution]]
    """Build sdist and wheel of the tag into a folder; may be one that gets ready."""


class BuildStep:
    """Build from a clean checkout of the tag, so that nothing stray gets in.

    A rebuild need not give the same bytes, so what an index already has is never built again: when our
    copies are lost, its files are fetched and adopted. `given` are wheels that other machines built, each for its
    platform; with them, only the sdist comes from here.
    """

    name = "build"

    def __init__(
        self,
        plan: Plan,
        state: StateFolder,
        indexes: Sequence[Index],
        build: Build,
        given: Sequence[Distribution] = (),
    ) -> None:
        self.plan = plan
        self.state = state
        self.indexes = indexes
        self.build = build
        self.given = given

    def probe(self) -> Status:
        """Look for the frozen distributions and their hashes."""
        distributions = self.state.distributions()
        if distributions is None:
            return todo("sdist and wheel")
        return done(", ".join(distribution.filename for distribution in distributions))

    def apply(self) -> None:
        """Adopt what an index has, build the rest, freeze names and hashes."""
        self.state.forget_distributions()
        self.state.dist.mkdir(parents=True)
        if {distribution.kind for distribution in (*self._adopt(), *self._take_given())} != {"sdist", "wheel"}:
            self._build_the_rest()
        self.state.keep_distributions(
            sorted(map(Distribution.from_file, self.state.dist.iterdir()), key=lambda each: each.filename)
        )

    def get_ready(self) -> None:
        """Let the back end start, unless there is nothing to build."""
        if isinstance(self.build, GetsReady) and not self.state.hashes():
            self.build.get_ready()

    def let_go(self) -> None:
        """Let it end."""
        if isinstance(self.build, GetsReady):
            self.build.let_go()

    def undo(self) -> None:
        """Remove the distributions."""
        self.state.forget_distributions()

    def _adopt(self) -> list[Distribution]:
        adopted: list[Distribution] = []
        for index in self.indexes:
            listed = index.files(self.plan.project, self.plan.version).values()
            adopted += [
                Distribution.from_file(index.fetch(file, self.state.dist))
                for file in listed
                if parse_filename(file.filename) and not (self.state.dist / file.filename).exists()
            ]
        return adopted

    def _take_given(self) -> Sequence[Distribution]:
        for distribution in self.given:
            if not (self.state.dist / distribution.filename).exists():
                shutil.copyfile(distribution.path, self.state.dist / distribution.filename)
        return self.given

    def _build_the_rest(self) -> None:
        with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
            for distribution in self.build(Path(folder)):
                place = self.state.dist / distribution.filename
                if not place.exists() and not (self.given and distribution.kind == "wheel"):
                    shutil.move(distribution.path, place)
