from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from packaging.version import Version
from tests.gitbox import isolate

from tagboat.distribution import Distribution
from tagboat.errors import Blocked, CheckFailed, IndexFailed, Problem
from tagboat.git import Git
from tagboat.index.interface import Deletes, Hides, Promotes, WithdrawnByHand, Yanks
from tagboat.index.kinds.directory import DirectoryIndex
from tagboat.testing import FakeIndex, count_effects, crash_at, make_project
from tagboat.testing.__main__ import main
from tagboat.testing.effects import default_ignored

ONE = Version("1.0")
WHEEL = "Demo_Pkg-1.0-py3-none-any.whl"


@pytest.fixture
def wheel(tmp_path) -> Distribution:
    (tmp_path / WHEEL).write_bytes(b"wheel")
    return Distribution.from_file(tmp_path / WHEEL)


# -- the index -----------------------------------------------------------------------------------------


POWERS = {"yanks": Yanks, "hides": Hides, "deletes": Deletes, "by_hand": WithdrawnByHand, "promotes": Promotes}


@pytest.mark.parametrize("asked", [(), *((name,) for name in POWERS), ("yanks", "deletes"), tuple(POWERS)])
def test_a_fake_has_exactly_the_powers_asked_for(asked):
    index = FakeIndex("pypi", **dict.fromkeys(asked, True))
    assert isinstance(index, FakeIndex)
    assert {name for name, power in POWERS.items() if isinstance(index, power)} == set(asked)
    assert index.name == "pypi"
    assert index.simple_url in index.install_environment().values()


def test_an_upload_is_listed_and_can_be_fetched(wheel, tmp_path):
    index, sent = FakeIndex(), []
    index.upload(wheel, lambda done, total: sent.append((done, total)))
    index.upload(wheel)
    (file,) = index.files("demo.pkg", ONE).values()
    assert (file.filename, file.sha256, file.size) == (WHEEL, wheel.sha256, 5)
    assert (sent, index.uploads) == ([(5, 5)], [WHEEL])
    assert index.files("demo-pkg", Version("2.0")) == {}
    assert index.files("other") == {}
    folder = tmp_path / "fetched"
    folder.mkdir()
    assert index.fetch(file, folder).read_bytes() == b"wheel"
    index.put(WHEEL, b"other")
    with pytest.raises(IndexFailed):
        index.fetch(file, folder)


def test_other_bytes_are_refused_and_damaged_ones_too(wheel):
    index = FakeIndex()
    index.put(WHEEL, b"other")
    with pytest.raises(Blocked, match="other bytes") as caught:
        index.upload(wheel)
    assert wheel.sha256 in caught.value.why
    wheel.path.write_bytes(b"damaged")
    with pytest.raises(CheckFailed):
        FakeIndex().upload(wheel)


def test_a_slow_index_lists_a_file_only_after_some_looks(wheel):
    index = FakeIndex(lag=2)
    index.upload(wheel)
    assert [len(index.files("demo-pkg")) for _ in range(4)] == [0, 0, 1, 1]
    assert index.content == {WHEEL: b"wheel"}


def test_an_index_without_hashes_lists_names(wheel, tmp_path):
    index = FakeIndex(hashes=False)
    index.upload(wheel)
    assert index.files("demo-pkg")[WHEEL].sha256 is None
    (tmp_path / "fetched").mkdir()
    index.fetch(index.files("demo-pkg")[WHEEL], tmp_path / "fetched")


def test_yanking_and_deleting(wheel):
    index = FakeIndex(yanks=True, deletes=True)
    index.upload(wheel)
    index.yank("demo-pkg", ONE, "bad")
    file = index.files("demo-pkg")[WHEEL]
    assert (file.yanked, file.yanked_reason) == (True, "bad")
    index.unyank("demo-pkg", ONE)
    assert not index.files("demo-pkg")[WHEEL].yanked
    index.delete("demo-pkg", Version("2.0"), [WHEEL])
    assert index.content
    index.delete("demo-pkg", ONE, [WHEEL, "gone"])
    assert index.content == {}


