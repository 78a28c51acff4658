from __future__ import annotations

import os
import sys
import time

import pytest

from tagboat.errors import CommandFailed
from tagboat.process import Dialogue, decode, encode, run, stream, tail


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-c", code]


@pytest.mark.parametrize("data", [b"plain", "日本 ü".encode(), b"caf\xe9\xff\x00"])
def test_bytes_survive_being_text(data):
    assert encode(decode(data)) == data


def test_the_tail_is_the_last_lines_without_white_space():
    assert tail("1\n2\n3\n\n \n", 2) == "2\n3"
    assert tail("") == ""


def test_both_streams_and_the_status_come_back(tmp_path):
    code = "import sys, os; print(os.getcwd()); sys.stderr.buffer.write(sys.stdin.buffer.read()); sys.exit(3)"
    done = run(python(code), cwd=tmp_path, input="日本\udce9", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, f"{tmp_path}\n", "日本\udce9")


def test_without_input_nothing_waits_for_an_answer():
    assert run(python("import sys; print(repr(sys.stdin.read()))")).stdout == "''\n"


def test_the_environment_is_the_whole_one_or_ours(monkeypatch):
    monkeypatch.setenv("TAGBOAT_TEST", "ours")
    code = "import os; print(os.environ.get('TAGBOAT_TEST'), os.environ.get('OTHER'))"
    assert run(python(code)).stdout == "ours None\n"
    environ = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    assert run(python(code), env={**environ, "OTHER": "given"}).stdout == "None given\n"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.stderr.write('bad\\n'); print('out'); sys.exit(2)", "bad"),
        ("import sys; print('only out'); sys.exit(2)", "only out"),
    ],
)
def test_a_failing_program_tells_why_by_its_last_lines(code, why):
    with pytest.raises(CommandFailed, match="failed with status 2") as caught:
        run(python(code))
    assert caught.value.why == why


def test_an_error_names_the_program_and_its_verb_and_no_argument():
    with pytest.raises(CommandFailed) as caught:
        run(["git", "-c", "a.b=c", "frobnicate", "secret"])
    assert caught.value.what == "git frobnicate failed with status 1"


def test_a_program_that_is_not_there_is_told_to_be_installed(tmp_path):
    with pytest.raises(CommandFailed, match="no-such-program was not found") as caught:
        run(["no-such-program"])
    assert "PATH" in caught.value.next
    with pytest.raises(CommandFailed, match="there is no such folder"):
        run(python(""), cwd=tmp_path / "gone")


def test_a_program_that_cannot_be_started_is_an_error(tmp_path):
    with pytest.raises(CommandFailed, match="could not be started"):
        run([tmp_path])
    with pytest.raises(CommandFailed, match="could not be started"):
        list(stream([tmp_path], separator=b"\n"))


def test_a_program_that_takes_too_long_is_stopped():
    begin = time.monotonic()
    code = "import sys, time; print('half', flush=True); sys.stderr.write('way'); sys.stderr.flush(); time.sleep(60)"
    with pytest.raises(CommandFailed, match=r"took longer than 1 s and was stopped") as caught:
        run(python(code), timeout=1)
    assert time.monotonic() - begin < 20
    assert "way" in caught.value.why


def test_records_come_while_the_program_runs():
    code = "import sys, time; sys.stdout.write('one\\0two\\0'); sys.stdout.flush(); time.sleep(60)"
    records = stream(python(code), separator=b"\0")
    begin = time.monotonic()
    assert [next(records), next(records)] == ["one", "two"]
    records.close()  # ends the program
    assert time.monotonic() - begin < 20


def test_a_stream_begins_before_anybody_reads_it(tmp_path):
    records = stream(python("open('begun', 'w').close(); print('done')"), separator=b"\n", cwd=tmp_path)
    end = time.monotonic() + 20
    while not (tmp_path / "begun").exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert (tmp_path / "begun").exists()
    assert list(records) == ["done"]


def test_records_may_be_cut_anywhere_and_the_last_needs_no_separator():
    code = "import sys; sys.stdout.buffer.write(b'\\0'.join([b'x' * 100_000, b'', b'\\xff', b'end']))"
    assert list(stream(python(code), separator=b"\0")) == ["x" * 100_000, "", "\udcff", "end"]
    assert list(stream(python("print('a'); print('b')"), separator=b"\n")) == ["a", "b"]
    assert list(stream(python(""), separator=b"\n")) == []


def test_a_stream_that_fails_says_so_at_its_end(tmp_path):
    code = "import os, sys; print(os.getcwd(), os.environ['A'], flush=True); sys.stderr.write('bad'); sys.exit(4)"
    records = stream(python(code), separator=b"\n", cwd=tmp_path, env={**os.environ, "A": "b"})
    assert next(records) == f"{tmp_path} b"
    with pytest.raises(CommandFailed, match="failed with status 4") as caught:
        next(records)
    assert caught.value.why == "bad"


def test_a_program_that_complains_a_lot_does_not_stop():
    code = "import sys; sys.stderr.write('x' * 1_000_000); print('done')"
    assert list(stream(python(code), separator=b"\n")) == ["done"]


ECHO = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(line.upper()); sys.stdout.flush()"


def test_a_dialogue_gives_one_answer_to_each_question_by_one_program():
    who = python(f"import os; print(os.getpid(), flush=True)\n{ECHO}")
    dialogue = Dialogue(who)
    process = int(*dialogue.ask("a"))
    assert dialogue.ask("b", "caf\udce9") == ["A", "B"]
    assert dialogue.ask() == []
    del dialogue  # ends the program, and waits for it
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_dialogue_with_a_program_that_has_ended_says_so():
    dialogue = Dialogue(python("input()"))
    for _ in range(2):
        with pytest.raises(CommandFailed, match="ended before its time"):
            dialogue.ask("a", "b" * 1_000_000)
    with pytest.raises(CommandFailed, match="could not be started"):
        Dialogue(["/no/such/program"]).ask("a")
