from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tagboat.errors import Locked
from tagboat.lock import exclusive, one_run

HOLD = """
import sys, time
from pathlib import Path
from tagboat.lock import one_run, exclusive
holding = one_run(Path(sys.argv[1]), "tagboat release") if len(sys.argv) == 2 else exclusive(Path(sys.argv[2]))
with holding:
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder():
    started = []

    def hold(*args) -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, "-c", HOLD, *map(str, args)], stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout.readline() == b"held\n"
        return process

    yield hold
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_second_run_is_told_who_holds_the_lock(tmp_path, holder):
    process = holder(tmp_path)
    with pytest.raises(Locked) as caught, one_run(tmp_path, "tagboat undo"):
        pass
    assert f"`tagboat release`, process {process.pid} on " in caught.value.what
    assert caught.value.exit_code == 12


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "\xff"])
def test_a_holder_that_has_not_said_who_it_is_yet_is_one_too(tmp_path, holder, text):
    holder(tmp_path)
    (tmp_path / "lock.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(Locked, match="has only just begun"), one_run(tmp_path, "tagboat undo"):
        pass


def test_a_lock_is_free_after_its_holder_was_killed(tmp_path, holder):
    process = holder(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with one_run(tmp_path, "tagboat release"):
        pass
    with one_run(tmp_path, "tagboat release"):
        pass


def test_writers_take_turns_and_wait_for_each_other(tmp_path):
    path = tmp_path / "new folder" / ".lock"
    inside, seen = [], []

    def work() -> None:
        with exclusive(path):
            inside.append(1)
            seen.append(len(inside))
            time.sleep(0.05)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 5


def test_nobody_waits_longer_than_told(tmp_path, holder):
    holder("-", tmp_path / ".lock")
    begin = time.monotonic()
    with pytest.raises(Locked, match="is held by another process"), exclusive(tmp_path / ".lock", wait=0.1):
        pass
    assert time.monotonic() - begin < 20
