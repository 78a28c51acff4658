"""`tagboat ci publish` and `verify`: what was packed, and nothing else, gets to the index and works from there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
from tests.ci.checkout import Checkout, Origin, Packed, listed, next_job
from tests.e2e.test_documents import SCHEMA

from tagboat.ci.handover import digest

if TYPE_CHECKING:
    from pathlib import Path

SDIST, WHEEL = "demo_pkg-0.2.0.tar.gz", "demo_pkg-0.2.0-py3-none-any.whl"


@pytest.fixture
def job(origin: Origin, packed: Packed, tmp_path: Path) -> Checkout:
    """A job after the build job, on a machine of its own, with what that packed."""
    return next_job(origin, packed, tmp_path)


def test_a_job_that_is_run_again_does_nothing_twice(origin: Origin, packed: Packed, tmp_path: Path) -> None:
    job = next_job(origin, packed, tmp_path)
    document = json.loads(job.ci("publish", "--to", "main", "--json").stdout)
    jsonschema.validate(document, SCHEMA)
    before = (tmp_path / "main" / "demo-pkg" / "index.html").stat().st_mtime_ns
    ran = next_job(origin, packed, tmp_path).ci("publish", "--to", "main")
    assert "already done" in ran.stdout
    assert (tmp_path / "main" / "demo-pkg" / "index.html").stat().st_mtime_ns == before
    document = json.loads(next_job(origin, packed, tmp_path).ci("verify", "--from", "main", "--json").stdout)
    jsonschema.validate(document, SCHEMA)


def test_a_half_uploaded_release_is_finished(origin: Origin, packed: Packed, tmp_path: Path) -> None:
    half = next_job(origin, packed, tmp_path)
    done = half.run("publish", "--to", "main", f"handover/dist/{WHEEL}")
    assert done.code == 0, done.stderr
    assert list(listed(tmp_path / "main")) == [WHEEL]
    ran = next_job(origin, packed, tmp_path).ci("publish", "--to", "main")
    assert f".. publish:main       {SDIST} to main" in ran.stdout
    assert set(listed(tmp_path / "main")) == {SDIST, WHEEL}


def test_a_file_that_was_tampered_with_between_the_jobs_is_not_published(job: Checkout, tmp_path: Path) -> None:
    (job.folder / "handover" / "dist" / WHEEL).write_bytes(b"tampered")
    (job.folder / "handover" / "dist" / "evil-1.0.tar.gz").write_bytes(b"more")
    for words in (("publish", "--to"), ("verify", "--from")):
        ran = job.run("ci", *words, "main")
        assert ran.code == 7
        assert f"{WHEEL} was changed" in ran.stderr
        assert '"dist/evil-1.0.tar.gz" was not packed' in ran.stderr
    assert not listed(tmp_path / "main")


def test_in_a_job_the_hashes_have_to_be_told(job: Checkout) -> None:
    ran = job.run("ci", "publish", "--to", "main", TAGBOAT_SHA256SUMS="")
    assert (ran.code, "TAGBOAT_SHA256SUMS is not set" in ran.stderr) == (2, True)


def test_on_a_laptop_the_folder_tells_them(job: Checkout, origin: Origin, tmp_path: Path) -> None:
    job.environ = origin.environ
    job.ci("publish", "--to", "main")
    assert set(listed(tmp_path / "main")) == {SDIST, WHEEL}
    (job.folder / "handover" / "SHA256SUMS").unlink()
    assert "SHA256SUMS is missing" in job.run("ci", "publish", "--to", "main").stderr


def test_on_gitlab_one_line_is_enough(job: Checkout, packed: Packed, tmp_path: Path) -> None:
    variables = {name: value for name, value in job.environ.items() if not name.startswith("GITHUB_")}
    job.environ = {**variables, "GITLAB_CI": "true", "TAGBOAT_SHA256SUMS": digest(packed.ran.outputs["sha256sums"])}
    job.ci("publish", "--to", "main")
    assert set(listed(tmp_path / "main")) == {SDIST, WHEEL}


def test_the_files_of_another_release_are_not_published(job: Checkout, tmp_path: Path) -> None:
    ran = job.run("ci", "publish", "--to", "main", TAGBOAT_VERSION="0.3.0", TAGBOAT_TAG="")
    assert ran.code == 7
    assert "TAGBOAT_VERSION is 0.3.0, and what arrived has 0.2.0" in ran.stderr
    assert "TAGBOAT_TAG is empty, and what arrived has v0.2.0" in ran.stderr
    assert not listed(tmp_path / "main")


def test_a_release_json_that_was_tampered_with_is_found(job: Checkout) -> None:
    path = job.folder / "handover" / "release.json"
    release = json.loads(path.read_bytes())
    path.write_text(json.dumps({**release, "tag": "v6.6.6", "commit": "6" * 40}), encoding="utf-8")
    ran = job.run("ci", "verify", "--from", "main", TAGBOAT_TAG="v6.6.6")
    assert ran.code == 7
    assert "its tag v6.6.6 is none of 0.2.0" in ran.stderr
    assert "it was built from 6666666666" in ran.stderr


def test_a_dry_run_is_not_published(job: Checkout, tmp_path: Path) -> None:
    path = job.folder / "handover" / "release.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "tag": ""}), encoding="utf-8")
    ran = job.run("ci", "publish", "--to", "main", TAGBOAT_TAG="")
    assert (ran.code, "built in a dry run" in ran.stderr) == (4, True)
    assert not listed(tmp_path / "main")


def test_an_index_that_nobody_configured_is_named(job: Checkout) -> None:
    ran = job.run("ci", "publish", "--to", "moon")
    assert (ran.code, "Configured are: staging, main." in ran.stderr) == (2, True)


def test_an_index_that_takes_nothing_is_told_before_the_first_byte(job: Checkout, tmp_path: Path) -> None:
    (tmp_path / "main").write_text("a file where the index should be", encoding="utf-8")
    ran = job.run("ci", "publish", "--to", "main")
    assert (ran.code, "is not a folder" in ran.stderr) == (4, True)


def test_a_file_on_the_index_that_was_not_handed_over_is_refused(job: Checkout, tmp_path: Path) -> None:
    job.ci("publish", "--to", "main")
    page = tmp_path / "main" / "demo-pkg" / "index.html"
    foreign = f'<a href="demo_pkg-0.2.0-1-py3-none-any.whl#sha256={"e" * 64}">demo_pkg-0.2.0-1-py3-none-any.whl</a>'
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", f"{foreign}</body>"), encoding="utf-8")
    ran = job.run("ci", "verify", "--from", "main")
    assert ran.code == 5
    assert "demo_pkg-0.2.0-1-py3-none-any.whl, which this release did not build" in ran.stderr


def test_not_yet_visible_is_not_broken(job: Checkout) -> None:
    ran = job.run("ci", "verify", "--from", "main")
    assert ran.code == 10
    assert "Nothing is broken" in ran.stderr
    assert "Run `tagboat ci verify --from main` again later" in ran.stderr
