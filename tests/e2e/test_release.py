"""The main job: from commits to a verified install, and back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.e2e.sandbox import EXAMPLES, make_sandbox
from tests.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.sandbox import Sandbox
    from tests.servers import DevpiServer, PypiServer

NAME = "databricks-tools"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def files_on_page(sandbox: Sandbox, name: str = NAME) -> dict[str, object]:
    page = json.loads((sandbox.project.parent / "index" / name / "index.json").read_bytes())
    return {file["filename"]: file.get("yanked", False) for file in page["files"]}


def test_a_release_bumps_tags_builds_pushes_publishes_and_verifies(databricks: Sandbox) -> None:
    document = databricks.json("release", "--yes")
    assert document["result"] == "released"
    assert [step["outcome"] for step in document["steps"]] == ["done"] * 8  # type: ignore[index, union-attr, attr-defined]
    assert databricks.git("cat-file", "-t", "v0.3.0") == "tag"
    assert databricks.git("ls-remote", "origin", "refs/tags/v0.3.0")
    assert databricks.git("rev-parse", "origin/main") == databricks.git("rev-parse", "v0.3.0^{commit}")
    assert databricks.git("status", "--porcelain") == ""
    assert 'version = "0.3.0"' in (databricks.project / "pyproject.toml").read_text(encoding="utf-8")
    assert '"0.3.0"' in (databricks.project / "src/databricks_tools/__init__.py").read_text(encoding="utf-8")
    changelog = (databricks.project / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [0.3.0]" in changelog
    assert "list the catalogs that a role may see" in changelog
    assert "list the catalogs" in databricks.git("tag", "--list", "--format=%(contents)", "v0.3.0")
    assert files_on_page(databricks) == {
        "databricks_tools-0.3.0-py3-none-any.whl": False,
        "databricks_tools-0.3.0.tar.gz": False,
    }


def test_a_second_run_says_that_nothing_is_to_do(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes")
    before = snapshot(databricks.project.parent / "index")
    assert databricks.json("release", "--yes")["result"] == "nothing-to-release"
    assert databricks.json("status")["result"] == "nothing-to-do"
    assert snapshot(databricks.project.parent / "index") == before


def test_the_second_release_follows_the_first(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes")
    databricks.commit("fix: names with a dot are quoted\n\nThe catalog's part was not.")
    databricks.tagboat("release", "--yes")
    changelog = (databricks.project / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.index("## [0.3.1]") < changelog.index("## [0.3.0]")
    assert "databricks_tools-0.3.1.tar.gz" in files_on_page(databricks)


def test_a_project_that_was_never_released_is_released_as_it_is(duckalog: Sandbox) -> None:
    document = duckalog.json("release", "--yes")
    assert document["plan"]["version"] == "0.1.0"  # type: ignore[index]
    assert "duckalog-0.1.0.tar.gz" in files_on_page(duckalog, "duckalog")


def test_plan_changes_nothing_even_with_hooks_and_a_back_end_that_misbehave(databricks: Sandbox) -> None:
    touch = f"#!/bin/sh\ntouch '{databricks.project}/touched'\n"
    for hook in ("pre-commit", "post-checkout", "pre-push", "reference-transaction", "post-index-change"):
        path = databricks.project / ".git" / "hooks" / hook
        path.write_text(touch, encoding="utf-8")
        path.chmod(0o755)
    databricks.git("config", "core.fsmonitor", str(databricks.project / ".git/hooks/pre-commit"))
    (databricks.project / "touched").unlink(missing_ok=True)
    pyproject = databricks.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    evil = f"open({str(databricks.project / 'touched')!r}, 'w')\n"
    (databricks.project / "evil.py").write_text(evil, encoding="utf-8")
    pyproject.write_text(
        text.replace('build-backend = "hatchling.build"', 'build-backend = "evil"\nbackend-path = ["."]'),
        encoding="utf-8",
    )
    databricks.git("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "add", "--all")
    databricks.git("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "commit", "-qm", "feat: evil")
    databricks.git("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "push", "-q")
    (databricks.project / "touched").unlink(missing_ok=True)
    before = snapshot(databricks.project.parent)
    databricks.tagboat("plan", "-v")
    databricks.tagboat("plan", "--json")
    databricks.tagboat("status")
    assert snapshot(databricks.project.parent) == before


def test_a_saved_plan_is_what_is_released(databricks: Sandbox) -> None:
    databricks.tagboat("plan", "--save")
    plan = (databricks.project / ".tagboat/0.3.0/plan.json").read_bytes()
    databricks.tagboat("release", "--yes")
    assert (databricks.project / ".tagboat/0.3.0/plan.json").read_bytes() == plan


def test_a_release_refuses_to_drift_from_a_saved_plan(databricks: Sandbox) -> None:
    databricks.tagboat("plan", "--save")
    databricks.commit("feat: one more")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 4
    assert "the plan was made for" in done.stderr
    assert databricks.git("tag", "--list") == "v0.2.0"


@pytest.mark.parametrize("until", ["edit", "commit", "tag", "build", "check", "push", "publish", "verify"])
def test_a_release_stopped_after_any_step_goes_on_from_there(databricks: Sandbox, until: str) -> None:
    databricks.tagboat("release", "--yes", "--until", until)
    if until != "verify":
        assert databricks.json("status")["result"] == "half-finished"
    databricks.tagboat("release", "--yes")
    assert len(files_on_page(databricks)) == 2


@pytest.mark.parametrize("until", ["edit", "commit", "tag", "build", "check", "push", "publish"])
def test_undo_after_any_step_leaves_the_world_as_it_was(databricks: Sandbox, until: str) -> None:
    (databricks.project / "notes.txt").write_text("mine\n", encoding="utf-8")  # untracked, somebody's own
    refs, files = databricks.git("ls-remote", "origin"), snapshot(databricks.project / "src")
    head = databricks.git("rev-parse", "HEAD")
    databricks.tagboat("release", "--yes", "--until", until)
    databricks.tagboat("undo", "--yes")
    assert databricks.git("ls-remote", "origin") == refs
    assert databricks.git("rev-parse", "HEAD") == head
    assert databricks.git("status", "--porcelain") == "?? notes.txt"
    assert databricks.git("tag", "--list") == "v0.2.0"
    assert snapshot(databricks.project / "src") == files
    index = databricks.project.parent / "index" / NAME
    assert not index.exists() or files_on_page(databricks) == {}
    databricks.tagboat("release", "--yes")


def test_the_tag_is_enough_to_release_from_a_fresh_clone(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes", "--until", "push")
    clone = databricks.clone("ci")
    done = clone.tagboat("release", "--yes", check=False)  # nobody can tell unfinished from withdrawn
    assert done.returncode == 5
    assert "tagboat release --tag v0.3.0" in done.stderr
    clone.tagboat("release", "--tag", "v0.3.0", "--yes")
    assert len(files_on_page(databricks)) == 2


def test_a_rollback_yanks_and_can_be_undone(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--tag", "v0.2.0", "--yes")
    databricks.tagboat("release", "--yes")
    databricks.tagboat("rollback", "0.3.0", "--yes", "--reason", "eats data")
    assert files_on_page(databricks)["databricks_tools-0.3.0.tar.gz"] == "eats data"
    assert databricks.json("status")["rolled_back"] == "0.3.0"
    assert databricks.json("release", "--yes")["result"] == "nothing-to-release"
    databricks.tagboat("undo", "--yes")
    assert not any(files_on_page(databricks).values())


def test_two_clones_racing_one_wins_and_the_other_undoes_cleanly(databricks: Sandbox) -> None:
    other = databricks.clone("other")
    other.tagboat("release", "--yes", "--until", "check")
    databricks.tagboat("release", "--yes")
    lost = other.tagboat("release", "--yes", check=False)
    assert lost.returncode == 5
    assert "somebody released it first" in lost.stderr
    refs = databricks.git("ls-remote", "origin")
    other.tagboat("undo", "--yes")
    assert databricks.git("ls-remote", "origin") == refs
    assert other.git("tag", "--list") == "v0.2.0"
    assert other.git("status", "--porcelain") == ""
    assert other.git("log", "-1", "--format=%s").startswith("feat:")


def test_a_second_run_in_one_checkout_is_told_who_holds_the_lock(databricks: Sandbox) -> None:
    slow = databricks.project / ".git/hooks/pre-commit"
    slow.write_text("#!/bin/sh\nsleep 4\n", encoding="utf-8")
    slow.chmod(0o755)
    first = subprocess.Popen(
        [sys.executable, "-m", "tagboat", "release", "--yes"],
        cwd=databricks.project,
        env=databricks.environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    with first:
        assert first.stdout is not None
        while "commit" not in first.stdout.readline():
            pass
        second = databricks.tagboat("release", "--yes", check=False)
        first.stdout.read()
    assert second.returncode == 12
    assert f"process {first.pid}" in second.stderr
    assert first.returncode == 0


def test_release_publish_verify_and_withdraw_on_devpi(databricks: Sandbox, devpi: DevpiServer, tmp_path: Path) -> None:
    url = devpi.new_index(f"i{abs(hash(tmp_path))}")
    pyproject = databricks.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(
        text.replace('kind = "directory"\npath = "../index"', f'kind = "devpi"\nurl = "{url}"'), encoding="utf-8"
    )
    databricks.commit("chore: publish to devpi")
    refused = databricks.tagboat("release", "--yes", check=False)
    assert refused.returncode == 4
    databricks.environ["DEVPI_TOKEN"] = devpi.password
    output = databricks.tagboat("release", "--tag", "v0.2.0", "--yes", "-v", check=False)
    output = databricks.tagboat("release", "--yes", "-v")
    assert devpi.password not in output.stdout + output.stderr
    rolled = databricks.tagboat("rollback", "0.3.0", "--yes")
    assert "a fresh install gets" in rolled.stdout
    databricks.tagboat("undo", "--yes")
    assert databricks.json("status")["result"] == "nothing-to-do"
    for path in databricks.project.rglob("*"):
        assert not path.is_file() or devpi.password.encode() not in path.read_bytes(), path


def test_release_publish_verify_and_withdraw_on_pypiserver(databricks: Sandbox, private_pypiserver: PypiServer) -> None:
    pyproject = databricks.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(
        text.replace(
            'kind = "directory"\npath = "../index"',
            f'kind = "pypiserver"\nurl = "{private_pypiserver.url}"\nusername = "{private_pypiserver.user}"',
        ),
        encoding="utf-8",
    )
    databricks.commit("chore: publish to pypiserver")
    databricks.environ["TAGBOAT_LOCAL_PASSWORD"] = private_pypiserver.password
    databricks.tagboat("release", "--yes")
    databricks.tagboat("rollback", "0.3.0", "--yes")
    assert not list(private_pypiserver.folder.glob("databricks_tools-0.3.0*"))
    databricks.tagboat("undo", "--yes")
    assert len(list(private_pypiserver.folder.glob("databricks_tools-0.3.0*"))) == 2


@pytest.mark.parametrize(
    "backend",
    [
        "setuptools",
        "hatch-vcs",
        *(
            pytest.param(name, marks=pytest.mark.nightly)
            for name in ("flit-core", "poetry-core", "pdm-backend", "uv-build")
        ),
    ],
)
def test_every_back_end_is_released(tmp_path: Path, cache: Path, backend: str) -> None:
    source = make_project(tmp_path / "source", backend, name="demo-pkg", version="0.1.0")
    sandbox = make_sandbox(tmp_path, source, cache, tag="v0.1.0")
    sandbox.configure(
        '\n[tool.tagboat.index.local]\nkind = "directory"\npath = "../index"\n'
        '[tool.tagboat.verify]\npythons = "one"\npip = false\n'
    )
    sandbox.commit("feat: 新しい機能 — added")
    sandbox.tagboat("release", "--yes")
    assert "demo_pkg-0.2.0.tar.gz" in files_on_page(sandbox, "demo-pkg")
    assert "新しい機能" in (sandbox.project / "CHANGELOG.md").read_text(encoding="utf-8")


def test_rehearse_shows_everything_and_leaves_the_project_alone(databricks: Sandbox) -> None:
    before = snapshot(databricks.project)
    document = databricks.json("rehearse")
    assert document["result"] == "rehearsed"
    assert "0.2.0" in str(document["after_rollback"])
    assert snapshot(databricks.project) == before
    assert not (databricks.project.parent / "index").exists()


def test_a_project_without_a_remote_is_released(tmp_path: Path, cache: Path) -> None:
    sandbox = make_sandbox(tmp_path, EXAMPLES / "duckalog", cache)
    sandbox.configure('\n[tool.tagboat.index.local]\nkind = "directory"\npath = "../index"\n')
    sandbox.git("remote", "remove", "origin")
    shutil.rmtree(sandbox.remote)
    sandbox.tagboat("release", "--yes")
    assert len(files_on_page(sandbox, "duckalog")) == 2


def test_undo_keeps_the_tag_of_a_version_that_somebody_else_published(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes", "--until", "push")
    ci = databricks.clone("ci")  # for instance the job that the tag started, which did not get far
    ci.tagboat("build", "--revision", "v0.3.0")
    ci.tagboat("publish", "dist/databricks_tools-0.3.0-py3-none-any.whl")
    refs, files = databricks.git("ls-remote", "origin"), files_on_page(databricks)
    done = databricks.tagboat("undo", "--yes", check=False)
    assert done.returncode == 13
    assert "its tag has to stay" in done.stderr
    assert databricks.git("ls-remote", "origin") == refs
    assert files_on_page(databricks) == files
    assert databricks.git("tag", "--list", "v0.3.0") == "v0.3.0"


def test_publishing_again_does_not_unfinish_a_release(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes")
    refs = databricks.git("ls-remote", "origin")
    databricks.tagboat("build")
    databricks.tagboat("publish")
    assert databricks.json("status")["result"] == "nothing-to-do"
    assert databricks.tagboat("undo", "--yes", check=False).returncode == 2
    assert databricks.git("ls-remote", "origin") == refs


def test_tag_on_a_laptop_and_publish_in_ci_need_no_credential_on_the_laptop(
    databricks: Sandbox, devpi: DevpiServer, tmp_path: Path
) -> None:
    url = devpi.new_index(f"l{abs(hash(tmp_path))}")
    pyproject = databricks.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(
        text.replace('kind = "directory"\npath = "../index"', f'kind = "devpi"\nurl = "{url}"'), encoding="utf-8"
    )
    databricks.commit("chore: publish to devpi")
    assert databricks.tagboat("release", "--yes", check=False).returncode == 4
    databricks.tagboat("bump", "--yes")
    databricks.tagboat("release", "--yes", "--until", "push")
    ci = databricks.clone("ci")
    ci.environ = {**ci.environ, "DEVPI_TOKEN": devpi.password}
    # Some CI systems make a tag of their own, on the same commit, in place of the annotated one.
    ci.git("update-ref", "refs/tags/v0.3.0", ci.git("rev-parse", "v0.3.0^{commit}"))
    ci.tagboat("release", "--tag", "v0.3.0", "--yes")
    assert databricks.json("status")["result"] == "nothing-to-do"
    databricks.commit("fix: something")
    assert databricks.json("plan", check=False)["result"] == "error"  # a new one, and it wants the credential
    assert "v0.3.1" in databricks.tagboat("bump", "--yes").stdout