def test_what_is_hidden_keeps_its_name_and_comes_back(wheel):
    index = FakeIndex(hides=True)
    index.upload(wheel)
    index.put("demo_pkg-2.0.tar.gz", b"two")
    index.hide("demo-pkg", ONE, "bad")
    assert list(index.files("demo-pkg")) == ["demo_pkg-2.0.tar.gz"]
    assert WHEEL in index.content
    wheel.path.write_bytes(b"other")
    with pytest.raises(Blocked):
        index.upload(Distribution.from_file(wheel.path))
    index.unhide("demo-pkg", ONE)
    assert WHEEL in index.files("demo-pkg")
    assert index.hidden_as


def test_a_person_yanks_and_takes_it_back(wheel):
    index = FakeIndex(by_hand=True)
    index.upload(wheel)
    assert index.withdraw_page("Demo.Pkg", ONE) == "memory://fake/manage/demo-pkg/1.0"
    assert "Reason: bad" in index.withdraw_steps("demo-pkg", ONE, "bad")
    index.yank_by_hand("demo-pkg", ONE, "bad")
    assert index.files("demo-pkg")[WHEEL].yanked_reason == "bad"
    index.unyank_by_hand("demo-pkg", ONE)
    assert not index.files("demo-pkg")[WHEEL].yanked


def test_a_version_is_promoted_to_another_fake_unless_other_bytes_are_there(wheel):
    index, target = FakeIndex("stage", promotes=True), FakeIndex("main", lag=1)
    index.upload(wheel)
    assert index.can_promote(target)
    assert not index.can_promote(index)
    assert not index.can_promote(object())
    index.promote("demo-pkg", ONE, target)
    index.promote("demo-pkg", ONE, target)
    assert target.files("demo-pkg") == {}
    assert target.files("demo-pkg")[WHEEL].sha256 == wheel.sha256
    target.put(WHEEL, b"other")
    with pytest.raises(IndexFailed, match="other bytes"):
        index.promote("demo-pkg", ONE, target)
    with pytest.raises(IndexFailed, match="does not know"):
        index.promote("demo-pkg", ONE, DirectoryIndex("folder", wheel.path.parent))


@pytest.mark.parametrize("after", [False, True])
def test_a_fault_comes_once_before_or_after_the_effect(wheel, after):
    index = FakeIndex()
    index.fail_next("upload", after=after)
    index.fail_next("problems", OSError("gone"))
    with pytest.raises(IndexFailed):
        index.upload(wheel)
    assert bool(index.content) is after
    index.upload(wheel)
    with pytest.raises(OSError, match="gone"):
        index.problems()
    index.trouble.append(Problem("no credential"))
    assert list(index.problems()) == [Problem("no credential")]


# -- the project ---------------------------------------------------------------------------------------


