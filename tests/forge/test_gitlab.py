"""What only GitLab has: no drafts, files in a registry, links to them, a job's token."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.forge.fakes.gitlab import Package, Release
from tests.forge.quay import CONTENTS, TAG, make

from tagboat.errors import ConfigError
from tagboat.forge.interface import ELSEWHERE

if TYPE_CHECKING:
    from tests.forge.quay import Quay

SDIST = "demo-0.2.0.tar.gz"


def take_back(quay: Quay, wanted, *added: str) -> None:
    with closing(quay.forge()) as forge:
        forge.remove_release(TAG, wanted.mark, {name: wanted.files[name].sha256 for name in added})


def test_the_release_comes_last_and_complete(gitlab, wanted):
    make(gitlab, wanted)
    wrote = [asked.method for asked in gitlab.server.asked if asked.method != "GET"]
    assert wrote == ["PUT", "PUT", "PUT", "POST"]


def test_files_without_a_release_are_what_a_draft_is_elsewhere(gitlab, wanted):
    gitlab.server.put(TAG, SDIST, b"old")
    gitlab.server.put(TAG, SDIST, b"sdist")
    gitlab.server.packages.append(Package(1, "my-releases", TAG))
    found = gitlab.forge().release(TAG)
    assert found is not None
    assert found.draft
    assert found.assets == {SDIST: wanted.files[SDIST].sha256}


def test_a_release_that_a_person_made_keeps_their_words_and_gets_links(gitlab, wanted):
    gitlab.server.releases.append(Release(TAG, "By hand", "My words"))
    before = gitlab.leftovers()
    added = make(gitlab, wanted)
    assert gitlab.shown() == CONTENTS
    assert gitlab.text() == "My words"
    take_back(gitlab, wanted, *added)
    assert gitlab.leftovers() == before


def test_a_link_that_leads_elsewhere_is_not_our_file(gitlab, wanted):
    link = {"id": 1, "name": SDIST, "url": "https://example.org/demo-0.2.0.tar.gz", "link_type": "other"}
    gitlab.server.releases.append(Release(TAG, "By hand", "My words", [link]))
    found = gitlab.forge().release(TAG)
    assert found is not None
    assert found.assets == {SDIST: ELSEWHERE}
    take_back(gitlab, wanted, *CONTENTS)
    assert gitlab.server.releases[0].links == [link]


def test_a_link_whose_file_is_gone_is_no_file(gitlab, wanted):
    make(gitlab, wanted)
    gitlab.server.packages.clear()
    found = gitlab.forge().release(TAG)
    assert found is not None
    assert set(found.assets.values()) == {None}
    make(gitlab, wanted)
    assert gitlab.shown() == CONTENTS


def test_what_a_person_put_beside_our_files_stays(gitlab, wanted):
    gitlab.server.put(TAG, "notes.pdf", b"pdf")
    added = make(gitlab, wanted)
    take_back(gitlab, wanted, *added)
    package = gitlab.server.package_of(TAG)
    assert package is not None
    assert [each.name for each in package.files] == ["notes.pdf"]


def test_a_job_makes_a_release_with_its_own_token(gitlab, wanted):
    forge = gitlab.forge(None, CI_JOB_TOKEN="job-token", CI_SERVER_URL=gitlab.server.url)
    with closing(forge):
        assert list(forge.problems()) == []
        forge.make_release(wanted, lambda _: None)
    assert gitlab.shown() == CONTENTS
    assert {asked.headers.get("job-token") for asked in gitlab.server.asked} == {"job-token"}


def test_a_jobs_token_is_sent_to_no_other_server(gitlab):
    with closing(gitlab.forge(None, CI_JOB_TOKEN="job-token", CI_SERVER_URL="https://gitlab.example.org")) as forge:
        (problem,) = forge.problems()
    assert problem.what == "there is no token for GitLab"
    assert gitlab.server.asked == []


def test_a_registry_that_is_switched_off_is_found_before(gitlab):
    gitlab.server.registry = False
    with closing(gitlab.forge()) as forge:
        (problem,) = forge.problems()
    assert "package registry" in problem.next


def test_a_tag_with_a_slash_is_a_version_with_a_dash(gitlab, wanted):
    from dataclasses import replace

    gitlab.server.tags.add("demo/v0.2.0")
    with closing(gitlab.forge()) as forge:
        forge.make_release(replace(wanted, tag="demo/v0.2.0"), lambda _: None)
        found = forge.release("demo/v0.2.0")
    assert found is not None
    assert not found.draft
    assert [each.version for each in gitlab.server.packages] == ["demo-v0.2.0"]


def test_without_the_extra_it_says_what_to_install(gitlab, monkeypatch):
    monkeypatch.setitem(sys.modules, "gitlab", None)
    (problem,) = gitlab.forge().problems()
    assert problem.next == "pip install 'tagboat[gitlab]'"
    with pytest.raises(ConfigError, match="python-gitlab"):
        gitlab.forge().release(TAG)
