"""What every index does: on a folder, real servers, and strict stand-ins for the servers that cannot run here."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.index import made
from tests.servers import PASSWORD

from tagboat.errors import Blocked, CheckFailed, IndexFailed
from tagboat.index import Deletes, Hides, WithdrawnByHand, Yanks
from tagboat.index.kinds.directory import DirectoryIndex
from tagboat.index.kinds.table import CONTRACT, KINDS
from tagboat.observer import Silent
from tagboat.pipeline import promote_steps
from tagboat.plan import PromotionPlan
from tagboat.runner import run
from tagboat.state import StateFolder

if TYPE_CHECKING:
    from tests.index.case import Case

    from tagboat.index import Index

V1 = Version("1.0")


def test_what_was_published_is_listed_with_its_hash(case: Case, tmp_path: Path) -> None:
    wheel, sdist = made.wheel(tmp_path, case.project), made.sdist(tmp_path, case.project)
    case.index.upload(wheel)
    case.index.upload(sdist)
    listed = case.open().files(case.project, V1)
    assert {name: file.sha256 for name, file in listed.items()} == {
        wheel.filename: wheel.sha256,
        sdist.filename: sdist.sha256,
    }


def test_a_project_nobody_published_has_no_files(case: Case) -> None:
    assert case.index.files("never-heard-of") == {}


def test_files_are_found_by_any_spelling_of_the_project(case: Case, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path, case.project)
    case.index.upload(wheel)
    assert wheel.filename in case.index.files(case.project.replace("-", "_.").upper(), V1)


def test_only_files_of_the_version_are_listed(case: Case, tmp_path: Path) -> None:
    old, new = made.wheel(tmp_path, case.project), made.wheel(tmp_path, case.project, "1.0.post1")
    case.index.upload(old)
    case.index.upload(new)
    assert list(case.index.files(case.project, V1)) == [old.filename]
    assert list(case.index.files(case.project, Version("1.0.0.post1"))) == [new.filename]
    assert case.index.files(case.project).keys() == {old.filename, new.filename}


def test_the_same_bytes_twice_are_fine(case: Case, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path, case.project)
    case.index.upload(wheel)
    case.index.upload(wheel)
    assert case.index.files(case.project)[wheel.filename].sha256 == wheel.sha256


def test_other_bytes_are_refused_and_both_hashes_told(case: Case, tmp_path: Path) -> None:
    ours = made.wheel(tmp_path / "a", case.project, payload=b"ours")
    theirs = made.wheel(tmp_path / "b", case.project, payload=b"theirs")
    case.index.upload(theirs)
    with pytest.raises(Blocked) as raised:
        case.index.upload(ours)
    assert ours.sha256 in str(raised.value)
    assert theirs.sha256 in str(raised.value)
    assert case.index.files(case.project)[ours.filename].sha256 == theirs.sha256


def test_a_half_published_release_is_completed(case: Case, tmp_path: Path) -> None:
    distributions = [made.wheel(tmp_path, case.project), made.sdist(tmp_path, case.project)]
    case.index.upload(distributions[0])
    again = case.open()
    for distribution in distributions:
        again.upload(distribution)
    assert case.index.files(case.project, V1).keys() == {each.filename for each in distributions}


def test_a_listed_file_is_fetched_whole(case: Case, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path, case.project)
    case.index.upload(wheel)
    target = tmp_path / "fetched"
    path = case.index.fetch(case.index.files(case.project)[wheel.filename], target)
    assert path == target / wheel.filename
    assert path.read_bytes() == wheel.path.read_bytes()
    assert list(target.iterdir()) == [path]


def test_progress_tells_the_bytes_of_the_file(case: Case, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path, case.project, payload=bytes(3 << 20))
    seen: list[tuple[int, int]] = []
    case.index.upload(wheel, lambda done, total: seen.append((done, total)))
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[-1] == (wheel.size, wheel.size)


def test_an_upload_cut_off_in_the_middle_is_sent_again(remote: Case, tmp_path: Path) -> None:
    with remote.through_proxy() as (proxy, index):
        wheel = made.wheel(tmp_path, remote.project, payload=bytes(1 << 20))
        proxy.spoil("cut")
        index.upload(wheel)
        assert proxy.posts == 2
        assert remote.index.files(remote.project)[wheel.filename].sha256 == wheel.sha256


def test_an_upload_whose_answer_was_lost_is_not_sent_again(remote: Case, tmp_path: Path) -> None:
    with remote.through_proxy() as (proxy, index):
        wheel = made.wheel(tmp_path, remote.project)
        proxy.spoil("lose")
        index.upload(wheel)
        assert proxy.posts == 1 or remote.lags
        assert remote.index.files(remote.project)[wheel.filename].sha256 == wheel.sha256


def test_an_upload_that_never_gets_through_gives_up_and_says_so(remote: Case, tmp_path: Path) -> None:
    with remote.through_proxy() as (proxy, index):
        proxy.spoil("cut", times=99)
        with pytest.raises(IndexFailed, match="did not take"):
            index.upload(made.wheel(tmp_path, remote.project))
        assert proxy.posts == 3
        assert remote.index.files(remote.project) == {}


def test_an_index_that_cannot_be_read_gets_no_upload(remote: Case, tmp_path: Path) -> None:
    with remote.through_proxy() as (proxy, index):
        proxy.target = ("127.0.0.1", 1)
        with pytest.raises(IndexFailed, match="cannot be read"):
            index.upload(made.wheel(tmp_path, remote.project))
        assert proxy.posts == 0
        assert next(iter(index.problems())).why


def test_the_right_credential_leaves_no_problems(case: Case) -> None:
    assert list(case.index.problems()) == []


@pytest.mark.parametrize("credential", ["wrong", "missing"])
def test_without_the_right_credential_nothing_is_taken(
    remote: Case, tmp_path: Path, credential: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    missing = dict.fromkeys(remote.wrong, "") | {"TAGBOAT_X_USERNAME": ""}
    index = remote.open(**(remote.wrong if credential == "wrong" else missing))
    problems = list(index.problems())
    if credential == "missing" or remote.tells_wrong:
        assert "TAGBOAT_X_PASSWORD" in problems[0].next
    with pytest.raises(IndexFailed) as raised:
        index.upload(made.wheel(tmp_path, remote.project))
    assert remote.index.files(remote.project) == {}
    said = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + repr(problems) + caplog.text
    assert "tell-nobody-x7" not in said


def test_the_password_is_in_nothing_that_is_shown(case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wheel = made.wheel(tmp_path, case.project)
    case.index.upload(wheel)
    shown = [vars(case.index), list(case.index.problems()), case.index.files(case.project), caplog.text]
    shown += [vars(client)] if (client := getattr(case.index, "client", None)) else []
    assert PASSWORD not in repr(shown)


def test_a_withdrawn_release_is_gone_and_the_others_stay(case: Case, tmp_path: Path) -> None:
    old, new = made.wheel(tmp_path, case.project), made.wheel(tmp_path, case.project, "2.0")
    new_sdist = made.sdist(tmp_path, case.project, "2.0")
    for each in (old, new, new_sdist):
        case.index.upload(each)
    everything = {old.filename, new.filename, new_sdist.filename}
    if isinstance(case.index, Yanks):
        case.index.yank(case.project, new.version, "sinks")
        listed = case.open().files(case.project)
        assert [file.yanked for file in listed.values()] == [name != old.filename for name in listed]
        assert {file.yanked_reason for file in listed.values()} == {"", "sinks"}
        case.index.yank(case.project, new.version, "another reason")  # again is no error, and the reason stays
        assert {file.yanked_reason for file in case.open().files(case.project).values()} == {"", "sinks"}
        case.index.unyank(case.project, new.version)
        assert not any(file.yanked for file in case.open().files(case.project).values())
    if isinstance(case.index, Hides):
        case.index.hide(case.project, new.version, "sinks")
        case.index.hide(case.project, new.version, "sinks")  # again is no error
        assert list(case.open().files(case.project)) == [old.filename]
        case.index.unhide(case.project, new.version)
        case.index.unhide(case.project, new.version)
        assert case.open().files(case.project).keys() == everything
    if isinstance(case.index, Deletes):
        case.index.delete(case.project, new.version, [new.filename, new_sdist.filename])
        assert list(case.open().files(case.project)) == [old.filename]
        case.index.delete(case.project, new.version, [new.filename, "never-1.0.tar.gz"])  # gone already: no error
    if isinstance(case.index, WithdrawnByHand):
        assert case.project in case.index.withdraw_page(case.project, new.version)
        assert any("sinks" in step for step in case.index.withdraw_steps(case.project, new.version, "sinks"))
    assert isinstance(case.index, (Yanks, Hides, Deletes, WithdrawnByHand))


def test_a_withdrawn_file_can_be_published_again_with_other_bytes(case: Case, tmp_path: Path) -> None:
    first = made.wheel(tmp_path / "a", case.project, payload=b"1")
    second = made.wheel(tmp_path / "b", case.project, payload=b"2")
    case.index.upload(first)
    if isinstance(case.index, Deletes):
        case.index.delete(case.project, V1, [first.filename])
    elif isinstance(case.index, Hides):
        case.index.hide(case.project, V1, "sinks")
    else:
        pytest.skip("withdrawn by hand")
    if case.replaceable:
        case.index.upload(second)
        assert case.index.files(case.project)[second.filename].sha256 == second.sha256
    else:
        with pytest.raises((Blocked, IndexFailed)):
            case.index.upload(second)


def test_the_listing_is_fresh(case: Case, tmp_path: Path) -> None:
    reader = case.open()
    assert reader.files(case.project) == {}
    wheel = made.wheel(tmp_path, case.project)
    case.index.upload(wheel)
    assert reader.files(case.project).keys() == {wheel.filename}


def test_installers_get_the_release_with_the_environment_of_the_index(case: Case, tmp_path: Path) -> None:
    case.index.upload(made.wheel(tmp_path, case.project))
    environment = case.index.install_environment()
    assert environment.keys() == {"PIP_INDEX_URL", "UV_DEFAULT_INDEX"}
    for command in made.installers(tmp_path / "target", case.project):
        done = made.run_installer(command, environment, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        assert (tmp_path / "target" / case.project.replace("-", "_") / "__init__.py").is_file()


def bring(folder: Path, project: str, source: Index, target: Index) -> None:
    """Promote what the source has of 1.0, by the steps of `tagboat promote`; the install has tests of its own."""
    files = {name: file.sha256 or "" for name, file in source.files(project, V1).items()}
    plan = PromotionPlan(project=project, version=V1, source=source.name, target=target.name, files=files)
    state = StateFolder(folder)
    folder.mkdir()
    steps = promote_steps(
        plan,
        state=state,
        source=source,
        target=target,
        verify=lambda *_: "not looked at",
        wait=30,
        progress=lambda *_: None,
    )
    run(steps, state.ledger, Silent())


def test_a_release_is_promoted_to_it_and_on_from_it_with_the_same_bytes(case: Case, tmp_path: Path) -> None:
    first, last = DirectoryIndex("first", tmp_path / "first"), DirectoryIndex("last", tmp_path / "last")
    released = [made.wheel(tmp_path, case.project), made.sdist(tmp_path, case.project)]
    for each in released:
        first.upload(each)
    bring(tmp_path / "to-it", case.project, first, case.index)
    bring(tmp_path / "from-it", case.project, case.open(), last)
    wanted = {each.filename: each.sha256 for each in released}
    for index in (case.open(), last):
        assert {name: file.sha256 for name, file in index.files(case.project, V1).items()} == wanted


def test_nothing_is_promoted_over_other_bytes(case: Case, tmp_path: Path) -> None:
    first = DirectoryIndex("first", tmp_path / "first")
    first.upload(made.wheel(tmp_path / "a", case.project, payload=b"ours"))
    theirs = made.wheel(tmp_path / "b", case.project, payload=b"theirs")
    case.index.upload(theirs)
    with pytest.raises((Blocked, CheckFailed)):
        bring(tmp_path / "to-it", case.project, first, case.index)
    assert case.open().files(case.project)[theirs.filename].sha256 == theirs.sha256


BIG = """
import json, re, sys
from pathlib import Path
from packaging.version import Version
import urllib3, http.client, ssl, zipfile, tarfile, email.parser
from tagboat.config import IndexConfig
from tagboat.distribution import Distribution
from tagboat.index import open_index
path, root, config, environ = json.loads(sys.stdin.read())
distribution = Distribution.from_file(Path(path))
index = open_index(IndexConfig(**config), root=Path(root), environ=environ)
def peak():  # not ru_maxrss: a child inherits that from who started it
    return int(re.search("VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1)) / 1024
before = peak()
index.upload(distribution)
print(peak() - before)
"""


@pytest.mark.nightly
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of its memory from /proc")
def test_a_file_of_200_mb_adds_less_than_30_mb_of_memory(case: Case, tmp_path: Path) -> None:
    import json

    if KINDS[case.config.kind].tested == CONTRACT:
        pytest.skip("the same code streams to every server; the stand-ins would hold it all in memory")
    wheel = made.wheel(tmp_path, case.project, payload=hashlib.sha256(b"").digest() * (200 << 15))
    assert wheel.size > 200 << 20
    config = {name: getattr(case.config, name) for name in case.config.__slots__}
    done = subprocess.run(
        [sys.executable, "-c", BIG],
        input=json.dumps([str(wheel.path), str(tmp_path), config, case.environ]),
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 30, f"{done.stdout} MiB"
    assert case.index.files(case.project)[wheel.filename].sha256 == wheel.sha256
    if isinstance(case.index, Deletes):
        case.index.delete(case.project, V1, [wheel.filename])
