"""A release to PyPI's contract by the command line, from a job that PyPI trusts, and back by an owner's hand."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.index.fakes.warehouse import GitHub, Publisher, Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.sandbox import Sandbox

NAME, NEW = "databricks-tools", "0.3.0"
FILES = {f"databricks_tools-{NEW}-py3-none-any.whl", f"databricks_tools-{NEW}.tar.gz"}


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub().serving() as fake:
        yield fake


@pytest.fixture
def warehouse(github: GitHub) -> Iterator[Warehouse]:
    with Warehouse(github, Publisher(pending=NAME)).serving() as fake:
        yield fake


@pytest.fixture
def job(databricks: Sandbox, github: GitHub, warehouse: Warehouse) -> Sandbox:
    """The example publishes to the warehouse, from a job of the workflow that it trusts."""
    pyproject = databricks.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8").replace(
        '[tool.tagboat.index.local]\nkind = "directory"\npath = "../index"\n',
        f'[tool.tagboat.index.pypi]\nkind = "pypi"\nupload-url = "{warehouse.url}/legacy/"\n'
        f'simple-url = "{warehouse.url}/simple/"\nattestations = false\n',
    )
    pyproject.write_text(text, encoding="utf-8")
    databricks.commit("chore: publish to PyPI")
    databricks.environ |= github.environ()
    return databricks


def test_a_trusted_job_releases_verifies_and_leaves_no_token(
    job: Sandbox, github: GitHub, warehouse: Warehouse, tmp_path: Path
) -> None:
    done = job.tagboat("release", "--yes")
    assert warehouse.held.keys() == FILES
    assert sorted(warehouse.burnt) == sorted(warehouse.minted) != []
    assert warehouse.tokens == {}
    secrets = [*warehouse.minted, *github.issued]
    shown = done.stdout + done.stderr
    kept = [path.read_text(encoding="utf-8", errors="replace") for path in job.project.rglob("*") if path.is_file()]
    assert not [secret for secret in secrets if any(secret in text for text in (shown, *kept))]


def test_a_job_that_is_not_trusted_is_stopped_before_anything_is_public(job: Sandbox, warehouse: Warehouse) -> None:
    assert warehouse.publisher is not None
    warehouse.publisher.environment = "release"
    head = job.git("rev-parse", "HEAD")
    done = job.tagboat("release", "--yes", check=False)
    assert done.returncode == 4
    assert "pypi does not trust harbour/boats" in done.stderr
    assert "no environment" in done.stderr
    assert job.git("rev-parse", "HEAD") == head
    assert job.git("ls-remote", "--tags", "origin", "v0.3.0") == ""
    assert warehouse.held == {}


def test_what_the_index_would_refuse_stops_the_release_before_the_push(job: Sandbox, warehouse: Warehouse) -> None:
    pyproject = job.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(
        text.replace("classifiers = [", 'classifiers = [\n    "Private :: Do Not Upload",', 1), encoding="utf-8"
    )
    job.commit("chore: not for everybody")
    done = job.tagboat("release", "--yes", check=False)
    assert done.returncode == 7
    assert "says of itself that it must not be published" in " ".join(done.stderr.split())
    assert job.git("ls-remote", "--tags", "origin", "v0.3.0") == ""
    assert warehouse.held == {}


def test_a_rollback_waits_for_the_hand_of_an_owner(job: Sandbox, warehouse: Warehouse) -> None:
    job.tagboat("release", "--yes")

    hand = threading.Timer(3, warehouse.yank, (NAME, NEW, "tells the wrong hour"))
    hand.start()
    try:
        done = job.tagboat("rollback", NEW, "--reason", "tells the wrong hour", "--yes")
    finally:
        hand.join()
    shown = " ".join((done.stdout + done.stderr).split())
    assert f"{warehouse.url}/manage/project/{NAME}/releases/" in shown
    assert "Write as the reason: tells the wrong hour" in shown
    assert warehouse.held.keys() == FILES
    assert len(warehouse.minted) == len(warehouse.burnt)
