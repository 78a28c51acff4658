"""`tagboat ci audit` on a repository: which files it looks at, and how it tells what it finds."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from jsonschema import validate

from tagboat.ci.annotations import warning
from tagboat.cli.app import run

SCHEMA = json.loads((Path(__file__).parents[4] / "docs/reference/output.schema.json").read_text(encoding="utf-8"))
WORKFLOWS = Path(__file__).parents[2] / "ci" / "audit" / "workflows"
CLEAN = (WORKFLOWS / "clean.yml").read_bytes()
TESTS = b"on: push\npermissions: {}\njobs:\n  test:\n    steps:\n      - run: pytest\n"


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "publish.yml").write_bytes(CLEAN)
    (folder / "tests.yaml").write_bytes(TESTS)
    return tmp_path


def break_it(top: Path) -> Path:
    path = top / ".github/workflows/publish.yml"
    path.write_bytes(CLEAN.replace(b"    environment: pypi\n", b""))
    return path


def test_every_workflow_that_releases_is_looked_at(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ci", "audit", "--strict", "-C", str(top)]) == 0
    assert capsys.readouterr().out == (
        "Looked at: .github/workflows/publish.yml.\n"
        "Passed over, for they release nothing: .github/workflows/tests.yaml.\n"
        "Found: nothing.\n"
    )


def test_a_finding_is_told_with_its_line_and_the_mend(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = break_it(top)
    line = path.read_text(encoding="utf-8").splitlines().index("  publish-pypi:") + 1
    assert run(["ci", "audit", "-C", str(top)]) == 7
    what, why, mend, blank, *end = capsys.readouterr().out.splitlines()
    assert what == (
        f".github/workflows/publish.yml:{line}: the job publish-pypi uploads and is in no environment"
        " [environment-missing]"
    )
    assert why.startswith("    Nobody is asked")
    assert mend.startswith("    -> Add `environment: NAME`")
    assert blank == ""
    assert end[-1] == "Found: 1."


def test_in_a_job_of_github_it_stands_on_the_line_too(
    top: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    break_it(top)
    assert run(["ci", "audit", "-C", str(top)]) == 7
    (command,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("::"))
    assert command.startswith(
        "::warning file=.github/workflows/publish.yml,line=136,title=environment-missing::the job"
    )


def test_what_is_found_can_be_read_by_a_machine(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_it(top)
    assert run(["ci", "audit", "--json", "-C", str(top)]) == 7
    document = json.loads(capsys.readouterr().out)
    validate(document, SCHEMA)
    (finding,) = document["findings"]
    assert document["result"] == "audited"
    assert document["files"] == [".github/workflows/publish.yml"]
    assert document["passed_over"] == [".github/workflows/tests.yaml"]
    assert finding.keys() == {"rule", "file", "line", "what", "why", "next"}
    assert finding["rule"] == "environment-missing"


def test_a_file_that_is_named_is_looked_at_whatever_it_does(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = top / "x.yml"
    path.write_bytes(TESTS.replace(b"permissions: {}\n", b""))
    assert run(["ci", "audit", str(path)]) == 7
    assert "[permissions-missing]" in capsys.readouterr().out
    assert run(["ci", "audit", str(path), str(top / "no.yml")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_a_damaged_file_is_told_beside_what_is_found_in_others(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_it(top)
    (top / ".gitlab-ci.yml").write_text("a: [\n", encoding="utf-8")
    assert run(["ci", "audit", "-C", str(top)]) == 3
    told = capsys.readouterr().err
    assert ".gitlab-ci.yml:2: is no YAML" in told
    assert "[environment-missing]" in told


def test_where_nothing_releases_it_is_told_what_was_looked_at(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (top / ".github/workflows/publish.yml").unlink()
    assert run(["ci", "audit", "-C", str(top)]) == 2
    assert "Looked at: .github/workflows/tests.yaml." in capsys.readouterr().err
    (top / ".github/workflows/tests.yaml").unlink()
    assert run(["ci", "audit", "-C", str(top)]) == 2
    assert "nothing, for there is none" in capsys.readouterr().err


def test_nothing_in_a_note_ends_its_command() -> None:
    assert warning("a\n::error::b % c", file="x,y:z.yml", line=3, title="a:b") == (
        "::warning file=x%2Cy%3Az.yml,line=3,title=a%3Ab::a%0A::error::b %25 c"
    )
