"""A whole release by the command line that ends on a forge; what is told before, and what never leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.sandbox import Sandbox, make_sandbox
from tests.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.forge.quay import Quay

SECRET = "planted-s3cret"


def sandbox_at(folder: Path, quay: Quay, cache: Path) -> Sandbox:
    source = make_project(folder / "source", version="0.2.0")
    sandbox = make_sandbox(folder, source, cache)
    sandbox.configure(
        f'\n[tool.tagboat.index.local]\nkind = "directory"\npath = "../{SECRET}-index"\n'
        '[tool.tagboat.verify]\npythons = "one"\npip = false\n'
        f'[tool.tagboat.forge]\nkind = "{quay.kind}"\nurl = "{quay.server.url}"\nrepository = "crew/boat"\n'
    )
    sandbox.commit("feat: a sail")
    sandbox.environ |= {"GITHUB_TOKEN": "write-token", "GITLAB_TOKEN": "write-token", "GITHUB_API_URL": quay.server.url}
    return sandbox


@pytest.fixture(scope="session")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.slow
def test_a_release_ends_with_its_page_and_is_told_by_status(github, tmp_path, cache):
    quay = github
    quay.server.tags.update({"v0.2.0"})
    sandbox = sandbox_at(tmp_path, quay, cache)
    sandbox.environ["GITHUB_TOKEN"] = sandbox.environ["GITLAB_TOKEN"] = "read-token"
    refused = sandbox.tagboat("release", "0.2.0", "--yes", check=False)
    assert refused.returncode == 4
    assert "crew/boat" in refused.stderr
    assert sandbox.git("tag") == ""
    sandbox.environ["GITHUB_TOKEN"] = sandbox.environ["GITLAB_TOKEN"] = "write-token"
    stopped = sandbox.tagboat("release", "0.2.0", "--yes", "--until", "verify")
    assert "ok announce" not in stopped.stdout
    assert quay.shown() is None
    done = sandbox.tagboat("release", "--yes")
    assert quay.shown() is not None
    text = quay.text()
    assert "A sail" in text or "a sail" in text
    for leak in (SECRET, "write-token", str(tmp_path)):
        assert leak not in text
        assert leak not in "".join(path.read_text("utf-8") for path in (sandbox.project / ".tagboat").rglob("*.json*"))
    assert "write-token" not in done.stdout + done.stderr
    assert "nothing-to-do" in sandbox.tagboat("status", "--json").stdout
