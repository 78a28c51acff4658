from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.index import made
from tests.index.scripted import Reply, scripted
from tests.servers import pypiserver, static_server

from tagboat.config import IndexConfig
from tagboat.errors import IndexFailed, Irreversible
from tagboat.index import Deletes, Yanks, open_index
from tagboat.index.kinds.directory import DirectoryIndex
from tagboat.index.kinds.pypiserver import PypiserverIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import PypiServer

V1 = Version("1.0")


@pytest.fixture
def index(pypi_server: PypiServer, environ: dict[str, str], tmp_path: Path) -> PypiserverIndex:
    return opened(pypi_server.url, tmp_path, environ)


@pytest.fixture(scope="module")
def private() -> Iterator[PypiServer]:
    with pypiserver(private=True) as server:
        yield server


def opened(url: str, root: Path, environ: dict[str, str]) -> PypiserverIndex:
    index = open_index(IndexConfig("x", "pypiserver", {"url": url}), root=root, environ=environ)
    assert isinstance(index, PypiserverIndex)
    return index


def test_its_powers_are_those_it_says(index: PypiserverIndex) -> None:
    assert isinstance(index, Deletes)
    assert not isinstance(index, Yanks)


@pytest.mark.parametrize("ending", ["", "/", "/simple", "/simple/"])
def test_the_url_to_install_from_is_put_right(ending: str, tmp_path: Path) -> None:
    index = opened(f"http://127.0.0.1:1/sub{ending}", tmp_path, {"HOME": str(tmp_path)})
    assert index.upload_url == "http://127.0.0.1:1/sub/"
    assert index.simple_url == "http://127.0.0.1:1/sub/simple/"


def test_a_strangers_project_that_it_sends_people_on_to_is_not_its_own(
    environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    strange = DirectoryIndex("strange", tmp_path / "strange")
    strange.upload(made.wheel(tmp_path / "theirs", fresh, payload=b"theirs"))
    ours = made.wheel(tmp_path / "ours", fresh, payload=b"ours")
    with static_server(strange.folder) as url, pypiserver(fallback=url) as server:
        index = opened(server.url, tmp_path, environ)
        assert index.files(fresh) == {}
        assert list(index.objections([ours])) == []
        index.upload(ours)
        assert index.files(fresh)[ours.filename].sha256 == ours.sha256
        index.delete(fresh, V1, [ours.filename])
        assert index.files(fresh) == {}


def test_a_page_to_sign_in_on_does_not_say_that_nothing_is_there(tmp_path: Path) -> None:
    elsewhere = Reply(302, headers={"Location": "https://login.example.com/?next=/simple/boat/"})
    with scripted(lambda _: elsewhere) as server:
        index = opened(server.url, tmp_path, {"HOME": str(tmp_path)})
        with pytest.raises(IndexFailed, match="cannot be read") as raised:
            index.files("boat")
    assert "login.example.com" in raised.value.next


def test_any_spelling_and_a_build_tag_can_be_removed(index: PypiserverIndex, tmp_path: Path, fresh: str) -> None:
    files = [
        made.wheel(tmp_path, f"Some-{fresh}", "1.0"),
        made.wheel(tmp_path, f"Some-{fresh}", "1.0", build="7"),
        made.sdist(tmp_path, f"Some-{fresh}", "1.0.0"),
    ]
    for each in files:
        index.upload(each)
    index.delete(f"some.{fresh}", V1, [each.filename for each in files])
    assert index.files(f"some-{fresh}") == {}


def test_nothing_is_removed_when_somebody_elses_file_would_go_too(
    index: PypiserverIndex, tmp_path: Path, fresh: str
) -> None:
    ours, theirs = made.wheel(tmp_path, fresh), made.sdist(tmp_path, fresh)
    index.upload(ours)
    index.upload(theirs)
    with pytest.raises(Irreversible, match=theirs.filename):
        index.delete(fresh, V1, [ours.filename])
    assert len(index.files(fresh)) == 2


def test_removing_without_permission_is_an_error(
    index: PypiserverIndex, pypi_server: PypiServer, tmp_path: Path, fresh: str
) -> None:
    index.upload(wheel := made.wheel(tmp_path, fresh))
    with pytest.raises(IndexFailed, match="did not remove"):
        opened(pypi_server.url, tmp_path, {"HOME": str(tmp_path)}).delete(fresh, V1, [wheel.filename])


def test_a_private_server_is_read_with_the_credential(
    private: PypiServer, environ: dict[str, str], tmp_path: Path
) -> None:
    wheel = made.wheel(tmp_path, "my-boat")
    index = opened(private.url, tmp_path, environ)
    index.upload(wheel)
    assert index.fetch(index.files("my-boat")[wheel.filename], tmp_path / "home").is_file()
    with pytest.raises(IndexFailed, match="cannot be read"):
        opened(private.url, tmp_path, {"HOME": str(tmp_path)}).files("my-boat")


def test_pip_and_uv_get_at_a_private_server_and_never_print_the_password(
    private: PypiServer, environ: dict[str, str], tmp_path: Path
) -> None:
    index = opened(private.url, tmp_path, environ)
    index.upload(made.wheel(tmp_path, "my-tug"))
    for requirement, status in (("my-tug", 0), ("nobodys-tug", 1)):
        for command in made.installers(tmp_path / "t", requirement, "--verbose"):
            done = made.run_installer(command, index.install_environment(), tmp_path)
            assert done.returncode == status, done.stdout + done.stderr
            for secret in (private.password, private.password[:5], "pa%20ss"):
                assert secret not in done.stdout + done.stderr
