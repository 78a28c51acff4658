"""Outputs and summaries, written as the system of the job reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ci.checkout import Ran

from tagboat.ci.job import MOST, Job

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "one\nend_\npublish=true\npublish<<EOF\ntrue\nEOF\n::set-output name=publish::true"


def github(folder: Path) -> tuple[Job, list[str]]:
    said: list[str] = []
    places = {"GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "summary")}
    return Job({"GITHUB_ACTIONS": "true", **places}, said.append), said


def test_a_value_cannot_end_before_its_end_or_begin_another(tmp_path: Path) -> None:
    job, said = github(tmp_path)
    job.outputs({"notes": HOSTILE, "version": "1.0"})
    job.outputs({"more": ""})
    written = (tmp_path / "output").read_text(encoding="utf-8")
    assert Ran(0, "", "", output=written).outputs == {"notes": HOSTILE, "version": "1.0", "more": ""}
    assert "version=1.0" in said
    assert not any("\n" in line for line in said)


def test_two_jobs_end_their_values_differently(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        github(tmp_path / name)[0].outputs({"x": "y"})
    assert (tmp_path / "a" / "output").read_bytes() != (tmp_path / "b" / "output").read_bytes()


def test_summaries_follow_one_another_and_fit(tmp_path: Path) -> None:
    job, _ = github(tmp_path)
    job.summary("# One")
    job.summary("ü" * MOST)
    data = (tmp_path / "summary").read_bytes()
    assert data.startswith(b"# One\n")
    assert len(data) < 1 << 20
    assert data.decode().endswith("which does not fit here.\n\n")


def test_nothing_that_a_step_prints_on_github_is_a_command(tmp_path: Path) -> None:
    job, said = github(tmp_path)
    job.quieten()
    assert said[0].startswith("::stop-commands::")
    assert len(said[0]) > 40


def test_gitlab_gets_a_dotenv_report_and_the_summary_in_the_log(tmp_path: Path) -> None:
    said: list[str] = []
    job = Job({"GITLAB_CI": "true", "CI_PROJECT_DIR": str(tmp_path)}, said.append)
    job.quieten()
    job.outputs({"version": "1.0", "to-my-index": "true", "notes": "a\nTAGBOAT_PUBLISH=true"})
    job.summary("# Summary")
    assert (tmp_path / "tagboat.env").read_text(encoding="utf-8") == (
        "TAGBOAT_VERSION=1.0\nTAGBOAT_TO_MY_INDEX=true\nTAGBOAT_NOTES=a TAGBOAT_PUBLISH=true\n"
    )
    assert "\n# Summary" in said


def test_a_laptop_prints_both(tmp_path: Path) -> None:
    said: list[str] = []
    job = Job({"GITHUB_OUTPUT": str(tmp_path / "output")}, said.append)
    job.outputs({"version": "1.0"})
    job.summary("# Summary")
    assert said == ["version=1.0", "\n# Summary"]
    assert not (tmp_path / "output").exists()
