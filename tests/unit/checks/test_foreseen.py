"""What is said of an sdist before it is built, held against the sdist that real back ends build."""

from __future__ import annotations

import tarfile

import pytest
from tests.projects import commit_all, make_project
from tests.unit.tree import plant

from tagboat.builder import build
from tagboat.config import CheckConfig
from tagboat.project.foreseen import foreseen, rule_of
from tagboat.project.sources import read_sources
from tagboat.project.unwanted import offence

KINDS = ["hatchling", "setuptools", "setup.cfg", "setup.py", "setuptools-scm", "hatch-vcs", "flit-core", "poetry-core"]
KINDS += ["pdm-backend", "uv-build"]
UNWANTED = {
    "tests/test_a.py": "",
    "tests/conftest.py": "",
    "tests/unit/test_b.py": "",
    "test/test_c.py": "",
    ".env": "A=1\n",
    "docs/a.key": "x",
    "src/demo_pkg/.env": "A=1\n",
    "src/demo_pkg/tests/__init__.py": "",
    "src/demo_pkg/tests/test_d.py": "",
}
PYPROJECT = '[build-system]\nrequires = ["{}"]\nbuild-backend = "{}"\n[project]\nname = "demo-pkg"\nversion = "1.0"\n'
HATCHLING = PYPROJECT.format("hatchling", "hatchling.build")
SETUPTOOLS = PYPROJECT.format("setuptools>=77", "setuptools.build_meta")
SCM = PYPROJECT.format('setuptools>=77", "setuptools_scm>=8', "setuptools.build_meta")


def tracked(root):
    return [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_file()]


def told(root, *, ignore=(), allow=(), ignored=()):
    """What is foreseen of a project whose files are all in git."""
    config = CheckConfig(ignore=ignore, allow=allow)
    return [each.what for each in foreseen(root, config, lambda: tracked(root), lambda _: ignored)]


@pytest.mark.backend
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_foreseen_is_in_the_sdist_that_the_back_end_builds(kind, tmp_path):
    project = plant(make_project(tmp_path / "project", kind), UNWANTED)
    rule = rule_of(read_sources(project))
    assert rule is not None
    expected = {path for path in UNWANTED if offence(path) and rule(path)}
    assert expected
    commit_all(project, tag="v0.1.0")
    sdist, _ = build(project, tmp_path / "dist", epoch=1_700_000_000, cache=tmp_path / "cache")
    with tarfile.open(sdist.path) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert expected <= held


def test_it_is_said_with_the_lines_that_mend_it(tmp_path):
    plant(tmp_path, {"pyproject.toml": HATCHLING, "tests/test_a.py": "", "tests/b/test_b.py": "", ".env": ""})
    problems = foreseen(tmp_path, CheckConfig(), lambda: tracked(tmp_path), lambda _: ())
    assert [problem.what for problem in problems] == [
        "the sdist ships tests: tests/",
        "the sdist ships files that are made for secrets: .env",
    ]
    assert '[tool.hatch.build.targets.sdist]\n  exclude = ["/tests"]' in problems[0].next
    assert '[tool.tagboat.check]\n  allow = ["tests"]' in problems[0].next


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": HATCHLING + '[tool.hatch.build.targets.sdist]\nexclude = ["/docs"]\n'},
        {"pyproject.toml": HATCHLING + '[tool.hatch.build]\ninclude = ["src"]\n'},
        {"pyproject.toml": HATCHLING + "[tool.hatch.build.hooks.custom]\n"},
        {"pyproject.toml": HATCHLING, "hatch.toml": ""},
        {"pyproject.toml": HATCHLING.replace("[project]", 'backend-path = ["."]\n[project]')},
        {"pyproject.toml": SETUPTOOLS, "MANIFEST.in": "include README.md\nprune tests\n"},
        {"pyproject.toml": SETUPTOOLS, "MANIFEST.in": "recursive-exclude tests *\n"},
        {"pyproject.toml": SETUPTOOLS, "setup.py": "setup(cmdclass={'sdist': Sdist})"},
        {"pyproject.toml": SETUPTOOLS, "setup.cfg": "[options]\ncmdclass = sdist = a.B\n"},
        {"pyproject.toml": SETUPTOOLS.replace(">=77", "<60")},
        {"pyproject.toml": SETUPTOOLS.replace(">=77", '", "some-plugin')},
        {"pyproject.toml": SCM, "MANIFEST.in": "global-exclude test_*\n"},
        {"pyproject.toml": SCM, ".gitattributes": "tests export-ignore\n"},
        {"pyproject.toml": SCM, "tests/.gitattributes": "* export-ignore\n"},
        {"pyproject.toml": PYPROJECT.format("flit_core", "flit_core.buildapi")},
        {"pyproject.toml": PYPROJECT.format("poetry-core", "poetry.core.masonry.api")},
        {
            "pyproject.toml": PYPROJECT.format("poetry-core", "poetry.core.masonry.api")
            + '[[tool.poetry.packages]]\ninclude = "tests"\nformat = "wheel"\n'
        },
        {
            "pyproject.toml": PYPROJECT.format("pdm-backend", "pdm.backend")
            + '[tool.pdm.build]\nexcludes = ["tests/**"]\n'
        },
        {"pyproject.toml": PYPROJECT.format("pdm-backend", "pdm.backend"), "pdm_build.py": ""},
        {"pyproject.toml": PYPROJECT.format("uv_build", "uv_build")},
        {"pyproject.toml": PYPROJECT.format("maturin", "maturin")},
        {"pyproject.toml": PYPROJECT.format("mine", "mine")},
    ],
)
def test_of_what_the_settings_decide_nothing_is_said(tmp_path, files):
    plant(tmp_path, {"demo_pkg/__init__.py": "", "tests/test_a.py": "", **files})
    (tmp_path / ".git").mkdir()
    assert told(tmp_path) == []


@pytest.mark.parametrize(
    ("requires", "backend", "settings"),
    [
        ("flit_core", "flit_core.buildapi", '[tool.flit.sdist]\nexclude = ["demo_pkg/tests"]\n'),
        ("poetry-core", "poetry.core.masonry.api", '[tool.poetry]\nexclude = ["demo_pkg/tests"]\n'),
        ("uv_build", "uv_build", '[tool.uv.build-backend]\nmodule-root = ""\nsource-exclude = ["tests"]\n'),
    ],
)
def test_settings_of_the_packages_silence_it_too(tmp_path, requires, backend, settings):
    text = PYPROJECT.format(requires, backend)
    root = '[tool.uv.build-backend]\nmodule-root = ""\n' if requires == "uv_build" else ""
    plant(tmp_path, {"pyproject.toml": text + root, "demo_pkg/__init__.py": "", "demo_pkg/tests/test_a.py": ""})
    assert told(tmp_path) == ["the sdist ships tests: demo_pkg/tests/"]
    plant(tmp_path, {"pyproject.toml": text + settings})
    assert told(tmp_path) == []


def test_what_may_be_shipped_or_is_ignored_is_not_said(tmp_path):
    plant(tmp_path, {"pyproject.toml": HATCHLING, "tests/test_a.py": "", "ca.pem": ""})
    assert told(tmp_path) == ["the sdist ships tests: tests/"]
    assert told(tmp_path, allow=("tests",)) == []
    assert told(tmp_path, ignore=("shipped",)) == []
    assert told(tmp_path, ignored=["tests/test_a.py"]) == []
