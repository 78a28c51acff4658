from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.version import Version

from tagboat.changes import Change
from tagboat.errors import ConfigError, NotReady, TagboatError, UsageError
from tagboat.versions import Decision, Request, Rules, next_version

FIX = Change("Fixed", "handle an empty result", "patch")
FEAT = Change("Added", "add query command", "minor")
BREAK = Change("Removed", "drop Python 3.9", "major", breaking=True)
NOTE = Change("Changed", "tidy up", None)
NAMED = {"fix": [FIX], "feat": [FEAT], "breaking": [BREAK], "note": [NOTE], "": []}


def version(text: str | None) -> Version | None:
    return None if text is None else Version(text)


def decide(
    last: str | None, asked: str = "auto", changes: str = "", *, written: str | None = None, rules: Rules | None = None
) -> Decision | None:
    word, _, pre = asked.partition(" --pre ")
    commits = [change for name in changes.split() for change in NAMED[name]]
    return next_version(version(last), version(written), commits, Request.parse(word, pre or None), rules or Rules())


def decided(last: str | None, asked: str = "auto", changes: str = "", **more: str | None) -> str | None:
    decision = decide(last, asked, changes, **more)  # type: ignore[arg-type]
    return None if decision is None else str(decision.version)


def test_bump_major_version() -> None:
    assert decided("1.0.0", "major") == "2.0.0"


def test_bump_minor_version() -> None:
    assert decided("1.0.0", "minor") == "1.1.0"


def test_bump_patch_version() -> None:
    assert decided("1.0.0", "patch") == "1.0.1"


