from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.index import made
from tests.index.scripted import Asked, Reply, scripted

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, ConfigError, IndexFailed, Irreversible
from tagboat.index import Deletes, Index, Promotes, Yanks, open_index
from tagboat.index.kinds.devpi import DevpiIndex, root_of, user_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import DevpiServer

V1 = Version("1.0")


def opened(url: str, root: Path, environ: dict[str, str], username: str = "") -> DevpiIndex:
    index = open_index(IndexConfig("x", "devpi", {"url": url}, username=username), root=root, environ=environ)
    assert isinstance(index, DevpiIndex)
    return index


def complaint(index: Index) -> str:
    (problem,) = index.problems()
    return f"{problem.what} {problem.why}"


def test_its_powers_are_those_it_says(tmp_path: Path) -> None:
    index = opened("http://127.0.0.1:1/alice/dev", tmp_path, {"HOME": str(tmp_path)})
    assert isinstance(index, Deletes)
    assert not isinstance(index, Yanks)


@pytest.mark.parametrize("ending", ["", "/", "/+simple", "/+simple/"])
def test_the_url_to_install_from_is_put_right(ending: str, tmp_path: Path) -> None:
    index = opened(f"http://127.0.0.1:1/alice/dev{ending}", tmp_path, {"HOME": str(tmp_path)})
    assert index.upload_url == "http://127.0.0.1:1/alice/dev/"
    assert index.simple_url == "http://127.0.0.1:1/alice/dev/+simple/"


def test_a_url_without_user_and_index_is_refused() -> None:
    with pytest.raises(ConfigError, match="not the URL of a devpi index"):
        root_of("https://devpi.example.com/alice")
    assert user_of("https://example.com/devpi/alice/dev/+simple/") == "alice"


