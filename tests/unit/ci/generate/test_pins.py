from __future__ import annotations

import re

from tagboat.ci.generate.pins import Pin, load_pins, newest

CHECKOUT = "actions/checkout"
OTHER = "b" * 40


def line(action: str, sha: str, comment: str) -> str:
    return f"      - uses: {action}@{sha} # {comment}\n"


def test_every_pin_is_a_commit_with_the_version_it_is_tagged_with_and_a_day():
    for action, pin in load_pins().items():
        assert re.fullmatch(r"[\w-]+/[\w-]+", action)
        assert re.fullmatch(r"[0-9a-f]{40}", pin.sha)
        assert re.fullmatch(r"v\d+\.\d+\.\d+", pin.version)
        assert re.fullmatch(r"2026-\d\d-\d\d", pin.date)
        assert set(pin.required) <= set(pin.inputs)
        assert str(pin) == f"{action}@{pin.sha} # {pin.version}"


def test_a_newer_pin_in_the_file_stays():
    chosen = newest(load_pins(), line(CHECKOUT, OTHER, "v99.0.0"))
    assert str(chosen[CHECKOUT]) == f"{CHECKOUT}@{OTHER} # v99.0.0"
    assert chosen.keys() == load_pins().keys()


def test_versions_are_compared_as_numbers():
    ours = {CHECKOUT: Pin(CHECKOUT, "v9.9.9", "a" * 40)}
    assert newest(ours, line(CHECKOUT, OTHER, "v10.0.0"))[CHECKOUT].sha == OTHER


def test_an_older_pin_another_commit_of_our_version_and_a_pin_without_a_version_do_not_stay():
    ours = load_pins()
    for comment in ("v1.0.0", ours[CHECKOUT].version, "main", ""):
        assert newest(ours, line(CHECKOUT, OTHER, comment)) == ours


def test_actions_of_others_and_tags_instead_of_commits_are_passed_over():
    text = line("somebody/else", OTHER, "v99.0.0") + f"      - uses: {CHECKOUT}@v99 # v99.0.0\n"
    assert newest(load_pins(), text) == load_pins()


def test_what_follows_a_version_in_its_comment_is_no_part_of_it():
    assert newest(load_pins(), line(CHECKOUT, OTHER, "v99.0.0 because of #1"))[CHECKOUT].version == "v99.0.0"
    assert newest(load_pins(), line(CHECKOUT, OTHER, "v99.0.0-rc1")) == load_pins()
