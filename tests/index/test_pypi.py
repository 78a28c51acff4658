"""PyPI and TestPyPI: their addresses, their tokens, and what only an owner's hand can do."""

from __future__ import annotations

import subprocess
import sys
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pypi_simple
import pytest
import twine.utils
from packaging.version import Version
from tests.index import made
from tests.index.fakes.contract import Reply
from tests.index.fakes.warehouse import Warehouse
from tests.index.scripted import scripted

from tagboat.config import IndexConfig
from tagboat.errors import ConfigError, IndexFailed
from tagboat.index import Deletes, Hides, Promotes, WithdrawnByHand, Yanks, open_index
from tagboat.index.kinds import pypi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagboat.index.kinds.pypi import PyPIIndex

V1 = Version("1.0")


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse().serving() as fake:
        yield fake


def opened(home: Path, kind: str = "pypi", at: dict[str, str] | None = None, **environ: str) -> PyPIIndex:
    config = IndexConfig("x", kind, at or {})
    index: PyPIIndex = open_index(config, root=home, environ={"HOME": str(home), **environ})  # type: ignore[assignment]
    return index


def of(warehouse: Warehouse) -> dict[str, str]:
    return {"upload-url": f"{warehouse.url}/legacy/", "simple-url": f"{warehouse.url}/simple/"}


def macaroon(host: str) -> str:
    body = b"\x02\x01" + bytes([len(host)]) + host.encode() + b"the rest of it"
    return "pypi-" + urlsafe_b64encode(body).decode().rstrip("=")


@pytest.mark.parametrize(
    ("kind", "upload", "simple"),
    [
        ("pypi", twine.utils.DEFAULT_REPOSITORY, pypi_simple.PYPI_SIMPLE_ENDPOINT),
        ("testpypi", twine.utils.TEST_REPOSITORY, ""),
    ],
)
def test_the_addresses_are_those_that_other_tools_know(tmp_path: Path, kind: str, upload: str, simple: str) -> None:
    index = opened(tmp_path, kind)
    assert index.upload_url == upload
    assert index.reader.simple_url == index.simple_url
    assert urlsplit(index.pages).path == "/"
    if simple:
        assert index.simple_url == simple
    assert pypi.known_urls(kind) == (upload.rstrip("/"), index.simple_url.rstrip("/"))


def test_opening_contacts_nobody_and_asks_for_nothing(tmp_path: Path) -> None:
    index = opened(tmp_path)
    assert index.client.login.known == ()


WITHOUT = """
import sys
sys.modules["pip._internal.models.index"] = None
from tagboat.config import IndexConfig
from tagboat.errors import ConfigError
from tagboat.index.kinds import pypi
at = {"upload-url": "https://w.example/legacy/", "simple-url": "https://w.example/simple/"}
print(pypi.place(IndexConfig("x", "pypi", at)))
print(pypi.known_urls("pypi"))
try:
    pypi.place(IndexConfig("x", "pypi", {}))
except ConfigError as error:
    print(error)
"""


def test_a_pip_that_does_not_tell_where_it_is_leaves_it_to_the_configuration() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    place, known, error, advice = done.stdout.splitlines()
    assert known == "()"
    assert "https://w.example/legacy/" in place
    assert error == "this pip does not tell where pypi is"
    assert "upload-url and simple-url" in advice


def test_a_mirror_is_installed_from_and_not_read(tmp_path: Path) -> None:
    index = opened(tmp_path, at={"simple-url": "https://mirror.example/simple"})
    assert index.simple_url == "https://mirror.example/simple/"
    assert index.upload_url == opened(tmp_path).upload_url
    assert index.reader.simple_url == opened(tmp_path).simple_url
    assert index.pages == opened(tmp_path).pages


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_own_upload_url_may_be_said(tmp_path: Path, slash: str) -> None:
    own = opened(tmp_path)
    given = own.upload_url.rstrip("/") + slash
    assert opened(tmp_path, at={"upload-url": given}).upload_url == own.upload_url
    assert opened(tmp_path, at={"simple-url": given}).simple_url == own.simple_url


def test_an_upload_url_gets_the_slash_without_which_it_only_redirects(tmp_path: Path, warehouse: Warehouse) -> None:
    index = opened(tmp_path, at={"upload-url": f"{warehouse.url}/legacy", "simple-url": f"{warehouse.url}/simple"})
    assert index.upload_url == f"{warehouse.url}/legacy/"


def test_an_upload_url_alone_is_half_of_a_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no simple-url") as raised:
        opened(tmp_path, at={"upload-url": "https://warehouse.example/legacy/"})
    assert "Add simple-url" in raised.value.next


def test_a_url_to_install_from_takes_no_uploads(tmp_path: Path) -> None:
    at = {"upload-url": "https://warehouse.example/simple/", "simple-url": "https://warehouse.example/simple/"}
    with pytest.raises(ConfigError, match="is one to install from"):
        opened(tmp_path, at=at)


