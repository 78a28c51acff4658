from __future__ import annotations

import pytest
from tests.unit.checks.archives import make_sdist, make_wheel, whats, wheel_metadata

from tagboat.checks import entry_points


def found_in(tmp_path, text, **more):
    files = {"demo-1.0.dist-info/entry_points.txt": text, **more}
    return [what.partition(": ")[2] for what in whats(entry_points, make_wheel(tmp_path, files))]


def test_without_entry_points_there_is_no_problem(tmp_path):
    assert whats(entry_points, make_wheel(tmp_path), make_sdist(tmp_path)) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[console_scripts]\ndemo = demo.core:main\n",
        "[console_scripts]\ndemo-2.x = demo.core : Class.method [extra]\n",
        "[console_scripts]\n\ufeffx = demo:y\n",
        "[gui_scripts]\ndemo = demo:main\n",
        "[pytest11]\nDemo = demo\n[a.group]\nx = demo.core:x\n# comment\n; too\n",
        "[DEFAULT]\nx = demo\n",
        "[a]\nwith space and % sign = demo\n",
    ],
)
def test_good_entry_points_pass(tmp_path, text):
    assert found_in(tmp_path, text.replace("\ufeff", "")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[console_scripts]\ndemo = demo.cli:main\n", "names the module demo.cli, which is not in the wheel"),
        ("[console_scripts]\ndemo = other:main\n", "names the module other, which is not in the wheel"),
        ("[console_scripts]\ndemo = demo\n", "needs a plain name, and a function"),
        ("[console_scripts]\n../demo = demo:main\n", "needs a plain name, and a function"),
        ("[console_scripts]\ndemo = demo.core.main()\n", "is not written as module:attribute"),
        ("[console_scripts]\ndemo =\n", "is not written as module:attribute"),
        ("[a-b]\nx = demo\n", "'a-b' is not a name for a group of entry points"),
        ("demo = demo:main\n", "entry_points.txt cannot be read"),
        ("[a]\nx = demo\nx = demo\n", "entry_points.txt cannot be read"),
        ("[a]\nx\n", "entry_points.txt cannot be read"),
    ],
)
def test_bad_entry_points_are_named(tmp_path, text, said):
    (what,) = found_in(tmp_path, text)
    assert said in what


def test_entry_points_that_are_not_utf_8_cannot_be_read(tmp_path):
    (what,) = found_in(tmp_path, "[a]\nä = demo\n".encode("latin-1"))
    assert "cannot be read" in what


def test_compiled_modules_and_namespace_packages_count(tmp_path):
    text = "[a]\nx = demo._fast:f\ny = space.part\nz = space\n"
    files = {"demo/_fast.abi3.so": "", "space/part/__init__.py": ""}
    assert found_in(tmp_path, text, **files) == []


def test_a_module_of_a_dependency_may_be_named(tmp_path):
    files = wheel_metadata("Requires-Dist: rich")
    assert found_in(tmp_path, "[console_scripts]\ndemo = rich.console:main\n", **files) == []
    assert len(found_in(tmp_path, "[console_scripts]\ndemo = demo.console:main\n", **files)) == 1