@pytest.mark.parametrize(
    ("last", "asked", "changes", "expected"),
    [
        # auto
        ("1.2.3", "auto", "fix", "1.2.4"),
        ("1.2.3", "auto", "fix feat", "1.3.0"),
        ("1.2.3", "auto", "fix feat breaking", "2.0.0"),
        ("1.2.3", "auto", "note fix", "1.2.4"),
        ("1.2.3", "auto", "note", None),
        ("1.2.3", "auto", "", None),
        ("1.2.3.post1", "auto", "fix", "1.2.4"),
        ("1.2.3.post1.dev1", "auto", "fix", "1.2.4"),
        # 0.x
        ("0.2.3", "auto", "fix", "0.2.4"),
        ("0.2.3", "auto", "feat", "0.3.0"),
        ("0.2.3", "auto", "breaking", "0.3.0"),
        ("0.2.3", "minor", "", "0.3.0"),
        ("0.2.3", "major", "", "1.0.0"),
        # towards a pre-release
        ("1.2.0", "auto --pre rc", "feat", "1.3.0rc1"),
        ("1.2.0", "auto --pre a", "fix", "1.2.1a1"),
        ("1.2.0", "auto --pre rc", "", None),
        ("1.3.0rc1", "auto --pre rc", "fix", "1.3.0rc2"),
        ("1.3.0rc1", "auto --pre rc", "feat", "1.3.0rc2"),
        ("1.2.1rc1", "auto --pre rc", "feat", "1.3.0rc1"),
        ("1.3.0rc1", "auto --pre rc", "breaking", "2.0.0rc1"),
        ("2.0.0rc1", "auto --pre rc", "breaking", "2.0.0rc2"),
        ("2.0.0b3", "auto --pre a", "", None),
        ("1.3.0a2", "auto --pre b", "fix", "1.3.0b1"),
        ("1.3.0b2", "auto --pre rc", "fix", "1.3.0rc1"),
        ("1.3.0rc2", "auto --pre a", "breaking", "2.0.0a1"),
        ("1.3.0.dev4", "auto --pre a", "fix", "1.3.0a1"),
        ("1.3.0rc2.dev1", "auto --pre rc", "fix", "1.3.0rc2"),
        ("1.3.0rc2.post1.dev1", "auto --pre rc", "fix", "1.3.0rc3"),
        ("0.9.0", "major --pre rc", "", "1.0.0rc1"),
        ("1.2.0", "minor --pre beta", "", "1.3.0b1"),
        ("1.3.0rc1", "minor --pre rc", "", "1.3.0rc2"),
        # from a pre-release to the final version
        ("1.3.0rc2", "auto", "fix", "1.3.0"),
        ("1.3.0rc2", "auto", "feat", "1.3.0"),
        ("1.3.0rc2", "auto", "breaking", "2.0.0"),
        ("1.3.0rc2", "auto", "", None),
        ("1.3.0rc2", "final", "", "1.3.0"),
        ("1.3.0rc2", "patch", "", "1.3.0"),
        ("1.3.0rc2", "minor", "", "1.3.0"),
        ("1.3.0rc2", "major", "", "2.0.0"),
        ("1.3.0.dev3", "final", "", "1.3.0"),
        ("1.2.0.post1.dev1", "final", "", "1.2.0.post1"),
        ("1.2.0rc1.post1", "final", "", "1.2.0"),
        # post and dev
        ("1.2.0", "post", "", "1.2.0.post1"),
        ("1.2.0.post1", "post", "", "1.2.0.post2"),
        ("1.2.0", "dev", "", "1.2.1.dev1"),
        ("1.2.1.dev1", "dev", "", "1.2.1.dev2"),
        ("1.3.0rc1", "dev", "", "1.3.0rc2.dev1"),
        ("1.3.0rc2.dev1", "dev", "", "1.3.0rc2.dev2"),
        ("1.2.0.post1", "dev", "", "1.2.1.dev1"),
        ("1.2.0.post1.dev1", "dev", "", "1.2.0.post1.dev2"),
        # exact
        ("1.2.0", "1.2.5", "", "1.2.5"),
        ("1.2.0", "v2.0.0rc1", "", "2.0.0rc1"),
        ("1.2.0", "1.2.0.post1", "", "1.2.0.post1"),
        ("1.2.0", "1!0.1", "", "1!0.1"),
        # the number of parts, CalVer and epochs stay
        ("1.2.3.4", "patch", "", "1.2.4.0"),
        ("1.2.3.4", "auto", "feat", "1.3.0.0"),
        ("1.2.3.4", "major", "", "2.0.0.0"),
        ("1.2", "minor", "", "1.3"),
        ("1.2", "major", "", "2.0"),
        ("1.2", "patch", "", "1.2.1"),
        ("5", "major", "", "6"),
        ("5", "minor", "", "5.1"),
        ("5rc1", "major", "", "5"),
        ("2026.11.0", "auto", "feat", "2026.12.0"),
        ("2026.11", "auto", "feat", "2026.12"),
        ("2026.11.0", "auto", "fix", "2026.11.1"),
        ("2026.01.0", "patch", "", "2026.1.1"),
        ("1!2.0.0", "auto", "feat", "1!2.1.0"),
        ("1!2.0.0rc1", "auto --pre rc", "fix", "1!2.0.0rc2"),
    ],
)
@pytest.mark.parametrize("where", ["derived", "written"])
def test_the_next_version_comes_from_the_last(
    last: str, asked: str, changes: str, expected: str | None, where: str
) -> None:
    assert decided(last, asked, changes, written=last if where == "written" else None) == expected


