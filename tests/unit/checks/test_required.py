from __future__ import annotations

import pytest
from tests.unit.checks.archives import PROJECT, make_sdist, make_wheel, whats

from tagboat.checks import required


def test_a_good_release_has_everything(tmp_path):
    assert whats(required, make_sdist(tmp_path), make_wheel(tmp_path)) == []


@pytest.mark.parametrize(
    ("missing", "name"),
    [("README.md", "README"), ("LICENSE", "licence file"), ("pyproject.toml", "pyproject.toml or setup.py")],
)
def test_validate_package_checks_required_files(tmp_path, missing, name):
    tagged = frozenset(PROJECT) - {missing}
    sdist = make_sdist(tmp_path, {missing: None})
    assert whats(required, sdist, tagged_files=tagged) == [f"there is no {name} in the tagged tree"]
    assert whats(required, sdist, tagged_files=None) == [f"demo-1.0.tar.gz holds no {name}"]
    assert whats(required, sdist) == [f"demo-1.0.tar.gz holds no {name}, though {missing} is in the tagged tree"]


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": None, "readme.rst": ""},
        {"README.md": None, "README": ""},
        {"LICENSE": None, "LICENCE.txt": ""},
        {"LICENSE": None, "COPYING": ""},
        {"LICENSE": None, "LICENSE-MIT": ""},
        {"LICENSE": None, "LICENSES/MIT.txt": ""},
        {"pyproject.toml": None, "setup.py": ""},
    ],
)
def test_other_spellings_of_the_required_files_count(tmp_path, files):
    assert whats(required, make_sdist(tmp_path, files), tagged_files=None) == []


def test_a_file_that_the_back_end_took_from_elsewhere_counts(tmp_path):
    tagged = frozenset(PROJECT) - {"LICENSE"}
    assert whats(required, make_sdist(tmp_path), make_wheel(tmp_path), tagged_files=tagged) == []
    assert whats(required, make_wheel(tmp_path), tagged_files=tagged) == ["there is no licence file in the tagged tree"]


def test_a_readme_below_the_top_does_not_count(tmp_path):
    sdist = make_sdist(tmp_path, {"README.md": None, "src/demo/README.md": ""})
    assert whats(required, sdist, tagged_files=None) == ["demo-1.0.tar.gz holds no README"]


def test_files_that_the_configuration_requires_are_looked_for(tmp_path):
    sdist = make_sdist(tmp_path, {"NOTICE": "x"})
    tagged = frozenset({*PROJECT, "NOTICE", "docs/guide.md"})
    assert whats(required, sdist, required=("NOTICE",), tagged_files=tagged) == []
    assert whats(required, sdist, required=("docs/*.md",), tagged_files=tagged) == [
        "demo-1.0.tar.gz holds no docs/*.md, though docs/guide.md is in the tagged tree"
    ]
    assert whats(required, sdist, required=("CITATION.cff",), tagged_files=tagged) == [
        "there is no CITATION.cff in the tagged tree"
    ]


def test_an_sdist_without_sources_is_a_problem(tmp_path):
    files = {path: None for path in PROJECT if path.endswith(".py")} | {"setup.py": ""}
    assert whats(required, make_sdist(tmp_path, files)) == ["demo-1.0.tar.gz holds no source file"]


def test_a_wheel_of_metadata_only_is_empty(tmp_path):
    wheel = make_wheel(tmp_path, {"demo/__init__.py": None, "demo/core.py": None})
    assert whats(required, wheel) == [f"{wheel.filename} is empty: it holds no module that Python can import"]


@pytest.mark.parametrize(
    "path",
    [
        "demo.py",
        "demo/_core.abi3.so",
        "demo/_core.cpython-312-x86_64-linux-gnu.so",
        "demo.pyd",
        "demo-stubs/__init__.pyi",
        "demo-1.0.data/scripts/demo",
        "demo-1.0.data/platlib/demo.py",
    ],
)
def test_what_makes_a_wheel_useful(tmp_path, path):
    wheel = make_wheel(tmp_path, {"demo/__init__.py": None, "demo/core.py": None, path: "x"})
    assert whats(required, wheel) == []


def test_a_wheel_without_a_licence_is_a_problem(tmp_path):
    wheel = make_wheel(tmp_path, {"demo-1.0.dist-info/licenses/LICENSE": None, "demo/LICENSE": "x"})
    assert whats(required, wheel) == [f"{wheel.filename} holds no licence file"]


def test_a_licence_where_older_back_ends_put_it_counts(tmp_path):
    files = {"demo-1.0.dist-info/licenses/LICENSE": None, "demo-1.0.dist-info/COPYING": "x"}
    assert whats(required, make_wheel(tmp_path, files)) == []
