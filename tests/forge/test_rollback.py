"""A rollback that a form asked for: the page, the issue for a person, and a second run that opens nothing twice."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.ci.checkout import CONFIGURATION, Origin
from tests.forge.quay import TAG, Quay, make
from tests.gitbox import isolate

from tagboat.ci import report
from tagboat.ci.event import Event
from tagboat.ci.rollback import Wanted, carry_out, fix_commands, wanted
from tagboat.config import IndexConfig, load_config
from tagboat.config.model import ForgeConfig
from tagboat.errors import NotReady, NotVisible, UsageError
from tagboat.forge.body import is_withdrawn
from tagboat.observer import Silent
from tagboat.testing import FakeIndex, make_project
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from tagboat.index.interface import Index

V = Version("0.2.0")
WHEEL = "sample-0.2.0-py3-none-any.whl"
FORM = Wanted(V, "it tells the wrong @hour | <b>")


class Installs:
    """Says what a fresh install gets, as the real one does."""

    def fallback(self, *_: object) -> str:
        return "a fresh install gets 0.1.0 from corp.example (pip and uv)"


class Harbour(Workspace):
    """A workspace whose indexes are in memory; installs are told."""

    fakes: dict[str, FakeIndex]

    def index(self, name: str) -> Index:
        return self.fakes[name]

    def verifier(self, observer: object) -> Installs:
        return Installs()


@pytest.fixture
def harbour(quay, tmp_path, monkeypatch) -> Harbour:
    """0.2.0 is on an index that yanks and on one that takes a person, and announced."""
    isolate(tmp_path, monkeypatch)
    root = make_project(tmp_path / "project", name="sample", version="0.2.0")
    fakes = {"corp": FakeIndex("corp", yanks=True), "pypi": FakeIndex("pypi", by_hand=True)}
    for fake in fakes.values():
        fake.put(WHEEL, b"wheel")
    index = tuple(IndexConfig(name, "directory", {"path": name}) for name in fakes)
    config = replace(load_config(root), index=index, forge=ForgeConfig(quay.kind, quay.server.url, "crew/boat"))
    environ = {
        "PATH": "",
        "GITHUB_TOKEN": "write-token",
        "GITLAB_TOKEN": "write-token",
        "GITHUB_API_URL": quay.server.url,
    }
    workspace = Harbour(root, environ=environ, cache=tmp_path / "cache", config=config)
    workspace.fakes = fakes
    workspace.forge.sleep = quay.slept.append
    return workspace


def issues(quay: Quay) -> list[dict]:
    return quay.server.issues


def text_of(issue: dict) -> str:
    return issue.get("body") or issue.get("description")


def test_a_person_is_asked_by_an_issue_and_watched_and_the_page_warns_meanwhile(harbour, quay, wanted_release):
    make(quay, wanted_release)
    done = carry_out(harbour, FORM, Silent(), wait=0.2)
    assert done.waiting is not None
    assert done.waiting.exit_code == 10
    assert all(file.yanked for file in harbour.fakes["corp"].files("sample", V).values())
    assert is_withdrawn(quay.text())
    asks, fix = issues(quay)
    text = text_of(asks)
    assert asks["title"] == "Withdraw sample 0.2.0 by hand"
    assert harbour.fakes["pypi"].withdraw_page("sample", V) in text
    assert "it tells the wrong @hour | <b>" in text
    assert text.count("```text") == 1  # what somebody wrote is shown letter by letter
    assert fix["title"] == "Release what comes after sample 0.2.0"
    assert "$ tagboat release" in text_of(fix)
    assert len(done.tickets) == 2
    summary = report.rolled_back(done, fix_commands())
    assert "waits for a person" in summary
    assert "corp.example" not in summary + text


def test_a_second_run_opens_no_second_issue_and_ends_when_it_is_done(harbour, quay):
    carry_out(harbour, FORM, Silent(), wait=0.2)
    carry_out(harbour, FORM, Silent(), wait=0.2)
    assert len(issues(quay)) == 2
    harbour.fakes["pypi"].yank_by_hand("sample", V, "by hand")
    done = carry_out(harbour, FORM, Silent(), wait=0.2)
    assert done.waiting is None
    assert done.now == "a fresh install gets 0.1.0 (pip and uv); a fresh install gets 0.1.0 (pip and uv)"
    asks, fix = issues(quay)
    assert asks["state"] == "closed"
    assert "0.1.0" in asks.get("comments", asks.get("notes"))[0]
    assert fix["state"].startswith("open")
    assert "is withdrawn" in report.rolled_back(done, fix_commands())


def test_a_run_on_another_machine_knows_the_issue_again(harbour, quay):
    carry_out(harbour, FORM, Silent(), wait=0.2)
    harbour.state_of(V).remove()
    carry_out(harbour, FORM, Silent(), wait=0.2)
    assert len(issues(quay)) == 2


def test_only_issues_of_our_own_are_closed(harbour, quay):
    with closing(quay.forge()) as forge:
        forge.issue("<!-- x -->", "Withdraw sample 0.2.0 by hand", "somebody else's <!-- x -->")
    harbour.fakes["pypi"].yank_by_hand("sample", V, "by hand")
    carry_out(harbour, FORM, Silent(), wait=0.2)
    assert issues(quay)[0]["state"].startswith("open")


def test_a_forge_that_takes_no_issue_stops_nothing(harbour, quay):
    harbour.forge.environ = {**harbour.environ, "GITHUB_TOKEN": "read-token", "GITLAB_TOKEN": "read-token"}
    done = carry_out(harbour, FORM, Silent(), wait=0.2)
    assert done.waiting is not None
    assert done.tickets == ()
    assert len(done.notes) == 2
    assert "no issue was opened" in report.rolled_back(done, fix_commands())
    assert issues(quay) == []


def test_without_a_forge_it_is_withdrawn_all_the_same(harbour, quay):
    harbour.__dict__["forge"] = None
    harbour.fakes["pypi"].yank_by_hand("sample", V, "by hand")
    done = carry_out(harbour, FORM, Silent(), wait=0.2)
    assert (done.waiting, done.tickets) == (None, ())
    assert quay.server.asked == []


def test_what_was_deleted_before_from_another_machine_is_shown_again(harbour, quay):
    harbour.fakes = {"corp": FakeIndex("corp", yanks=True), "pypi": FakeIndex("pypi", by_hand=True)}
    assert carry_out(harbour, FORM, Silent(), wait=0.2).waiting is None
    with pytest.raises(NotReady, match="is not on"):  # nor is there a tag of it
        carry_out(harbour, Wanted(Version("0.3.0"), "it breaks"), Silent(), wait=0.2)


@pytest.fixture
def wanted_release(tmp_path):
    from tests.forge.quay import announcement

    (tmp_path / "assets").mkdir()
    return announcement(tmp_path / "assets")


# -- the form --------------------------------------------------------------------------------------------------


def form(**inputs: str) -> Event:
    return Event("dispatch", "refs/heads/main", "", inputs)


def test_a_form_says_version_and_reason():
    assert wanted(form(version=" 0.2.0", reason=" it \n breaks ", confirm="0.2.0 ")) == Wanted(V, "it breaks")
    long = wanted(form(version="0.2.0", reason="x" * 900, confirm="0.2.0"))
    assert len(long.reason) == 500


@pytest.mark.parametrize(
    ("inputs", "problems"),
    [
        ({}, ["nothing is no version", "there is no reason"]),
        ({"version": '1"; rm -rf', "reason": "r", "confirm": "x"}, ["`1\"; rm -rf` is no version"]),
        ({"version": "0.2.0", "reason": "r", "confirm": ""}, ["version and confirm are not the same"]),
        ({"version": "0.2.0", "reason": " ", "confirm": "0.2.0"}, ["there is no reason"]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_with_a_form_is_told_at_once(inputs, problems):
    with pytest.raises(NotReady) as caught:
        wanted(form(**inputs))
    assert [each.what for each in caught.value.problems] == problems


def test_on_a_laptop_there_is_no_form():
    with pytest.raises(UsageError) as caught:
        wanted(Event("laptop", "", "", {}))
    assert "tagboat rollback VERSION" in caught.value.next


def test_a_person_waited_for_in_vain_is_an_exit_code_and_a_message(harbour, monkeypatch, capsys, tmp_path):
    import argparse

    from tagboat.cli.ci import rollback
    from tagboat.cli.output import Output

    event = tmp_path / "event.json"
    inputs = {"version": "0.2.0", "reason": "it breaks", "confirm": "0.2.0"}
    event.write_text(json.dumps({"inputs": inputs}), encoding="utf-8")
    for name, value in (("ACTIONS", "true"), ("EVENT_NAME", "workflow_dispatch"), ("EVENT_PATH", str(event))):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    monkeypatch.setattr("tagboat.workspace.Workspace", lambda _: harbour)
    with pytest.raises(NotVisible, match="still offers"):
        rollback.run(argparse.Namespace(folder=harbour.root, wait=0.1), Output())
    assert "waits for a person" in capsys.readouterr().out


# -- as a job --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_job_withdraws_and_proves_and_a_form_without_confirmation_does_nothing(github, tmp_path):
    kind = f'\n[tool.tagboat.forge]\nkind = "github"\nurl = "{github.server.url}"\nrepository = "crew/boat"\n'
    forge = Origin(tmp_path, tmp_path / "cache").begin(configuration=CONFIGURATION + kind)
    author = forge.author
    author.environ |= {"GITHUB_TOKEN": "write-token", "GITHUB_API_URL": github.server.url}
    github.server.tags.update({"v0.1.0", TAG})
    ran = author.run("release", "--tag", TAG, "--yes")
    assert ran.code == 0, ran.stderr
    job = forge.github(
        tmp_path / "job", "workflow_dispatch", "refs/heads/main", version="0.2.0", reason="it breaks", confirm="0.2"
    )
    job.environ |= author.environ
    for name in ("staging", "main"):
        (job.folder.parent / name).symlink_to(author.folder.parent / name)
    refused = job.run("ci", "rollback", "--wait", "5")
    assert refused.code == 4
    assert "version and confirm are not the same" in refused.summary
    assert not is_withdrawn(github.text())
    event = job.folder.parent / "event.json"
    event.write_text(
        json.dumps({"inputs": {"version": "0.2.0", "reason": "it breaks", "confirm": "0.2.0"}}), encoding="utf-8"
    )
    done = job.ci("rollback", "--wait", "5")
    assert "is withdrawn" in done.summary
    assert "### Fix forward" in done.summary
    assert is_withdrawn(github.text())
    assert github.server.published(TAG).prerelease
    assert [each["title"] for each in github.server.issues] == ["Release what comes after demo-pkg 0.2.0"]
    assert "write-token" not in done.summary + done.stdout + done.stderr
