from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagboat.changes import Change, Commit, changes_from_commits


def commit_id(number: int) -> str:
    return f"{number:x}".rjust(7, "f").ljust(40, "0")


def commits(*messages: str) -> list[Commit]:
    """Commits with these whole messages, newest first; the first one's id is `commit_id(1)`."""
    return [
        Commit(commit_id(number), *(message.split("\n\n", 1) if "\n\n" in message else (message,)))
        for number, message in enumerate(messages, 1)
    ]


def changes(*messages: str) -> list[Change]:
    return list(changes_from_commits(commits(*messages)))


def only(message: str) -> Change:
    (change,) = changes(message)
    return change


def summaries(*messages: str) -> list[str]:
    return [change.summary for change in changes(*messages)]


@pytest.mark.parametrize(
    ("subject", "kind", "level", "scope", "summary"),
    [
        ("feat: add query", "Added", "minor", "", "add query"),
        ("feature: add query", "Added", "minor", "", "add query"),
        ("feat(api): add query", "Added", "minor", "api", "add query"),
        ("FEAT: add query", "Added", "minor", "", "add query"),
        ("feat (api): add query", "Added", "minor", "api", "add query"),
        ("feat:add query", "Added", "minor", "", "add query"),
        ("feat：クエリを追加", "Added", "minor", "", "クエリを追加"),
        ("feat: add query (#123)", "Added", "minor", "", "add query (#123)"),
        ("fix: handle nothing", "Fixed", "patch", "", "handle nothing"),
        ("bugfix: handle nothing", "Fixed", "patch", "", "handle nothing"),
        ("fix(core/io): a: b", "Fixed", "patch", "core/io", "a: b"),
        ("perf: faster", "Changed", "patch", "", "faster"),
        ("revert: let us never speak of it", "Changed", "patch", "", 'Revert "let us never speak of it"'),
        ("security: check the path", "Security", "patch", "", "check the path"),
        ("fix(security): check the path", "Security", "patch", "", "check the path"),
        ("deprecate: the old flag", "Deprecated", "minor", "", "the old flag"),
        ("remove(cli): the old flag", "Removed", "minor", "cli", "the old flag"),
    ],
)
def test_a_type_has_a_kind_and_a_level(subject: str, kind: str, level: str, scope: str, summary: str) -> None:
    change = only(subject)
    assert (change.kind, change.level, change.scope, change.summary) == (kind, level, scope, summary)
    assert change.commit == commit_id(1)
    assert not change.breaking
    assert not change.breaking_note


@pytest.mark.parametrize("word", ["docs", "test", "tests", "ci", "chore", "build", "style", "refactor", "Chore"])
def test_what_users_do_not_notice_is_no_change(word: str) -> None:
    assert changes(f"{word}: tidy up", f"{word}(deps): raise a bound") == []


@pytest.mark.parametrize(
    ("message", "kind", "note"),
    [
        ("feat!: new shape", "Added", ""),
        ("feat(api)!: new shape", "Added", ""),
        ("fix!: new shape", "Fixed", ""),
        ("chore!: new shape", "Changed", ""),
        ("refactor(core)!: new shape", "Changed", ""),
        ("remove!: new shape", "Removed", ""),
        ("parser!: new shape", "Changed", ""),
        ("docs: new shape\n\nBREAKING CHANGE: it moved", "Changed", "it moved"),
        ("feat: new shape\n\nBREAKING CHANGE: it moved", "Added", "it moved"),
        ("feat: new shape\n\nBREAKING-CHANGE: it moved", "Added", "it moved"),
        ("feat: new shape\n\nBREAKING CHANGE #it moved", "Added", "it moved"),
        ("feat: new shape\n\nBREAKING CHANGES: it moved", "Added", "it moved"),
        ("feat: new shape\n\nBREAKING CHANGE:\nit moved\n", "Added", "it moved"),
        ("feat!: new shape\n\nBREAKING CHANGE:\n", "Added", ""),
        ("feat: new shape\n\nWhy.\n\nReviewed-by: Z\nBREAKING CHANGE: it moved\nRefs: #1", "Added", "it moved"),
        ("feat: new shape\n\nBREAKING CHANGE: it\n  moved far\n\naway\nCloses #12", "Added", "it\n  moved far\n\naway"),
        ("feat: new shape\n\nBREAKING CHANGE: one\nBREAKING-CHANGE: two", "Added", "one\ntwo"),
        ("feat: new shape\n\nBREAKING CHANGE: one\r\nSigned-off-by: Z <z@example.org>\r\n", "Added", "one"),
        ("new shape\n\nBREAKING CHANGE: it moved", "Changed", "it moved"),
    ],
)
def test_what_breaks_is_major(message: str, kind: str, note: str) -> None:
    change = only(message)
    assert (change.kind, change.summary, change.level) == (kind, "new shape", "major")
    assert change.breaking
    assert change.breaking_note == note