@pytest.mark.parametrize(
    ("last", "written", "asked", "changes", "expected"),
    [
        # bumped by hand
        ("1.2.0", "2.0.0", "auto", "fix", "2.0.0"),
        ("1.2.0", "2.0.0", "auto", "", "2.0.0"),
        ("1.2.0", "2.0.0", "auto --pre rc", "", "2.0.0rc1"),
        ("1.2.0", "2.0.0rc1", "auto --pre rc", "", "2.0.0rc1"),
        ("1.2.0", "1.3.0rc3", "auto --pre rc", "feat", "1.3.0rc3"),
        ("1.2.0", "1.2.0.post1", "auto", "", "1.2.0.post1"),
        ("1.2.0", "1.2.0.post1", "auto --pre rc", "", None),
        ("1.2.0", "1.2.0.post1", "auto --pre rc", "fix", "1.2.1rc1"),
        ("1.3.0rc1", "1.3.0", "auto", "", "1.3.0"),
        # bumped by hand, but by too little
        ("1.2.0", "1.2.1", "auto", "feat", "1.3.0"),
        ("1.2.0", "1.2.1", "minor", "", "1.3.0"),
        # what tools leave in the files
        ("1.2.0", "1.3.0.dev0", "auto", "fix", "1.3.0"),
        ("1.2.0", "1.3.0.dev0", "auto", "breaking", "2.0.0"),
        ("1.2.0", "1.3.0.dev0", "auto", "", None),
        ("1.2.0", "1.3.0.dev0", "auto --pre rc", "fix", "1.3.0rc1"),
        ("1.2.0", "1.3.0.dev0", "minor", "", "1.3.0"),
        ("1.2.0", "1.3.0.dev0", "dev", "", "1.3.0.dev1"),
        ("1.2.0", "1.3.0.dev0", "final", "", "1.3.0"),
        ("1.2.0", "1.3.0rc1", "auto", "", None),
        ("1.2.0", "1.3.0rc1", "auto --pre b", "", None),
        ("1.2.0", "1.3.0rc1", "auto", "fix", "1.3.0"),
        ("1.2.0", "1.2.0+g123", "auto", "fix", "1.2.1"),
        ("1.2.0", "1.3.0+g123", "auto", "fix", "1.3.0"),
        # the bump is in the files already: a rerun
        ("1.2.0", "1.2.1", "auto", "fix", "1.2.1"),
        ("1.2.0", "1.3.0", "minor", "", "1.3.0"),
        ("1.2.0", "1.3.0rc1", "auto --pre rc", "feat", "1.3.0rc1"),
        ("1.3.0rc1", "1.3.0rc2", "auto --pre rc", "fix", "1.3.0rc2"),
        ("1.3.0rc2", "1.3.0", "final", "", "1.3.0"),
        ("1.2.0", "1.3.0", "final", "", "1.3.0"),
        ("1.2.0", "1.2.0.post1", "post", "", "1.2.0.post1"),
        ("1.2.0", "1.2.1.dev1", "dev", "", "1.2.1.dev1"),
        ("1.2.1.dev1", "1.2.1.dev2", "dev", "", "1.2.1.dev2"),
        ("1.2.0", "7.0.0", "7.0.0", "", "7.0.0"),
        ("1.2.0", "7.0.0", "1.2.1", "", "1.2.1"),
    ],
)
def test_what_the_files_say_is_compared_with_it(
    last: str, written: str, asked: str, changes: str, expected: str | None
) -> None:
    assert decided(last, asked, changes, written=written) == expected


@pytest.mark.parametrize(
    ("written", "asked", "expected"),
    [
        (None, "auto", "0.1.0"),
        (None, "auto --pre rc", "0.1.0rc1"),
        (None, "major", "1.0.0"),
        (None, "minor", "0.1.0"),
        (None, "patch", "0.0.1"),
        (None, "final", "0.1.0"),
        (None, "dev", "0.1.0.dev1"),
        (None, "3.0", "3.0"),
        ("0.1.0", "auto", "0.1.0"),
        ("1.0.0", "auto", "1.0.0"),
        ("0.1.0.dev0", "auto", "0.1.0"),
        ("1.0.0rc1", "auto", "1.0.0rc1"),
        ("1.0.0rc1", "final", "1.0.0"),
        ("0.1.0", "auto --pre rc", "0.1.0rc1"),
        ("0.1.0rc1", "auto --pre rc", "0.1.0rc1"),
        ("0.1.0b3", "auto --pre rc", "0.1.0rc1"),
        ("0.1.0", "major", "1.0.0"),
        ("0.1.0", "minor", "0.2.0"),
        ("0.1.0", "patch", "0.1.1"),
        ("0.1.0", "minor --pre rc", "0.2.0rc1"),
        ("0.1.0", "dev", "0.1.0.dev1"),
        ("0.1.0.dev1", "dev", "0.1.0.dev1"),
        ("2026.11.0", "auto", "2026.11.0"),
    ],
)
@pytest.mark.parametrize("changes", ["", "breaking"])
def test_the_first_release_is_what_is_written(written: str | None, asked: str, expected: str, changes: str) -> None:
    assert decided(None, asked, changes, written=written) == expected


