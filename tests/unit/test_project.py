from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from packaging.version import Version
from tests.unit.tree import plant, project_in

from tagboat.config import Config
from tagboat.errors import ConfigError
from tagboat.project import find_changelog

EXAMPLES = Path(__file__).parents[2] / "examples"
STATIC = '[project]\nname = "my-pkg"\nversion = "1.0"\n'


def backend(name: str, text: str = STATIC) -> str:
    return f'{text}[build-system]\nrequires = []\nbuild-backend = "{name}"\n'


def test_databricks_tools_is_read_whole():
    project = project_in(EXAMPLES / "databricks-tools")
    assert (project.name, project.backend, project.requires_python) == ("databricks-tools", "hatchling.build", ">=3.10")
    assert [(place.path, place.where, place.written) for place in project.places] == [
        ("pyproject.toml", "[project] version", "0.2.0"),
        ("src/databricks_tools/__init__.py", "__version__", "0.2.0"),
    ]
    assert project.version == Version("0.2.0")
    assert (project.packages, project.scripts) == (("databricks_tools",), ("databricks-tools",))
    assert project.changelog == "CHANGELOG.md"
    assert not project.version_from_git


def test_duckalog_is_read_whole():
    project = project_in(EXAMPLES / "duckalog")
    assert (project.name, project.backend, project.requires_python) == (
        "duckalog",
        "setuptools.build_meta",
        ">=3.9",
    )
    assert [place.path for place in project.places] == ["pyproject.toml"]
    assert project.version == Version("0.1.0")
    assert (project.packages, project.scripts) == (("duckalog",), ("duckalog",))


def test_a_project_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        project_in(EXAMPLES / "duckalog").name = "x"


def test_the_root_may_be_relative(tmp_path, monkeypatch):
    plant(tmp_path, {"pyproject.toml": STATIC})
    monkeypatch.chdir(tmp_path)
    assert project_in(Path()).root == tmp_path.resolve()


# -- version -------------------------------------------------------------------------------------------


def test_places_that_disagree_are_all_listed_with_their_values(tmp_path):
    plant(
        tmp_path,
        {
            "pyproject.toml": STATIC,
            "my_pkg/__init__.py": "__version__ = '1.1'\n",
            "uv.lock": '[[package]]\nname = "my-pkg"\nversion = "1.0.0"\nsource = { editable = "." }\n',
        },
    )
    with pytest.raises(ConfigError) as caught:
        _ = project_in(tmp_path).version
    assert caught.value.what == "the places that hold the version of my-pkg disagree"
    assert [problem.what for problem in caught.value.problems] == [
        "pyproject.toml, [project] version: 1.0",
        "uv.lock, [[package]] my-pkg: 1.0.0",
        "my_pkg/__init__.py, __version__: 1.1",
    ]


def test_a_version_that_is_not_pep_440_is_an_error_that_names_the_place(tmp_path):
    plant(tmp_path, {"pyproject.toml": '[project]\nname = "a"\nversion = "1.0-final-2"\n'})
    with pytest.raises(ConfigError) as caught:
        _ = project_in(tmp_path).version
    assert [problem.what for problem in caught.value.problems] == ["pyproject.toml, [project] version: 1.0-final-2"]


