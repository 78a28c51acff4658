"""check-wheel-contents is the oracle where both look at the same thing."""

from __future__ import annotations

import pytest
from check_wheel_contents.checker import WheelChecker
from check_wheel_contents.contents import WheelContents
from tests.unit.checks.archives import WHEEL, all_whats, make_sdist, make_wheel, problems_of, whats

from tagboat.checks import wheel as check

INFO = "demo-1.0.dist-info"
# Codes with a meaning that both share; W004 (modules that cannot be imported) we apply at the top only, as
# real packages load modules with odd names in their own ways. W002 (files with the same bytes) and W009
# (more than one package) are no faults; W1xx and W2xx need a configuration.
CODES = {"W001", "W003", "W004", "W005", "W006", "W007", "W008", "W010"}
EMPTY = {"demo/__init__.py": None, "demo/core.py": None}
LAYOUTS = {
    "good": {},
    "single module": {**EMPTY, "demo.py": ""},
    "two packages": {"second/__init__.py": ""},
    "namespace": {**EMPTY, "space/demo/__init__.py": ""},
    "data in the package": {"demo/data/table.csv": "", "demo/py.typed": ""},
    "path file": {"demo.pth": "import demo\n"},
    "stubs": {"demo-stubs/__init__.pyi": "", "demo-stubs/py.typed": ""},
    "bytecode": {"demo/__pycache__/core.cpython-312.pyc": "", "demo/old.pyo": ""},
    "top-level file": {"README.md": ""},
    "top-level typing marker": {"py.typed": ""},
    "top-level init": {"__init__.py": ""},
    "tests": {"tests/__init__.py": "", "tests/test_a.py": ""},
    "test": {"test/__init__.py": ""},
    "docs": {"docs/conf.py": ""},
    "examples": {"examples/a.py": ""},
    "build": {"build/lib/demo.py": ""},
    "src": {"src/demo/__init__.py": ""},
    "node modules": {"node_modules/x/index.js": ""},
    "environment": {".venv/lib/x.py": ""},
    "no module in a folder": {"assets/logo.svg": ""},
    "module with a dash": {"not-a-module.py": ""},
    "module with dots": {"demo.extra.py": ""},
    "folder with a dash": {"demo-project/demo.py": ""},
    "module under a keyword": {"class/x.py": ""},
    "empty": EMPTY,
    "data only": {**EMPTY, "demo-1.0.data/data/share/x": ""},
    "platlib beside": {"demo-1.0.data/platlib/fast.py": ""},
    "stray in platlib": {"demo-1.0.data/platlib/x.txt": ""},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_are_judged_as_by_check_wheel_contents(tmp_path, name):
    wheel = make_wheel(tmp_path, LAYOUTS[name])
    failed = {each.check.name for each in WheelChecker().check_contents(WheelContents.from_wheel(wheel.path))}
    assert bool(all_whats(wheel, tagged_files=None)) == bool(failed & CODES)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"docs/conf.py": "", "src/x.py": ""}, "takes names in site-packages that are not its own: docs, src"),
        ({"setup.py": ""}, "takes names in site-packages that are not its own: setup.py"),
        (
            {"README.md": "", "__init__.py": ""},
            "puts files beside the packages of other projects: README.md, __init__.py",
        ),
        ({"a-b.py": "", "class/x.py": ""}, "has modules that no import can reach: a-b.py, class"),
        ({"assets/logo.svg": ""}, "has top-level folders without a module: assets"),
    ],
)
def test_what_is_in_the_wrong_place_is_named(tmp_path, files, said):
    wheel = make_wheel(tmp_path, files)
    assert whats(check, wheel) == [f"{wheel.filename} {said}"]
    assert whats(check, wheel, allow=tuple(path.split("/")[0] for path in files)) == []


def test_modules_with_odd_names_inside_a_package_are_its_own_business(tmp_path):
    assert whats(check, make_wheel(tmp_path, {"demo/data/unicode10-0-0.py": ""})) == []


def test_a_project_may_have_a_common_name_when_it_is_its_own(tmp_path):
    wheel = make_wheel(tmp_path, {"cli/__init__.py": ""})
    assert whats(check, wheel, project="cli") == []
    assert len(whats(check, wheel)) == 1