@pytest.mark.parametrize(
    ("rules", "changes", "expected"),
    [
        (Rules(breaking_on_zero="major"), "breaking", "1.0.0"),
        (Rules(breaking_on_zero="patch"), "breaking", "0.2.4"),
        (Rules(feature_on_zero="patch"), "feat", "0.2.4"),
        (Rules(feature_on_zero="patch"), "feat breaking", "0.3.0"),
    ],
)
def test_rules_below_one_can_be_chosen(rules: Rules, changes: str, expected: str) -> None:
    decision = decide("0.2.3", changes=changes, rules=rules)
    assert decision is not None
    assert str(decision.version) == expected


def test_rules_below_one_do_not_touch_later_versions() -> None:
    decision = decide("1.0.0", changes="breaking", rules=Rules(breaking_on_zero="patch"))
    assert decision == Decision(Version("2.0.0"), "major", "major: 1 breaking change (drop Python 3.9)")


@pytest.mark.parametrize(
    ("last", "written", "asked", "error", "what", "next_"),
    [
        ("1.2.0", None, "1.2.0", UsageError, "1.2.0 is released already", "1.2.1 (patch), 1.3.0 (minor)"),
        ("1.2.0", None, "1.1.9", UsageError, "1.1.9 is not above the last release, 1.2.0", "1.2.0.post1 (post)"),
        ("1.2.0", None, "1.2.0rc1", UsageError, "1.2.0rc1 is not above", "2.0.0 (major)"),
        ("1.3.0rc1", None, "1.2.0", UsageError, "1.2.0 is not above", "1.3.0 (final), 2.0.0 (major), or"),
        ("1.2.0", None, "final", UsageError, "1.2.0 is final already", "1.2.1 (patch)"),
        ("1.2.0", "1.2.0", "final", UsageError, "1.2.0 is final already", "1.2.1 (patch)"),
        ("1.3.0rc1", None, "post", UsageError, "1.3.0rc1 is a pre-release", "1.3.0 (final)"),
        (None, "1.0", "post", UsageError, "there is none yet", "first release"),
        ("1.3.0rc1", None, "minor --pre b", UsageError, "1.3.0rc1 is past the phase b", "1.3.0 (final)"),
        ("1.2.0", "2.0.0", "minor", UsageError, "minor after 1.2.0 is 1.3.0", "1.3.0 or 2.0.0"),
        ("1.2.0", "1.3.0.dev0", "patch", UsageError, "files say 1.3.0.dev0", "1.2.1 or 1.3.0"),
        ("1.2.0", "2.0.0", "minor --pre rc", UsageError, "minor after 1.2.0 is 1.3.0", "1.3.0 or 2.0.0"),
        ("1.2.0", "1.3.0", "post", UsageError, "post after 1.2.0 is 1.2.0.post1", "1.2.0.post1 or 1.3.0"),
        ("1.3.0rc1", "1.4.0", "final", UsageError, "final after 1.3.0rc1 is 1.3.0", "1.3.0 or 1.4.0"),
        ("1.2.0", "1.1.0", "auto", ConfigError, "files say 1.1.0, but 1.2.0 is released", "Write 1.2.0"),
        ("1.2.0", "1.2.0.dev0", "minor", ConfigError, "files say 1.2.0.dev0", "above 1.2.0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_way_on(
    last: str | None, written: str | None, asked: str, error: type[TagboatError], what: str, next_: str
) -> None:
    with pytest.raises(error) as caught:
        decided(last, asked, "feat", written=written)
    assert what in caught.value.what
    assert next_ in caught.value.next


@pytest.mark.parametrize("taken", [{Version("1.3.0")}, [Version("1.3.0")], lambda version: version == Version("1.3")])
def test_a_taken_version_is_never_used_again(taken: object) -> None:
    with pytest.raises(NotReady) as caught:
        next_version(Version("1.2.0"), None, [FEAT], Request(), Rules(), taken=taken)  # type: ignore[arg-type]
    assert caught.value.what == "1.3.0 is taken"
    assert caught.value.why == "A version once tagged or on an index is never used again."
    assert "such as 1.3.1" in caught.value.next


@pytest.mark.parametrize(
    ("last", "asked", "after"),
    [("1.2.0", "minor --pre rc", "1.3.0rc2"), ("1.2.0", "dev", "1.2.1.dev2"), ("1.2.0", "post", "1.2.0.post2")],
)
def test_the_next_free_version_is_of_the_same_sort(last: str, asked: str, after: str) -> None:
    word, _, pre = asked.partition(" --pre ")
    with pytest.raises(NotReady, match=f"such as {after}"):
        next_version(Version(last), None, [], Request.parse(word, pre or None), Rules(), taken=lambda _: True)


@pytest.mark.parametrize(
    ("last", "written", "asked", "changes", "level", "reason"),
    [
        ("1.2.0", None, "auto", "feat", "minor", "minor: 1 feature (add query command), no breaking change"),
        ("1.2.0", None, "auto", "feat feat fix", "minor", "minor: 2 features (add query command, …), no breaking change"),  # noqa: E501
        ("1.2.0", None, "auto", "fix", "patch", "patch: 1 fix (handle an empty result), nothing new"),
        ("1.2.0", None, "auto", "fix fix", "patch", "patch: 2 fixes (handle an empty result, …), nothing new"),
        ("0.2.0", None, "auto", "breaking", "minor",
         "minor: 1 breaking change (drop Python 3.9); below 1.0 that is a minor release"),
        ("1.2.0", None, "auto --pre rc", "breaking", "major",
         "major: 1 breaking change (drop Python 3.9); a pre-release of 2.0.0"),
        ("1.3.0rc1", None, "auto", "fix", "patch",
         "patch: 1 fix (handle an empty result), nothing new; 1.3.0rc1 becomes final"),
        ("1.2.0", "2.0.0", "auto", "fix", "patch",
         "patch: 1 fix (handle an empty result), nothing new; but the files say 2.0.0, which is more"),
        ("1.2.0", "2.0.0", "auto", "", None, "the files say 2.0.0"),
        ("1.2.0", None, "minor", "fix", "minor", "minor: asked for"),
        ("1.2.0", None, "minor --pre rc", "fix", "minor", "minor: a pre-release of 1.3.0"),
        ("1.2.0", None, "post", "", None, "post: follows 1.2.0"),
        ("1.2.0", None, "dev", "", None, "dev: asked for, a step after 1.2.0"),
        ("1.3.0rc1", None, "final", "", None, "final: 1.3.0rc1 becomes final"),
        ("1.2.0", "1.3.0", "final", "", None, "final: the files say 1.3.0"),
        ("1.2.0", None, "4.0", "", None, "exact: asked for by its number"),
        (None, None, "auto", "", None, "first release: no version is written anywhere yet"),
        (None, "1.0", "auto", "", None, "first release: the version that the files say"),
        (None, "1.0", "minor", "", "minor", "first release, minor: asked for"),
        (None, "1.0", "dev", "", None, "first release, dev: asked for"),
    ],
)  # fmt: skip
def test_the_reason_is_a_sentence(
    last: str | None, written: str | None, asked: str, changes: str, level: str | None, reason: str
) -> None:
    decision = decide(last, asked, changes, written=written)
    assert decision is not None
    assert (decision.level, decision.reason) == (level, reason)


def test_the_reason_names_every_sort_that_decided() -> None:
    changes = [FEAT, Change("Removed", "drop the old flag", "minor"), Change("Added", "x" * 200, "minor")]
    decision = next_version(Version("1.0"), None, changes, Request(), Rules())
    assert decision is not None
    assert decision.reason == "minor: 2 features and 1 removal (add query command, …), no breaking change"
    decision = next_version(Version("1.0"), None, changes[2:], Request(), Rules())
    assert decision is not None
    assert decision.reason == f"minor: 1 feature ({'x' * 50}…), no breaking change"


@pytest.mark.parametrize(
    ("word", "pre", "request_"),
    [
        (None, None, Request()),
        ("auto", None, Request()),
        ("minor", None, Request("minor")),
        (" final ", None, Request("final")),
        (None, "rc", Request(pre="rc")),
        ("major", "alpha", Request("major", "a")),
        ("major", "Beta", Request("major", "b")),
        ("major", "c", Request("major", "rc")),
        ("1.2.3", None, Request(exact=Version("1.2.3"))),
        ("v1.2.3", None, Request(exact=Version("1.2.3"))),
        ("1.2.3-rc.1", None, Request(exact=Version("1.2.3rc1"))),
        ("2026.01.3", None, Request(exact=Version("2026.1.3"))),
    ],
)
def test_words_are_understood(word: str | None, pre: str | None, request_: Request) -> None:
    assert Request.parse(word, pre) == request_


@pytest.mark.parametrize(
    ("word", "pre", "what", "next_"),
    [
        ("minro", None, "'minro' is neither a version nor a word for one", "Did you mean minor?"),
        ("Patch", None, "'Patch' is neither", "Did you mean patch?"),
        ("rc", None, "'rc' is neither", "Did you mean --pre rc?"),
        ("beta", None, "'beta' is neither", "Did you mean --pre b?"),
        ("1.2.x", None, "'1.2.x' is neither", "There are auto, major, minor, patch, post, dev, final."),
        ("", None, "'' is neither", "There are auto"),
        ("minor", "betta", "--pre betta does not exist", "Did you mean beta? There are a, b, rc."),
        ("minor", "zzz", "--pre zzz does not exist", "There are a, b, rc."),
        ("1.2.3+cu12", None, "1.2.3+cu12 is a local version", "Release 1.2.3 instead."),
        ("1.2.3", "rc", "1.2.3 is an exact version", "1.2.3rc1"),
        ("post", "rc", "post and --pre rc exclude each other", "auto, major, minor and patch"),
        ("dev", "a", "dev and --pre a exclude each other", "auto, major, minor and patch"),
    ],
)
def test_words_that_mean_nothing_are_refused_with_a_guess(word: str, pre: str | None, what: str, next_: str) -> None:
    with pytest.raises(UsageError) as caught:
        Request.parse(word, pre)
    assert what in caught.value.what
    assert next_ in caught.value.next


def test_a_local_version_is_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="indexes refuse it"):
        Request.parse("1.2.3+local")


releases = st.lists(st.integers(0, 30), min_size=1, max_size=5).map(lambda parts: ".".join(map(str, parts)))
marks = st.sampled_from(["", "a1", "b2", "rc3", ".post1", ".dev0", ".dev4", "rc1.dev2", "rc1.post1", ".post2.dev1"])
versions = st.builds(
    lambda epoch, release, mark: Version(epoch + release + mark), st.sampled_from(["", "1!"]), releases, marks
)
requests = st.one_of(
    st.sampled_from(["post", "dev", "final"]).map(Request.parse),
    st.builds(
        Request.parse, st.sampled_from(["auto", "major", "minor", "patch"]), st.sampled_from([None, "a", "b", "rc"])
    ),
)
histories = st.lists(st.sampled_from([FIX, FEAT, BREAK, NOTE]), max_size=3)


@given(versions, st.one_of(st.none(), versions), histories, requests)
@example(Version("0a1"), Version("0.post1"), [FIX], Request.parse("auto", "a"))
def test_a_version_only_goes_up_and_a_rerun_says_the_same(
    last: Version, written: Version | None, changes: list[Change], request_: Request
) -> None:
    try:
        decision = next_version(last, written, changes, request_, Rules())
    except TagboatError:
        return
    if decision is None:
        assert request_.bump == "auto"
        return
    assert decision.version > last
    assert decision.version.epoch >= last.epoch
    again = next_version(last, decision.version, changes, request_, Rules())
    assert again is not None
    assert again.version == decision.version


@given(versions, histories, requests)
def test_without_anything_written_only_the_request_can_be_wrong(
    last: Version, changes: list[Change], request_: Request
) -> None:
    try:
        decision = next_version(last, None, changes, request_, Rules())
    except UsageError:
        assert request_.bump in {"post", "final"} or request_.pre
    else:
        assert decision is None or len(decision.version.release) >= len(last.release)
