from __future__ import annotations

import tarfile

import pytest
from tests.unit.checks.archives import PACKAGE, PROJECT, make_sdist, make_wheel, metadata, problems_of, whats

from tagboat.checks import sdist as check


def tree(*more):
    return frozenset({*PROJECT, *more})


def test_an_sdist_of_the_tagged_tree_passes(tmp_path):
    assert whats(check, make_sdist(tmp_path), make_wheel(tmp_path)) == []


def test_without_a_tree_there_is_nothing_to_compare(tmp_path):
    sdist = make_sdist(tmp_path, {"foreign.txt": ""})
    assert whats(check, sdist, make_wheel(tmp_path), tagged_files=None) == []


def test_foreign_files_are_named(tmp_path):
    sdist = make_sdist(tmp_path, {"notes.txt": "", "src/demo/draft.py": ""})
    (problem,) = problems_of(check, sdist)
    assert problem.what == "demo-1.0.tar.gz holds files that are not in the tagged tree: notes.txt, src/demo/draft.py"
    assert 'exclude = ["/notes.txt", "/src/demo/draft.py"]' in problem.next


def test_many_files_are_counted(tmp_path):
    sdist = make_sdist(tmp_path, {f"notes-{number}.txt": "" for number in range(9)})
    assert whats(check, sdist)[0].endswith("notes-3.txt, notes-4.txt and 4 more")


@pytest.mark.parametrize(
    "path",
    [
        "PKG-INFO",
        "setup.cfg",
        "src/demo.egg-info/SOURCES.txt",
        "demo.egg-info/PKG-INFO",
        "pyproject.toml.orig",
        "Cargo.lock",
        "src/demo/_version.py",
        "src/demo/version.py",
        "src/demo/__version__.py",
        "src/demo/_version.pyi",
        "VERSION",
    ],
)
def test_what_back_ends_write_themselves_is_not_foreign(tmp_path, path):
    assert whats(check, make_sdist(tmp_path, {path: ""} if path != "PKG-INFO" else {})) == []


@pytest.mark.parametrize(("backend", "count"), [("poetry.core.masonry.api", 0), ("hatchling.build", 1)])
def test_a_setup_py_that_nobody_tracks_is_written_by_some_back_ends(tmp_path, backend, count):
    assert len(whats(check, make_sdist(tmp_path, {"setup.py": ""}), backend=backend)) == count


def test_files_of_a_submodule_are_not_foreign(tmp_path):
    sdist = make_sdist(tmp_path, {"vendor/lib/a.c": ""})
    assert whats(check, sdist, tagged_files=tree("vendor/lib")) == []


def test_licence_files_of_the_metadata_are_not_foreign(tmp_path):
    files = {"licences/vendored.txt": "", "PKG-INFO": metadata("License-File: licences/vendored.txt")}
    assert whats(check, make_sdist(tmp_path, files)) == []


def test_foreign_files_may_be_allowed(tmp_path):
    assert whats(check, make_sdist(tmp_path, {"src/demo/_parser.c": ""}), allow=("src/demo/*.c",)) == []


def test_secrets_and_caches_are_left_to_their_own_check(tmp_path):
    assert whats(check, make_sdist(tmp_path, {".env": "", "tests/a.py": ""})) == []


def test_source_files_that_do_not_reach_the_sdist_are_named(tmp_path):
    sdist = make_sdist(tmp_path, {"src/demo/core.py": None})
    assert whats(check, sdist, make_wheel(tmp_path)) == [
        "demo-1.0.tar.gz lacks source files of the project: src/demo/core.py"
    ]


@pytest.mark.parametrize("path", ["demo/core.py", "demo/sub/deep.py", "demo/py.typed", "demo/core.pyi"])
def test_source_files_that_do_not_reach_the_wheel_are_named(tmp_path, path):
    wheel = make_wheel(tmp_path, {path: None})
    sdist = make_sdist(tmp_path, {f"src/{path}": ""})
    assert whats(check, sdist, wheel, tagged_files=tree(f"src/{path}")) == [
        f"{wheel.filename} lacks source files of the project: src/{path}"
    ]


def test_a_module_that_was_compiled_is_not_lost(tmp_path):
    wheel = make_wheel(tmp_path, {"demo/core.py": None, "demo/core.cpython-312-x86_64-linux-gnu.so": ""})
    assert whats(check, make_sdist(tmp_path), wheel) == []


