"""The second seed's scenarios that the text of the workflow answers; the jobs' own are in test_seed_scenarios_jobs.py.

Each test has the scenario's name.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.ci.variants import EVERYTHING, NAMED

if TYPE_CHECKING:
    from tests.ci.variants import Variant

ROOT = Path(__file__).resolve().parents[2]
SECRET = re.compile(r"secrets\.(\w+)")


def jobs_of(variant: Variant, top: Path) -> dict[str, Any]:
    return yaml.load(variant.files(top)[".github/workflows/publish.yml"], yaml.CSafeLoader)["jobs"]


def run_step(step: dict[str, Any], environ: dict[str, str]) -> None:
    subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={"PATH": os.environ["PATH"], **environ},
        check=True,
    )


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("success", "✅ Python 3.10: the tests passed"), ("failure", "❌ Python 3.10: the tests failed"), ("", "reached")],
)
def test_version_matrix_reporting(tmp_path, outcome, words):
    job = jobs_of(NAMED["pypi"], tmp_path)["test"]
    assert job["name"] == "Test on Python ${{ matrix.python }}"
    assert job["strategy"]["fail-fast"] is False, "one version that fails hides no other"
    report = job["steps"][-1]
    assert report["if"] == "always()"
    assert report["env"] == {"PYTHON": "${{ matrix.python }}", "OUTCOME": "${{ steps.test.outcome }}"}
    summary = tmp_path / "summary"
    run_step(report, {"PYTHON": "3.10", "OUTCOME": outcome, "GITHUB_STEP_SUMMARY": str(summary)})
    assert words in summary.read_text(encoding="utf-8")


def test_github_secrets_usage(tmp_path):
    jobs = jobs_of(NAMED["pypi-by-token"], tmp_path)
    where = {name: SECRET.findall(str(job)) for name, job in jobs.items()}
    assert {name: found for name, found in where.items() if found} == {
        "publish-testpypi": ["TEST_PYPI_API_TOKEN"],
        "publish-pypi": ["PYPI_API_TOKEN"],
    }
    for job in jobs.values():
        for step in job["steps"]:
            assert not SECRET.search(step.get("run", "")), "a secret in a script is a secret in its log"
            assert not SECRET.search(str(step.get("env", {})))


def test_secure_token_handling(tmp_path):
    for name in ("pypi", "pypi-by-token"):
        job = jobs_of(NAMED[name], tmp_path / name)["publish-pypi"]
        assert [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step] == [
            "actions/download-artifact",
            "pypa/gh-action-pypi-publish",
        ], "nothing else runs where the identity or the token is"
        assert ("password" in job["steps"][-1]["with"]) == (name == "pypi-by-token")
        assert job["permissions"] == ({"id-token": "write"} if name == "pypi" else {})


def test_documentation_updates(tmp_path):
    """A published version starts the workflow that is configured, from its tag; the release tells the rest."""
    jobs = jobs_of(EVERYTHING, tmp_path)
    job = jobs["documentation"]
    assert job["permissions"] == {"actions": "write"}
    assert "announce" in job["needs"]
    (step,) = job["steps"]
    assert step["env"]["TAG"] == "${{ needs.plan.outputs.tag }}"
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "gh").write_text('#!/bin/sh\necho "$GH_REPO: $@" > "$ASKED"\n')
    (programs / "gh").chmod(0o755)
    asked = tmp_path / "asked"
    path = f"{programs}:{os.environ['PATH']}"
    run_step(step, {"PATH": path, "ASKED": str(asked), "GH_REPO": "crew/boat", "GH_TOKEN": "x", "TAG": "v1.2.3"})
    assert asked.read_text() == "crew/boat: workflow run docs.yml --ref v1.2.3\n"
    assert "documentation" not in jobs_of(NAMED["pypi"], tmp_path / "plain")


def test_installation_instructions():
    for project in ("duckalog", "databricks-tools"):
        readme = (ROOT / "examples" / project / "README.md").read_text(encoding="utf-8")
        assert f"pip install {project}" in readme
    guide = (ROOT / "docs" / "how-to" / "release-in-ci.md").read_text(encoding="utf-8")
    assert "pip install 'tagboat[ci]'" in guide