@pytest.mark.parametrize(
    ("backend", "line"),
    [
        ("hatchling.build", 'packages = ["src/demo"]'),
        ("setuptools.build_meta", 'include = ["demo*"]'),
        ("flit_core.buildapi", "Tell the build back end which packages to ship"),
    ],
)
def test_the_advice_is_written_for_the_back_end(tmp_path, backend, line):
    (problem,) = problems_of(check, make_wheel(tmp_path, {"docs/conf.py": ""}), backend=backend)
    assert line in problem.next


def test_an_sdist_is_no_wheel(tmp_path):
    assert whats(check, make_sdist(tmp_path, {"docs/conf.py": ""})) == []


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (None, "demo-1.0-py3-none-any.whl", "has no WHEEL file"),
        (
            WHEEL,
            "demo-1.0-cp312-none-any.whl",
            "is named for other tags than its WHEEL file has: cp312-none-any, py3-none-any",
        ),
        (
            WHEEL + "Tag: py2-none-any\n",
            "demo-1.0-py3-none-any.whl",
            "is named for other tags than its WHEEL file has: py2-none-any",
        ),
        (WHEEL + "Tag: py2-none-any\n", "demo-1.0-py2.py3-none-any.whl", None),
        (
            WHEEL + "Tag: nonsense\n",
            "demo-1.0-py3-none-any.whl",
            "is named for other tags than its WHEEL file has: nonsense",
        ),
        (WHEEL.replace("py3-", "py2.py3-"), "demo-1.0-py2.py3-none-any.whl", None),
        (WHEEL, "demo-1.0-1-py3-none-any.whl", "has another build number in its WHEEL file"),
        (WHEEL + "Build: 1local\n", "demo-1.0-1local-py3-none-any.whl", None),
        (WHEEL.replace("1.0", "2.0"), "demo-1.0-py3-none-any.whl", "is not of wheel version 1: 2.0"),
        (WHEEL.replace("Wheel-Version: 1.0\n", ""), "demo-1.0-py3-none-any.whl", "is not of wheel version 1: None"),
    ],
)
def test_the_wheel_file_agrees_with_the_file_name(tmp_path, text, name, said):
    wheel = make_wheel(tmp_path, {f"{INFO}/WHEEL": text}, name=name)
    assert whats(check, wheel) == ([f"{name} {said}"] if said else [])


def test_compiled_modules_are_not_for_all_platforms(tmp_path):
    files = {"demo/_core.cpython-312-x86_64-linux-gnu.so": ""}
    assert "is tagged for all platforms, but holds compiled modules" in whats(check, make_wheel(tmp_path, files))[0]
    files[f"{INFO}/WHEEL"] = WHEEL.replace("py3-none-any", "cp312-cp312-linux_x86_64")
    assert whats(check, make_wheel(tmp_path, files, name="demo-1.0-cp312-cp312-linux_x86_64.whl")) == []


@pytest.mark.parametrize(
    "files",
    [
        {f"{INFO}/{name}": None for name in ("METADATA", "WHEEL", "licenses/LICENSE", "RECORD")},
        {"other-1.0.dist-info/METADATA": ""},
    ],
)
def test_there_is_one_dist_info_folder(tmp_path, files):
    assert "has no single .dist-info folder" in whats(check, make_wheel(tmp_path, files))[0]


@pytest.mark.parametrize("name", ["demo-1.1-py3-none-any.whl", "other-1.0-py3-none-any.whl"])
def test_the_dist_info_folder_is_named_like_the_wheel(tmp_path, name):
    found = whats(check, make_wheel(tmp_path, name=name))
    assert found == [f"{name} has no single .dist-info folder of its name and version, but {INFO}"]


def test_a_dist_info_folder_without_a_version_is_a_problem(tmp_path):
    files = {f"{INFO}/{name}": None for name in ("METADATA", "WHEEL", "licenses/LICENSE", "RECORD")}
    files["demo.dist-info/WHEEL"] = WHEEL
    assert "has no single" in whats(check, make_wheel(tmp_path, files))[0]
