"""`tagboat ci review`: what a pull request would release, told without a secret and without believing its texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
from tests.e2e.test_documents import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.checkout import Origin

MAIN = "refs/heads/main"


def test_a_pull_request_tells_what_it_would_release_and_nothing_in_it_breaks_out(
    origin: Origin, tmp_path: Path
) -> None:
    checkout = origin.github(tmp_path, "pull_request", MAIN)
    ran = checkout.ci("review")
    assert ran.outputs == {"version": "0.3.0"}
    assert ran.summary.startswith("## This pull request would release 0.3.0\n")
    assert "demo_pkg-0.2.0.tar.gz" in ran.summary
    fence, code = 0, []
    for line in ran.summary.splitlines():
        fence += line.startswith("```")
        code += [line] if fence == 1 or "`" in line else []
    assert fence == 2
    assert [line for line in ran.summary.splitlines() if "<img" in line and line not in code] == []
    assert not any(line.startswith("::") for line in ran.summary.splitlines())
    assert ran.stdout.startswith("::stop-commands::")
    assert checkout.git("status", "--porcelain") == ""
    assert not (checkout.folder / ".tagboat").exists()


def test_a_pull_request_that_releases_nothing_is_fine(own_origin: Origin, tmp_path: Path) -> None:
    own_origin.commit("docs: a word")
    checkout = own_origin.github(tmp_path, "pull_request", MAIN)
    ran = checkout.ci("review")
    assert "This pull request releases nothing" in ran.summary
    assert ran.outputs == {"version": ""}
    document = json.loads(checkout.ci("review", "--json").stdout)
    jsonschema.validate(document, SCHEMA)
    assert document["version"] is None


def test_everything_that_is_wrong_is_told_at_once(own_origin: Origin, tmp_path: Path) -> None:
    pyproject = own_origin.author.folder / "pyproject.toml"
    text = pyproject.read_bytes().replace(b'"0.2.0"', b'"0.4.0"').replace(b"hatchling.build", b"no.such.backend")
    pyproject.write_bytes(text)
    own_origin.commit("feat: ``` </details> broken")
    ran = own_origin.github(tmp_path, "pull_request", MAIN, depth=1).run("ci", "review")
    assert ran.code == 4
    for words in (
        "this pull request could not be released",
        "shallow clone",
        "disagree",
        "pyproject.toml, [project] version: 0.4.0",
        "No module named 'no'",
    ):
        assert words in ran.stderr
        assert words in ran.summary
    assert ran.output == ""


def test_what_must_not_be_published_is_found_before_the_merge(own_origin: Origin, tmp_path: Path) -> None:
    own_origin.commit("fix: x", **{"src/demo_pkg/.env": "TOKEN=planted\n"})
    ran = own_origin.github(tmp_path, "push", MAIN).run("ci", "review")
    assert ran.code == 4
    assert "what is checked out could not be released" in ran.stderr
    assert ".env" in ran.summary
    assert "planted" not in ran.summary + ran.stdout + ran.stderr
