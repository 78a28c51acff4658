"""What a run of the pipeline does, for every event and everything that a form can say."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from packaging.version import Version

from tagboat.ci.decision import Decision, Facts, decide, parse_version
from tagboat.ci.event import Event
from tagboat.config import IndexConfig
from tagboat.errors import NotReady, Problem

HEAD, ELSEWHERE = "a" * 40, "b" * 40
TEST, MAIN = IndexConfig("try", "testpypi", {}), IndexConfig("main", "directory", {"path": "x"})
HERE = {"refs/tags/v1.2.3": HEAD, "refs/tags/v1.0.0": ELSEWHERE, HEAD: HEAD, ELSEWHERE: ELSEWHERE}
FACTS = Facts(
    project="demo",
    tag_format="v{version}",
    head=HEAD,
    head_tag="v1.2.3",
    commit_of=HERE.get,
    written=[("pyproject.toml", "1.2.3"), ("Cargo.toml", "1.2.3")],
    indexes=(TEST, MAIN),
    pythons=("3.10", "3.12"),
)
ON_MAIN = replace(FACTS, head=ELSEWHERE, head_tag="", next_version=Version("1.3.0"), commit_of=HERE.get)


def pushed(tag: str, sha: str = HEAD) -> Event:
    return Event("tag", f"refs/tags/{tag}", sha, {})


def asked(ref: str = "refs/tags/v1.2.3", /, **inputs: str) -> Event:
    """A form that was filled in; `dry_run` is its field dry-run."""
    return Event("dispatch", ref, HEAD, {name.replace("_", "-"): value for name, value in inputs.items()})


REAL = {"version": "1.2.3", "dry_run": "false", "confirm": "1.2.3", "channel": "all"}


def refusal(event: Event, facts: Facts = FACTS) -> str:
    with pytest.raises(NotReady) as caught:
        decide(event, facts)
    return str(caught.value)


def test_a_pushed_tag_is_released_everywhere() -> None:
    assert decide(pushed("v1.2.3"), FACTS).outputs() == {
        "version": "1.2.3",
        "tag": "v1.2.3",
        "commit": HEAD,
        "ref": "refs/tags/v1.2.3",
        "publish": "true",
        "prerelease": "false",
        "pythons": '["3.10","3.12"]',
        "to-try": "true",
        "to-main": "true",
    }


@pytest.mark.parametrize("text", ["1.2.3rc1", "1.2.3.dev4", "2!1.0a1"])
def test_a_pre_release_is_told(text: str) -> None:
    here = {f"refs/tags/v{text}": HEAD, HEAD: HEAD}
    decision = decide(pushed(f"v{text}"), replace(FACTS, commit_of=here.get, written=[("x", text)]))
    assert decision.prerelease
    assert decision.outputs()["prerelease"] == "true"


def test_a_tag_that_is_no_release_is_refused() -> None:
    assert '"v1.2.x" is no tag of a release' in refusal(pushed("v1.2.x"))


def test_a_tag_in_another_spelling_is_refused() -> None:
    assert "version 1.2.3rc1 is tagged v1.2.3rc1" in refusal(pushed("v1.2.3-rc.1"))


def test_a_tag_that_is_not_here_is_refused() -> None:
    assert "there is no tag v9.9.9 here" in refusal(pushed("v9.9.9"))


def test_a_tag_on_another_commit_is_refused() -> None:
    assert f"v1.0.0 is on {ELSEWHERE[:10]}, but {HEAD[:10]} is checked out" in refusal(pushed("v1.0.0", ELSEWHERE))


def test_a_tag_that_was_moved_since_is_refused() -> None:
    assert "v1.2.3 was moved" in refusal(pushed("v1.2.3", ELSEWHERE))


def test_every_place_that_says_another_version_is_named() -> None:
    facts = replace(FACTS, written=[("one", "1.2.2"), ("two", "1.2.3"), ("three", "none of it")])
    text = refusal(pushed("v1.2.3"), facts)
    assert 'one says "1.2.2", but the tag is v1.2.3' in text
    assert 'three says "none of it"' in text
    assert "two says" not in text


def test_a_place_may_spell_the_version_its_own_way() -> None:
    here = {"refs/tags/v1.2.3rc1": HEAD, HEAD: HEAD}
    facts = replace(FACTS, commit_of=here.get, written=[("Cargo.toml", "1.2.3-rc.1"), ("pyproject.toml", "1.2.3rc1")])
    assert decide(pushed("v1.2.3rc1"), facts).publish


def test_all_problems_are_told_at_once() -> None:
    facts = replace(FACTS, is_shallow=True, indexes=(MAIN, TEST), written=[("one", "1")])
    text = refusal(asked("refs/heads/main", version="1.2.3", dry_run="no", channel="moon"), facts)
    for words in ("shallow clone", "try is a test index, and comes after main", "dry-run is", 'no channel "moon"'):
        assert words in text


def test_a_confirmed_dispatch_from_the_tag_is_released() -> None:
    decision = decide(asked(**REAL), FACTS)
    assert decision.publish
    assert decision.to == {"try": True, "main": True}


@pytest.mark.parametrize("channel", ["try", "main"])
def test_a_channel_is_one_index(channel: str) -> None:
    decision = decide(asked(**{**REAL, "channel": channel}), FACTS)
    assert decision.to == {"try": channel == "try", "main": channel == "main"}
    assert decision.publish


def test_a_test_index_needs_no_confirmation_but_a_wrong_one_is_wrong() -> None:
    assert decide(asked(version="1.2.3", dry_run="false", channel="try"), FACTS).to == {"try": True, "main": False}
    assert "1.2.4" in refusal(asked(**{**REAL, "channel": "try", "confirm": "1.2.4"}))


@pytest.mark.parametrize("confirm", ["", "yes", "1.2.3 ", "v1.2.3"])
def test_without_the_version_typed_again_nothing_is_published(confirm: str) -> None:
    assert "Type 1.2.3 into `confirm`, too." in [
        problem.next for problem in problems(asked(**{**REAL, "confirm": confirm}))
    ]


def problems(event: Event, facts: Facts = FACTS) -> tuple[Problem, ...]:
    with pytest.raises(NotReady) as caught:
        decide(event, facts)
    return caught.value.problems


def test_a_release_by_hand_starts_from_its_tag() -> None:
    text = refusal(asked("refs/heads/main", **REAL))
    assert 'this run was started from "main", and not from the tag v1.2.3' in text


def test_a_release_by_hand_names_its_version() -> None:
    assert "no version was given" in refusal(asked(**{**REAL, "version": ""}))


def test_without_a_word_about_it_a_dispatch_is_a_dry_run() -> None:
    for inputs in ({}, {"dry_run": ""}, {"dry_run": "true"}, {"dry_run": "True"}):
        decision = decide(asked(version="1.2.3", **inputs), FACTS)
        assert (decision.publish, decision.tag, set(decision.to.values())) == (False, "v1.2.3", {False})


@pytest.mark.parametrize("word", ["no", "0", "falsee", "$(touch pwned)"])
def test_dry_run_is_true_or_false(word: str) -> None:
    assert "neither true nor false" in refusal(asked(**{**REAL, "dry_run": word}))


@pytest.mark.parametrize(
    "text",
    [
        *('1.2.3"; touch pwned; "', "$(id)", "`id`", "1.2.3\n::set-output name=publish::true", "../../etc", "-1", " "),
        *("1.2.3 ", " 1.2.3", "v1.2.3", "1.2.3-rc1", "1.2.3+local", "1" * 5000, "١.٢", "1.2.3\u2028", "main", "1..2"),
    ],
)
def test_a_version_is_read_to_the_letter(text: str) -> None:
    found = parse_version(text)
    assert isinstance(found, Problem)
    assert found.what.isascii()
    assert "\n" not in found.what
    assert len(found.what) < 150
    assert refusal(asked(**{**REAL, "version": text, "confirm": text}))


def test_another_spelling_is_put_right() -> None:
    found = parse_version("v1.2.3-RC.1")
    assert isinstance(found, Problem)
    assert found.next == "Write 1.2.3rc1."


def test_a_dry_run_works_from_any_branch() -> None:
    decision = decide(asked("refs/heads/main", version="1.2.3"), ON_MAIN)
    assert decision.outputs() | {"pythons": ""} == {
        "version": "1.2.3",
        "tag": "",
        "commit": ELSEWHERE,
        "ref": ELSEWHERE,
        "publish": "false",
        "prerelease": "false",
        "pythons": "",
        "to-try": "false",
        "to-main": "false",
    }


def test_a_dry_run_may_name_the_version_that_comes_next() -> None:
    decision = decide(asked("refs/heads/main", version="1.3.0"), ON_MAIN)
    assert decision.version == Version("1.2.3")
    assert "its next release would be 1.3.0" in decision.reason


def test_a_dry_run_of_a_version_that_the_branch_is_not_at_is_refused() -> None:
    assert "7.0 was asked for, but main is at 1.2.3" in refusal(asked("refs/heads/main", version="7.0"), ON_MAIN)


def test_a_dry_run_needs_places_that_agree() -> None:
    facts = replace(ON_MAIN, written=[("one", "1.0"), ("two", "2.0")])
    assert {problem.what for problem in problems(asked("refs/heads/main"), facts)} == {
        'one says "1.0", but not all places do',
        'two says "2.0", but not all places do',
    }


def test_a_version_from_git_is_what_was_typed_or_comes_next() -> None:
    facts = replace(ON_MAIN, written=[])
    assert decide(asked("refs/heads/main", version="1.9"), facts).version == Version("1.9")
    assert decide(asked("refs/heads/main"), facts).version == Version("1.3.0")
    nothing = decide(asked("refs/heads/main"), replace(facts, next_version=None))
    assert (nothing.version, nothing.prerelease, nothing.outputs()["version"]) == (None, False, "")


@pytest.mark.parametrize("name", ["push", "pull_request", "other"])
def test_no_other_event_publishes(name: str) -> None:
    decision = decide(Event(name, "refs/heads/main", ELSEWHERE, {}), ON_MAIN)  # type: ignore[arg-type]
    assert (decision.publish, decision.tag) == (False, "")


def test_other_events_publish_nothing_even_on_a_tagged_commit() -> None:
    assert not decide(Event("push", "refs/heads/main", HEAD, {}), FACTS).publish


def test_a_laptop_goes_by_the_tag_on_head() -> None:
    laptop = Event("laptop", "", "", {})
    assert decide(laptop, FACTS).tag == "v1.2.3"
    assert decide(laptop, ON_MAIN).tag == ""


def test_without_an_index_a_tag_is_released_all_the_same() -> None:
    decision = decide(pushed("v1.2.3"), replace(FACTS, indexes=()))
    assert (decision.publish, decision.to) == (True, {})
    by_hand = decide(asked(**REAL), replace(FACTS, indexes=()))
    assert (by_hand.publish, by_hand.reason) == (True, "started by hand, for no index")


def test_over_all_forms_only_a_confirmed_run_from_the_tag_publishes() -> None:
    """The truth table: every combination of ref, version, channel, dry run and confirmation."""
    refs = ("refs/heads/main", "refs/tags/v1.2.3", "refs/tags/v1.0.0")
    versions, channels = ("1.2.3", "1.0.0", "", "x"), ("all", "try", "main", "moon", "")
    for ref, version, channel, dry, confirm in product(
        refs, versions, channels, ("true", "false", ""), ("1.2.3", "", "no")
    ):
        event = asked(ref, version=version, channel=channel, dry_run=dry, confirm=confirm)
        decision = outcome(event)
        confirmed = confirm == "1.2.3" or (channel == "try" and confirm == "")
        allowed = ref == "refs/tags/v1.2.3" and version == "1.2.3" and channel != "moon" and confirmed
        assert (decision is not None and decision.publish) == (dry == "false" and allowed), event
        if decision is not None:
            assert any(decision.to.values()) == decision.publish


def outcome(event: Event) -> Decision | None:
    try:
        return decide(event, FACTS)
    except NotReady:
        return None
