from __future__ import annotations

from dataclasses import replace

import pytest

from tagboat.ci.doctor import Needed, examine
from tagboat.forge.settings import Environment, Settings, TagRule

ALL = frozenset({"creation", "update", "deletion"})
GOOD = Settings(
    private=False,
    environments={
        "pypi": Environment(("1 reviewer",), ("tag v*",), frozenset()),
        "corp": Environment(("1 reviewer",), ("tag v*",), frozenset({"CORP_TOKEN"})),
    },
    tag_rules=(TagRule("releases", ("refs/tags/v*",), (), ALL),),
    immutable=True,
    names=frozenset(),
    weak={},
    writes=False,
    closed=(),
)
NEEDED = Needed(
    tag="v1.2.3",
    environments=("pypi", "corp"),
    guarded=frozenset({"pypi", "corp"}),
    secrets={"corp": ("CORP_TOKEN",)},
    publishers={},
    announces=True,
)


def told(settings: Settings, needed: Needed = NEEDED) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in examine(settings, needed, "GitHub"):
        found.setdefault(each.state, []).append(each.what)
    return found


def at(name: str, environment: Environment) -> Settings:
    return replace(GOOD, environments={**(GOOD.environments or {}), name: environment})


def test_settings_that_carry_a_release_have_nothing_wrong():
    assert told(GOOD) == {
        "good": [
            "pypi: 1 reviewer, tag v*",
            "corp: 1 reviewer, tag v*",
            "tags like v1.2.3 are guarded by releases",
            "CORP_TOKEN is kept in corp",
            "the token of a job may only read, unless its workflow says otherwise",
            "releases are immutable once they are published",
        ]
    }


@pytest.mark.parametrize(
    ("environment", "state", "words"),
    [
        (Environment((), None, frozenset()), "wrong", "pypi is a gate that lets everything in"),
        (Environment((), ("tag v*",), frozenset()), "good", "pypi lets only tag v* deploy; nobody is asked before"),
        (Environment(("1 reviewer",), None, None), "good", "pypi: 1 reviewer"),
        (Environment(("1 reviewer",), ("branch main",), None), "wrong", "pypi lets only branch main deploy"),
        (Environment((), ("protected branches",), None), "wrong", "pypi lets only protected branches deploy"),
        (Environment((), (), None), "wrong", "pypi lets only nothing deploy"),
        (Environment((), ("branch v*", "tag release-*"), None), "wrong", "releases come from tags"),
    ],
)
def test_a_gate_is_told_from_one_that_is_none(environment, state, words):
    assert any(words in what for what in told(at("pypi", environment))[state])


def test_a_gate_that_a_private_repository_cannot_have_is_explained():
    settings = replace(at("pypi", Environment((), None, None)), private=True)
    (finding,) = [each for each in examine(settings, NEEDED, "GitHub") if each.state == "wrong"]
    assert "paid plan" in finding.why


def test_an_environment_that_is_missing_is_wrong_only_where_people_install_from():
    settings = replace(GOOD, environments={})
    needed = replace(NEEDED, guarded=frozenset({"corp"}), secrets={})
    found = told(settings, needed)
    assert found["wrong"] == ["there is no environment corp"]
    assert found["advice"] == ["there is no environment pypi"]


def test_a_test_index_may_have_an_open_door():
    found = told(at("pypi", Environment((), None, frozenset())), replace(NEEDED, guarded=frozenset({"corp"})))
    assert "pypi: open to every branch and tag" in found["good"]


@pytest.mark.parametrize(
    ("rules", "state", "what"),
    [
        ((), "wrong", "creation, update, deletion"),
        ((TagRule("a", ("refs/tags/v*",), (), frozenset({"update", "deletion"})),), "advice", "creation"),
        ((TagRule("a", ("refs/tags/w*",), (), ALL),), "wrong", "creation, update, deletion"),
        ((TagRule("a", ("~ALL",), ("refs/tags/v1*",), ALL),), "wrong", "creation, update, deletion"),
        ((TagRule("a", ("~ALL",), (), ALL),), "good", "tags like v1.2.3 are guarded by a"),
    ],
)
def test_rules_for_tags_count_when_they_fit_our_tags(rules, state, what):
    found = told(replace(GOOD, tag_rules=rules))
    assert any(what in each and "tags like v1.2.3" in each for each in found[state])


def test_a_secret_is_missing_or_open_to_everybody_or_cannot_be_seen():
    empty = at("corp", Environment(("1 reviewer",), ("tag v*",), frozenset()))
    assert told(empty)["wrong"] == ["CORP_TOKEN is missing"]
    everywhere = replace(empty, names=frozenset({"CORP_TOKEN"}))
    assert told(everywhere)["advice"] == ["CORP_TOKEN is open to every job of the repository"]
    unseen = replace(at("corp", Environment(("1 reviewer",), ("tag v*",), None)), names=frozenset())
    assert "wrong" not in told(unseen)
    assert "wrong" not in told(replace(empty, names=None))
    any_job = replace(NEEDED, secrets={"": ("URLS",)})
    assert told(GOOD, any_job)["wrong"] == ["URLS is missing"]
    assert "URLS is there" in told(replace(GOOD, names=frozenset({"URLS"})), any_job)["good"]


def test_the_rest_is_advice_and_what_cannot_be_seen_is_said():
    settings = replace(GOOD, writes=True, immutable=False, weak={"X": "a log can show it"}, closed=("rules: 403",))
    found = told(settings)
    assert found["advice"] == [
        "X: a log can show it",
        "the token of every job may write, unless its workflow says otherwise",
        "the files of a published release can be exchanged",
    ]
    assert found["unknown"] == ["could not look at rules: 403"]
    assert "immutable" not in str(told(settings, replace(NEEDED, announces=False)))


def test_what_could_not_be_looked_at_is_never_called_wrong():
    unseen = Settings(None, None, None, None, None, {}, None, ("everything: 403",))
    assert told(unseen) == {"unknown": ["could not look at everything: 403"]}
