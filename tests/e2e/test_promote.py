"""From one index to the next: the same bytes, on folders and on a real devpi-server."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tagboat.config import load_config
from tagboat.index import Deletes, Index, open_index

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.sandbox import Sandbox
    from tests.servers import DevpiServer

NAME, NEW = "databricks-tools", "0.3.0"
WHEEL, SDIST = f"databricks_tools-{NEW}-py3-none-any.whl", f"databricks_tools-{NEW}.tar.gz"
STAGE = 'kind = "directory"\npath = "../stage"\n'
PROD = 'kind = "directory"\npath = "../prod"\n'


def configure(sandbox: Sandbox, stage: str = STAGE, prod: str = PROD, *, both: bool = False) -> None:
    """Two indexes; a release goes to the first only, unless to both."""
    pyproject = sandbox.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8").replace(
        '[tool.tagboat.index.local]\nkind = "directory"\npath = "../index"\n',
        f"[tool.tagboat.index.stage]\n{stage}[tool.tagboat.index.prod]\n{prod}"
        + ("" if both else '[tool.tagboat]\nindexes = ["stage"]\n'),
    )
    pyproject.write_text(text.replace('pythons = "one"', 'pythons = "one"\npip = false'), encoding="utf-8")
    sandbox.commit("chore: two indexes")


def index(sandbox: Sandbox, name: str) -> Index:
    config = load_config(sandbox.project).find_index(name)
    return open_index(config, root=sandbox.project, environ=sandbox.environ)


def hashes(sandbox: Sandbox, name: str, version: str = NEW) -> dict[str, str | None]:
    files = index(sandbox, name).files(NAME)
    return {filename: file.sha256 for filename, file in files.items() if f"-{version}" in filename}


@pytest.fixture
def staged(databricks: Sandbox) -> Sandbox:
    """0.3.0 is released to the first of two folders."""
    configure(databricks)
    databricks.tagboat("release", "--yes")
    return databricks


def test_a_version_comes_to_the_next_index_with_the_same_bytes_and_is_verified_there(staged: Sandbox) -> None:
    assert hashes(staged, "prod") == {}
    document = staged.json("promote", NEW, "--to", "prod", "--yes")
    assert document["result"] == "promoted"
    assert (document["source"], document["target"]) == ("stage", "prod")
    assert document["files"] == hashes(staged, "prod") == hashes(staged, "stage")
    steps = {step["step"]: step["detail"] for step in document["steps"]}  # type: ignore[attr-defined]
    assert list(steps) == ["fetch:stage", "check", "publish:prod", "compare:prod", "verify:prod"]
    assert steps["compare:prod"] == "2 files with the same bytes on stage and prod"
    assert "works on Python" in steps["verify:prod"]
    assert staged.json("status")["result"] == "nothing-to-do"


def test_a_second_run_finds_everything_done_and_a_finished_promotion_is_not_undone(staged: Sandbox) -> None:
    staged.tagboat("promote", NEW, "--to", "prod", "--yes")
    assert [(each["name"], len(each["files"])) for each in staged.json("status")["indexes"]] == [  # type: ignore[attr-defined]
        ("stage", 2),
        ("prod", 2),
    ]
    again = staged.json("promote", f"v{NEW}", "--from", "stage", "--to", "prod", "--yes")
    assert next(step for step in again["steps"] if step["step"] == "publish:prod")["outcome"] == "skipped"  # type: ignore[attr-defined]
    assert staged.tagboat("undo", "--yes", check=False).returncode == 2
    assert len(hashes(staged, "prod")) == 2


def test_a_rollback_is_off_the_index_that_it_was_promoted_to_too(staged: Sandbox) -> None:
    staged.tagboat("promote", NEW, "--to", "prod", "--yes")
    shutil.rmtree(staged.project / ".tagboat")  # for instance on another machine
    staged.tagboat("rollback", NEW, "--yes", "--reason", "eats data")
    for name in ("stage", "prod"):
        assert {file.yanked_reason for file in index(staged, name).files(NAME).values()} == {"eats data"}
    refused = staged.tagboat("promote", NEW, "--to", "prod", "--yes", check=False)
    assert refused.returncode == 4
    assert "withdrawn from stage" in refused.stderr
    assert "withdrawn from prod" in refused.stderr
    staged.tagboat("undo", "--yes")
    assert not any(file.yanked for file in index(staged, "prod").files(NAME).values())


def cut_short(sandbox: Sandbox) -> None:
    """A promotion whose verification cannot be done: no such command."""
    pyproject = sandbox.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(text.replace("pip = false", 'pip = false\ncommands = ["false"]'), encoding="utf-8")
    failed = sandbox.tagboat("promote", NEW, "--to", "prod", "--yes", check=False)
    assert failed.returncode == 9
    pyproject.write_text(text, encoding="utf-8")


def test_a_promotion_that_was_cut_short_is_told_by_status_and_goes_on(staged: Sandbox) -> None:
    cut_short(staged)
    promoting = staged.json("status")["promoting"]
    assert (promoting["version"], promoting["target"]) == (NEW, "prod")  # type: ignore[index]
    assert {step["step"]: step["state"] for step in promoting["steps"]}["verify:prod"] == "todo"  # type: ignore[index]
    said = staged.tagboat("status").stdout
    assert f"The promotion of {NEW} from stage to prod is half-finished:" in said
    assert f"`tagboat promote {NEW} --from stage --to prod` finishes it" in said
    staged.tagboat("promote", NEW, "--to", "prod", "--yes")
    assert staged.json("status")["promoting"] is None


def test_a_promotion_that_was_cut_short_is_taken_back_and_nothing_else(staged: Sandbox) -> None:
    before = hashes(staged, "stage")
    files = index(staged, "stage").files(NAME)
    there = index(staged, "stage").fetch(files[WHEEL], staged.project.parent)
    from tagboat.distribution import Distribution

    index(staged, "prod").upload(Distribution.from_file(there))  # by somebody else
    cut_short(staged)
    assert len(hashes(staged, "prod")) == 2
    assert staged.json("undo", "--yes")["undone"] == "promotion"
    assert list(hashes(staged, "prod")) == [WHEEL]
    assert hashes(staged, "stage") == before
    assert staged.tagboat("undo", "--yes", check=False).returncode == 2


def test_whatever_stands_in_the_way_is_told_before_anything_is_done(staged: Sandbox) -> None:
    def refusal(*words: str) -> tuple[int, str]:
        done = staged.tagboat("promote", *words, "--yes", check=False)
        return done.returncode, done.stderr

    assert refusal(NEW, "--to", "stage") == (2, refusal(NEW, "--to", "stage")[1])
    assert "no index before stage" in refusal(NEW, "--to", "stage")[1]
    assert "to itself" in refusal(NEW, "--from", "prod", "--to", "prod")[1]
    assert refusal(NEW, "--to", "nowhere")[0] == 2
    code, said = refusal("0.9", "--to", "prod")
    assert code == 4
    assert "stage has no file of 0.9" in said
    folder = staged.project.parent / "prod" / NAME
    folder.mkdir(parents=True)
    page = (staged.project.parent / "stage" / NAME / "index.html").read_text(encoding="utf-8")
    sha256 = hashes(staged, "stage")[SDIST]
    (folder / "index.html").write_text(page.replace(str(sha256), "0" * 64), encoding="utf-8")
    code, said = refusal(NEW, "--to", "prod")
    assert code == 4
    assert f"prod has {SDIST} with other bytes than stage" in said
    assert str(sha256) in said
    assert not list((staged.project / ".tagboat" / NEW).glob("promote-*"))


def test_a_half_finished_release_is_not_promoted(databricks: Sandbox) -> None:
    configure(databricks)
    databricks.tagboat("release", "--yes", "--until", "publish")
    refused = databricks.tagboat("promote", NEW, "--to", "prod", "--yes", check=False)
    assert refused.returncode == 4
    assert "half-finished" in refused.stderr


def test_without_its_ledger_nobody_takes_a_promotion_back(staged: Sandbox) -> None:
    cut_short(staged)
    (staged.project / ".tagboat" / NEW / "promote-stage+prod" / "ledger.jsonl").unlink()
    done = staged.tagboat("undo", "--yes", check=False)
    assert done.returncode == 5
    assert f"`tagboat promote {NEW} --from stage --to prod` finishes it" in done.stderr
    assert len(hashes(staged, "prod")) == 2


@pytest.mark.parametrize("stage", ["devpi", "directory"])
def test_to_a_real_devpi_and_back(databricks: Sandbox, devpi: DevpiServer, tmp_path: Path, stage: str) -> None:
    name = f"p{abs(hash(tmp_path))}"
    prod = f'kind = "devpi"\nurl = "{devpi.new_index(f"{name}-prod")}"\n'
    first = f'kind = "devpi"\nurl = "{devpi.new_index(f"{name}-stage")}"\n' if stage == "devpi" else STAGE
    configure(databricks, first, prod)
    environ = databricks.environ
    databricks.environ = {**environ, "TAGBOAT_STAGE_PASSWORD": devpi.password}
    databricks.tagboat("release", "--yes")
    refused = databricks.tagboat("promote", NEW, "--to", "prod", "--yes", check=False)
    assert refused.returncode == 4  # no credential for it
    assert "TAGBOAT_PROD_PASSWORD" in refused.stderr
    databricks.environ["TAGBOAT_PROD_PASSWORD"] = devpi.password
    pushes = pushed(devpi)
    cut_short(databricks)
    assert pushed(devpi) - pushes == (1 if stage == "devpi" else 2)  # by the server, or file by file
    assert hashes(databricks, "prod") == hashes(databricks, "stage") != {}
    databricks.tagboat("undo", "--yes")
    assert hashes(databricks, "prod") == {}
    output = databricks.tagboat("promote", NEW, "--to", "prod", "--yes", "-v")
    assert devpi.password not in output.stdout + output.stderr
    assert hashes(databricks, "prod") == hashes(databricks, "stage") != {}
    assert isinstance(index(databricks, "prod"), Deletes)
    for path in databricks.project.rglob("*"):
        assert not path.is_file() or devpi.password.encode() not in path.read_bytes(), path


def pushed(devpi: DevpiServer) -> int:
    """How many requests have changed an index of the server."""
    lines = devpi.log.read_text(encoding="utf-8", errors="replace").splitlines()
    return sum(" POST /" in line and "+login" not in line for line in lines)


def test_a_release_over_two_indexes_reaches_the_second_only_after_the_first_works(databricks: Sandbox) -> None:
    configure(databricks, both=True)
    pyproject = databricks.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    pyproject.write_text(text.replace("pip = false", 'pip = false\ncommands = ["false"]'), encoding="utf-8")
    databricks.commit("chore: a command that fails")
    assert databricks.tagboat("release", "--yes", check=False).returncode == 9
    assert len(hashes(databricks, "stage")) == 2
    assert hashes(databricks, "prod") == {}
    pyproject.write_text(text, encoding="utf-8")
    document = json.loads(databricks.tagboat("release", "--yes", "--json").stdout)
    done = [step["step"] for step in document["steps"] if step["outcome"] == "done"]
    assert done == ["verify:stage", "publish:prod", "verify:prod"]
    assert hashes(databricks, "prod") == hashes(databricks, "stage")
