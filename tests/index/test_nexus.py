from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import uv
from packaging.version import Version
from tests.index import made
from tests.index.fakes.nexus import Asset, Nexus
from tests.index.opening import impatient, said
from tests.servers import PASSWORD

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, ConfigError, IndexFailed
from tagboat.index import Deletes, Hides, Yanks
from tagboat.index.kinds.nexus import NexusIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

V1 = Version("1.0")


@pytest.fixture
def fake() -> Iterator[Nexus]:
    with Nexus(PASSWORD).serving() as fake:
        yield fake


@pytest.fixture
def index(fake: Nexus, tmp_path: Path, environ: dict[str, str]) -> NexusIndex:
    return opened(fake.url, tmp_path, environ)


def opened(url: str, root: Path, environ: dict[str, str], repository: str = "boats", **at: str) -> NexusIndex:
    config = IndexConfig("x", "nexus", {"url": url, "repository": repository, **at})
    return impatient(NexusIndex, config, root, environ)


def test_its_powers_are_those_it_says(index: NexusIndex) -> None:
    assert isinstance(index, Deletes)
    assert not isinstance(index, (Yanks, Hides))


@pytest.mark.parametrize(
    "ending", ["", "/", "/repository/boats", "/repository/boats/simple/", "/repository/", "/service/rest/v1/assets"]
)
def test_every_form_of_the_url_comes_to_the_same_place(ending: str, tmp_path: Path) -> None:
    index = opened(f"https://h.example.com/nexus{ending}", tmp_path, {"HOME": str(tmp_path)}, group="all")
    assert index.upload_url == "https://h.example.com/nexus/repository/boats/"
    assert index.simple_url == "https://h.example.com/nexus/repository/all/simple/"
    assert index.reader.simple_url == "https://h.example.com/nexus/repository/boats/simple/"


def test_a_url_of_another_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two repositories: jars in its url, and boats"):
        opened("https://h.example.com/repository/jars/", tmp_path, {"HOME": str(tmp_path)}, group="all")


def test_a_token_without_its_user_is_told(tmp_path: Path) -> None:
    index = opened("https://h.example.com", tmp_path, {"HOME": str(tmp_path), "TAGBOAT_X_TOKEN": "t"})
    with pytest.raises(ConfigError, match="nothing says whose it is"):
        list(index.problems())


@pytest.mark.parametrize(("repository", "words"), [("all", "is a group repository"), ("jars", "of the format maven2")])
def test_a_repository_that_takes_no_uploads_is_told_before(
    fake: Nexus, tmp_path: Path, environ: dict[str, str], repository: str, words: str
) -> None:
    index = opened(fake.url, tmp_path, environ, repository)
    text = said(index)
    assert words in text
    assert "hosted" in text
    fake.browsable = False  # to some users nothing is told
    assert said(index) == ""
    with pytest.raises(IndexFailed, match="did not take"):
        opened(fake.url, tmp_path, environ, "all").upload(made.wheel(tmp_path))


def test_a_repository_that_is_missing_is_no_empty_one(fake: Nexus, tmp_path: Path, environ: dict[str, str]) -> None:
    index = opened(fake.url, tmp_path, environ, "absent")
    assert "has no such repository" in said(index)
    with pytest.raises(IndexFailed, match="cannot be read"):
        index.files("boat")


def test_a_group_that_nobody_could_install_from_is_told_before(
    fake: Nexus, tmp_path: Path, environ: dict[str, str]
) -> None:
    assert list(opened(fake.url, tmp_path, environ, group="all").problems()) == []
    assert "people could not install from" in said(opened(fake.url, tmp_path, environ, group="absent"))


def test_a_private_server_is_read_with_the_credential(
    index: NexusIndex, fake: Nexus, tmp_path: Path, environ: dict[str, str]
) -> None:
    fake.anonymous = False
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    assert index.fetch(index.files("boat")[wheel.filename], tmp_path / "got").is_file()
    nobody = opened(fake.url, tmp_path, {"HOME": environ["HOME"]})
    assert "401" in said(nobody)
    with pytest.raises(IndexFailed, match="401"):
        nobody.files("boat")


