"""What stops a release, of what was found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import validate

from tagboat.ci.dependencies.installed import Dependency
from tagboat.ci.dependencies.licences import Licence
from tagboat.ci.dependencies.verdict import Verdict, check_allowed, document, summary
from tagboat.ci.dependencies.vulnerabilities import Vulnerability, _read
from tagboat.errors import CommandFailed, ConfigError

SCHEMA = json.loads((Path(__file__).parents[4] / "docs/reference/output.schema.json").read_text(encoding="utf-8"))
MAST = Dependency("Mast", "1.0", Licence("MIT", "MIT"))
OAR = Dependency("oar", "2.0", Licence("", "see LICENSE"))
HOLE = Vulnerability("mast", "1.0", ("GHSA-1", "CVE-1"), ("1.1", "2.0"))


def verdict(*, allowed: tuple[str, ...] | None = None, accepted: tuple[str, ...] = ()) -> Verdict:
    return Verdict((MAST, OAR), (HOLE,), allowed, accepted)


def test_without_a_list_of_licences_none_is_looked_at() -> None:
    assert [each.what for each in verdict().problems()] == ["mast 1.0 is vulnerable: GHSA-1, CVE-1"]
    assert verdict().problems()[0].why == "It is mended in 1.1, 2.0."


def test_a_licence_that_is_unknown_and_one_that_is_not_allowed_are_told_apart() -> None:
    first, second, _ = verdict(allowed=("ISC",)).problems()
    assert (first.what, first.next) == (
        "Mast 1.0 has a licence that is not allowed: MIT",
        "Do without it, or add it to `licences` in [tool.tagboat.ci].",
    )
    assert second.next.endswith('as "unknown", once you have read it.')
    assert verdict(allowed=("MIT", "unknown"), accepted=("CVE-1",)).problems() == []


def test_what_is_accepted_by_any_of_its_names_is_told_and_stops_nothing() -> None:
    accepting = verdict(accepted=("CVE-1", "CVE-2"))
    assert accepting.problems() == []
    assert accepting.of_no_use() == ["CVE-2"]
    page = summary("boat", accepting)
    assert "| `Mast 1.0` | `MIT` | `GHSA-1` (accepted) |" in page
    assert "`CVE-2` is accepted, and nothing has it any more." in page
    assert page.endswith("Nothing to mend.\n")


def test_one_that_nobody_mended_yet_is_told_as_such() -> None:
    (problem,) = Verdict((MAST,), (Vulnerability("mast", "1.0", ("GHSA-1",)),)).problems()
    assert problem.why == "No version without it is known."


def test_what_was_not_asked_is_not_told_as_good() -> None:
    unasked = Verdict((MAST,), None, accepted=("CVE-1",))
    page = summary("boat", unasked)
    assert "| `Mast 1.0` | `MIT` | ? |" in page
    assert "Nothing to mend" not in page
    assert unasked.of_no_use() == []


def test_the_document_has_everything() -> None:
    whole = document(verdict(allowed=("MIT",), accepted=("CVE-1",)))
    validate({"result": "dependencies", **whole}, SCHEMA)
    assert whole["dependencies"] == [
        {"name": "Mast", "version": "1.0", "licence": "MIT", "said": "MIT"},
        {"name": "oar", "version": "2.0", "licence": "", "said": "see LICENSE"},
    ]
    assert whole["vulnerabilities"] == [
        {
            "dependency": "mast",
            "version": "1.0",
            "names": ["GHSA-1", "CVE-1"],
            "mended": ["1.1", "2.0"],
            "accepted": True,
        }
    ]
    (problem,) = whole["problems"]  # type: ignore[misc]
    assert problem["what"].startswith("oar 2.0 has a licence")


def test_a_list_that_holds_no_licences_is_refused() -> None:
    check_allowed(None)
    check_allowed(["MIT", "unknown"])
    with pytest.raises(ConfigError, match="no licence: Apache, MIT OR ISC"):
        check_allowed(["Apache", "MIT OR ISC", "MIT"])


def test_one_that_was_passed_over_is_not_told_as_good() -> None:
    with pytest.raises(CommandFailed, match="nobody can say whether mast is vulnerable") as caught:
        list(_read({"dependencies": [{"name": "mast", "skip_reason": "its version is none"}]}))
    assert caught.value.why == "its version is none"
