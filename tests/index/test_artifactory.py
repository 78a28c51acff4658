from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import uv
from packaging.version import Version
from tests.index import made
from tests.index.fakes.artifactory import Artifactory, Stored
from tests.index.opening import impatient, said
from tests.index.scripted import page, scripted
from tests.servers import PASSWORD

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, ConfigError, IndexFailed, Irreversible
from tagboat.index import Deletes, Hides, Yanks
from tagboat.index.kinds.artifactory import ArtifactoryIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tagboat.distribution import Distribution

V1 = Version("1.0")


@pytest.fixture
def fake() -> Iterator[Artifactory]:
    with Artifactory(PASSWORD).serving() as fake:
        yield fake


@pytest.fixture
def index(fake: Artifactory, tmp_path: Path, environ: dict[str, str]) -> ArtifactoryIndex:
    return opened(f"{fake.url}/artifactory/api/pypi/boats", tmp_path, environ)


def opened(url: str, root: Path, environ: dict[str, str], **at: str) -> ArtifactoryIndex:
    return impatient(ArtifactoryIndex, IndexConfig("x", "artifactory", {"url": url, **at}), root, environ)


def test_its_powers_are_those_it_says(index: ArtifactoryIndex) -> None:
    assert isinstance(index, Deletes)
    assert not isinstance(index, (Yanks, Hides))


@pytest.mark.parametrize("ending", ["", "/", "/simple", "/simple/", "/simple/boat/"])
@pytest.mark.parametrize("server", ["https://h.example.com/artifactory", "https://h.example.com"])
def test_the_url_to_install_from_is_put_right(server: str, ending: str, tmp_path: Path) -> None:
    index = opened(f"{server}/api/pypi/pypi-local{ending}", tmp_path, {"HOME": str(tmp_path)})
    assert index.upload_url == f"{server}/api/pypi/pypi-local"
    assert index.simple_url == f"{server}/api/pypi/pypi-local/simple/"