# -- name ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "name"),
    [
        ({"pyproject.toml": '[project]\nname = "My.Pkg"\nversion = "1"\n'}, "My.Pkg"),
        ({"pyproject.toml": '[tool.poetry]\nname = "my_pkg"\nversion = "1"\n'}, "my_pkg"),
        (
            {
                "pyproject.toml": backend(
                    "flit_core.buildapi", "[tool.flit.metadata]\nmodule = 'my_pkg'\ndist-name = 'dist'\n"
                ),
                "my_pkg.py": "__version__ = '1'",
            },
            "dist",
        ),
        ({"setup.cfg": "[metadata]\nname = a\nversion = 1\n"}, "a"),
        ({"setup.py": "NAME = 'a-b'\nsetup(name=NAME, version='1')\n"}, "a-b"),
        (
            {"pyproject.toml": '[project]\nname = "a-b"\nversion = "1"\n', "setup.py": "setup(name='A_b', **more)\n"},
            "a-b",
        ),
    ],
)
def test_the_name_is_as_the_project_writes_it(tmp_path, tree, name):
    assert project_in(plant(tmp_path, tree)).name == name


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({}, "there is no Python project in"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "there is no Python project in"),
        ({"setup.py": "setup(name=compute())\n"}, "no name that can be read"),
        ({"setup.py": "print('no call')\n"}, "no name that can be read"),
        ({"setup.cfg": "[metadata]\nversion = 1\n"}, "no name that can be read"),
        ({"pyproject.toml": "[project]\nversion = '1'\n"}, "no name that can be read"),
        ({"pyproject.toml": STATIC, "setup.py": "setup(name='other')\n"}, "describes more than one project"),
        (
            {"pyproject.toml": "[tool.uv.workspace]\n", "libs/a/pyproject.toml": STATIC, "b/pyproject.toml": STATIC},
            "Found b, libs/a.",
        ),
        ({"pyproject.toml": "[project\n"}, "line 1, column 9"),
        ({"setup.py": "setup(name=\n"}, "setup.py cannot be read as Python"),
        ({"setup.cfg": "name = a\n"}, "setup.cfg is not valid"),
        ({"setup.cfg": "[metadata]\nname = a\nname = b\n"}, "line 3"),
    ],
)
def test_what_is_no_project_is_an_error_that_says_why(tmp_path, tree, said):
    with pytest.raises(ConfigError) as caught:
        project_in(plant(tmp_path, tree), Config())
    assert said in str(caught.value)


# -- what it holds -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pyproject", "files", "packages"),
    [
        (backend("hatchling.build"), ["src/my_pkg/__init__.py", "src/more/__init__.py"], ("my_pkg",)),
        (backend("hatchling.build"), ["my_pkg/__init__.py", "tests/__init__.py", "docs/__init__.py"], ("my_pkg",)),
        (backend("hatchling.build"), ["MyPkg/__init__.py", "conftest.py", "noxfile.py"], ("MyPkg",)),
        (backend("hatchling.build"), ["src/other/__init__.py"], ("other",)),
        (backend("hatchling.build"), ["my/pkg/__init__.py", "other/x/__init__.py"], ("my.pkg",)),
        (backend("hatchling.build"), ["src/my/a/__init__.py", "src/my/b.py"], ("my.a", "my.b")),
        (backend("hatchling.build"), ["my_pkg.py", "setup.py"], ("my_pkg",)),
        (backend("hatchling.build"), [], ()),
        (
            backend("hatchling.build", STATIC + "[tool.hatch.build]\npackages = ['lib/a', 'b.py']\n"),
            ["lib/a/__init__.py", "b.py", "c.py"],
            ("a", "b"),
        ),
        (
            backend("hatchling.build", STATIC + "[tool.hatch.build.targets.wheel]\nonly-include = ['src/a']\n"),
            ["src/a/__init__.py", "src/b/__init__.py"],
            ("a",),
        ),
        (STATIC, ["src/a/__init__.py", "src/b/__init__.py", "src/c.py", "src/x.egg-info/__init__.py"], ("a", "b", "c")),
        (
            STATIC + "[tool.setuptools]\npackages = ['a', 'a.b', 'c']\n",
            ["a/__init__.py", "a/b/__init__.py", "c/x.py", "d/__init__.py"],
            ("a", "c"),
        ),
        (STATIC + "[tool.setuptools]\npy-modules = ['one', 'gone']\n", ["one.py", "two.py"], ("one",)),
        (
            STATIC + "[tool.setuptools.packages.find]\nwhere = ['python']\ninclude = ['a*']\nexclude = ['ab*']\n",
            ["python/a/__init__.py", "python/ab/__init__.py", "python/b/__init__.py"],
            ("a",),
        ),
        (STATIC + "[tool.setuptools.package-dir]\n'' = 'code'\n", ["code/a/__init__.py", "b/__init__.py"], ("a",)),
        (backend("poetry.core.masonry.api"), ["my_pkg/__init__.py", "x/__init__.py"], ("my_pkg",)),
        (
            backend(
                "poetry.core.masonry.api",
                STATIC + "[tool.poetry]\npackages = [{include='a', from='lib'}, {include='b/**/*.py'}]\n",
            ),
            ["lib/a/__init__.py", "b/x.py"],
            ("a", "b"),
        ),
        (backend("flit_core.buildapi"), ["src/my_pkg/__init__.py"], ("my_pkg",)),
        (backend("flit_core.buildapi", STATIC + "[tool.flit.module]\nname = 'a.b'\n"), ["a/b/__init__.py"], ("a.b",)),
        (backend("pdm.backend"), ["src/my_pkg/__init__.py"], ("my_pkg",)),
        (
            backend("pdm.backend", STATIC + "[tool.pdm.build]\nincludes = ['lib/a', 'lib/data.txt']\n"),
            ["lib/a/__init__.py", "lib/data.txt"],
            ("a",),
        ),
        (backend("pdm.backend", STATIC + "[tool.pdm.build]\npackage-dir = 'lib'\n"), ["lib/a/__init__.py"], ("a",)),
        (backend("uv_build"), ["src/my_pkg/__init__.py", "src/x/__init__.py"], ("my_pkg",)),
        (
            backend("uv_build", STATIC + "[tool.uv.build-backend]\nmodule-name = ['a', 'b.c']\nmodule-root = ''\n"),
            ["a/__init__.py", "b/c/__init__.py"],
            ("a", "b.c"),
        ),
        (backend("maturin"), ["python/my_pkg/__init__.py"], ("my_pkg",)),
        (backend("maturin"), ["src/lib.rs"], ("my_pkg",)),
        (
            backend("maturin", STATIC + "[tool.maturin]\npython-source = 'py'\nmodule-name = 'a._native'\n"),
            ["py/a/__init__.py"],
            ("a",),
        ),
    ],
)
def test_the_import_packages_are_those_that_the_back_end_takes(tmp_path, pyproject, files, packages):
    plant(tmp_path, {"pyproject.toml": pyproject, **dict.fromkeys(files, "")})
    assert project_in(tmp_path).packages == packages