def test_who_owns_the_index_brings_the_token_unless_told_otherwise(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    url = devpi.new_index(fresh)
    only_token = {"HOME": environ["HOME"], "DEVPI_TOKEN": devpi.password}
    opened(url, tmp_path, only_token).upload(made.wheel(tmp_path))
    assert (
        complaint(opened(url, tmp_path, only_token, username="bob")) == "x does not know this user with this password "
    )


def test_files_are_deleted_from_volatile_and_from_other_indexes(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    for volatile in (True, False):
        index = opened(devpi.new_index(f"{fresh}-{volatile}", volatile=volatile), tmp_path, environ)
        wheel, sdist = made.wheel(tmp_path), made.sdist(tmp_path)
        index.upload(wheel)
        index.upload(sdist)
        index.delete("boat", V1, [wheel.filename])
        assert list(index.files("boat")) == [sdist.filename]


def test_a_volatile_index_is_never_made_to_overwrite(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    index = opened(devpi.new_index(fresh, volatile=True), tmp_path, environ)
    theirs, ours = made.wheel(tmp_path / "a", payload=b"a"), made.wheel(tmp_path / "b", payload=b"b")
    index.upload(theirs)
    with pytest.raises(Blocked):
        index.upload(ours)
    assert index.files("boat")[theirs.filename].sha256 == theirs.sha256


def test_what_a_base_shows_cannot_be_deleted_here_and_that_is_told(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    base = opened(devpi.new_index(f"{fresh}-base"), tmp_path, environ)
    index = opened(devpi.new_index(fresh, bases=(f"alice/{fresh}-base",)), tmp_path, environ)
    wheel, sdist = made.wheel(tmp_path), made.sdist(tmp_path)
    base.upload(wheel)
    index.upload(wheel)  # it shows those bytes already
    index.upload(sdist)
    with pytest.raises(Irreversible, match="still shows boat-1") as raised:
        index.delete("boat", V1, [wheel.filename, sdist.filename])
    assert f"alice/{fresh}" in raised.value.next
    assert list(base.files("boat")) == [wheel.filename]
    assert list(index.files("boat")) == [wheel.filename]


def test_deleting_without_permission_is_an_error(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    url = devpi.new_index(fresh)
    opened(url, tmp_path, environ).upload(wheel := made.wheel(tmp_path))
    with pytest.raises(IndexFailed, match="did not delete"):
        opened(url, tmp_path, {"HOME": environ["HOME"]}).delete("boat", V1, [wheel.filename])


def test_problems_name_what_is_wrong(devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str) -> None:
    anonymous = {"HOME": environ["HOME"]}
    url = devpi.new_index(fresh)
    assert "404" in complaint(opened(f"{devpi.url}/alice/absent-{fresh}", tmp_path, environ))
    assert complaint(opened(url, tmp_path, anonymous)) == "x wants a credential "
    others = devpi.new_index(f"{fresh}-b", acl_upload=["bob"])
    assert complaint(opened(others, tmp_path, environ)) == "alice may not upload to x Its acl_upload names bob."
    nobodys = devpi.new_index(f"{fresh}-c", acl_upload=[])
    assert "names nobody" in complaint(opened(nobodys, tmp_path, environ))
    everybodys = devpi.new_index(f"{fresh}-d", acl_upload=[":ANONYMOUS:"])
    assert list(opened(everybodys, tmp_path, anonymous).problems()) == []
    members = devpi.new_index(f"{fresh}-e", acl_upload=[":AUTHENTICATED:"])
    assert list(opened(members, tmp_path, environ).problems()) == []
    with scripted(lambda _: Reply(200, b"<html>hello")) as server:
        assert "is no devpi index" in complaint(opened(f"{server.url}/a/b", tmp_path, environ))


def test_the_password_is_sent_once_and_then_a_token(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    index = opened(devpi.new_index(fresh), tmp_path, environ)
    index.upload(made.wheel(tmp_path))
    logins = devpi.log.read_text(encoding="utf-8", errors="replace").count("POST /+login")
    assert logins > 0
    index.upload(made.sdist(tmp_path))
    index.files("boat")
    assert devpi.log.read_text(encoding="utf-8", errors="replace").count("POST /+login") == logins


def test_a_session_that_the_server_forgot_is_begun_anew(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    index = opened(devpi.new_index(fresh), tmp_path, environ)
    login, wheel = index.client.login, made.wheel(tmp_path)
    for act in (index.upload, lambda each: index.delete("boat", V1, [each.filename])):
        login.current()
        assert login._session is not None
        assert login._session.expires is not None
        login._session = replace(login._session, password=login._session.password[:-3] + "abc")
        act(wheel)
    assert index.files("boat") == {}


def test_a_server_that_knows_no_login_gets_the_password(environ: dict[str, str], tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(404 if asked.path.endswith("+login") else 200, b"{", {"Content-Type": "text/html"})

    with scripted(answer) as server:
        opened(f"{server.url}/devpi/alice/dev", tmp_path, environ).files("boat")
    assert [asked.path for asked in server.asked] == ["/devpi/+login", "/devpi/alice/dev/+simple/boat/"]
    assert "authorization" not in server.asked[0].headers
    assert "authorization" in server.asked[1].headers


# -- push to another index -----------------------------------------------------------------------------


@pytest.mark.parametrize("volatile", [False, True])
def test_a_version_is_pushed_to_another_index_of_the_server_and_again_is_no_error(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str, volatile: bool
) -> None:
    stage = opened(devpi.new_index(f"{fresh}-stage"), tmp_path, environ)
    prod = opened(devpi.new_index(f"{fresh}-prod", volatile=volatile), tmp_path, environ)
    for each in (made.wheel(tmp_path), made.sdist(tmp_path), made.wheel(tmp_path, version="2.0")):
        stage.upload(each)
    assert isinstance(stage, Promotes)
    assert stage.can_promote(prod)
    stage.promote("Boat", V1, prod)
    hashes = {name: file.sha256 for name, file in stage.files("boat", V1).items()}
    assert {name: file.sha256 for name, file in prod.files("boat").items()} == hashes
    stage.promote("boat", V1, prod)  # 409 where it is not volatile, though the bytes are the same
    assert {name: file.sha256 for name, file in prod.files("boat").items()} == hashes


@pytest.mark.parametrize("volatile", [False, True])
def test_other_bytes_at_the_target_are_never_pushed_over(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str, volatile: bool
) -> None:
    stage = opened(devpi.new_index(f"{fresh}-stage"), tmp_path, environ)
    prod = opened(devpi.new_index(f"{fresh}-prod", volatile=volatile), tmp_path, environ)
    stage.upload(made.wheel(tmp_path / "a", payload=b"ours"))
    prod.upload(theirs := made.wheel(tmp_path / "b", payload=b"theirs"))
    with pytest.raises(IndexFailed, match="did not push boat") as raised:
        stage.promote("boat", V1, prod)
    assert theirs.filename in raised.value.what
    assert "stays" in raised.value.next
    assert prod.files("boat")[theirs.filename].sha256 == theirs.sha256


def test_a_push_that_is_not_allowed_says_who_has_to_be(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    stage = opened(devpi.new_index(f"{fresh}-stage"), tmp_path, environ)
    prod = opened(devpi.new_index(f"{fresh}-prod", acl_upload=["bob"]), tmp_path, environ)
    stage.upload(made.wheel(tmp_path))
    with pytest.raises(IndexFailed) as raised:
        stage.promote("boat", V1, prod)
    assert "acl_upload" in raised.value.next
    assert prod.files("boat") == {}


def test_files_of_a_base_cannot_be_pushed_and_that_is_told(
    devpi: DevpiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    base = opened(devpi.new_index(f"{fresh}-base"), tmp_path, environ)
    stage = opened(devpi.new_index(f"{fresh}-stage", bases=(f"alice/{fresh}-base",)), tmp_path, environ)
    prod = opened(devpi.new_index(f"{fresh}-prod"), tmp_path, environ)
    base.upload(made.wheel(tmp_path))
    with pytest.raises(IndexFailed, match="did not push") as raised:
        stage.promote("boat", V1, prod)
    assert "not in one of its bases" in raised.value.next


def test_nothing_is_pushed_to_another_server_or_kind(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    stage = opened("http://127.0.0.1:1/devpi/alice/stage", tmp_path, environ)
    assert stage.can_promote(opened("http://127.0.0.1:1/devpi/bob/prod", tmp_path, environ))
    assert not stage.can_promote(opened("http://127.0.0.1:2/devpi/bob/prod", tmp_path, environ))
    assert not stage.can_promote(opened("http://127.0.0.1:1/bob/prod", tmp_path, environ))
    assert not stage.can_promote(stage)
    folder = open_index(IndexConfig("y", "directory", {"path": "y"}), root=tmp_path, environ=environ)
    assert not stage.can_promote(folder)
