from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from pypi_simple import ProjectPage
from tests.index import made
from tests.servers import static_server

from tagboat.config import IndexConfig
from tagboat.distribution import Distribution
from tagboat.errors import CheckFailed, IndexFailed
from tagboat.index import Deletes, Yanks, open_index
from tagboat.index.kinds.directory import DirectoryIndex

if TYPE_CHECKING:
    from pathlib import Path

V1, V2 = Version("1.0"), Version("2.0")


@pytest.fixture
def index(tmp_path: Path) -> DirectoryIndex:
    return DirectoryIndex("local", tmp_path / "an index")


def installed(target: Path) -> str:
    return (target / "my_boat" / "__init__.py").read_text().strip()


@pytest.mark.parametrize("served", [False, True], ids=["file", "http"])
def test_pip_and_uv_install_from_the_folder_and_from_any_web_server(
    index: DirectoryIndex, tmp_path: Path, served: bool
) -> None:
    for version in ("1.0", "2.0"):
        index.upload(made.wheel(tmp_path, "my-boat", version))
    with static_server(index.folder) as url:
        environment = dict.fromkeys(("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), url if served else index.simple_url)
        for number, command in enumerate(made.installers(tmp_path / "t", "my-boat")):
            done = made.run_installer(command, environment, tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
            assert installed(tmp_path / "t") == '__version__ = "2.0"', number


def test_installers_pass_a_yanked_release_by_and_are_told_the_reason(index: DirectoryIndex, tmp_path: Path) -> None:
    for version in ("1.0", "2.0"):
        index.upload(made.wheel(tmp_path, "my-boat", version))
    reason = 'it "sinks" <fast> & 沈む'
    index.yank("my-boat", V2, reason)
    for latest, pinned in zip(
        made.installers(tmp_path / "t", "my-boat"), made.installers(tmp_path / "t", "my-boat==2.0"), strict=True
    ):
        assert made.run_installer(latest, index.install_environment(), tmp_path).returncode == 0
        assert installed(tmp_path / "t") == '__version__ = "1.0"'
        done = made.run_installer(pinned, index.install_environment(), tmp_path)
        assert installed(tmp_path / "t") == '__version__ = "2.0"'
        assert "sinks" in done.stdout + done.stderr
    index.unyank("my-boat", V2)
    for latest in made.installers(tmp_path / "t", "my-boat"):
        made.run_installer(latest, index.install_environment(), tmp_path)
        assert installed(tmp_path / "t") == '__version__ = "2.0"'


def test_pip_checks_the_metadata_file_that_lies_beside_a_wheel(index: DirectoryIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path, "my-boat")
    index.upload(wheel)
    beside = index.folder / "my-boat" / f"{wheel.filename}.metadata"
    listed = index.files("my-boat")[wheel.filename]
    assert listed.metadata_sha256 == hashlib.sha256(beside.read_bytes()).hexdigest()
    beside.write_bytes(b"forged")
    done = made.run_installer(made.installers(tmp_path / "t", "my-boat")[0], index.install_environment(), tmp_path)
    assert done.returncode != 0


def test_both_pages_say_the_same_and_the_ready_made_library_reads_them(index: DirectoryIndex, tmp_path: Path) -> None:
    wheel, sdist = made.wheel(tmp_path, "my-boat"), made.sdist(tmp_path, "my-boat", "2.0")
    local = made.wheel(tmp_path, "my-boat", "3.0+local.1")
    for each in (wheel, sdist, local):
        index.upload(each)
    index.yank("my-boat", V1, "sinks")
    index.yank("my-boat", V2, "")
    folder = index.folder / "my-boat"
    url = f"{folder.as_uri()}/"
    data = json.loads((folder / "index.json").read_bytes())
    assert data["versions"] == ["1.0", "2.0", "3.0+local.1"]
    from_json = ProjectPage.from_json_data(data, base_url=url).packages
    from_html = ProjectPage.from_html("my-boat", (folder / "index.html").read_text(), base_url=url).packages
    for one, two in zip(from_json, from_html, strict=True):
        assert (one.filename, one.url, one.digests) == (two.filename, two.url, two.digests)
        assert (one.requires_python, one.metadata_digests) == (two.requires_python, two.metadata_digests)
        assert (one.is_yanked, one.yanked_reason or "") == (two.is_yanked, two.yanked_reason or "")
        assert one.size == (folder / one.filename).stat().st_size
    root = json.loads((index.folder / "index.json").read_bytes())
    assert root["projects"] == [{"name": "my-boat"}]
    assert 'href="my-boat/"' in (index.folder / "index.html").read_text()


def test_a_new_project_is_among_the_projects_before_its_page_lists_a_file(
    index: DirectoryIndex, tmp_path: Path
) -> None:
    """Whoever dies in between is not missed there for ever: what is listed is not uploaded again."""
    (index.folder / "index.html").mkdir(parents=True)  # so the list of projects cannot be written
    wheel = made.wheel(tmp_path)
    with pytest.raises(IndexFailed, match="did not take"):
        index.upload(wheel)
    assert index.files("boat") == {}
    (index.folder / "index.html").rmdir()
    index.upload(wheel)
    assert 'href="boat/"' in (index.folder / "index.html").read_text()
    assert list(index.files("boat")) == [wheel.filename]


def test_every_project_on_the_list_has_a_page(index: DirectoryIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    index.delete("boat", V1, [wheel.filename])
    (index.folder / "strangers").mkdir()  # a folder that is no project
    index.upload(made.wheel(tmp_path, "tug"))
    listed = [each["name"] for each in json.loads((index.folder / "index.json").read_bytes())["projects"]]
    assert listed == ["boat", "tug"]
    assert all((index.folder / name / "index.html").is_file() for name in listed)


def test_a_file_that_joins_a_yanked_release_is_yanked_too(index: DirectoryIndex, tmp_path: Path) -> None:
    index.upload(made.wheel(tmp_path))
    index.yank("boat", V1, "sinks")
    index.upload(made.sdist(tmp_path))
    index.upload(made.sdist(tmp_path, version="2.0"))
    assert {name: file.yanked_reason for name, file in index.files("boat").items()} == {
        "boat-1.0-py3-none-any.whl": "sinks",
        "boat-1.0.tar.gz": "sinks",
        "boat-2.0.tar.gz": "",
    }


def test_taking_back_what_is_not_there_makes_nothing(index: DirectoryIndex) -> None:
    index.yank("boat", V1, "x")
    index.unyank("boat", V1)
    index.delete("boat", V1, ["boat-1.0.tar.gz"])
    assert not index.folder.exists()


def test_deleted_files_leave_page_and_folder(index: DirectoryIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    index.delete("boat", V1, [wheel.filename, "boat-2.0.tar.gz"])
    assert {path.name for path in (index.folder / "boat").iterdir()} == {"index.html", "index.json", ".lock"}


def test_reindex_lists_what_was_put_there_by_hand_and_keeps_yanks(index: DirectoryIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    index.yank("boat", V1, "sinks")
    folder = index.folder / "boat"
    made.sdist(folder, version="2.0")
    (folder / "boat-3.0.tar.gz").write_bytes(b"no archive at all")
    (folder / "other-1.0.tar.gz").write_bytes(b"")
    (folder / "notes.txt").write_bytes(b"")
    index.reindex("Boat")
    listed = index.files("boat")
    assert list(listed) == [wheel.filename, "boat-2.0.tar.gz", "boat-3.0.tar.gz"]
    assert listed[wheel.filename].yanked_reason == "sinks"
    assert listed["boat-2.0.tar.gz"].sha256 == hashlib.sha256((folder / "boat-2.0.tar.gz").read_bytes()).hexdigest()
    (folder / wheel.filename).unlink()
    index.reindex("boat")
    assert wheel.filename not in index.files("boat")


def test_a_file_on_disk_that_no_page_lists_is_not_there(index: DirectoryIndex, tmp_path: Path) -> None:
    """As a process leaves it that died between copying and listing."""
    wheel = made.wheel(tmp_path, payload=b"new")
    made.wheel(index.folder / "boat", payload=b"old")
    (index.folder / "boat" / ".boat-9.tar.gz.tmp").write_bytes(b"half")
    assert index.files("boat") == {}
    index.upload(wheel)
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256
    assert (index.folder / "boat" / wheel.filename).read_bytes() == wheel.path.read_bytes()
    assert not list((index.folder / "boat").glob("*.tmp"))


def test_a_file_that_changed_since_it_was_built_is_not_taken(index: DirectoryIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    with wheel.path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(CheckFailed, match="changed"):
        index.upload(wheel)
    assert index.files("boat") == {}


@pytest.mark.parametrize("page", [b"<form><input></form>", "<p>\u00e9</p>".encode("latin-1")], ids=["site", "latin-1"])
def test_a_page_that_is_no_index_page_is_told(index: DirectoryIndex, tmp_path: Path, page: bytes) -> None:
    (index.folder / "boat").mkdir(parents=True)
    (index.folder / "boat" / "index.html").write_bytes(page)
    for act in (lambda: index.files("boat"), lambda: index.upload(made.wheel(tmp_path))):
        with pytest.raises(IndexFailed, match="its page of boat is no index page"):
            act()
    assert (index.folder / "boat" / "index.html").read_bytes() == page


def test_a_page_of_another_tool_need_not_tell_hashes(index: DirectoryIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    folder = index.folder / "boat"
    folder.mkdir(parents=True)
    wheel.path.rename(folder / wheel.filename)
    (folder / "index.html").write_text(f'<a href="{wheel.filename}">{wheel.filename}</a>', encoding="utf-8")
    file = index.files("boat")[wheel.filename]
    assert file.sha256 is None
    assert Distribution.from_file(index.fetch(file, tmp_path / "out")).sha256 == wheel.sha256


def test_a_damaged_index_hands_nothing_out(index: DirectoryIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    listed = index.files("boat")[wheel.filename]
    (index.folder / "boat" / wheel.filename).write_bytes(b"other")
    with pytest.raises(IndexFailed, match="other bytes"):
        index.fetch(listed, tmp_path / "to")
    (index.folder / "boat" / wheel.filename).unlink()
    with pytest.raises(IndexFailed, match="did not hand out"):
        index.fetch(listed, tmp_path / "to")


def test_what_stands_in_the_way_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    blocked = DirectoryIndex("local", tmp_path / "file" / "index")
    (problem,) = blocked.problems()
    assert "not a folder" in problem.what
    with pytest.raises(IndexFailed, match="did not take"):
        blocked.upload(made.wheel(tmp_path))
    assert list(DirectoryIndex("local", tmp_path / "new" / "index").problems()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        (problem,) = DirectoryIndex("local", tmp_path / "index").problems()
        assert "permission" in problem.what
    finally:
        tmp_path.chmod(0o700)


def test_its_powers_are_those_it_says(index: DirectoryIndex) -> None:
    assert isinstance(index, Yanks)
    assert isinstance(index, Deletes)


def test_its_path_counts_from_the_projects_root_unless_it_is_absolute(tmp_path: Path) -> None:
    for path, folder in (("dist/ix", tmp_path / "dist" / "ix"), (str(tmp_path / "abs"), tmp_path / "abs")):
        index = open_index(IndexConfig("local", "directory", {"path": path}), root=tmp_path, environ={})
        assert index.simple_url == folder.as_uri() + "/"


PUBLISH = """
import sys
from pathlib import Path
from tagboat.distribution import Distribution
from tagboat.index.kinds.directory import DirectoryIndex
index = DirectoryIndex("local", Path(sys.argv[1]))
for path in sys.argv[2:]:
    index.upload(Distribution.from_file(Path(path)))
"""


def publisher(folder: Path, *paths: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PUBLISH, folder, *paths])


def whole(index: DirectoryIndex, project: str) -> set[str]:
    """The listed names, after every listed file was seen to be complete."""
    listed = index.files(project)
    for name, file in listed.items():
        assert hashlib.sha256((index.folder / project / name).read_bytes()).hexdigest() == file.sha256
    return set(listed)


def test_several_processes_may_publish_at_once(index: DirectoryIndex, tmp_path: Path) -> None:
    paths = [
        [
            made.wheel(tmp_path, project, f"1.{writer}.{n}", payload=bytes(50_000)).path
            for n in range(4)
            for project in ("boat", f"own-{writer}")
        ]
        for writer in range(8)
    ]
    writers = [publisher(index.folder, *mine) for mine in paths]
    while any(writer.poll() is None for writer in writers):
        whole(index, "boat")
    assert [writer.returncode for writer in writers] == [0] * 8
    assert len(whole(index, "boat")) == 32
    projects = json.loads((index.folder / "index.json").read_bytes())["projects"]
    assert {each["name"] for each in projects} == {"boat", *(f"own-{writer}" for writer in range(8))}


@pytest.mark.slow
def test_killed_at_any_moment_it_stays_whole_and_a_rerun_finishes(index: DirectoryIndex, tmp_path: Path) -> None:
    distributions = [made.wheel(tmp_path, "boat", f"1.{n}", payload=bytes(2_000_000)) for n in range(12)]
    paths = [each.path for each in distributions]
    dice = random.Random(7)
    started = time.monotonic()
    publisher(tmp_path / "clocked", *paths).wait()
    usual = time.monotonic() - started
    for _ in range(15):
        with publisher(index.folder, *paths) as process:
            time.sleep(dice.uniform(0.3, 1) * usual)
            process.send_signal(signal.SIGKILL)
        seen = whole(index, "boat")
        if len(seen) == len(paths):
            index.delete("boat", Version("1.11"), [distributions[-1].filename])
            index.delete("boat", Version("1.0"), [distributions[0].filename])
    assert publisher(index.folder, *paths).wait() == 0
    assert whole(index, "boat") == {each.filename for each in distributions}
    assert not list((index.folder / "boat").glob("*.tmp"))
    assert Distribution.from_file(paths[0]).sha256 == index.files("boat")[paths[0].name].sha256