def test_a_place_that_takes_no_uploads_is_told(tmp_path: Path) -> None:
    with scripted(lambda _: Reply(405, b"", reason="Method Not Allowed")) as server:
        at = {"upload-url": f"{server.url}/", "simple-url": f"{server.url}/simple/"}
        problems = list(opened(tmp_path, at=at, TAGBOAT_X_TOKEN="pypi-a").problems())
    assert problems[0].what == f"{server.url}/ is not where x takes uploads"
    assert "upload-url" in problems[0].next


def test_an_index_that_is_down_is_told(tmp_path: Path) -> None:
    with scripted(lambda _: Reply(503)) as server:
        index = opened(
            tmp_path, at={"upload-url": f"{server.url}/legacy/", "simple-url": server.url}, TAGBOAT_X_TOKEN="pypi-a"
        )
        problems = list(index.problems())
        assert len(server.posts()) == 3
    assert problems[0].what == "x cannot be reached"


def test_a_token_is_proved_without_a_file(tmp_path: Path, warehouse: Warehouse) -> None:
    good, bad = warehouse.user_token(), macaroon("fake.example")
    assert list(opened(tmp_path, at=of(warehouse), TAGBOAT_X_TOKEN=good).problems()) == []
    problems = list(opened(tmp_path, at=of(warehouse), TAGBOAT_X_TOKEN=bad).problems())
    assert problems[0].what == "x does not take the credential"
    assert "Invalid or non-existent authentication" in problems[0].why
    assert bad not in repr(problems)
    assert all(b"multipart" not in each.body for each in warehouse.posts())
    assert warehouse.held == {}


def test_a_token_of_the_other_index_is_told_before_it_is_sent(tmp_path: Path) -> None:
    own, other = opened(tmp_path), opened(tmp_path, "testpypi")
    host = urlsplit(other.pages).netloc
    problems = list(opened(tmp_path, TAGBOAT_X_TOKEN=macaroon(host)).problems())
    assert problems[0].what == f"the token is one for {host}, and x is {urlsplit(own.pages).netloc}"


def test_what_is_no_token_is_told_before_it_is_sent(tmp_path: Path, warehouse: Warehouse) -> None:
    problems = list(opened(tmp_path, at=of(warehouse), TAGBOAT_X_TOKEN="ghp_nobody-x7").problems())
    assert problems[0].what.startswith("what should be the token for x is none")
    assert "ghp_nobody-x7" not in repr(problems)
    assert warehouse.posts() == []


def test_the_password_of_a_user_is_told_before_it_is_sent(tmp_path: Path, warehouse: Warehouse) -> None:
    index = opened(tmp_path, at=of(warehouse), TAGBOAT_X_USERNAME="ada", TAGBOAT_X_PASSWORD="hunter2-x7")
    problems = list(index.problems())
    assert "takes tokens only, with the user __token__" in problems[0].what
    assert warehouse.posts() == []


@pytest.mark.parametrize("token", ["pypi-", "pypi-AgE", "pypi-####", "pypi-AwEIcHlwaS5vcmc"])
def test_a_token_that_does_not_say_for_whom_it_is_may_be_right(
    tmp_path: Path, warehouse: Warehouse, token: str
) -> None:
    warehouse.accept(token)
    assert list(opened(tmp_path, at=of(warehouse), TAGBOAT_X_TOKEN=token).problems()) == []


def test_it_withdraws_by_an_owners_hand_and_has_no_other_power(tmp_path: Path) -> None:
    index = opened(tmp_path)
    assert isinstance(index, WithdrawnByHand)
    assert not isinstance(index, (Yanks, Hides, Deletes, Promotes))
    assert index.withdraw_page("Tide_Watch", V1) == f"{index.pages}manage/project/tide-watch/releases/"
    steps = "\n".join(index.withdraw_steps("tide-watch", V1, "sinks"))
    assert "Options in the row of 1.0, then Yank" in steps
    assert "Not Delete" in steps
    assert "Write as the reason: sinks" in steps


@pytest.mark.parametrize("html", [False, True])
def test_what_an_owner_yanked_is_seen(tmp_path: Path, warehouse: Warehouse, *, html: bool) -> None:
    index = opened(tmp_path, at=of(warehouse), TAGBOAT_X_TOKEN=warehouse.user_token())
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    assert not index.files("boat", V1)[wheel.filename].yanked
    warehouse.yank("boat", "1.0", "sinks")
    warehouse.html_only = html
    listed = index.files("boat", V1)[wheel.filename]
    assert (listed.yanked, listed.yanked_reason, listed.sha256) == (True, "sinks", wheel.sha256)
    assert (listed.uploaded is None) == html


def test_a_name_that_was_deleted_stays_burnt(tmp_path: Path, warehouse: Warehouse) -> None:
    index = opened(tmp_path, at=of(warehouse), TAGBOAT_X_TOKEN=warehouse.user_token())
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    warehouse.delete(wheel.filename)
    with pytest.raises(IndexFailed, match="previously used by a file that has since been deleted"):
        index.upload(wheel)


def test_installing_takes_no_token_along(tmp_path: Path, warehouse: Warehouse) -> None:
    token = warehouse.user_token()
    environment = opened(tmp_path, at=of(warehouse), TAGBOAT_X_TOKEN=token).install_environment()
    assert set(environment.values()) == {f"{warehouse.url}/simple/"}
