"""The oracle for our front end is pypa/build: the same files, byte for byte, from every back end."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.projects import BACKENDS, commit_all, make_project

from tagboat import process
from tagboat.builder import build, start_worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EPOCH = 1_700_000_000

MEMBERS_ONLY = frozenset({"setuptools", "setup.cfg", "setup.py", "setuptools-scm", "pdm-backend"})
"""These write the time of the build into an sdist: two runs of pypa/build differ, so members are compared."""

COMPILED = ".data/scripts/"
PLACE_BOUND = re.compile(rf"{COMPILED}|\.dist-info/sboms/|/RECORD$")
"""What cargo makes depends on the folder it runs in, a new one in each run of pypa/build: names are compared."""

pytestmark = [pytest.mark.backend, pytest.mark.slow]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


def oracle(source: Path, destination: Path) -> dict[str, Path]:
    """Build with pypa/build, which makes the wheel from the sdist when it is asked for neither."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("UV_", "PIP_", "PYTHON"))}
    process.run(
        [sys.executable, "-m", "build", "--installer", "uv", "--outdir", destination, source],
        env={**environ, "SOURCE_DATE_EPOCH": str(EPOCH), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return {path.name: path for path in destination.iterdir()}


def ours(source: Path, destination: Path, cache: Path) -> dict[str, Path]:
    built = build(source, destination, epoch=EPOCH, cache=cache)
    assert [distribution.kind for distribution in built] == ["sdist", "wheel"]
    assert {distribution.path for distribution in built} == set(destination.iterdir())
    return {distribution.filename: distribution.path for distribution in built}


def members(path: Path) -> list[tuple[object, ...]]:
    """Names, modes, kinds and contents of an sdist, sorted; times and owners are the machine's."""
    with tarfile.open(path) as archive:
        return sorted(
            (
                member.name,
                member.mode,
                member.type,
                archive.extractfile(member).read() if member.isfile() else b"",  # type: ignore[union-attr]
            )
            for member in archive
        )


def wheel_members(path: Path) -> dict[str, object]:
    """Names, modes, times and contents of a wheel, but for the contents that are bound to a place."""
    with zipfile.ZipFile(path) as archive:
        return {
            info.filename: (
                info.external_attr,
                info.date_time,
                b"" if PLACE_BOUND.search(info.filename) else archive.read(info),
            )
            for info in archive.infolist()
        }


def assert_same(expected: dict[str, Path], got: dict[str, Path], *, members_only: bool = False) -> None:
    assert got.keys() == expected.keys()
    for name, path in expected.items():
        if members_only and name.endswith(".tar.gz"):
            assert members(got[name]) == members(path), name
        elif name.endswith(".whl") and any(COMPILED in member for member in zipfile.ZipFile(path).namelist()):
            assert wheel_members(got[name]) == wheel_members(path), name
        else:
            assert got[name].read_bytes() == path.read_bytes(), name


def compare(
    tmp_path: Path, cache: Path, prepare: Callable[[Path], object], *, members_only: bool = False
) -> dict[str, Path]:
    """Build two copies of a project, one with pypa/build and one with tagboat, and compare."""
    project = tmp_path / "project"
    prepare(project)
    copy, another = tmp_path / "copy", tmp_path / "another"
    shutil.copytree(project, copy, symlinks=True)
    shutil.copytree(project, another, symlinks=True)
    got = ours(copy, tmp_path / "ours", cache)
    expected = oracle(project, tmp_path / "theirs")
    assert_same(expected, got, members_only=members_only)
    # Once more, by a process that began before it had anything to build.
    worker = start_worker(another, cache=cache)
    again = build(another, tmp_path / "again", epoch=EPOCH, cache=cache, worker=worker)
    assert worker is None or worker.done
    assert_same(expected, {each.filename: each.path for each in again}, members_only=members_only)
    return got


def cargo_works() -> bool:
    """Whether there is a Rust toolchain, and not only a name on PATH that would fetch one."""
    cargo = shutil.which("cargo")
    return cargo is not None and subprocess.run([cargo, "--version"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("layout", ["src", pytest.param("flat", marks=pytest.mark.nightly)])
@pytest.mark.parametrize("backend", sorted(BACKENDS))
def test_files_are_those_of_pypa_build(backend: str, layout: str, tmp_path: Path, cache: Path) -> None:
    if backend == "maturin" and not (cargo_works() and layout == "src"):
        pytest.skip("maturin needs cargo, and knows one layout")

    def prepare(project: Path) -> None:
        make_project(project, backend, layout=layout)
        commit_all(project, tag="v0.1.0")

    got = compare(tmp_path, cache, prepare, members_only=backend in MEMBERS_ONLY)
    assert [name for name in got if name.startswith("demo_pkg-0.1.0")] == list(got)


@pytest.mark.parametrize("backend", ["hatchling", "flit-core", "poetry-core", "uv-build", "in-tree"])
def test_two_builds_give_the_same_bytes(backend: str, tmp_path: Path, cache: Path) -> None:
    project = make_project(tmp_path / "project", backend)
    assert_same(ours(project, tmp_path / "one", cache), ours(project, tmp_path / "two", cache))


@pytest.mark.nightly
@pytest.mark.parametrize("backend", ["setuptools", "pdm-backend"])
def test_some_sdists_differ_between_two_runs_of_the_oracle_itself(backend: str, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", backend)
    assert differing(oracle(project, tmp_path / "one"), oracle(project, tmp_path / "two")) == [".tar.gz"]


def test_compiled_wheels_differ_between_two_runs_of_the_oracle_itself(tmp_path: Path) -> None:
    if not cargo_works():
        pytest.skip("there is no cargo")
    project = make_project(tmp_path / "project", "maturin")
    assert differing(oracle(project, tmp_path / "one"), oracle(project, tmp_path / "two")) == [".whl"]


def differing(one: dict[str, Path], two: dict[str, Path]) -> list[str]:
    endings = {".tar.gz", ".whl"}
    return sorted(
        next(ending for ending in endings if name.endswith(ending))
        for name in one
        if one[name].read_bytes() != two[name].read_bytes()
    )


def test_an_in_tree_back_end_that_differs_in_the_sdist_makes_the_wheel_from_there(tmp_path: Path, cache: Path) -> None:
    """The sdist's own copy of the back end says so in the wheel; the tree's copy would say something else."""

    def prepare(project: Path) -> None:
        make_project(project, "in-tree")
        backend = project / "tools" / "backend.py"
        text = backend.read_text().replace(
            "(str(path), path.read_bytes())",
            '(str(path), path.read_bytes().replace(b"Generator: tests", b"Generator: sdist"))',
        )
        backend.write_text(text)

    got = compare(tmp_path, cache, prepare)
    with zipfile.ZipFile(got["demo_pkg-0.1.0-py3-none-any.whl"]) as wheel:
        assert b"Generator: sdist" in wheel.read("demo_pkg-0.1.0.dist-info/WHEEL")


def test_a_wheel_with_more_requirements_than_the_sdist_gets_them(tmp_path: Path, cache: Path) -> None:
    """An old setuptools asks for the distribution `wheel` in a hook."""

    def prepare(project: Path) -> None:
        make_project(project, "setup.cfg")
        path = project / "pyproject.toml"
        path.write_text(path.read_text().replace("setuptools>=77", "setuptools==69.0.2"))

    compare(tmp_path, cache, prepare, members_only=True)


def test_a_wheel_with_a_compiled_extension_is_the_same(tmp_path: Path, cache: Path) -> None:
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler")

    def prepare(project: Path) -> None:
        make_project(project, "setuptools")
        (project / "fast.c").write_text(
            '#include <Python.h>\nstatic struct PyModuleDef m = {PyModuleDef_HEAD_INIT, "fast"};\n'
            "PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&m); }\n"
        )
        (project / "setup.py").write_text(
            "from setuptools import Extension, setup\n"
            'setup(ext_modules=[Extension("demo_pkg.fast", ["fast.c"], extra_compile_args=["-g0"])])\n'
        )

    compare(tmp_path, cache, prepare, members_only=True)
