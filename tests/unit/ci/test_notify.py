from __future__ import annotations

import json

import pytest
from tests.projects import make_project

from tagboat.ci import report
from tagboat.ci.frequency import DAY, count_within, frequency
from tagboat.ci.notify import outcome
from tagboat.config import Config
from tagboat.workspace import Workspace

NOW = 1_767_100_000.0
RUN = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "crew/boat", "GITHUB_RUN_ID": "42"}


def needs(**results: str) -> dict[str, str]:
    """TAGBOAT_NEEDS with these results; `__` in a name is a dash."""
    plan = {"version": "1.2.0", "to-testpypi": "true", "to-pypi": "true", "to-corp": "false", "publish": "true"}
    jobs = {name.replace("__", "-"): {"result": result, "outputs": {}} for name, result in results.items()}
    return {"TAGBOAT_NEEDS": json.dumps({"plan": {"result": "success", "outputs": plan}, **jobs})}


@pytest.fixture
def workspace(box) -> Workspace:
    make_project(box.top, name="demo", version="1.2.0")
    box.commit()
    for tag in ("v1.0.0", "v1.1.0", "nightly"):
        box.tag(tag)
    box.tag("v1.2.0", message=None)
    return Workspace(box.top, environ={}, config=Config())


def test_success_says_where_to_how_to_install_and_each_job(workspace):
    told = needs(test="success", publish__testpypi="success", publish__pypi="success")
    found = outcome(workspace, {**RUN, **told}, NOW)
    assert found.good
    assert found.message.title == "demo 1.2.0 is released to testpypi, pypi"
    assert found.message.text == (
        "pip install demo==1.2.0\n\nplan: success\ntest: success\npublish-testpypi: success\npublish-pypi: success\n\n"
        "https://github.com/crew/boat/actions/runs/42\n3 releases in 30 days, 3 in 365 days"
    )


@pytest.mark.parametrize("result", ["failure", "cancelled"])
def test_a_failure_says_which_job_and_no_install(workspace, result):
    found = outcome(workspace, needs(test=result, publish__pypi="skipped"), NOW)
    assert not found.good
    assert found.message.title == "The release of demo 1.2.0 failed"
    assert f"test: {result}" in found.message.text
    assert "pip install" not in found.message.text


def test_what_was_not_published_to_is_not_named(workspace):
    found = outcome(workspace, needs(publish__testpypi="success", publish__pypi="skipped"), NOW)
    assert found.indexes == ("testpypi",)


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"plan": 1}', '{"plan": {"result": "success"}}'])
def test_needs_that_say_nothing_are_no_failure(workspace, text):
    found = outcome(workspace, {"TAGBOAT_NEEDS": text, "TAGBOAT_VERSION": "1.2.0"}, NOW)
    assert found.message.title == "demo 1.2.0 is released"


def test_elsewhere_one_word_is_enough(workspace):
    environ = {"TAGBOAT_RESULT": "failed", "TAGBOAT_VERSION": "1.2.0", "CI_PIPELINE_URL": "https://gitlab.com/x/-/1"}
    found = outcome(workspace, environ, NOW)
    assert not found.good
    assert "pipeline: failed\n\nhttps://gitlab.com/x/-/1\n" in found.message.text


def test_the_summary_shows_names_letter_by_letter(workspace):
    text = report.went(outcome(workspace, needs(**{"<b>|": "success"}), NOW), "told 1 address")
    assert "| `<b>\\|` | `success` |" in text
    assert "`told 1 address`" in text


def test_times_are_counted_back_from_now():
    times = [0, int(NOW) - 31 * DAY, int(NOW) - 29 * DAY, int(NOW), int(NOW) + 5]
    assert count_within(times, 30, NOW) == 2
    assert frequency(times, NOW) == "2 releases in 30 days, 3 in 365 days"
