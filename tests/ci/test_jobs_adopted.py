"""`tagboat ci build` where an index has files of the version already: what the source does not build is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.ci.planted import other_bytes
from tests.ci.test_jobs_build import platform_wheel

from tagboat.distribution import Distribution, sha256_of
from tagboat.index.kinds.directory import DirectoryIndex

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.checkout import Origin, Packed, Ran

WHEEL = "demo_pkg-0.2.0-py3-none-any.whl"


def build(origin: Origin, at: Path, name: str, wheel: bytes) -> Ran:
    """The build job, where the index `staging` has this file."""
    file = at / name
    file.write_bytes(wheel)
    job = origin.github(at, "push", "refs/tags/v0.2.0")
    DirectoryIndex("staging", at / "staging").upload(Distribution.from_file(file))
    return job.run("ci", "build", TAGBOAT_TAG="v0.2.0", TAGBOAT_VERSION="0.2.0")


@pytest.fixture
def wheel(packed: Packed) -> bytes:
    return (packed.artifact / "dist" / WHEEL).read_bytes()


def test_the_same_contents_in_other_bytes_are_adopted(origin: Origin, wheel: bytes, tmp_path: Path) -> None:
    ran = build(origin, tmp_path, WHEEL, other_bytes(wheel))
    assert ran.code == 0, ran.stderr
    assert sha256_of(tmp_path / WHEEL) in ran.outputs["sha256sums"]


def test_a_module_that_the_source_does_not_have_is_refused(origin: Origin, wheel: bytes, tmp_path: Path) -> None:
    modules = {f"demo_pkg/more{number}__py": "print('ahoy')\n" for number in range(6)}
    ran = build(origin, tmp_path, WHEEL, other_bytes(wheel, **modules))
    assert ran.code == 5
    said = " ".join(ran.stderr.split())
    assert f"{WHEEL} differs in demo_pkg/more0.py" in said
    assert "and 1 more" in said
    assert ran.outputs == {}


def test_a_file_that_the_source_does_not_build_is_refused(origin: Origin, packed: Packed, tmp_path: Path) -> None:
    made = platform_wheel(packed.artifact / "dist" / WHEEL, tmp_path / "made", "manylinux_2_17_x86_64")
    ran = build(origin, tmp_path, made.name, made.read_bytes())
    assert ran.code == 5
    assert f"{made.name} is no file that this source builds" in " ".join(ran.stderr.split())
