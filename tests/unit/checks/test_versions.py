from __future__ import annotations

import pytest
from packaging.version import Version
from tests.unit.checks.archives import make_sdist, make_wheel, metadata, problems_of, whats, wheel_metadata

from tagboat.checks import versions


def test_all_places_agree(tmp_path):
    assert whats(versions, make_sdist(tmp_path), make_wheel(tmp_path)) == []


def test_versions_are_compared_as_versions_not_as_text(tmp_path):
    wheel = make_wheel(tmp_path, {"demo/__init__.py": '__version__ = "v1.0.0"\n'})
    assert whats(versions, wheel, version=Version("1.0.0")) == []


def test_another_tag_than_the_format_makes_is_a_problem(tmp_path):
    (what,) = whats(versions, make_wheel(tmp_path), tag="1.0")
    assert what == "the tag is 1.0, but version 1.0 is tagged v1.0"


def test_without_a_tag_there_is_nothing_to_compare(tmp_path):
    assert whats(versions, make_wheel(tmp_path), tag="") == []


def test_an_old_file_is_named_with_what_it_says(tmp_path):
    found = whats(versions, make_sdist(tmp_path), make_wheel(tmp_path), version=Version("1.1"))
    assert found == [
        "demo-1.0.tar.gz, demo-1.0-py3-none-any.whl: the file name says 1.0, but 1.1 is being released",
        "demo-1.0.tar.gz, demo-1.0-py3-none-any.whl: the metadata says 1.0, but 1.1 is being released",
        "demo-1.0-py3-none-any.whl: __version__ in demo/__init__.py says 1.0, but 1.1 is being released",
    ]


def test_metadata_of_another_version_is_a_problem(tmp_path):
    sdist = make_sdist(tmp_path, {"PKG-INFO": metadata("Version: 2.0")})
    assert whats(versions, sdist) == ["demo-1.0.tar.gz: the metadata says 2.0, but 1.0 is being released"]


@pytest.mark.parametrize("place", ["file", "metadata"])
def test_another_project_is_a_problem(tmp_path, place):
    if place == "file":
        (found,) = {
            what.partition(": ")[2] for what in whats(versions, make_wheel(tmp_path, name="other-1.0-py3-none-any.whl"))
        }
        assert found == "the file name says other, but the project is demo"
    else:
        (what,) = whats(versions, make_wheel(tmp_path, wheel_metadata("Name: other")))
        assert what.endswith("the metadata says other, but the project is demo")


def test_names_are_compared_normalised(tmp_path):
    wheel = make_wheel(tmp_path, wheel_metadata("Name: Demo"))
    assert whats(versions, wheel, project="DEMO") == []


@pytest.mark.parametrize(
    "source",
    [
        '__version__ = "0.9"\n',
        '__version__: str = "0.9"\n',
        'version = __version__ = "0.9"\n',
        '"""Doc."""\nimport os\n\n__version__ = "not a version"\n',
        '\ufeff__version__ = "0.9"\n',
    ],
)
def test_a_literal_that_disagrees_is_found(tmp_path, source):
    (problem,) = problems_of(versions, make_wheel(tmp_path, {"demo/__init__.py": source}))
    assert "__version__ in demo/__init__.py says" in problem.what


@pytest.mark.parametrize(
    "source",
    [
        "from importlib.metadata import version\n__version__ = version('demo')\n",
        "__version__ = None\n",
        "__version__: str\n",
        "__version__ = 0.9\n",
        "__version__ += 'x'\n",
        "def f():\n    __version__ = '0.9'\n",
        "print '__version__'\n",  # not Python 3
        "__version__ = '0.9\x00'\n",
        "from elsewhere import __version__\n",
        "from . import __version__\n",
        "from ._gone import __version__\n",
        "# __version__\n'\\d'\n",
        "VERSION = '0.9'\n__all__ = ['__version__']\n",
    ],
)
def test_what_is_no_literal_is_left_to_the_installed_package(tmp_path, source):
    assert whats(versions, make_wheel(tmp_path, {"demo/__init__.py": source})) == []


def test_a_version_imported_from_the_module_beside_it_is_followed(tmp_path):
    files = {
        "demo/__init__.py": "from ._version import __version__\n",
        "demo/_version.py": "__version__ = version = '0.9'\n",
    }
    (what,) = whats(versions, make_wheel(tmp_path, files))
    assert what.endswith("__version__ in demo/_version.py says 0.9, but 1.0 is being released")


def test_modules_that_import_from_each_other_end(tmp_path):
    files = {
        "demo/__init__.py": "from .a import __version__\n",
        "demo/a.py": "from .b import __version__\n",
        "demo/b.py": "from .a import __version__\n",
    }
    assert whats(versions, make_wheel(tmp_path, files)) == []


def test_a_single_module_is_looked_into(tmp_path):
    wheel = make_wheel(tmp_path, {"single.py": '__version__ = "0.9"\n'})
    assert len(whats(versions, wheel)) == 1


def test_a_version_below_the_top_level_is_nobodys_business(tmp_path):
    wheel = make_wheel(tmp_path, {"demo/vendored/__init__.py": '__version__ = "7"\n'})
    assert whats(versions, wheel) == []
