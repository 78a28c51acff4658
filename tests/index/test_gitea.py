from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import uv
from packaging.version import Version
from tests.index import made
from tests.index.fakes.gitea import Gitea
from tests.index.opening import impatient, said
from tests.servers import PASSWORD

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, ConfigError, IndexFailed, Irreversible
from tagboat.index import Deletes, Hides, Yanks
from tagboat.index.kinds.gitea import GiteaIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

V1 = Version("1.0")


@pytest.fixture
def fake() -> Iterator[Gitea]:
    with Gitea(PASSWORD).serving() as fake:
        yield fake


@pytest.fixture
def index(fake: Gitea, tmp_path: Path, environ: dict[str, str]) -> GiteaIndex:
    return opened(fake.url, tmp_path, environ)


def opened(url: str, root: Path, environ: dict[str, str], owner: str = "crew") -> GiteaIndex:
    return impatient(GiteaIndex, IndexConfig("x", "gitea", {"url": url, "owner": owner}), root, environ)


def test_its_powers_are_those_it_says(index: GiteaIndex) -> None:
    assert isinstance(index, Deletes)
    assert not isinstance(index, (Yanks, Hides))


@pytest.mark.parametrize(
    "ending",
    ["", "/", "/api/packages/crew/pypi", "/api/packages/crew/pypi/simple/", "/api/v1", "/api/v1/packages/crew"],
)
def test_every_form_of_the_url_comes_to_the_same_place(ending: str, tmp_path: Path) -> None:
    index = opened(f"https://git.example.com/forge{ending}", tmp_path, {"HOME": str(tmp_path)})
    assert index.upload_url == "https://git.example.com/forge/api/packages/crew/pypi"
    assert index.simple_url == "https://git.example.com/forge/api/packages/crew/pypi/simple/"


def test_a_url_of_another_owner_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="two owners: fleet in its url, and crew"):
        opened("https://git.example.com/api/packages/fleet/pypi", tmp_path, {"HOME": str(tmp_path)})
    assert opened("https://git.example.com/api/packages/Crew/pypi", tmp_path, {"HOME": str(tmp_path)}).upload_url


def test_a_token_needs_no_user_name(fake: Gitea, tmp_path: Path) -> None:
    index = opened(fake.url, tmp_path, {"HOME": str(tmp_path), "TAGBOAT_X_TOKEN": PASSWORD})
    assert list(index.problems()) == []
    index.upload(made.wheel(tmp_path))


def test_an_owner_that_is_not_shown_has_no_empty_registry(fake: Gitea, tmp_path: Path, environ: dict[str, str]) -> None:
    index = opened(fake.url, tmp_path, environ, "nobody")
    assert "knows no such owner" in said(index)
    with pytest.raises(IndexFailed, match="cannot be read"):
        index.files("boat")


def test_a_private_owner_is_read_with_the_credential(
    index: GiteaIndex, fake: Gitea, tmp_path: Path, environ: dict[str, str]
) -> None:
    fake.public = False
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    assert index.fetch(index.files("boat")[wheel.filename], tmp_path / "got").is_file()
    nobody = opened(fake.url, tmp_path, {"HOME": environ["HOME"]})
    assert "401" in said(nobody)
    with pytest.raises(IndexFailed, match="401"):
        nobody.files("boat")


@pytest.mark.parametrize("forgejo", [False, True])
def test_gitea_and_forgejo_show_the_same(index: GiteaIndex, fake: Gitea, tmp_path: Path, forgejo: bool) -> None:
    fake.forgejo = forgejo
    wheel = made.wheel(tmp_path, "Some.Boat")
    index.upload(wheel)
    index.upload(wheel)
    (file,) = index.files("some-boat").values()
    assert (file.sha256, file.size) == (wheel.sha256, wheel.size if forgejo else None)
    with pytest.raises(Blocked):
        index.upload(made.wheel(tmp_path / "b", "Some.Boat", payload=b"other"))
    assert len(fake.posts()) == 1


