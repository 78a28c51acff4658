"""What the world must be like in the end. Each goal says what is wrong, and nothing when all is well."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.crash.places import NAME
from tests.crash.world import NEW, OLD, TAG

from tagboat.environment import uv_binary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crash.places import Listing
    from tests.crash.world import Facts, World

FILES = {f"demo_pkg-{NEW}.tar.gz", f"demo_pkg-{NEW}-py3-none-any.whl"}
EDITED = {"pyproject.toml", "src/demo_pkg/__init__.py", "CHANGELOG.md"}
HEADS, TAGS = "refs/heads/main", f"refs/tags/{TAG}"


@dataclass(frozen=True, slots=True)
class Goals:
    """The worlds before a release, after it, after its rollback or its promotion, as an undisturbed run leaves them.

    `tree` is what the release commit holds then. With `tracking`, what git remembers of the remote has to be
    as before, too, when a release is taken back: nobody but git itself can answer for that when git is killed.
    """

    base: Facts
    released: Facts
    withdrawn: Facts
    promoted: Facts
    tree: str
    tracking: bool = True

    def is_base(self, world: World) -> Iterator[str]:
        """Byte for byte as before the release."""
        yield from _differences(self.base, world.facts(), tracking=self.tracking)

    def is_released(self, world: World) -> Iterator[str]:
        """One commit, one annotated tag, both on the remote; both files on the index; nothing left to do."""
        facts = world.facts()
        commit, tag = facts.refs.get(HEADS), facts.refs.get(TAGS)
        if commit is None or tag is None:
            yield f"branch {commit}, tag {tag}"
            return
        if world.git("rev-parse", f"{commit}^") != self.base.refs[HEADS]:
            yield "the release commit is not the only one on the base"
        if world.git("rev-parse", f"{commit}^{{tree}}") != self.tree:
            yield "the release commit holds other files: " + world.git("diff", "--stat", self.base.refs[HEADS], commit)
        if world.git("cat-file", "-t", tag) != "tag" or world.git("rev-parse", f"{tag}^{{commit}}") != commit:
            yield f"{TAG} is no annotated tag on the release commit"
        for ref, wanted in ((HEADS, commit), (TAGS, tag)):
            if facts.remote.get(ref) != wanted:
                yield f"{ref} on the remote is {facts.remote.get(ref)}, not {wanted}"
        yield from _differences(_others(self.released), _others(facts))
        yield from self._right_files(world, facts)
        said = world.verdict()
        if said != "nothing-to-do":
            yield f"status says {said}"

    def is_withdrawn(self, world: World) -> Iterator[str]:
        """Nobody gets the new version any more, and nothing else has changed."""
        yield from _differences(self.withdrawn, world.facts())

    def is_promoted(self, world: World) -> Iterator[str]:
        """Released, and the same bytes on the next index."""
        yield from _differences(self.promoted, world.facts())

    def is_offered(self, world: World) -> Iterator[str]:
        """Released, with the very bytes of before."""
        yield from _differences(self.released, world.facts())

    def installs(self, world: World, goal: str) -> Iterator[str]:
        """What is wrong when somebody installs the project in a world that has reached this goal."""
        wanted, found = OLD if goal in ("is_base", "is_withdrawn") else NEW, installed(world)
        if found != wanted:
            yield f"a fresh install gets {found}, not {wanted}"

    def _right_files(self, world: World, facts: Facts) -> Iterator[str]:
        """Whether the index lists exactly both files, with the bytes that were frozen."""
        new = {name: entry for name, entry in facts.listing.items() if NEW in name}
        if new.keys() != FILES or any(yanked is not None for _, yanked in new.values()):
            yield f"of {NEW} the index lists {new}"
        frozen = world.project / ".tagboat" / NEW / "distributions.json"
        hashes = {name: sha256 for name, (sha256, _) in new.items()}
        if frozen.exists() and json.loads(frozen.read_bytes()) != hashes:
            yield f"{frozen.read_text(encoding='utf-8')} was frozen, but the index lists {hashes}"


def installed(world: World) -> str:
    """The version that somebody gets who installs now."""
    with tempfile.TemporaryDirectory() as name:
        index_url = world.place.open(world.folder).simple_url
        environ = {**world.environ, "UV_NO_CONFIG": "1", "UV_CACHE_DIR": f"{name}/cache"}
        words = [uv_binary(), "pip", "install", "--quiet", "--no-deps", "--target", f"{name}/target"]
        subprocess.run([*words, "--default-index", index_url, NAME], env=environ, check=True, cwd=name)
        (metadata,) = Path(name).glob("target/demo_pkg-*.dist-info/METADATA")
        found = re.search(r"^Version: (.+)$", metadata.read_text(encoding="utf-8"), re.MULTILINE)
        return found[1] if found else ""


def _others(facts: Facts) -> Facts:
    """Facts without those of the release itself."""

    def kept(refs: dict[str, str]) -> dict[str, str]:
        return {ref: value for ref, value in refs.items() if ref not in (HEADS, TAGS)}

    listing: Listing = {name: entry for name, entry in facts.listing.items() if NEW not in name}
    return replace(facts, refs=kept(facts.refs), remote=kept(facts.remote), listing=listing)


def _differences(wanted: Facts, found: Facts, *, tracking: bool = False) -> Iterator[str]:
    """What is not as wanted; what git remembers of the remote counts with `tracking` only."""
    for name in wanted.__slots__:
        one, other = getattr(wanted, name), getattr(found, name)
        if isinstance(one, dict):
            for key in sorted(one.keys() | other.keys()):
                if one.get(key) != other.get(key) and (tracking or not key.startswith("refs/remotes/")):
                    yield f"{name}: {key} is {other.get(key)}, not {one.get(key)}"
        elif one != other:
            yield f"{name} is {other!r}, not {one!r}"