@pytest.mark.parametrize("body", ["No BREAKING CHANGE: here", "breaking change: no", "BREAKING NEWS: no"])
def test_what_only_looks_like_a_footer_breaks_nothing(body: str) -> None:
    assert only(f"feat: new shape\n\n{body}").level == "minor"


def test_without_conventions_every_commit_is_a_patch() -> None:
    assert changes(
        "Add the query command (#12)", "note: not a known type", "修正: 空の結果", "parser: skip blanks"
    ) == [
        Change("Changed", "Add the query command (#12)", "patch", commit_id(1)),
        Change("Changed", "note: not a known type", "patch", commit_id(2)),
        Change("Changed", "修正: 空の結果", "patch", commit_id(3)),
        Change("Changed", "parser: skip blanks", "patch", commit_id(4)),
    ]


@pytest.mark.parametrize("conventional", ["feat: add", "docs: tell", "chore!: new shape"])
@pytest.mark.parametrize("order", [1, -1])
def test_beside_conventional_commits_others_move_nothing(conventional: str, order: int) -> None:
    found = changes(*["Tidy up", conventional][::order])
    assert [change.level for change in found if change.summary == "Tidy up"] == [None]


def test_beside_conventional_commits_a_breaking_footer_still_counts() -> None:
    assert [change.level for change in changes("feat: add", "Tidy up\n\nBREAKING CHANGE: all")] == ["minor", "major"]


@pytest.mark.parametrize(
    "subject",
    [
        "Merge branch 'main' into topic",
        "Merge branches 'a' and 'b'",
        "Merge remote-tracking branch 'origin/main'",
        "Merge tag 'v1.0'",
        "Merge https://example.org/project",
        "Merge pull request #12 from someone/topic",
        "fixup! feat: add",
        "squash! Tidy up",
        "amend! Tidy up",
        "Release 1.2.3",
        "Release v1.2.3 (#45)",
        "Release databricks-tools 1.2.3",
        "Release 1.2.3rc1.",
        "release: v1.2.3",
        "release: 1.2.3",
        "Released version 1.2.3",
        "Preparing release 1.2.3",
        "Back to development: 1.2.4.dev0",
        "Bump version to 1.2.3",
        "Bump version: 1.2.2 → 1.2.3",
        "Bump version from 1.2.2 to 1.2.3",
        "bump: version 1.2.2 → 1.2.3",
        "Version 1.2.3",
        "v1.2.3",
        "1.2.3",
        "1.2.3-rc.1",
        "chore(release): 1.2.3 [skip ci]",
        "chore(release)!: 2.0.0",
        "chore: release 1.2.3",
        "",
        "...",
        " - ",
    ],
)
def test_what_says_nothing_to_users_is_no_change(subject: str) -> None:
    assert changes(subject) == []


def test_the_breaking_changes_that_a_release_commit_repeats_do_not_count_again() -> None:
    assert changes("chore(release): 2.0.0\n\nBREAKING CHANGE: the notes of the release") == []


def test_a_release_commit_does_not_make_a_history_conventional() -> None:
    assert [change.level for change in changes("chore(release): 1.2.3", "Tidy up")] == ["patch"]


@pytest.mark.parametrize(
    "subject",
    [
        "Release the lock early",
        "Bump requests from 2.1 to 2.2",
        "Version the schema",
        "Merge request handling and routing",
        "Merge branch handling into the core",
        "Revert to the old parser",
        "release: drop the lock",
        "1.2.3 was wrong about dates",
        "直す",
        "\udce9t\udce9",
    ],
)
def test_what_only_looks_like_it_is_a_change(subject: str) -> None:
    assert summaries(subject) == [subject]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "Merge pull request #12 from someone/topic\n\nfeat(api): add query\n\nMore.",
            Change("Added", "add query", "minor", commit_id(1), "api"),
        ),
        (
            "Merge pull request #12 from someone/topic\n\nAdd the query command",
            Change("Changed", "Add the query command", "patch", commit_id(1)),
        ),
        (
            "Merge branch 'topic' into 'main'\n\nAdd query\n\nSee merge request group/project!3",
            Change("Changed", "Add query", "patch", commit_id(1)),
        ),
        (
            "Merged in topic (pull request #3)\n\nAdd query\n\nApproved-by: Z",
            Change("Changed", "Merged in topic (pull request #3)", "patch", commit_id(1)),
        ),
        (
            "Merge pull request #12 from someone/topic\n\nfix: it\n\nBREAKING CHANGE: much",
            Change("Fixed", "it", "major", commit_id(1), "", True, "much"),
        ),
    ],
)
def test_a_merge_stands_for_the_title_of_its_pull_request(message: str, expected: Change) -> None:
    if message.startswith("Merged in"):
        expected = Change("Changed", "Add query", "patch", commit_id(1))
    assert only(message) == expected