def test_what_a_group_shows_of_others_is_not_ours(fake: Nexus, tmp_path: Path, environ: dict[str, str]) -> None:
    index = opened(fake.url, tmp_path, environ, group="all")
    fake.proxied.append(Asset("x", "boat", "1.0", "packages/boat/1.0/boat-1.0.tar.gz", b"a stranger's"))
    index.upload(wheel := made.wheel(tmp_path))
    assert list(index.files("boat", V1)) == [wheel.filename]
    for command in made.installers(tmp_path / "target", "boat"):
        done = made.run_installer(command, index.install_environment(), tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


# -- duplicates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["ALLOW", "ALLOW_ONCE"])
@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_other_bytes_are_refused_before_they_are_sent(
    index: NexusIndex, fake: Nexus, tmp_path: Path, policy: str, algorithm: str
) -> None:
    fake.policy, fake.algorithm = policy, algorithm
    theirs, ours = made.wheel(tmp_path / "a", payload=b"theirs"), made.wheel(tmp_path / "b", payload=b"ours")
    index.upload(theirs)
    index.upload(theirs)
    with pytest.raises(Blocked, match=theirs.sha256):
        index.upload(ours)
    assert len(fake.posts()) == 1


def test_where_redeploy_is_forbidden_an_upload_that_came_twice_is_fine(
    index: NexusIndex, fake: Nexus, tmp_path: Path
) -> None:
    twine(index, (wheel := made.wheel(tmp_path)).path, tmp_path)
    fake.lingering = 1
    fake.old = {"boat": fake._page("boats", "nothing")}  # looked at just before somebody else's upload of the same
    index.upload(wheel)
    assert len(fake.posts()) == 2


def test_a_repository_that_is_read_only_says_so(index: NexusIndex, fake: Nexus, tmp_path: Path) -> None:
    fake.policy = "DENY"
    with pytest.raises(IndexFailed, match="Repository is read only"):
        index.upload(made.wheel(tmp_path))


# -- deleting -----------------------------------------------------------------------------------------------------


def test_single_files_are_deleted(index: NexusIndex, fake: Nexus, tmp_path: Path) -> None:
    ours, theirs = made.wheel(tmp_path, "Some.Boat"), made.sdist(tmp_path, "Some.Boat")
    for each in (ours, theirs, *(made.wheel(tmp_path, "Some.Boat", f"0.{n}") for n in range(12))):
        index.upload(each)
    fake.lingering = 2
    index.delete("some_boat", V1, [ours.filename, "never-1.0.tar.gz"])
    assert list(index.files("some-boat", V1)) == [theirs.filename]
    assert len(index.files("some-boat")) == 13
    index.upload(made.wheel(tmp_path / "new", "Some.Boat", payload=b"anew"))


def test_a_search_that_lags_is_waited_for_and_one_that_never_finds_is_told(
    index: NexusIndex, fake: Nexus, tmp_path: Path
) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    fake.searches_until_seen = 99
    with pytest.raises(IndexFailed, match="its search does not find them"):
        index.delete("boat", V1, [wheel.filename])
    assert list(index.files("boat")) == [wheel.filename]
    fake.searches_until_seen = 3
    index.delete("boat", V1, [wheel.filename])
    assert index.files("boat") == {}


def test_deleting_without_permission_or_credential_is_an_error(
    index: NexusIndex, fake: Nexus, tmp_path: Path, environ: dict[str, str]
) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    fake.may_delete = False
    with pytest.raises(IndexFailed, match="did not delete") as raised:
        index.delete("boat", V1, [wheel.filename])
    assert "403" in raised.value.why
    with pytest.raises(IndexFailed, match="401"):
        opened(fake.url, tmp_path, {"HOME": environ["HOME"]}).delete("boat", V1, [wheel.filename])


def test_pages_that_never_forget_and_searches_that_fail_are_told(
    index: NexusIndex, fake: Nexus, tmp_path: Path
) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    fake.lingering = 99
    with pytest.raises(IndexFailed, match="still shows"):
        index.delete("boat", V1, [wheel.filename])
    index.api = f"{fake.url}/repository/absent"
    with pytest.raises(IndexFailed, match="cannot be searched"):
        index.delete("boat", V1, [wheel.filename])
    fake.violations.clear()  # the address was made wrong on purpose


# -- other clients ------------------------------------------------------------------------------------------------


def twine(index: NexusIndex, path: Path, home: Path) -> None:
    environment = {**os.environ, "HOME": str(home), "TWINE_USERNAME": "alice", "TWINE_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "twine", "upload", "--repository-url", index.upload_url, str(path)]
    subprocess.run(command, env=environment, capture_output=True, check=True)


def test_uv_uploads_to_the_fake(index: NexusIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    environment = {**os.environ, "HOME": str(tmp_path), "UV_PUBLISH_USERNAME": "alice", "UV_PUBLISH_PASSWORD": PASSWORD}
    command = [uv.find_uv_bin(), "publish", "--no-config", "--publish-url", index.upload_url, str(wheel.path)]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256
