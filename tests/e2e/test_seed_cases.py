"""The cases that the first seed lists, under its names; the others are in tests/unit and tests/index."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from typing import TYPE_CHECKING

import yaml
from tests.e2e.sandbox import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.sandbox import Sandbox
    from tests.servers import DevpiServer

WORKFLOW = EXAMPLES / "databricks-tools" / ".github" / "workflows" / "publish.yml"


def use_devpi(sandbox: Sandbox, devpi: DevpiServer) -> str:
    """Publish to an index of a real devpi-server; its URL."""
    url = devpi.new_index(f"s{abs(hash(str(sandbox.project)))}")
    path = sandbox.project / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('kind = "directory"\npath = "../index"', f'kind = "devpi"\nurl = "{url}"'), encoding="utf-8"
    )
    sandbox.commit("chore: publish to devpi")
    sandbox.environ["DEVPI_TOKEN"] = devpi.password
    return url


def installed(environment: Path, sandbox: Sandbox) -> str:
    """What the program of the package says of its version."""
    command = [environment / "bin" / "databricks-tools", "--version"]
    done = subprocess.run(command, env=sandbox.environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def fresh_environment(tmp_path: Path, name: str) -> Path:
    """An environment as a user makes one."""
    environment = tmp_path / name
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    return environment


def pip(environment: Path, sandbox: Sandbox, url: str, *words: str) -> None:
    """Run the pip that tagboat has for an environment, with that index alone."""
    command = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "--quiet", *words]
    environ = {**sandbox.environ, "PIP_CONFIG_FILE": "/dev/null"}
    subprocess.run([*command, "--no-cache-dir", "--index-url", f"{url}+simple/"], env=environ, check=True)


def test_clean_dist_removes_old_files(databricks: Sandbox) -> None:
    dist = databricks.project / "dist"
    dist.mkdir()
    for name in ("databricks_tools-0.1.0.tar.gz", "databricks_tools-0.1.0-py3-none-any.whl", "notes.txt"):
        (dist / name).write_text("old", encoding="utf-8")
    databricks.tagboat("build")
    assert sorted(path.name for path in dist.iterdir()) == [
        "databricks_tools-0.2.0-py3-none-any.whl",
        "databricks_tools-0.2.0.tar.gz",
        "notes.txt",
    ]


def test_build_creates_sdist_and_wheel(databricks: Sandbox) -> None:
    document = databricks.json("build")
    names = [file["filename"] for file in document["files"]]  # type: ignore[attr-defined]
    assert sorted(names) == ["databricks_tools-0.2.0-py3-none-any.whl", "databricks_tools-0.2.0.tar.gz"]
    databricks.tagboat("check")


def test_publish_with_missing_distributions(databricks: Sandbox) -> None:
    done = databricks.tagboat("publish", check=False)
    assert done.returncode == 2
    assert "there are no distributions in" in done.stderr
    assert "tagboat build" in done.stderr


def test_get_current_version_from_init(databricks: Sandbox) -> None:
    assert databricks.json("status")["written"] == "0.2.0"
    path = databricks.project / "src/databricks_tools/__init__.py"
    path.write_text(path.read_text(encoding="utf-8").replace("0.2.0", "0.2.1"), encoding="utf-8")
    done = databricks.tagboat("status", check=False)
    assert done.returncode == 3
    assert "0.2.1" in done.stderr
    assert "src/databricks_tools/__init__.py" in done.stderr


def test_create_git_tag_with_annotation(databricks: Sandbox) -> None:
    databricks.tagboat("bump", "minor", "--yes")
    assert databricks.git("cat-file", "-t", "v0.3.0") == "tag"
    assert databricks.git("tag", "--list", "--format=%(contents:subject)", "v0.3.0") == "databricks-tools 0.3.0"
    assert not databricks.git("ls-remote", "origin", "refs/tags/v0.3.0")
    databricks.tagboat("release", "--yes", "--until", "push")
    assert databricks.git("ls-remote", "origin", "refs/tags/v0.3.0")


def test_end_to_end_build_and_publish(databricks: Sandbox, devpi: DevpiServer) -> None:
    use_devpi(databricks, devpi)
    document = databricks.json("release", "minor", "--yes")
    assert document["result"] == "released"
    assert databricks.json("status")["result"] == "nothing-to-do"
    assert databricks.json("verify")["result"] == "verified"


def test_the_seeds_variables_alone_say_where_to_publish(databricks: Sandbox, devpi: DevpiServer) -> None:
    path = databricks.project / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('[tool.tagboat.index.local]\nkind = "directory"\npath = "../index"\n', ""), encoding="utf-8"
    )
    databricks.commit("chore: publish as the environment says")
    url = devpi.new_index(f"v{abs(hash(str(databricks.project)))}")
    databricks.environ |= {"PYPI_BACKEND": "devpi", "DEVPI_INDEX_URL": f"{url}+simple/", "DEVPI_TOKEN": devpi.password}
    done = databricks.tagboat("release", "minor", "--yes")
    assert "The URL you gave is for installing" in done.stdout
    assert databricks.json("status")["indexes"][0]["name"] == "devpi"  # type: ignore[index]
    databricks.environ |= {"PYPI_BACKEND": "gitlab"}
    wrong = databricks.tagboat("status", check=False)
    assert wrong.returncode == 3
    assert "GITLAB_PROJECT_ID" in wrong.stderr


def test_installation_from_private_pypi(databricks: Sandbox, devpi: DevpiServer, tmp_path: Path) -> None:
    url = use_devpi(databricks, devpi)
    databricks.tagboat("release", "minor", "--yes")
    environment = fresh_environment(tmp_path, "fresh")
    pip(environment, databricks, url, "databricks-tools")
    assert installed(environment, databricks) == "databricks-tools version 0.3.0"


def test_upgrade_from_previous_version(databricks: Sandbox, devpi: DevpiServer, tmp_path: Path) -> None:
    url = use_devpi(databricks, devpi)
    databricks.tagboat("build", "--revision", "v0.2.0")
    databricks.tagboat("publish")
    environment = fresh_environment(tmp_path, "user")
    pip(environment, databricks, url, "databricks-tools")
    assert installed(environment, databricks) == "databricks-tools version 0.2.0"
    databricks.tagboat("release", "minor", "--yes")
    pip(environment, databricks, url, "--upgrade", "databricks-tools")
    assert installed(environment, databricks) == "databricks-tools version 0.3.0"


def test_rollback_to_previous_version(databricks: Sandbox, devpi: DevpiServer, tmp_path: Path) -> None:
    url = use_devpi(databricks, devpi)
    databricks.tagboat("build", "--revision", "v0.2.0")
    databricks.tagboat("publish")
    databricks.tagboat("release", "minor", "--yes")
    environment = fresh_environment(tmp_path, "user")
    pip(environment, databricks, url, "databricks-tools")
    assert installed(environment, databricks) == "databricks-tools version 0.3.0"
    done = databricks.tagboat("rollback", "0.3.0", "--yes")
    assert "a fresh install gets 0.2.0" in done.stdout
    pip(environment, databricks, url, "databricks-tools==0.2.0")
    assert installed(environment, databricks) == "databricks-tools version 0.2.0"


def test_ci_workflow_on_tag_push(databricks: Sandbox, devpi: DevpiServer) -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    triggers = workflow[True]  # YAML 1.1 reads the key `on` as true
    assert any(fnmatch.fnmatch("v0.3.0", pattern) for pattern in triggers["push"]["tags"])
    assert not any(fnmatch.fnmatch("main", pattern) for pattern in triggers["push"]["tags"])
    # What CI has: a fresh clone at the tag, the secret, and the commands of the jobs, one after the other. That GitHub
    # runs them like this is shown in tests/ci.
    use_devpi(databricks, devpi)
    project = databricks.project / "pyproject.toml"
    project.write_text(project.read_text(encoding="utf-8").replace("index.local]", "index.internal]"), encoding="utf-8")
    databricks.commit("chore: name the index as the workflow does")
    databricks.tagboat("release", "minor", "--yes", "--until", "push")
    runner = databricks.clone("runner")
    runner.git("checkout", "--quiet", "--detach", "v0.3.0")
    jobs = [workflow["jobs"][name] for name in ("plan", "build", "publish-internal", "verify-internal")]
    steps = [step for job in jobs for step in job["steps"] if step.get("run", "").startswith("tagboat ")]
    assert len(steps) == 4
    assert steps[2]["env"]["DEVPI_TOKEN"] == "${{ secrets.DEVPI_TOKEN }}"
    said = ""
    for step in steps:
        done = runner.tagboat(*step["run"].split()[1:])
        said += done.stdout + done.stderr
    assert devpi.password not in said
    assert databricks.json("status")["indexes"][0]["files"]  # type: ignore[index]