@pytest.mark.parametrize("url", ["https://h.example.com/artifactory/pypi-local", "https://h.example.com/ui/repos"])
def test_a_url_of_something_else_is_refused_with_the_right_form(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not the URL of an Artifactory PyPI repository") as raised:
        opened(url, tmp_path, {"HOME": str(tmp_path)})
    assert "/api/pypi/" in raised.value.next


# -- who comes ----------------------------------------------------------------------------------------------------


def access_token(subject: object) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": subject, "scp": "applied-permissions/user"}).encode())
    return f"eyJhbGciOiJSUzI1NiJ9.{claims.decode().rstrip('=')}.c2ln"


def test_an_access_token_tells_its_user(fake: Artifactory, tmp_path: Path) -> None:
    token = access_token("jfac@01abc/users/ada")
    fake.users = {"ada": token}
    for name in ("ARTIFACTORY_TOKEN", "TAGBOAT_X_TOKEN"):
        index = opened(f"{fake.url}/artifactory/api/pypi/boats", tmp_path, {"HOME": str(tmp_path), name: token})
        assert list(index.problems()) == []
        index.upload(made.wheel(tmp_path))


@pytest.mark.parametrize(
    "token", ["cmVmdGtuOjAx", "a.b.c", access_token("jfrt@01/services/x"), access_token(7), "a.WzFd.c"]
)
def test_any_other_token_comes_with_a_user_name_or_not_at_all(token: str, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "ARTIFACTORY_TOKEN": token}
    index = opened("https://h.example.com/artifactory/api/pypi/boats", tmp_path, environ)
    with pytest.raises(ConfigError, match="nothing says whose it is") as raised:
        list(index.problems())
    assert "TAGBOAT_X_USERNAME" in raised.value.next


def test_the_user_token_is_told_to_be_none(fake: Artifactory, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "TAGBOAT_X_TOKEN": "t-secret", "TAGBOAT_X_USERNAME": "__token__"}
    index = opened(f"{fake.url}/artifactory/api/pypi/boats", tmp_path, environ)
    text = said(index)
    assert "knows no user __token__" in text
    assert "401" in text
    assert "t-secret" not in text
    with pytest.raises(IndexFailed, match="401") as raised:
        index.upload(made.wheel(tmp_path))
    assert "TAGBOAT_X_USERNAME" in raised.value.next


def test_a_repository_that_is_missing_is_told_and_an_empty_one_is_fine(
    fake: Artifactory, tmp_path: Path, environ: dict[str, str], index: ArtifactoryIndex
) -> None:
    assert list(index.problems()) == []
    absent = opened(f"{fake.url}/artifactory/api/pypi/absent", tmp_path, environ)
    assert "has no such repository" in said(absent)
    with pytest.raises(IndexFailed, match="cannot be read"):
        absent.files("boat")


# -- it overwrites ------------------------------------------------------------------------------------------------


def test_the_fake_overwrites_as_the_server_does_and_tagboat_refuses_before(
    index: ArtifactoryIndex, fake: Artifactory, tmp_path: Path
) -> None:
    theirs, ours = made.wheel(tmp_path / "a", payload=b"theirs"), made.wheel(tmp_path / "b", payload=b"ours")
    twine(index, theirs.path, tmp_path)
    twine(index, theirs.path, tmp_path)  # and again: it takes whatever comes
    with pytest.raises(Blocked, match="other bytes"):
        index.upload(ours)
    assert [each.content for each in fake.stored] == [theirs.path.read_bytes()]


@pytest.mark.parametrize("hides", [False, True])
def test_who_may_write_but_not_read_uploads_nothing(
    index: ArtifactoryIndex,
    fake: Artifactory,
    tmp_path: Path,
    hides: bool,
) -> None:
    """A page that is refused, and one that is only hidden behind a 404, prove nothing of what is there."""
    index.upload(made.wheel(tmp_path))
    fake.may_read, fake.hides = False, hides
    with pytest.raises(IndexFailed, match="cannot be read"):
        index.upload(made.wheel(tmp_path / "b", payload=b"other"))
    with pytest.raises(IndexFailed, match="cannot be read"):
        index.upload(made.sdist(tmp_path))
    assert len(fake.posts()) == 1
    assert said(index)


def test_where_nobody_may_delete_a_duplicate_is_403_and_the_bytes_decide(
    index: ArtifactoryIndex, fake: Artifactory, tmp_path: Path
) -> None:
    fake.may_delete = False
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    fake.lag = 1  # the page does not show it yet, so it is sent again
    fake.before = {"boats/boat": fake._page("boats/nothing")}
    index.upload(wheel)
    assert len(fake.posts()) == 2
    fake.lag = 2
    with pytest.raises(IndexFailed, match="Not enough permissions to delete/overwrite"):
        index.upload(wheel)


# -- hashes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("knows", [True, False])
def test_an_old_page_with_md5_alone_is_enough(
    index: ArtifactoryIndex,
    fake: Artifactory,
    tmp_path: Path,
    knows: bool,
) -> None:
    fake.algorithm, fake.knows_sha256 = "md5", knows
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    assert index.files("boat", V1)[wheel.filename].sha256 == (wheel.sha256 if knows else None)
    assert index.files("boat")[wheel.filename].sha256 is None  # not asked for the whole history
    index.upload(wheel)
    assert len(fake.posts()) == 1
    with pytest.raises(Blocked, match=wheel.sha256):
        index.upload(made.wheel(tmp_path / "b", payload=b"other"))


def test_a_link_to_another_address_is_not_followed_for_its_hash(tmp_path: Path, environ: dict[str, str]) -> None:
    with scripted(lambda _: page({"boat-1.0-py3-none-any.whl": None})) as server:
        index = opened(f"{server.url}/api/pypi/boats", tmp_path, environ)
        with pytest.raises(IndexFailed, match="not its own"):
            index.files("boat", V1)


# -- deleting -----------------------------------------------------------------------------------------------------


def test_single_files_are_deleted_though_pages_lag(index: ArtifactoryIndex, fake: Artifactory, tmp_path: Path) -> None:
    ours, theirs = made.wheel(tmp_path), made.sdist(tmp_path)
    index.upload(ours)
    index.upload(theirs)
    fake.lag = 3
    fake.before = {}
    index.delete("boat", V1, [ours.filename, "never-1.0.tar.gz"])
    assert fake.lag == 0
    assert list(index.files("boat")) == [theirs.filename]
    index.upload(made.wheel(tmp_path / "b", payload=b"anew"))
    fake._keep_pages()
    fake.lag = 99
    with pytest.raises(IndexFailed, match="still shows"):
        index.delete("boat", V1, [ours.filename])


@pytest.mark.parametrize("kind", [made.wheel, made.sdist])
def test_what_no_page_shows_yet_is_deleted_too(
    index: ArtifactoryIndex, fake: Artifactory, tmp_path: Path, kind: Callable[..., Distribution]
) -> None:
    distribution = kind(tmp_path, "Some-Boat")
    fake.before = {"boats/some-boat": fake._page("boats/some-boat")}
    index.upload(distribution)
    fake.lag = 1
    index.delete("Some_Boat", V1, [distribution.filename])
    assert fake.stored == []


def test_by_a_virtual_repository_a_file_is_deleted_where_it_lies(
    fake: Artifactory, tmp_path: Path, environ: dict[str, str]
) -> None:
    index = opened(f"{fake.url}/artifactory/api/pypi/all", tmp_path, environ)
    wheel, sdist = made.wheel(tmp_path), made.sdist(tmp_path)
    index.upload(wheel)
    cached = Stored("outside-cache", f"boat/1.0/{sdist.filename}", sdist.path.read_bytes())
    fake.stored.append(cached)
    index.delete("boat", V1, [wheel.filename])
    with pytest.raises(Irreversible, match=sdist.filename):
        index.delete("boat", V1, [sdist.filename])
    assert fake.stored == [cached]


def test_people_install_from_a_virtual_repository_and_own_files_are_looked_for_in_the_local_one(
    fake: Artifactory, tmp_path: Path, environ: dict[str, str]
) -> None:
    every = f"{fake.url}/artifactory/api/pypi/all/simple/"
    index = opened(f"{fake.url}/artifactory/api/pypi/boats", tmp_path, environ, **{"simple-url": every})
    sdist = made.sdist(tmp_path)
    fake.stored.append(Stored("outside-cache", f"boat/1.0/{sdist.filename}", b"a stranger's"))
    assert index.simple_url == every
    assert index.files("boat", V1) == {}


def test_deleting_without_permission_is_an_error(index: ArtifactoryIndex, fake: Artifactory, tmp_path: Path) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    fake.may_delete = False
    with pytest.raises(IndexFailed, match="Not enough permissions"):
        index.delete("boat", V1, [wheel.filename])
    assert list(index.files("boat")) == [wheel.filename]


def test_a_file_that_is_gone_behind_a_stale_page_is_no_error_and_a_refusal_is(
    index: ArtifactoryIndex, fake: Artifactory, tmp_path: Path
) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    fake._keep_pages()
    fake.stored.clear()
    fake.lag = 1
    index.delete("boat", V1, [wheel.filename])
    assert all(asked.method != "DELETE" for asked in fake.asked)


# -- other clients ------------------------------------------------------------------------------------------------


def twine(index: ArtifactoryIndex, path: Path, home: Path) -> None:
    environment = {**os.environ, "HOME": str(home), "TWINE_USERNAME": "alice", "TWINE_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "twine", "upload", "--repository-url", index.upload_url, str(path)]
    subprocess.run(command, env=environment, capture_output=True, check=True)


def test_uv_uploads_to_the_fake(index: ArtifactoryIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    environment = {**os.environ, "HOME": str(tmp_path), "UV_PUBLISH_USERNAME": "alice", "UV_PUBLISH_PASSWORD": PASSWORD}
    command = [uv.find_uv_bin(), "publish", "--no-config", "--publish-url", index.upload_url, str(wheel.path)]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256