def test_what_is_said_twice_is_listed_once() -> None:
    found = changes("Merge pull request #1 from z/topic\n\nfeat: add", "feat: add", "feat(api): add", "feat!: add")
    assert [(change.scope, change.breaking, change.commit) for change in found] == [
        ("", False, commit_id(2)),
        ("api", False, commit_id(3)),
        ("", True, commit_id(4)),
    ]


def reverting(number: int, rest: str = ".") -> str:
    return f"\n\nThis reverts commit {commit_id(number)}{rest}"


def test_a_revert_and_its_commit_cancel_each_other() -> None:
    assert summaries('Revert "feat: add"' + reverting(3), "fix: it", "feat: add") == ["it"]


def test_a_conventional_revert_cancels_too() -> None:
    assert summaries("revert: feat: add" + reverting(2), "feat: add") == []


def test_reverting_a_revert_brings_the_change_back() -> None:
    again = ['Reapply "feat: add"' + reverting(2), 'Revert "feat: add"' + reverting(3), "feat: add"]
    assert summaries(*again) == ["add"]
    assert summaries('Revert "Revert "feat: add""' + reverting(2), *again[1:]) == ["add"]


def test_an_abbreviated_id_is_enough() -> None:
    short = f"\n\nThis reverts commit {commit_id(2)[:8]} (feat: add, 2026-11-01)."
    assert summaries('Revert "feat: add"' + short, "feat: add") == []


def test_one_revert_of_several_commits_vanishes_only_with_all_of_them() -> None:
    two = 'Revert "feat: add" and more' + reverting(2) + f"\nThis reverts commit {commit_id(9)}."
    assert summaries(two, "feat: add") == ['Revert "feat: add" and more']
    both = 'Revert "feat: add" and more' + reverting(2) + f"\nThis reverts commit {commit_id(3)}."
    assert summaries(both, "feat: add", "fix: it") == []


def test_a_commit_that_was_taken_back_twice_is_gone() -> None:
    assert summaries('Revert "a"' + reverting(3), 'Revert "a"' + reverting(3), "feat: a") == []


def test_a_change_that_replaces_another_stays() -> None:
    assert summaries("feat: add better" + reverting(2), "feat: add") == ["add better"]


def test_the_revert_of_something_released_is_a_change() -> None:
    assert only('Revert "feat: add"' + reverting(7)) == Change("Changed", 'Revert "feat: add"', "patch", commit_id(1))
    assert [change.level for change in changes('Revert "feat: add"' + reverting(7), "docs: tell")] == ["patch"]


def test_applying_again_what_an_earlier_release_took_back_counts_as_what_it_is() -> None:
    assert only('Reapply "feat: add"' + reverting(7)).level == "minor"
    assert only('Reapply "Add"' + reverting(7)) == Change("Changed", "Add", "patch", commit_id(1))


def test_the_revert_of_a_merge_is_listed_because_nobody_names_its_commits() -> None:
    merge = f"\n\nThis reverts commit {commit_id(2)}, reversing\nchanges made to {commit_id(9)}."
    found = summaries("Revert \"Merge branch 'x'\"" + merge, "Merge branch 'x'", "feat: add")
    assert found == ["Revert \"Merge branch 'x'\"", "add"]


def test_summaries_are_one_line_without_control_characters() -> None:
    assert summaries("feat: a\x1b[31m  red\tone\u2028two\x07") == ["a [31m red one two"]


def test_any_encoding_survives() -> None:
    latin = "fix: caf\udce9 \udcff".encode("utf-8", "surrogateescape")
    found = summaries(latin.decode("utf-8", "surrogateescape"), "feat(日本): 問い合わせ 🎉")
    assert found == ["caf\udce9 \udcff", "問い合わせ 🎉"]


def test_commits_may_come_from_a_stream() -> None:
    assert len(changes_from_commits(iter(commits("feat: a", "feat: b")))) == 2


@pytest.mark.parametrize(
    "message",
    [
        "feat(" * 50_000,
        "Release " + "version " * 50_000 + "x",
        "v" + "1." * 50_000 + "!",
        "feat: x\n\n" + "BREAKING CHANGE: x\n" * 20_000,
        "feat: x\n\nBREAKING CHANGE: " + "x\n" * 100_000,
        'Revert "' * 50_000,
    ],
    ids=["scopes", "words", "numbers", "footers", "note", "quotes"],
)
def test_no_message_takes_long_to_read(message: str) -> None:
    start = time.process_time()
    changes(message)
    assert time.process_time() - start < 30  # what goes wrong here takes hours


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_no_message_is_an_error(messages: list[tuple[str, str]]) -> None:
    history = [Commit(commit_id(number), *message) for number, message in enumerate(messages)]
    found = changes_from_commits(history)
    assert len(found) <= len(history)
    assert all(change.summary and "\n" not in change.summary for change in found)
