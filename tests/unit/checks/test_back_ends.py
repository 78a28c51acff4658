"""What real build back ends make of a project, and whether the advice for each of them works."""

from __future__ import annotations

import os
import subprocess

import pytest
import uv
from tests.unit.checks.archives import facts

from tagboat.checks import run_checks
from tagboat.checks.advice import exclusion, leave_out
from tagboat.distribution import Distribution

BACK_ENDS = {
    "hatchling": "hatchling.build",
    "setuptools>=77": "setuptools.build_meta",
    "flit_core": "flit_core.buildapi",
    "poetry-core>=2": "poetry.core.masonry.api",
    "pdm-backend": "pdm.backend",
    "uv_build": "uv_build",
}
PYPROJECT = """\
[build-system]
requires = ["{requires}"]
build-backend = "{backend}"

[project]
name = "demo"
version = "1.0"
description = "A demonstration"
readme = "README.md"
license = "MIT"
license-files = ["LICENSE"]
requires-python = ">=3.10"
urls.Source = "https://example.com/demo"
scripts.demo = "demo.core:main"
"""
# The one switch that each back end needs to put in what it would have left out by itself.
INCLUDE = {
    "flit_core": '\n[tool.flit.sdist]\ninclude = ["tests/", "conftest.py"]\n',
    "uv_build": '\n[tool.uv.build-backend]\nsource-include = ["/tests/**", "/conftest.py"]\n',
}
FILES = {
    "README.md": "# Demo\n",
    "LICENSE": "MIT\n",
    "src/demo/__init__.py": '__version__ = "1.0"\n',
    "src/demo/core.py": "def main() -> None: ...\n",
    "src/demo/py.typed": "",
    "src/demo/data/table.csv": "a,b\n",
}
TESTS = {
    "conftest.py": "",
    "tests/test_outside.py": "",
    "src/demo/tests/__init__.py": "",
    "src/demo/tests/test_inside.py": "",
}


@pytest.fixture
def project(tmp_path, request):
    requires = request.param
    backend = BACK_ENDS[requires]
    write(tmp_path, {**FILES, "pyproject.toml": PYPROJECT.format(requires=requires, backend=backend)})
    if requires.startswith("setuptools"):
        write(tmp_path, {"MANIFEST.in": "graft src/demo/data\n"})
    return tmp_path


def write(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def built(folder):
    """Problems of the sdist of `folder` and of the wheel made from it."""
    tagged = frozenset(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("UV_")}
    environment["UV_SYSTEM_CERTS"] = "1"  # a company's own certificate authority is in the system's store
    subprocess.run(
        [uv.find_uv_bin(), "build", "--quiet", "--no-config", "--out-dir", folder.parent / "dist", folder],
        env=environment,
        check=True,
        capture_output=True,
    )
    backend = (folder / "pyproject.toml").read_text().split('build-backend = "')[1].split('"')[0]
    distributions = [
        Distribution.from_file(path) for path in (folder.parent / "dist").iterdir() if path.name.startswith("demo-")
    ]
    assert len(distributions) == 2
    return run_checks(distributions, facts(tagged_files=tagged, backend=backend))


@pytest.mark.backend
@pytest.mark.parametrize("project", BACK_ENDS, indirect=True)
def test_a_project_without_tests_in_its_sdist_passes_every_check(project):
    assert built(project) == ()


@pytest.mark.backend
@pytest.mark.parametrize("project", BACK_ENDS, indirect=True)
def test_the_advice_keeps_tests_out_of_both_distributions(project):
    pyproject = (project / "pyproject.toml").read_text()
    backend = pyproject.split('build-backend = "')[1].split('"')[0]
    write(project, {**TESTS, "pyproject.toml": pyproject + INCLUDE.get(backend.split(".")[0], "")})
    problems = built(project)
    assert problems
    assert all(" ships tests: " in problem.what for problem in problems)

    file, lines = exclusion(backend, ["tests/", "src/demo/tests/", "conftest.py"])
    add_lines(project / file, lines)
    assert built(project) == ()


def add_lines(path, lines):
    """As a person would: keys go under their table when the file has it already."""
    text = path.read_text() if path.exists() else ""
    table = lines.splitlines()[0]
    path.write_text(text.replace(table, lines) if table in text else f"{text}\n{lines}\n")


def test_each_back_end_gets_its_own_lines():
    paths = ["tests/", "conftest.py"]
    assert exclusion("hatchling.build", paths)[1] == (
        '[tool.hatch.build.targets.sdist]\nexclude = ["/tests", "/conftest.py"]'
    )
    assert exclusion("setuptools.build_meta", paths) == ("MANIFEST.in", "prune tests\nexclude conftest.py")
    assert exclusion("setuptools.build_meta:__legacy__", paths)[0] == "MANIFEST.in"
    assert exclusion("flit_core.buildapi", paths)[1] == '[tool.flit.sdist]\nexclude = ["tests", "conftest.py"]'
    assert exclusion("poetry.core.masonry.api", paths)[1] == '[tool.poetry]\nexclude = ["tests", "conftest.py"]'
    assert exclusion("pdm.backend", paths)[1] == '[tool.pdm.build]\nexcludes = ["tests", "conftest.py"]'
    assert exclusion("uv_build", paths)[1] == ('[tool.uv.build-backend]\nsource-exclude = ["/tests", "/conftest.py"]')
    assert exclusion("maturin", paths)[1] == '[tool.maturin]\nexclude = ["tests/**", "conftest.py"]'
    assert exclusion("my_backend", paths) == ("", "")


def test_poetry_users_are_told_about_include():
    assert "take it out of `include` there" in leave_out("poetry.core.masonry.api", ["tests/"])


def test_for_an_unknown_back_end_the_advice_is_in_words():
    assert leave_out("", ["日本/"]).splitlines() == [
        "Leave it out in the settings of the build back end, or keep it on purpose:",
        "  [tool.tagboat.check]",
        '  allow = ["日本"]',
    ]
