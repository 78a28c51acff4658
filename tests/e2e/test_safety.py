"""What must never happen, each found once by somebody who tried to break it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from packaging.version import Version
from tests.projects import make_project

from tagboat.index.kinds.directory import DirectoryIndex

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.sandbox import Sandbox

NAME = "databricks-tools"


def yanked(sandbox: Sandbox) -> dict[str, object]:
    page = json.loads((sandbox.project.parent / "index" / NAME / "index.json").read_bytes())
    return {file["filename"]: file.get("yanked", False) for file in page["files"]}


def test_a_push_that_outlives_its_tagboat_keeps_the_lock(databricks: Sandbox) -> None:
    hook = databricks.project / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\ntouch .git/pushing\nsleep 5\n", encoding="utf-8")
    hook.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "tagboat", "release", "--yes"],
        cwd=databricks.project,
        env=databricks.environ,
        stdout=subprocess.DEVNULL,
    )
    while not (databricks.project / ".git/pushing").exists():
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert databricks.tagboat("undo", "--yes", check=False).returncode == 12
    while databricks.tagboat("undo", "--yes", check=False).returncode == 12:
        time.sleep(0.2)
    assert not databricks.git("ls-remote", "origin", "refs/tags/v0.3.0")
    assert databricks.git("tag", "--list") == "v0.2.0"


def test_a_job_that_is_told_to_stop_can_go_on_later(databricks: Sandbox) -> None:
    hook = databricks.project / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\ntouch .git/pushing\nsleep 3\n", encoding="utf-8")
    hook.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "tagboat", "release", "--yes"],
        cwd=databricks.project,
        env=databricks.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (databricks.project / ".git/pushing").exists():
        time.sleep(0.05)
    process.terminate()
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "run the same command again" in stderr
    while databricks.tagboat("release", "--yes", check=False).returncode == 12:
        time.sleep(0.2)
    assert databricks.json("status")["result"] == "nothing-to-do"


def test_the_code_that_is_built_and_tried_sees_no_credential(databricks: Sandbox) -> None:
    path = databricks.project / "src/databricks_tools/__init__.py"
    check = "import os\nassert not [name for name in os.environ if 'TOKEN' in name or 'PASSWORD' in name], 'seen'\n"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + check, encoding="utf-8")
    backend = "import os\nfrom hatchling.build import *\nprint(dict(os.environ))\n"
    (databricks.project / "src/databricks_tools/_backend.py").write_text(backend, encoding="utf-8")
    pyproject = databricks.project / "pyproject.toml"
    settings = pyproject.read_text(encoding="utf-8")
    curious = '"_backend"\nbackend-path = ["src/databricks_tools"]'
    pyproject.write_text(settings.replace('"hatchling.build"', curious), encoding="utf-8")
    databricks.commit("feat: a curious back end")
    databricks.environ |= {"TAGBOAT_LOCAL_PASSWORD": "pl4nted", "DEVPI_TOKEN": "pl4nted", "TWINE_PASSWORD": "pl4nted"}
    done = databricks.tagboat("release", "--yes", "-v")
    assert "SOURCE_DATE_EPOCH" in done.stdout  # the back end did print what it saw
    assert "pl4nted" not in done.stdout + done.stderr


def test_what_somebody_else_yanked_stays_yanked(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes")
    index = DirectoryIndex("local", databricks.project.parent / "index")
    index._mark(NAME, Version("0.3.0"), ["databricks_tools-0.3.0.tar.gz"], "the sdist is broken")
    databricks.tagboat("rollback", "0.3.0", "--yes", "--reason", "eats data")
    assert yanked(databricks) == {
        "databricks_tools-0.3.0-py3-none-any.whl": "eats data",
        "databricks_tools-0.3.0.tar.gz": "the sdist is broken",
    }
    databricks.tagboat("undo", "--yes")
    assert yanked(databricks) == {
        "databricks_tools-0.3.0-py3-none-any.whl": False,
        "databricks_tools-0.3.0.tar.gz": "the sdist is broken",
    }


def test_a_rollback_that_found_nothing_to_do_promises_nothing(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes")
    DirectoryIndex("local", databricks.project.parent / "index").yank(NAME, Version("0.3.0"), "theirs")
    before = yanked(databricks)
    assert "will not offer it again" in databricks.tagboat("rollback", "0.3.0", "--yes").stdout
    assert "was not withdrawn from here" in databricks.tagboat("undo", "--yes").stdout
    assert yanked(databricks) == before


def test_a_withdrawn_version_is_not_called_released(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes")
    DirectoryIndex("local", databricks.project.parent / "index").yank(NAME, Version("0.3.0"), "theirs")
    done = databricks.clone("other").tagboat("release", "--tag", "v0.3.0", "--yes", check=False)
    assert done.returncode == 5
    assert "was withdrawn" in done.stderr


def test_a_failed_rehearsal_gives_no_advice_that_would_hit_the_real_project(databricks: Sandbox) -> None:
    cli = databricks.project / "src/databricks_tools/cli.py"
    cli.write_text("def main():\n    raise SystemExit('broken')\n", encoding="utf-8")
    databricks.commit("fix: break it")
    done = databricks.tagboat("rehearse", check=False)
    assert done.returncode == 9
    assert "tagboat undo" not in done.stderr
    assert "rehearse again" in done.stderr


def test_a_last_release_that_builds_no_more_does_not_stop_a_rehearsal(databricks: Sandbox) -> None:
    pyproject = databricks.project / "pyproject.toml"
    good = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(
        good.replace('requires = ["hatchling', 'requires = ["no-such-package-at-all", "hatchling'), "utf-8"
    )
    databricks.commit("chore: a build that is impossible")
    databricks.git("tag", "-f", "-a", "v0.2.0", "-m", "v0.2.0")
    pyproject.write_text(good, encoding="utf-8")
    databricks.commit("fix: the build")
    assert "does not build any more" in databricks.tagboat("rehearse").stdout


def test_a_squashed_release_branch_counts_as_released(databricks: Sandbox) -> None:
    databricks.git("switch", "--quiet", "-c", "release")
    databricks.git("push", "--quiet", "-u", "origin", "release")
    databricks.tagboat("release", "--yes")
    databricks.git("switch", "--quiet", "main")
    assert "is taken" in str(databricks.json("status")["next"] or databricks.tagboat("status").stdout)
    databricks.git("merge", "--quiet", "--squash", "release")
    databricks.git("commit", "--quiet", "-m", "Release 0.3.0 (#7)")
    databricks.git("push", "--quiet")
    assert databricks.json("status")["result"] == "nothing-to-do"
    databricks.commit("fix: the next thing")
    assert databricks.json("plan")["plan"]["version"] == "0.3.1"  # type: ignore[index]


def test_without_a_state_folder_status_says_what_release_does(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes", "--until", "tag")
    shutil.rmtree(databricks.project / ".tagboat")
    assert databricks.json("status")["result"] == "not-published"
    assert "`tagboat release` goes on" in databricks.tagboat("status").stdout
    databricks.tagboat("release", "--yes")
    shutil.rmtree(databricks.project / ".tagboat")
    assert databricks.json("status")["result"] == "nothing-to-do"
    assert databricks.json("release", "--yes")["result"] == "nothing-to-release"
    page = databricks.project.parent / "index" / "databricks-tools" / "index.html"
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    page.write_text("".join(line for line in lines if "0.3.0-py3" not in line), encoding="utf-8")
    (local,) = databricks.json("status")["indexes"]  # type: ignore[misc]
    assert local["files"] == ["databricks_tools-0.3.0.tar.gz"]
    assert databricks.json("status")["result"] == "not-published"
    asked = databricks.tagboat("release", "--yes", check=False)
    assert asked.returncode == 5
    for said in (asked.stderr, databricks.tagboat("status").stdout):
        assert "v0.3.0 is tagged and pushed, but local does not have all of it" in said
        assert "`tagboat release --tag v0.3.0`" in said


def test_a_version_that_was_withdrawn_from_here_is_not_asked_about(databricks: Sandbox) -> None:
    databricks.tagboat("release", "--yes")
    databricks.tagboat("rollback", "0.3.0", "--reason", "it sinks", "--yes")
    (databricks.project / ".tagboat" / "0.3.0" / "plan.json").unlink()
    assert databricks.json("status")["result"] == "nothing-to-do"
    assert databricks.json("release", "--yes")["result"] == "nothing-to-release"


def test_another_projects_files_are_not_published(databricks: Sandbox, tmp_path: Path) -> None:
    other = make_project(tmp_path / "other", "hatchling", name="other-pkg", version="0.2.0")
    databricks.project, own = other, databricks.project
    databricks.git("init", "--quiet")
    databricks.git("add", "--all")
    databricks.git("commit", "--quiet", "-m", "other")
    databricks.tagboat("build")
    databricks.project = own
    wheel = next((other / "dist").glob("*.whl"))
    done = databricks.tagboat("publish", str(wheel), check=False)
    assert done.returncode == 7
    assert "other-pkg" in done.stderr
    assert not (own.parent / "index" / "other-pkg").exists()
