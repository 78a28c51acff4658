"""The workflows in this repository are those that tagboat writes: of the examples, and its own."""

from __future__ import annotations

import pytest
from tests.projects import EXAMPLES

from tagboat.ci.generate.github import github_files
from tagboat.ci.generate.pipeline import make_pipeline
from tagboat.ci.generate.requirements import lacking
from tagboat.config import load_config
from tagboat.project import read_project
from tagboat.project.sources import read_sources

ROOT = EXAMPLES.parent


@pytest.mark.parametrize(
    "root", [EXAMPLES / "duckalog", EXAMPLES / "databricks-tools", ROOT], ids=lambda root: root.name
)
def test_generating_again_changes_nothing(root):
    config = load_config(root, {})
    found = github_files(make_pipeline(config, read_project(root, config), read_sources(root), ""), root)
    assert not found, [edit.path for edit in found.edits]


def test_what_tagboats_own_jobs_install_is_locked_without_an_address():
    config = load_config(ROOT, {})
    pipeline = make_pipeline(config, read_project(ROOT, config), read_sources(ROOT), "")
    assert lacking(pipeline, ROOT, "github") == ""
    text = (ROOT / ".github" / "tagboat" / "requirements.txt").read_text()
    assert "://" not in text
    assert "-url" not in text
    pinned = [line for line in text.splitlines() if "==" in line]
    assert len(pinned) > 10
    assert text.count("--hash=sha256:") >= len(pinned)


def test_the_second_seed_s_project_is_tested_on_the_versions_it_asks_for():
    """Spec "Multi-Python Version Support": 3.9, 3.10, 3.11 and 3.12, and 3.10 is no number."""
    config = load_config(EXAMPLES / "duckalog", {})
    assert config.ci.pythons == ("3.9", "3.10", "3.11", "3.12")