@pytest.mark.parametrize(
    ("tree", "packages"),
    [
        (
            {
                "setup.cfg": "[metadata]\nname = a\nversion = 1\n[options]\npackages = find:\n[options.packages.find]\n"
                "where = lib\nexclude =\n  t*\n  u*\n",
                "lib/a/__init__.py": "",
                "lib/t/__init__.py": "",
            },
            ("a",),
        ),
        (
            {
                "setup.cfg": "[metadata]\nname = a\nversion = 1\n[options]\npackages = x, y\npy_modules = z\n",
                "x/__init__.py": "",
                "y/__init__.py": "",
                "z.py": "",
            },
            ("x", "y", "z"),
        ),
        (
            {"setup.py": "setup(name='a', version='1', packages=['b'], py_modules=['c'])", "b/x.py": "", "c.py": ""},
            ("b", "c"),
        ),
        (
            {"setup.py": "setup(name='a', version='1', packages=find_packages(where='l'))", "l/b/__init__.py": ""},
            ("b",),
        ),
        ({"setup.py": "setup(name='a', version='1', packages=find_packages())", "b/__init__.py": ""}, ("b",)),
        ({"setup.py": "setup(name='a', version='1', packages=walk())", "src/b/__init__.py": ""}, ("b",)),
        (
            {
                "setup.py": "setup(name='a', version='1', package_dir={'': 'l'})",
                "l/b/__init__.py": "",
                "c/__init__.py": "",
            },
            ("b",),
        ),
    ],
)
def test_packages_of_setup_cfg_and_setup_py_are_read(tmp_path, tree, packages):
    assert project_in(plant(tmp_path, tree)).packages == packages


