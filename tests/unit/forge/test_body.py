from __future__ import annotations

import pytest
from packaging.version import Version

from tagboat.forge.body import is_withdrawn, marks_of, offered_again, release_body, with_section, withdrawn

V = Version("1.2.0")


def body(notes: str = "### Added\n\n- A thing", *, public: bool = True) -> str:
    return release_body("demo", V, notes, {"demo-1.2.0.tar.gz": "ab", "a.whl": "cd"}, "f00d", public=public)


def test_the_page_says_what_is_new_how_to_install_and_every_hash():
    assert body() == (
        "### Added\n\n- A thing\n\n### Install\n\n```console\npip install demo==1.2.0\n```\n\n"
        "### Files\n\n| File | SHA-256 |\n|---|---|\n| a.whl | `cd` |\n| demo-1.2.0.tar.gz | `ab` |\n\n"
        "<!-- tagboat:f00d -->\n"
    )


def test_of_a_private_index_nothing_is_said():
    text = body(public=False)
    assert "://" not in text
    assert "--index-url" not in text
    assert "From the index that you are given this project by." in text


def test_a_password_in_the_notes_stays_out():
    assert "hunter2" not in body("- see https://ada:hunter2@example.org/x?token=hunter2")


def test_a_page_without_notes_begins_with_the_install():
    assert body("").startswith("### Install")


def test_the_marks_of_a_page_are_found():
    assert marks_of(body()) == ("f00d",)
    assert marks_of("<!-- tagboat -->") == ()


def test_a_persons_draft_gets_our_text_once_and_no_mark():
    mixed = with_section("Mine.\n", body())
    assert mixed.startswith("Mine.\n\n### Install\n")
    assert marks_of(mixed) == ()
    assert with_section(mixed, body()) == mixed
    assert with_section("", body()).startswith("### Install")


@pytest.mark.parametrize("prerelease", [False, True])
@pytest.mark.parametrize("text", ["", "Notes\n", "Notes\n\n<!-- tagboat:1 -->\n"])
def test_a_withdrawn_page_says_why_and_goes_back_to_the_letter(text, prerelease):
    title, gone = withdrawn("demo 1.2.0", text, "It breaks\non Sundays", prerelease=prerelease)
    assert title == "demo 1.2.0 (withdrawn)"
    assert "> **Withdrawn.**\n> It breaks\n> on Sundays\n" in gone
    assert is_withdrawn(gone)
    assert not is_withdrawn(text)
    assert withdrawn(title, gone, "again", prerelease=True) == (title, gone)
    assert offered_again(title, gone) == ("demo 1.2.0", text, prerelease)
    assert offered_again("demo 1.2.0", text) == ("demo 1.2.0", text, False)
