"""What an index would refuse is found before it is sent, and then it is refused indeed."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.index import made
from tests.index.fakes.contract import Reply
from tests.index.fakes.warehouse import Warehouse
from tests.index.scripted import scripted

from tagboat.config import IndexConfig
from tagboat.distribution import Distribution
from tagboat.errors import IndexFailed, Problem
from tagboat.index import open_index
from tagboat.index.rules import RULES
from tagboat.index.simple import JSON, Reader
from tagboat.steps.check import objections

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import DevpiServer

    from tagboat.index.kinds.pypi import PyPIIndex

MB = 1 << 20


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse().serving() as fake:
        yield fake


@pytest.fixture
def index(warehouse: Warehouse, tmp_path: Path) -> PyPIIndex:
    at = {"upload-url": f"{warehouse.url}/legacy/", "simple-url": f"{warehouse.url}/simple/"}
    environ = {"HOME": str(tmp_path), "TAGBOAT_X_TOKEN": warehouse.user_token()}
    opened: PyPIIndex = open_index(IndexConfig("x", "pypi", at), root=tmp_path, environ=environ)  # type: ignore[assignment]
    return opened


def told(index: PyPIIndex, *distributions: Distribution) -> list[str]:
    return [problem.what for problem in index.objections(distributions)]


def only(index: PyPIIndex, distribution: Distribution, refusal: str) -> Problem:
    """The one objection, to a file that the index does refuse with these words."""
    found = list(index.objections([distribution]))
    assert len(found) == 1, found
    with pytest.raises(IndexFailed, match=refusal):
        index.upload(distribution)
    return found[0]


def wheel_with(folder: Path, line: str) -> Distribution:
    return made.wheel(folder, more=f"{line}\n")


def test_good_files_meet_no_objection_and_are_taken(index: PyPIIndex, tmp_path: Path) -> None:
    files = [made.wheel(tmp_path), made.sdist(tmp_path)]
    assert told(index, *files) == []
    for each in files:
        index.upload(each)
    assert told(index, *files) == []


def test_nothing_to_send_meets_no_objection(index: PyPIIndex) -> None:
    assert told(index) == []


@pytest.mark.parametrize(("version", "is_taken"), [("2.5", True), ("2.6", False)])
def test_metadata_newer_than_the_index(index: PyPIIndex, tmp_path: Path, version: str, *, is_taken: bool) -> None:
    wheel = rewritten(
        made.wheel(tmp_path), "METADATA", b"Metadata-Version: 2.1", f"Metadata-Version: {version}".encode()
    )
    if is_taken:
        assert told(index, wheel) == []
        index.upload(wheel)
    else:
        problem = only(index, wheel, "is not a valid metadata version")
        assert "has metadata of version 2.6, and x knows up to 2.5" in problem.what
        assert "2026-11-25" in problem.why


def test_a_local_version(index: PyPIIndex, tmp_path: Path) -> None:
    problem = only(index, made.wheel(tmp_path, version="1.0+harbour"), "local versions")
    assert problem.what.endswith("has a local version, and x takes none: +harbour")
    assert "Release 1.0" in problem.next


@pytest.mark.parametrize("tag", ["linux_x86_64", "macosx_12_3_arm64", "freebsd_14_amd64"])
def test_a_platform_that_the_index_does_not_take(index: PyPIIndex, tmp_path: Path, tag: str) -> None:
    problem = only(index, made.wheel(tmp_path, tag=f"cp312-cp312-{tag}"), "unsupported platform tag")
    assert problem.what.endswith(f"is for a platform that x does not take: {tag}")
    assert ("manylinux" in problem.next) == tag.startswith("linux_")


@pytest.mark.parametrize(
    "tag",
    [
        "manylinux_2_28_x86_64.manylinux2014_x86_64",
        "musllinux_1_2_riscv64",
        "macosx_10_13_universal2",
        "macosx_26_0_arm64",
        "win_arm64",
        "linux_armv7l",
        "ios_13_0_arm64_iphoneos",
        "android_24_arm64_v8a",
    ],
)
def test_a_platform_that_the_index_takes(index: PyPIIndex, tmp_path: Path, tag: str) -> None:
    wheel = made.wheel(tmp_path, tag=f"cp312-cp312-{tag}")
    assert told(index, wheel) == []
    index.upload(wheel)


def test_a_wheel_whose_name_is_not_in_its_normal_form(index: PyPIIndex, tmp_path: Path) -> None:
    good = made.wheel(tmp_path, "Tide_Watch")
    problem = only(index, good, "should contain the normalized project name")
    assert "does not begin with the normal form of the name, tide_watch" in problem.what


def test_an_sdist_whose_name_is_not_in_its_normal_form(index: PyPIIndex, tmp_path: Path) -> None:
    problem = only(index, made.sdist(tmp_path, "Tide.Watch"), "is invalid, should be 'tide_watch-1.0.tar.gz'")
    assert "should be named tide_watch-1.0.tar.gz" in problem.what


def test_an_sdist_in_a_zip(index: PyPIIndex, tmp_path: Path) -> None:
    path = tmp_path / "boat-1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("boat-1.0/PKG-INFO", made.metadata("boat", "1.0"))
    assert "x takes no sdist in a zip: boat-1.0.zip" in told(index, Distribution.from_file(path))


def test_a_wheel_in_a_rare_compression(index: PyPIIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path / "plain")
    path = tmp_path / wheel.filename
    with zipfile.ZipFile(wheel.path) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    problem = only(index, Distribution.from_file(path), "supported compression type")
    assert "compressed by other means than deflate" in problem.why


def test_a_readme_that_does_not_render(index: PyPIIndex, tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path, "Description-Content-Type: text/x-rst")
    wheel = rewritten(wheel, "METADATA", b"A boat.", b"A\n=\n\n.. unknown:: boat\n\n`x")
    assert "does not render" in only(index, wheel, "failed to render").what


def test_a_readme_of_an_unknown_type(index: PyPIIndex, tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path, "Description-Content-Type: text/asciidoc")
    assert any("content type that indexes do not know" in each for each in told(index, wheel))


def test_no_readme_is_no_objection(index: PyPIIndex, tmp_path: Path) -> None:
    wheel = rewritten(made.wheel(tmp_path), "METADATA", b"\nA boat.\n", b"\n")
    assert told(index, wheel) == []
    index.upload(wheel)


def test_a_licence_file_that_is_not_there(index: PyPIIndex, tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path, "License-File: LICENSE")
    wheel = rewritten(wheel, "METADATA", b"Metadata-Version: 2.1", b"Metadata-Version: 2.4")
    problem = only(index, wheel, "LICENSE does not exist")
    assert problem.what.endswith("the licence files that the metadata names are not there: LICENSE")


def test_a_dependency_on_a_url(index: PyPIIndex, tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path, 'Requires-Dist: mast @ git+https://example.com/mast ; python_version > "3"')
    assert "depends on URLs, and x refuses that: mast @" in only(index, wheel, "direct dependency").what


def test_a_dependency_that_is_none(index: PyPIIndex, tmp_path: Path) -> None:
    found = told(index, wheel_with(tmp_path, "Requires-Dist: !!"))
    assert len(found) == 1
    assert "requires-dist" in found[0].lower()


def test_a_project_that_says_it_is_private(index: PyPIIndex, tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path, "Classifier: Private :: Do Not Upload")
    assert "says of itself that it must not be published" in only(index, wheel, "not a valid classifier").what


def test_a_summary_that_is_too_long(index: PyPIIndex, tmp_path: Path) -> None:
    assert any(
        "more than 512 characters" in each for each in told(index, wheel_with(tmp_path, f"Summary: {'a' * 513}"))
    )


def test_a_file_that_is_too_large(index: PyPIIndex, warehouse: Warehouse, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path, payload=bytes(101 * MB))
    problem = only(index, wheel, "File too large. Limit for project 'boat' is 100 MB")
    assert "has 101 MB, and x takes 100 MB a file" in problem.what


def test_a_limit_that_was_raised_once_is_no_limit(index: PyPIIndex, warehouse: Warehouse, tmp_path: Path) -> None:
    warehouse.file_size_limit = 200 * MB
    index.upload(made.wheel(tmp_path, payload=bytes(101 * MB)))
    assert told(index, made.wheel(tmp_path, version="2.0", payload=bytes(102 * MB))) == []


@pytest.mark.parametrize(("days", "is_taken"), [(13.9, True), (14.1, False)])
def test_a_release_closes_after_14_days(
    index: PyPIIndex, warehouse: Warehouse, tmp_path: Path, days: float, *, is_taken: bool
) -> None:
    index.upload(made.wheel(tmp_path))
    warehouse.age("boat", "1.0", days)
    assert told(index, made.wheel(tmp_path)) == []  # it is there already
    sdist = made.sdist(tmp_path)
    if is_taken:
        assert told(index, sdist) == []
        index.upload(sdist)
    else:
        problem = only(index, sdist, "older than 14 days is not allowed")
        assert problem.what == "x takes no new files for 1.0: boat-1.0.tar.gz"
        assert "The release is 14 days old" in problem.why


def test_other_releases_of_an_old_project_are_open(index: PyPIIndex, warehouse: Warehouse, tmp_path: Path) -> None:
    index.upload(made.wheel(tmp_path))
    warehouse.age("boat", "1.0", 400)
    assert told(index, made.wheel(tmp_path, version="1.1")) == []


def test_a_second_sdist(index: PyPIIndex, warehouse: Warehouse, tmp_path: Path) -> None:
    index.upload(made.sdist(tmp_path / "a"))
    other = made.sdist(tmp_path / "b", payload=b"other").path
    path = other.replace(other.with_name("boat-1.0.0.tar.gz"))
    assert any("x takes one sdist a release" in each for each in told(index, Distribution.from_file(path)))
    with pytest.raises(IndexFailed, match="Only one sdist"):
        index.upload(Distribution.from_file(path))


def test_other_bytes_under_our_name(index: PyPIIndex, tmp_path: Path) -> None:
    theirs, ours = made.wheel(tmp_path / "a", payload=b"1"), made.wheel(tmp_path / "b", payload=b"2")
    index.upload(theirs)
    problem = next(iter(index.objections([ours])))
    assert problem.what == f"x has {ours.filename} with other bytes"
    assert ours.sha256 in problem.why
    assert theirs.sha256 in problem.why


def test_our_bytes_under_another_name(index: PyPIIndex, tmp_path: Path) -> None:
    first = made.wheel(tmp_path)
    index.upload(first)
    path = tmp_path / "boat-1.0-1-py3-none-any.whl"
    shutil.copy(first.path, path)
    problem = only(index, Distribution.from_file(path), "File already exists")
    assert problem.what == f"x has these bytes of {path.name} under another name: {first.filename}"


def test_a_version_whose_files_were_all_deleted(index: PyPIIndex, warehouse: Warehouse, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    warehouse.delete(wheel.filename)
    problem = only(index, wheel, "previously used by a file that has since been deleted")
    assert problem.what == "x has had files of boat 1.0, and they were deleted"


@pytest.mark.parametrize("status", ["archived", "quarantined"])
def test_a_project_that_takes_nothing(index: PyPIIndex, warehouse: Warehouse, tmp_path: Path, status: str) -> None:
    index.upload(made.wheel(tmp_path))
    warehouse.status["boat"] = status
    found = told(index, made.wheel(tmp_path, version="2.0"))
    assert found == (["boat is archived on x"] if status == "archived" else [])  # a quarantined one is out of sight
    with pytest.raises(IndexFailed, match="isn't allowed to upload"):
        index.upload(made.wheel(tmp_path, version="2.0"))


def test_a_file_that_cannot_be_read(index: PyPIIndex, tmp_path: Path) -> None:
    path = tmp_path / "boat-1.0.tar.gz"
    path.write_bytes(b"no archive")
    assert len(told(index, Distribution.from_file(path))) == 1


def test_a_page_without_json_tells_less(index: PyPIIndex, warehouse: Warehouse, tmp_path: Path) -> None:
    index.upload(made.wheel(tmp_path))
    warehouse.html_only = True
    assert told(index, made.wheel(tmp_path), made.sdist(tmp_path)) == []


def test_an_index_that_cannot_be_read_raises(tmp_path: Path) -> None:
    at = {"upload-url": "http://127.0.0.1:1/legacy/", "simple-url": "http://127.0.0.1:1/simple/"}
    index = open_index(IndexConfig("x", "pypi", at), root=tmp_path, environ={"HOME": str(tmp_path)})
    index.client.transport = index.client.transport.__class__({}, sleep=lambda _: None)  # type: ignore[attr-defined]
    with pytest.raises(IndexFailed):
        list(index.objections([made.wheel(tmp_path)]))


def test_a_page_that_lists_odd_versions_tells_the_others(tmp_path: Path) -> None:
    page = b'{"meta": {"api-version": "1.1"}, "name": "boat", "versions": ["dog", "1.0"], "files": []}'
    with scripted(lambda _: Reply(200, page, {"Content-Type": JSON})) as server:
        at = {"upload-url": f"{server.url}/legacy/", "simple-url": server.url}
        index = open_index(IndexConfig("x", "testpypi", at), root=tmp_path, environ={"HOME": str(tmp_path)})
        found = [each.what for each in index.objections([made.wheel(tmp_path)])]
    assert found == ["x has had files of boat 1.0, and they were deleted"]


def test_what_a_check_said_already_is_not_said_again(index: PyPIIndex, tmp_path: Path) -> None:
    sdist = made.sdist(tmp_path, "Tide.Watch")
    known = list(index.objections([sdist]))
    assert len(objections([index], [sdist])) == 1
    assert objections([index], [sdist], known=known) == []


def test_a_rule_that_is_wrong_by_now_can_be_passed_by_and_says_how(index: PyPIIndex, tmp_path: Path) -> None:
    local = made.wheel(tmp_path / "a", version="1.0+local")
    (problem,) = objections([index], [local])
    assert 'ignore = ["index"] in [tool.tagboat.check]' in problem.next
    assert objections([index], [local], by_rules=False) == []
    index.upload(theirs := made.wheel(tmp_path / "b", payload=b"1"))
    ours = made.wheel(tmp_path / "c", payload=b"2")
    (problem,) = objections([index], [ours], by_rules=False)
    assert problem.what == f"x has {theirs.filename} with other bytes"
    assert "ignore" not in problem.next


def test_an_index_without_rules_objects_to_other_bytes_only(devpi: DevpiServer, tmp_path: Path, fresh: str) -> None:
    environ = {"HOME": str(tmp_path), "TAGBOAT_X_PASSWORD": devpi.password}
    index = open_index(IndexConfig("x", "devpi", {"url": devpi.new_index(fresh)}), root=tmp_path, environ=environ)
    odd = made.wheel(tmp_path / "a", version="1.0+local", tag="cp312-cp312-linux_x86_64")
    assert list(index.objections([odd])) == []
    index.upload(odd)
    other = made.wheel(tmp_path / "b", version="1.0+local", tag="cp312-cp312-linux_x86_64", payload=b"2")
    assert [each.what for each in index.objections([other])] == [f"x has {other.filename} with other bytes"]


@pytest.mark.parametrize("kind", RULES)
def test_rules_are_dated_and_have_a_source(kind: str) -> None:
    assert RULES[kind].read
    assert RULES[kind].source


def test_a_reader_tells_a_project_nobody_knows_as_nothing(index: PyPIIndex) -> None:
    assert isinstance(index.reader, Reader)
    assert index.reader.project("never-heard-of").versions == frozenset()


def rewritten(wheel: Distribution, name: str, old: bytes, new: bytes) -> Distribution:
    """The wheel with one of its files changed."""
    with zipfile.ZipFile(wheel.path) as archive:
        files = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(wheel.path, "w") as archive:
        for each, content in files.items():
            archive.writestr(each, content.replace(old, new) if each.endswith(name) else content)
    return Distribution.from_file(wheel.path)