@pytest.mark.parametrize(
    ("tree", "specifier"),
    [
        ({"pyproject.toml": STATIC}, ""),
        ({"pyproject.toml": STATIC + 'requires-python = ">=3.9,<4"\n'}, ">=3.9,<4"),
        ({"setup.cfg": "[metadata]\nname = a\nversion = 1\n[options]\npython_requires = >=3.8\n"}, ">=3.8"),
        ({"setup.py": "setup(name='a', version='1', python_requires='>=3.7')\n"}, ">=3.7"),
        *(
            (
                {
                    "pyproject.toml": '[tool.poetry]\nname="a"\nversion="1"\n'
                    f'[tool.poetry.dependencies]\npython = "{said}"\n'
                },
                read,
            )
            for said, read in {
                "^3.9": ">=3.9,<4",
                "^3": ">=3,<4",
                "~3.9.1": ">=3.9.1,<3.10",
                "~3": ">=3,<4",
                ">=3.9, <3.13": ">=3.9,<3.13",
                "3.11.*": "==3.11.*",
                "*": "",
                "^3.8 || ^4.0": "",
            }.items()
        ),
    ],
)
def test_the_python_versions_are_a_specifier(tmp_path, tree, specifier):
    assert project_in(plant(tmp_path, tree)).requires_python == specifier


@pytest.mark.parametrize(
    "tree",
    [
        {"pyproject.toml": STATIC + "[project.scripts]\none = 'a:b'\ntwo = 'a:c'\n"},
        {"pyproject.toml": STATIC + "[tool.poetry.scripts]\none = 'a:b'\ntwo = {callable='a:c'}\n"},
        {"pyproject.toml": STATIC + "[tool.flit.scripts]\none = 'a:b'\ntwo = 'a:c'\n"},
        {
            "setup.cfg": "[metadata]\nname = a\nversion = 1\n[options.entry_points]\nconsole_scripts =\n"
            "    one = a:b\n    two=a:c\n"
        },
        {"setup.py": "setup(name='a', version='1', entry_points={'console_scripts': ['one = a:b', 'two=a:c']})"},
        {"setup.py": "setup(name='a', version='1', entry_points='[console_scripts]\\none = a:b\\ntwo=a:c\\n')"},
    ],
)
def test_the_commands_are_found(tmp_path, tree):
    assert project_in(plant(tmp_path, tree)).scripts == ("one", "two")


def test_entry_points_that_cannot_be_read_are_no_commands(tmp_path):
    plant(tmp_path, {"setup.py": "setup(name='a', version='1', entry_points='one = a:b')"})
    assert project_in(tmp_path).scripts == ()


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ([], None),
        (["README.md", "changelog/x.md"], None),
        (["CHANGELOG.md", "CHANGES.rst"], "CHANGELOG.md"),
        (["changelog.rst"], "changelog.rst"),
        (["Changes.md"], "Changes.md"),
        (["HISTORY.rst"], "HISTORY.rst"),
        (["NEWS"], "NEWS"),
        (["docs/changelog.md"], "docs/changelog.md"),
        (["docs/changelog.md", "NEWS.md"], "NEWS.md"),
        (["CHANGELOG.md/x", "CHANGES.md"], "CHANGES.md"),
    ],
)
def test_the_changelog_is_found_whatever_its_name(tmp_path, files, found):
    plant(tmp_path, dict.fromkeys(files, ""))
    assert find_changelog(tmp_path) == found


@pytest.mark.parametrize(
    ("config", "changelog"),
    [
        (Config(), "CHANGES.md"),
        (Config(changelog="docs/new.md"), "docs/new.md"),
        (Config(changelog=False), None),
    ],
)
def test_the_configuration_decides_on_the_changelog(tmp_path, config, changelog):
    plant(tmp_path, {"pyproject.toml": STATIC, "CHANGES.md": ""})
    assert project_in(tmp_path, config).changelog == changelog


def test_a_missing_changelog_will_be_made(tmp_path):
    assert project_in(plant(tmp_path, {"pyproject.toml": STATIC})).changelog == "CHANGELOG.md"


def test_odd_values_in_the_files_do_no_harm(tmp_path):
    pyproject = (
        'tool.hatch = 1\ntool.poetry.packages = "x"\n[project]\nname = "a"\nversion = "1"\nscripts = 3\ndynamic = "x"\n'
    )
    assert project_in(plant(tmp_path, {"pyproject.toml": pyproject})).version == Version("1")
