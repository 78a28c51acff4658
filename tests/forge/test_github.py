"""What only GitHub has: drafts, immutable releases, digests, uploads that were cut off."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.forge.fakes.github import Asset
from tests.forge.quay import CONTENTS, TAG, announcement, make
from tests.index.fakes.contract import json_reply

from tagboat.errors import Blocked, ConfigError, ForgeFailed, Irreversible

if TYPE_CHECKING:
    from tests.forge.quay import Quay

SDIST = "demo-0.2.0.tar.gz"


def take_back(quay: Quay, wanted, *added: str) -> None:
    with closing(quay.forge()) as forge:
        forge.remove_release(TAG, wanted.mark, {name: wanted.files[name].sha256 for name in added})


def test_it_is_a_draft_until_every_file_is_there(github, wanted):
    github.server.dies_after = 7
    with pytest.raises(ForgeFailed):
        make(github, wanted)
    github.server.revive()
    found = github.forge().release(TAG)
    assert found is not None
    assert (found.draft, found.page) == (True, "")
    assert 0 < len(found.assets) < len(CONTENTS)
    with closing(github.forge("read-token")) as forge:
        assert forge.release(TAG) is None
    published = [asked.method for asked in github.server.asked].count("PATCH")
    make(github, wanted)
    assert [asked.method for asked in github.server.asked].count("PATCH") == published + 1
    assert github.server.asked[-2].method == "PATCH"


@pytest.mark.parametrize("immutable", [False, True])
def test_an_immutable_release_is_complete_when_it_is_locked(github, wanted, immutable):
    github.server.immutable = immutable
    make(github, wanted)
    assert github.shown() == CONTENTS
    found = github.forge().release(TAG)
    assert found is not None
    assert found.immutable == immutable


def test_a_pre_release_is_marked_as_one_and_is_never_the_latest(github, tmp_path):
    make(github, announcement(tmp_path, prerelease=True))
    found = github.server.published(TAG)
    assert found is not None
    assert (found.prerelease, found.latest) == (True, "false")


def test_which_release_is_the_latest_is_left_to_githubs_own_order(github, wanted):
    make(github, wanted)
    found = github.server.published(TAG)
    assert found is not None
    assert (found.prerelease, found.latest) == (False, "legacy")


def test_no_tag_is_ever_made_by_github(github, wanted):
    make(github, wanted)
    assert github.server.made_tags == []
    take_back(github, wanted)
    github.server.tags.clear()
    with pytest.raises(Blocked, match="has no tag"):
        make(github, wanted)
    assert github.server.made_tags == []
    assert github.server.releases == []


def test_a_draft_that_a_person_made_keeps_their_words_and_gets_ours(github, wanted):
    github.server.by_hand(TAG, name="Big day", body="Long awaited.")
    make(github, wanted)
    found = github.server.published(TAG)
    assert found is not None
    assert found.name == "Big day"
    assert found.body == "Long awaited.\n\n### Install\n\npip install demo\n"
    assert github.shown() == CONTENTS
    assert len(github.server.releases) == 1


def test_a_draft_that_a_person_made_is_theirs_again_after_undo(github, wanted):
    github.server.by_hand(TAG, name="Big day", body="Long awaited.", notes__pdf=b"pdf")
    before = github.leftovers()
    github.server.dies_after = 7
    with pytest.raises(ForgeFailed):
        make(github, wanted)
    github.server.revive()
    assert github.leftovers() != before
    take_back(github, wanted, *CONTENTS)
    assert github.leftovers() == before


def test_a_release_that_a_person_made_cannot_be_taken_back_once_it_is_published(github, wanted):
    github.server.by_hand(TAG)
    make(github, wanted)
    with pytest.raises(Irreversible, match="made by hand"):
        take_back(github, wanted, *CONTENTS)
    assert github.shown() == CONTENTS


def test_a_release_that_a_person_published_gets_what_it_lacks(github, wanted):
    github.server.by_hand(TAG, draft=False, SHA256SUMS=b"sums\n")
    assert make(github, wanted) == [name for name in CONTENTS if name != "SHA256SUMS"]
    assert github.shown() == CONTENTS
    assert github.text() == "My words"


def test_two_drafts_of_tagboat_become_one_release(github, wanted):
    for mark in ("aaaa", wanted.mark, "bbbb"):
        github.server.by_hand(TAG, name="demo 0.2.0", body=f"Half\n<!-- tagboat:{mark} -->")
    make(github, wanted)
    assert github.text() == wanted.body
    assert [each.draft for each in github.server.releases] == [False]


def test_the_draft_of_another_run_is_gone_on_from(github, wanted):
    theirs = github.server.by_hand(TAG, body="<!-- tagboat:0000 -->", SHA256SUMS=b"sums\n")
    github.server.by_hand(TAG, body="a person's")
    make(github, wanted)
    assert not theirs.draft
    assert [each.body for each in github.server.drafts(TAG)] == ["a person's"]


def test_two_drafts_that_people_made_are_a_question(github, wanted):
    github.server.by_hand(TAG)
    github.server.by_hand(TAG)
    before = github.leftovers()
    with pytest.raises(Blocked, match="has 2 drafts") as caught:
        make(github, wanted)
    assert "Delete all but the one" in caught.value.next
    with pytest.raises(Blocked), closing(github.forge()) as forge:
        forge.release(TAG)
    assert github.leftovers() == before


def test_the_drafts_of_other_tags_are_nobodys_business(github, wanted):
    github.server.by_hand("v0.1.0")
    for number in range(150):  # more than one page
        github.server.by_hand(f"v9.{number}", draft=False)
    make(github, wanted)
    assert len(github.server.drafts("v0.1.0")) == 1
    assert github.shown() == CONTENTS


def test_a_file_whose_upload_was_cut_off_is_uploaded_again(github, wanted):
    made = github.server.by_hand(TAG, body="<!-- tagboat:0000 -->")
    made.assets.append(Asset(7, SDIST, b"sd", state="starter"))
    found = github.forge().release(TAG)
    assert found is not None
    assert found.assets == {SDIST: None}
    make(github, wanted)
    assert github.shown() == CONTENTS


@pytest.mark.parametrize("there", [b"sdist", b"other"])
def test_where_no_digest_is_told_the_bytes_are_fetched_and_compared(github, wanted, there):
    github.server.digests = False
    github.server.by_hand(TAG, **{SDIST.replace(".", "__"): there})
    if there == b"other":
        with pytest.raises(Blocked, match="with other bytes"):
            make(github, wanted)
        return
    make(github, wanted)
    assert github.shown() == CONTENTS
    fetched = [asked for asked in github.server.asked if asked.path.startswith("/storage/")]
    assert fetched


def test_a_release_that_is_found_by_its_tag_only_later_is_waited_for(github, wanted):
    github.server.lag = 0
    github.server.once(f"GET /repos/crew/boat/releases/tags/{TAG}", json_reply(404, {"message": "Not Found"}))
    forge = github.forge()

    def later(seconds: float) -> None:
        github.slept.append(seconds)

    forge.sleep = later
    make(github, wanted)
    github.server.lag = 2
    with closing(forge):
        forge._wait_for(TAG)
    assert github.slept == [0.25, 0.5]


def test_an_immutable_release_is_not_taken_back_for_its_tag_would_be_burned(github, wanted):
    github.server.immutable = True
    make(github, wanted)
    with pytest.raises(Irreversible, match="published and immutable"):
        take_back(github, wanted, *CONTENTS)
    assert github.shown() == CONTENTS


def test_of_an_immutable_release_title_and_words_can_be_changed(github, wanted):
    github.server.immutable = True
    make(github, wanted)
    with closing(github.forge()) as forge:
        forge.edit_release(TAG, title="Gone", body="Withdrawn", prerelease=True)
    found = github.server.published(TAG)
    assert found is not None
    assert (found.name, found.body, found.prerelease) == ("Gone", "Withdrawn", False)


def test_a_page_that_is_not_there_is_not_changed(github):
    with pytest.raises(Blocked, match="no published release"), closing(github.forge()) as forge:
        forge.edit_release(TAG, title="Gone", body="Withdrawn", prerelease=True)


@pytest.mark.parametrize("refusal", [403, 404])
def test_missing_rights_are_told_with_what_to_do_in_a_workflow(github, refusal):
    github.server.refusal = refusal
    with closing(github.forge("read-token")) as forge:
        (problem,) = forge.problems()
    assert str(refusal) in problem.why
    assert "permissions: contents: write" in problem.next


def test_a_limit_that_ends_at_a_time_is_waited_for(github, wanted):
    import time

    reply = json_reply(403, {"message": "API rate limit exceeded for installation."})
    reply.headers.update({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 5)})
    github.server.once("POST", reply)
    github.server.once("GET", json_reply(403, {"message": "You have exceeded a secondary rate limit"}))
    make(github, wanted)
    assert github.slept[0] == 60.0
    assert 3 < github.slept[1] <= 6


def test_what_the_server_says_is_told_in_full(github, wanted):
    github.server.burned.add(TAG)
    with pytest.raises(ForgeFailed, match="GitHub refused to make the release") as caught:
        make(github, wanted)
    assert caught.value.why == "422: Validation Failed; tag_name was used by an immutable release"


def test_without_the_extra_it_says_what_to_install(github, monkeypatch):
    monkeypatch.setitem(sys.modules, "github", None)
    (problem,) = github.forge().problems()
    assert problem.next == "pip install 'tagboat[github]'"
    with pytest.raises(ConfigError, match="PyGithub"):
        github.forge().release(TAG)