def test_a_made_project_is_tagged_pushed_and_clean(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text("", encoding="utf-8")
    path = make_project(tmp_path / "a projéct", name="sample", version="2.0")
    git = Git.find(path)
    assert git.tag("v2.0").commit == git.resolve("HEAD")
    assert git.work_tree().changed == git.work_tree().untracked == ()
    assert git.identity() is not None
    assert git.remote_refs("origin", "refs/heads/main", "refs/tags/v2.0").keys() >= {
        "refs/heads/main",
        "refs/tags/v2.0",
    }
    assert 'version = "2.0"' in (path / "pyproject.toml").read_text(encoding="utf-8")


# -- effects -------------------------------------------------------------------------------------------


def seen(effects) -> list[str]:
    return [line.partition(" ")[0] for line in effects.seen]


def test_changes_of_files_and_folders_count_each_before_it_happens(tmp_path):
    there = []
    with count_effects((), before=lambda number: there.append((number, (tmp_path / "a").exists()))) as effects:
        (tmp_path / "a").write_text("x", encoding="utf-8")
        with (tmp_path / "a").open("a", encoding="utf-8"):
            pass
        (tmp_path / "a").read_text(encoding="utf-8")
        os.close(os.open(tmp_path / "a", os.O_RDONLY))
        with os.fdopen(os.open(tmp_path / "a", os.O_WRONLY | os.O_TRUNC), "wb") as file:  # opened once
            os.truncate(file.fileno(), 0)
        (tmp_path / "a").rename(tmp_path / "b")
        (tmp_path / "d").mkdir()
        (tmp_path / "b").unlink()
        (tmp_path / "d").rmdir()
    assert seen(effects) == ["open", "open", "open", "os.rename", "os.mkdir", "os.remove", "os.rmdir"]
    assert there[0] == (1, False)
    assert there[1] == (2, True)
    assert effects.count == 7


def test_after_the_context_nothing_counts(tmp_path):
    with count_effects(()) as effects:
        pass
    (tmp_path / "a").write_text("x", encoding="utf-8")
    assert effects.count == 0


def test_a_folder_removed_as_a_whole_counts_file_by_file(tmp_path):
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "f").write_text("", encoding="utf-8")
    with count_effects(()) as effects:
        shutil.rmtree(tmp_path / "d")
    assert f"os.remove {tmp_path.resolve()}/d/e/f" in effects.seen
    with count_effects([tmp_path / "d"]) as ignored:
        (tmp_path / "d" / "e").mkdir(parents=True)
        (tmp_path / "d" / "e" / "f").write_text("", encoding="utf-8")
        shutil.rmtree(tmp_path / "d")
    assert ignored.seen == []


def test_programs_and_words_to_servers_count():
    with socket.create_server(("127.0.0.1", 0)) as server, count_effects(()) as effects:
        with socket.create_connection(server.getsockname()):
            pass
        subprocess.run([sys.executable, "-c", ""], check=True)
    assert seen(effects) == ["socket.connect", "subprocess.Popen"]


def test_temporary_files_caches_and_devices_do_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("TAGBOAT_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("tmp", "cache", "project"):
        (tmp_path / name).mkdir()
    with count_effects() as effects:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a").write_text("", encoding="utf-8")
        (tmp_path / "cache" / "a").write_text("", encoding="utf-8")
        Path(os.devnull).write_text("", encoding="utf-8")
        (tmp_path / "project" / "__pycache__").mkdir()
        (tmp_path / "cache" / "a").rename(tmp_path / "project" / "a")
    assert seen(effects) == ["os.rename"]
    assert default_ignored({}) == [tmp_path / "tmp"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_process_dies_before_the_effect_of_that_number(tmp_path, number):
    code = (
        "import sys; from pathlib import Path; from tagboat.testing import crash_at\n"
        "with crash_at(int(sys.argv[1]), ()):\n"
        "    Path('a').touch(); Path('b').touch()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(number)], cwd=tmp_path, check=False)
    assert done.returncode == (0 if number == 3 else -signal.SIGKILL)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"][: number - 1]


def test_a_run_of_the_command_line_is_counted(tmp_path):
    with crash_at(0, ()):
        pass
    assert main(["--count", str(tmp_path / "count"), "--", "--version"]) == 0
    assert (tmp_path / "count").read_text(encoding="utf-8") == "0\n"
    assert main(["--", "--version"]) == 0


def test_the_program_dies_where_it_is_told(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    project = make_project(tmp_path / "project")
    for name in ("tmp", "cache"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv({"tmp": "TMPDIR", "cache": "TAGBOAT_CACHE_DIR"}[name], str(tmp_path / name))

    def call(*words: str) -> int:
        command = [sys.executable, "-m", "tagboat.testing", *words, "--", "bump", "patch", "--yes"]
        return subprocess.run(command, cwd=project, check=False, capture_output=True).returncode

    assert call("--die-before", "3") == -signal.SIGKILL
    assert call("--count", str(tmp_path / "count")) == 0
    assert int((tmp_path / "count").read_text(encoding="utf-8")) > 10
    assert Git.find(project).tag("v0.1.1") is not None
