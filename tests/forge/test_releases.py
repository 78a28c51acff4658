"""What holds on both forges: a release is made in the right order, from whatever is there, and taken back."""

from __future__ import annotations

from contextlib import closing

import pytest
from tests.forge.quay import CONTENTS, TAG, Quay, make
from tests.index.fakes.contract import json_reply

from tagboat.errors import Blocked, ForgeFailed


def test_nothing_is_there_before(quay):
    assert quay.forge().release(TAG) is None


def test_a_release_is_published_with_every_file_and_our_words(quay, wanted):
    assert make(quay, wanted) == list(CONTENTS)
    assert quay.shown() == CONTENTS
    assert quay.text() == wanted.body
    found = quay.forge().release(TAG)
    assert found is not None
    assert (found.draft, found.title, found.body) == (False, "demo 0.2.0", wanted.body)
    assert found.assets == {name: asset.sha256 for name, asset in wanted.files.items()}
    assert found.page.endswith(f"releases/{TAG}") or found.page.endswith(f"releases/tag/{TAG}")


def test_made_twice_is_as_made_once(quay, wanted):
    make(quay, wanted)
    once = quay.leftovers()
    assert make(quay, wanted) == []
    assert quay.leftovers() == once


def test_it_is_taken_back_as_if_nothing_had_been(quay, wanted):
    before = quay.leftovers()
    added = make(quay, wanted)
    hashes = {name: wanted.files[name].sha256 for name in added}
    for _ in range(2):
        with closing(quay.forge()) as forge:
            forge.remove_release(TAG, wanted.mark, hashes)
    if quay.kind == "github":
        assert quay.leftovers() == before
    assert quay.shown() is None
    assert quay.forge().release(TAG) is None


def requests_of(quay: Quay, wanted) -> int:
    """How many requests an undisturbed run takes."""
    make(quay, wanted)
    count = quay.server.count
    with closing(quay.forge()) as forge:
        forge.remove_release(TAG, wanted.mark, {name: asset.sha256 for name, asset in wanted.files.items()})
    quay.server.revive()
    return count


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_request_it_is_finished_by_the_next_run_or_taken_back(quay, wanted, when):
    """The forge goes away at request 1, 2, 3 and so on, before it acts or after; all that follow fail, too."""
    total = requests_of(quay, wanted)
    assert total > 5
    hashes = {name: asset.sha256 for name, asset in wanted.files.items()}
    for number in range(1, total + 1):
        for end in ("finish", "take back"):
            setattr(quay.server, f"dies_{when}", number)
            with pytest.raises(ForgeFailed), closing(quay.forge()) as forge:
                forge.make_release(wanted, lambda _: None)
            quay.server.revive()
            if end == "finish":
                make(quay, wanted)
                assert quay.shown() == CONTENTS, number
            with closing(quay.forge()) as forge:
                forge.remove_release(TAG, wanted.mark, hashes)
            assert quay.forge().release(TAG) is None, number
            quay.server.revive()
    if quay.kind == "github":
        assert quay.server.releases == []


@pytest.mark.parametrize("after", [False, True])
def test_one_bad_moment_at_any_request_costs_a_pause_and_nothing_else(quay, wanted, after):
    total = requests_of(quay, wanted)
    for number in range(total):
        quay.server.moments.clear()
        kinds = [f"{asked.method} {asked.path}" for asked in quay.server.asked[:total]]
        quay.server.once(_literally(kinds[number]), json_reply(502, {"message": "Server Error"}), after=after)
        make(quay, wanted)
        assert quay.shown() == CONTENTS
        with closing(quay.forge()) as forge:
            forge.remove_release(TAG, wanted.mark, {name: each.sha256 for name, each in wanted.files.items()})
        assert quay.forge().release(TAG) is None
    assert quay.slept


def _literally(kind: str) -> str:
    import re

    return re.sub(r"\d+", r"\\d+", re.escape(kind))