def test_a_package_that_does_not_reach_the_wheel_is_named(tmp_path):
    more = {"src/second/__init__.py": "", "src/second/a.py": ""}
    found = whats(check, make_sdist(tmp_path, more), make_wheel(tmp_path), tagged_files=tree(*more))
    assert found == [
        "demo-1.0-py3-none-any.whl lacks source files of the project: src/second/__init__.py, src/second/a.py"
    ]


def test_package_data_that_reaches_nothing_is_named(tmp_path):
    tagged = tree("src/demo/data/table.csv", "src/demo/.gitkeep", "src/demo/tests/test_a.py", "data.csv")
    assert whats(check, make_sdist(tmp_path), make_wheel(tmp_path), tagged_files=tagged) == [
        "files of the package are neither in the sdist nor in a wheel: src/demo/data/table.csv"
    ]
    assert whats(check, make_wheel(tmp_path), tagged_files=tagged) == []
    assert whats(check, make_sdist(tmp_path), make_wheel(tmp_path), tagged_files=tagged, allow=("src/demo/data",)) == []


@pytest.mark.parametrize("files", [{"src/demo/_fast.pyx": ""}, {}])
def test_data_in_the_sdist_or_in_the_wheel_is_enough(tmp_path, files):
    sdist = make_sdist(tmp_path, files)
    wheel = make_wheel(tmp_path, {} if files else {"demo/_fast.pyx": ""})
    assert whats(check, sdist, wheel, tagged_files=tree("src/demo/_fast.pyx")) == []


def test_a_flat_layout_is_understood(tmp_path):
    flat = {f"src/{path}": None for path in PACKAGE} | dict(PACKAGE)
    sdist = make_sdist(tmp_path, flat)
    tagged = frozenset({"pyproject.toml", "README.md", "LICENSE", *PACKAGE, "docs/__init__.py"})
    assert whats(check, sdist, make_wheel(tmp_path), tagged_files=tagged) == []
    wheel = make_wheel(tmp_path, {"demo/core.py": None})
    assert whats(check, sdist, wheel, tagged_files=tagged) == [
        "demo-1.0-py3-none-any.whl lacks source files of the project: demo/core.py"
    ]


def test_a_namespace_package_is_understood(tmp_path):
    files = {"src/space/part/a.py": "", **{f"src/{path}": None for path in PACKAGE}}
    in_wheel = {"space/part/a.py": "", **dict.fromkeys(PACKAGE)}
    tagged = frozenset({"pyproject.toml", "README.md", "LICENSE", "src/space/part/a.py", "src/space/part/b.py"})
    assert whats(check, make_sdist(tmp_path, files), make_wheel(tmp_path, in_wheel), tagged_files=tagged) == [
        "demo-1.0.tar.gz lacks source files of the project: src/space/part/b.py",
        "demo-1.0-py3-none-any.whl lacks source files of the project: src/space/part/b.py",
    ]


def test_a_wheel_that_comes_from_elsewhere_has_no_place_in_the_tree(tmp_path):
    assert whats(check, make_wheel(tmp_path), tagged_files=frozenset({"a.py"})) == []


def test_everything_lies_in_one_folder_named_for_the_release(tmp_path):
    assert whats(check, make_sdist(tmp_path, top="demo-main"))[0].startswith(
        "demo-1.0.tar.gz does not hold one single folder demo-1.0, but also demo-main/pyproject.toml"
    )
    stray = tarfile.TarInfo("stray.txt")
    assert whats(check, make_sdist(tmp_path, extra=(stray,))) == [
        "demo-1.0.tar.gz does not hold one single folder demo-1.0, but also stray.txt"
    ]


@pytest.mark.parametrize("name", ["Demo-1.0.tar.gz", "demo-1.0rc01.tar.gz", "my-demo-1.0.tar.gz"])
def test_the_file_name_is_normalised(tmp_path, name):
    (what,) = whats(check, make_sdist(tmp_path, name=name, top=name.removesuffix(".tar.gz")))
    normal = name.lower().replace("my-", "my_").replace("rc01", "rc1")
    assert what == f"{name} should be named {normal}"
