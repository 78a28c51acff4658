"""Files as the forges read them, and files that are none."""

from __future__ import annotations

import pytest

from tagboat.ci.audit import audit, read_pipeline
from tagboat.ci.audit.document import LARGEST, lines_of, read_yaml
from tagboat.errors import ConfigError

GOOD = "on: release\njobs:\n  x:\n    permissions: {}\n    steps:\n      - run: |\n          ls\n          ls -l\n"


def refusal(data: bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read_pipeline("x.yml", data)
    return str(caught.value)


def test_words_that_yaml_once_took_for_flags_are_words() -> None:
    root = read_yaml("x.yml", b"on: {push: yes}\nflag: true\nword: 'true'\nnumber: 3.10\nnothing:\nhex: 0x1F\n")
    assert [(key, value.kind) for key, value in root.pairs.items()] == [
        ("on", "table"),
        ("flag", "flag"),
        ("word", "text"),
        ("number", "number"),
        ("nothing", "nothing"),
        ("hex", "number"),
    ]
    assert root["on"]["push"].kind == "text"
    assert (root["number"].text, root["number"].line) == ("3.10", 4)
    assert not root["nothing"]
    assert root["word"].is_true
    assert not root["far"]["away"]


def test_every_value_has_its_lines() -> None:
    root = read_yaml("x.yml", GOOD.encode())
    (step,) = root["jobs"]["x"]["steps"].entries
    assert (root["jobs"]["x"].line, step.line, step["run"].line) == (3, 6, 6)
    assert step["run"].end >= 8


@pytest.mark.parametrize("change", [lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text])
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(change) -> None:
    data = change(GOOD.replace("ls -l", "pip install ${{ inputs.x }}")).encode()
    (finding,) = audit(read_pipeline("x.yml", data))
    assert (finding.rule, finding.line) == ("expression-in-script", 8)
    assert len(lines_of(data)) == 8


def test_anchors_are_followed() -> None:
    text = "on: release\njobs:\n  a: &job\n    permissions: {}\n    steps: [{run: ls}]\n  b: *job\n"
    assert [job.name for job in read_pipeline("x.yml", text.encode()).jobs] == ["a", "b"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "x.yml: is empty"),
        (b"# nothing\n", "x.yml: is empty"),
        (b"~\n", "x.yml: is empty"),
        (b"- a\n- b\n", "x.yml: is no table"),
        (b"on: push\njobs: {a: 1\n", "x.yml:3: is no YAML"),
        (b"on: push\njobs:\n\ta: 1\n", "x.yml:3: is no YAML"),
        (b"on: push\non: release\njobs: {}\n", "x.yml:2: has the key on twice"),
        (b"? [a]\n: b\n", "x.yml:1: has a key that is no word"),
        (b"a: 1\n---\nb: 2\n", "x.yml:2: is no YAML"),
        (b"a: *nobody\n", "x.yml:1: is no YAML"),
        (b"a: \x01\n", "x.yml: is no YAML"),
        (b"a: \xff\n", "x.yml: is not UTF-8: invalid start byte at byte 3"),
        (b"a: 1\n" + b"#" * LARGEST, "x.yml: is larger than 512 KiB"),
        (b"a: &a [*a]\n", "x.yml: its aliases make more of it than can be read"),
        (b"[" * 5000 + b"]" * 5000, "x.yml"),
        (b"[" * 600 + b"]" * 600, "x.yml: is no YAML: its values are too deep in one another"),
        (b"name: x\n", "x.yml: is neither a workflow of GitHub Actions nor a pipeline of GitLab CI"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(data: bytes, told: str) -> None:
    assert refusal(data).startswith(told)


def test_a_tab_is_told_as_such() -> None:
    assert "replace the tab" in refusal(b"on: push\njobs:\n\ta: 1\n")


def test_aliases_of_aliases_do_not_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "aliases" in refusal("\n".join(lines).encode())