@pytest.mark.parametrize("forgejo", [False, True])
def test_a_duplicate_is_400_or_409_and_the_bytes_decide(
    index: GiteaIndex, fake: Gitea, tmp_path: Path, forgejo: bool
) -> None:
    fake.forgejo = forgejo
    wheel = made.wheel(tmp_path)
    twine(index, wheel.path, tmp_path)
    fake.lingering, fake.old = 1, {"boat": fake._page("nothing", wants_json=False)}
    index.upload(wheel)
    assert len(fake.posts()) == 2


def test_a_hash_that_very_old_servers_spell_wrong_is_counted(index: GiteaIndex, fake: Gitea, tmp_path: Path) -> None:
    fake.broken_hash = True
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    assert index.files("boat")[wheel.filename].sha256 is None
    index.upload(wheel)
    with pytest.raises(Blocked, match=wheel.sha256):
        index.upload(made.wheel(tmp_path / "b", payload=b"other"))


def test_a_quota_is_told(index: GiteaIndex, fake: Gitea, tmp_path: Path) -> None:
    fake.quota = True
    with pytest.raises(IndexFailed, match="maximum allowed package type size"):
        index.upload(made.wheel(tmp_path))


# -- deleting -----------------------------------------------------------------------------------------------------


def test_a_version_is_deleted_by_every_spelling_it_has(index: GiteaIndex, fake: Gitea, tmp_path: Path) -> None:
    files = [
        made.wheel(tmp_path, "Some.Boat"),
        made.sdist(tmp_path, "Some.Boat"),
        made.wheel(tmp_path, "Some.Boat", "1.0.0"),
    ]
    other = made.wheel(tmp_path, "Some.Boat", "1.0.1")
    for each in (*files, other):
        index.upload(each)
    fake.lingering = 2
    index.delete("some_boat", V1, [*(each.filename for each in files), "never-1.0.tar.gz"])
    assert list(index.files("some-boat")) == [other.filename]
    index.upload(made.wheel(tmp_path / "new", "Some.Boat", payload=b"anew"))


def test_nothing_is_deleted_when_somebody_elses_file_would_go_too(
    index: GiteaIndex, fake: Gitea, tmp_path: Path
) -> None:
    ours, theirs, apart = made.wheel(tmp_path), made.sdist(tmp_path), made.wheel(tmp_path, version="1.0.0")
    for each in (ours, theirs, apart):
        index.upload(each)
    with pytest.raises(Irreversible, match=theirs.filename):
        index.delete("boat", V1, [ours.filename, apart.filename])
    assert len(fake.stored) == 3
    index.delete("boat", V1, [apart.filename])  # the same version, but a package of its own
    assert index.files("boat").keys() == {ours.filename, theirs.filename}


def test_deleting_without_permission_or_credential_is_an_error(
    index: GiteaIndex, fake: Gitea, tmp_path: Path, environ: dict[str, str]
) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    with pytest.raises(IndexFailed, match="401"):
        opened(fake.url, tmp_path, {"HOME": environ["HOME"]}).delete("boat", V1, [wheel.filename])
    fake.may_write = False
    with pytest.raises(IndexFailed, match="required scope") as raised:
        index.delete("boat", V1, [wheel.filename])
    assert "TAGBOAT_X_USERNAME" in raised.value.next
    fake.may_write, fake.lingering = True, 99
    with pytest.raises(IndexFailed, match="still shows"):
        index.delete("boat", V1, [wheel.filename])


# -- other clients ------------------------------------------------------------------------------------------------


def twine(index: GiteaIndex, path: Path, home: Path) -> None:
    environment = {**os.environ, "HOME": str(home), "TWINE_USERNAME": "alice", "TWINE_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "twine", "upload", "--repository-url", index.upload_url, str(path)]
    subprocess.run(command, env=environment, capture_output=True, check=True)


def test_uv_uploads_to_the_fake(index: GiteaIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    environment = {**os.environ, "HOME": str(tmp_path), "UV_PUBLISH_USERNAME": "alice", "UV_PUBLISH_PASSWORD": PASSWORD}
    command = [uv.find_uv_bin(), "publish", "--no-config", "--publish-url", index.upload_url, str(wheel.path)]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256