@pytest.mark.parametrize("status", [403, 429])
def test_too_many_requests_are_waited_for_as_long_as_the_forge_asks(quay, wanted, status):
    if quay.kind == "gitlab" and status == 403:
        return  # there a 403 is a matter of rights
    limit = json_reply(status, {"message": "You have exceeded a secondary rate limit"})
    limit.headers["Retry-After"] = "7"
    quay.server.once("P", limit)  # POST or PUT
    make(quay, wanted)
    assert quay.slept == [7.0]
    assert quay.shown() == CONTENTS


def test_a_forge_that_wants_to_be_left_alone_for_long_is_told_and_not_waited_for(quay, wanted):
    limit = json_reply(429, {"message": "Retry later"})
    limit.headers["Retry-After"] = "3600"
    quay.server.once("P", limit)
    with pytest.raises(ForgeFailed, match="refused to make the release") as caught, closing(quay.forge()) as forge:
        forge.make_release(wanted, lambda _: None)
    assert "429" in caught.value.why
    assert quay.slept == []


def test_other_bytes_under_a_name_stop_it_and_stay(quay, wanted):
    name = "demo-0.2.0.tar.gz"
    if quay.kind == "github":
        quay.server.by_hand(TAG, **{name.replace(".", "__"): b"theirs"})
    else:
        quay.server.put(TAG, name, b"theirs")
    before = quay.leftovers()
    found = quay.forge().release(TAG)
    assert found is not None
    assert found.draft
    assert found.assets[name] != wanted.files[name].sha256
    with pytest.raises(Blocked, match="with other bytes"), closing(quay.forge()) as forge:
        forge.make_release(wanted, lambda _: None)
    with closing(quay.forge()) as forge:
        forge.remove_release(TAG, wanted.mark, {})
    if quay.kind == "gitlab":
        assert (name, b"theirs") in quay.leftovers()[0][0][1]
    else:
        assert b"theirs" in quay.server.drafts(TAG)[0].files().values()
    assert quay.shown() is None
    assert before


def test_a_forge_without_the_tag_is_not_made_to_make_one(quay, wanted):
    quay.server.tags.clear()
    with pytest.raises((Blocked, ForgeFailed)), closing(quay.forge()) as forge:
        forge.make_release(wanted, lambda _: None)
    assert quay.shown() is None
    assert quay.server.tags == set()


# -- what is found before the first effect -------------------------------------------------------------------


def told(forge) -> str:
    with closing(forge):
        return "\n".join(f"{each.what}\n{each.why}\n{each.next}" for each in forge.problems())


def test_a_token_that_may_write_has_no_problem_and_asking_has_no_effect(quay):
    before = quay.leftovers()
    assert told(quay.forge()) == ""
    assert quay.leftovers() == before


def test_no_token_is_found(quay):
    assert "there is no token" in told(quay.forge(None))


def test_a_token_that_may_only_read_is_found(quay):
    text = told(quay.forge("read-token"))
    assert "crew/boat" in text
    assert "may" in text
    assert "read-token" not in text


def test_a_token_that_nobody_knows_is_found(quay):
    text = told(quay.forge("wrong-token"))
    assert "401" in text
    assert "wrong-token" not in text


def test_a_repository_that_is_not_there_is_found(quay):
    forge = quay.forge()
    forge.repository = "crew/bout"
    assert "crew/bout" in told(forge)


def test_a_server_that_is_not_there_is_found(quay):
    forge = quay.forge()
    quay.server.dies_before = 1
    assert "did not answer" in told(forge)
    assert len(quay.slept) == 3


# -- the page of a withdrawn version -------------------------------------------------------------------------


def test_a_page_is_changed(quay, wanted):
    make(quay, wanted)
    with closing(quay.forge()) as forge:
        forge.edit_release(TAG, title="demo 0.2.0 (withdrawn)", body="Gone.", prerelease=True)
    found = quay.forge().release(TAG)
    assert found is not None
    assert (found.title, found.body) == ("demo 0.2.0 (withdrawn)", "Gone.")
    assert found.prerelease == (quay.kind == "github")
    assert quay.shown() == CONTENTS
