from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import uv
from packaging.version import Version
from tests.index import made
from tests.index.cases.cloudsmith import at
from tests.index.fakes.cloudsmith import Cloudsmith, Package
from tests.index.opening import impatient, said
from tests.index.scripted import Asked, Reply, scripted
from tests.servers import PASSWORD

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, ConfigError, IndexFailed, NotVisible
from tagboat.index import Deletes, Hides, Yanks
from tagboat.index.kinds.cloudsmith import CloudsmithIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

V1 = Version("1.0")


@pytest.fixture
def fake() -> Iterator[Cloudsmith]:
    with Cloudsmith(PASSWORD).serving() as fake:
        yield fake


@pytest.fixture
def index(fake: Cloudsmith, tmp_path: Path, environ: dict[str, str]) -> CloudsmithIndex:
    return opened(at(fake.url), tmp_path, environ)


def opened(keys: dict[str, str], root: Path, environ: dict[str, str]) -> CloudsmithIndex:
    return impatient(CloudsmithIndex, IndexConfig("x", "cloudsmith", keys), root, environ)


def test_its_powers_are_those_it_says(index: CloudsmithIndex) -> None:
    assert isinstance(index, Hides)
    assert isinstance(index, Deletes)
    assert not isinstance(index, Yanks)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "https://python.cloudsmith.io",
        "https://python.cloudsmith.io/crew/boats/",
        "https://dl.cloudsmith.io/basic/crew/boats/python/simple/",
    ],
)
@pytest.mark.parametrize("access", ["basic", "public", None])
def test_the_two_urls_come_from_owner_and_repository(url: str | None, access: str | None, tmp_path: Path) -> None:
    keys = {"owner": "crew", "repository": "boats"}
    keys |= {key: text for key, text in {"url": url, "access": access}.items() if text}
    index = opened(keys, tmp_path, {"HOME": str(tmp_path)})
    assert index.upload_url == "https://python.cloudsmith.io/crew/boats/"
    assert index.simple_url == f"https://dl.cloudsmith.io/{access or 'basic'}/crew/boats/python/simple/"
    assert index.packages.url == "https://api.cloudsmith.io/packages/crew/boats/"


def test_an_access_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="access of x is private"):
        opened({"owner": "crew", "repository": "boats", "access": "private"}, tmp_path, {"HOME": str(tmp_path)})


@pytest.mark.parametrize(("url", "known"), [(None, True), ("https://packages.example.com", False)])
def test_the_usual_variable_counts_for_cloudsmith_alone(url: str | None, known: bool, tmp_path: Path) -> None:
    keys = {"owner": "crew", "repository": "boats", **({"url": url} if url else {})}
    index = opened(keys, tmp_path, {"HOME": str(tmp_path), "CLOUDSMITH_API_KEY": "k"})
    credential = index.client.credential
    assert (credential is not None) == known
    assert credential is None or (credential.username, credential.password) == ("token", "k")


def test_a_public_repository_is_installed_from_without_a_credential(tmp_path: Path, environ: dict[str, str]) -> None:
    keys = {"owner": "crew", "repository": "boats"}
    public = opened({**keys, "access": "public"}, tmp_path, environ)
    assert set(public.install_environment().values()) == {public.simple_url}
    assert "alice:" in opened(keys, tmp_path, environ).install_environment()["PIP_INDEX_URL"]


def test_a_private_repository_is_read_with_the_key(
    index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path, environ: dict[str, str]
) -> None:
    fake.public = False
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    assert index.fetch(index.files("boat")[wheel.filename], tmp_path / "got").is_file()
    nobody = opened(at(fake.url), tmp_path, {"HOME": environ["HOME"]})
    assert said(nobody).count("401") == 2
    with pytest.raises(IndexFailed, match="401"):
        nobody.upload(made.sdist(tmp_path))


def test_a_repository_that_is_missing_is_told(fake: Cloudsmith, tmp_path: Path, environ: dict[str, str]) -> None:
    index = opened({**at(fake.url), "repository": "ships"}, tmp_path, environ)
    assert "has no such repository" in said(index)
    with pytest.raises(IndexFailed, match="its list of packages"):
        index.upload(made.wheel(tmp_path))
    assert fake.posts() == []


# -- taken at once, worked on later -------------------------------------------------------------------------------


@pytest.mark.parametrize("work", [1, 4])
def test_an_upload_ends_when_cloudsmith_has_done_its_work(
    index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path, work: int
) -> None:
    fake.work = work
    index.upload(wheel := made.wheel(tmp_path))
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256


def test_work_that_takes_very_long_is_left_to_whoever_waits_for_the_page(
    index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path
) -> None:
    fake.work = 40
    index.upload(wheel := made.wheel(tmp_path))
    assert index.files("boat") == {}
    index.upload(wheel)  # it is known by its bytes, though no page shows it
    assert len(fake.posts()) == 1


def test_a_lost_answer_is_decided_by_what_is_worked_on(
    index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path
) -> None:
    fake.work = 3
    wheel = made.wheel(tmp_path)
    twine(index, wheel.path, tmp_path)
    index.upload(wheel)
    assert len(fake.posts()) == 1
    assert list(index.files("boat")) == [wheel.filename]


def test_a_file_that_cloudsmith_cannot_use_is_told_and_cleared_away(
    index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path
) -> None:
    fake.rejects = "Metadata is missing."
    with pytest.raises(IndexFailed, match="and then could not use it") as raised:
        index.upload(made.wheel(tmp_path))
    assert raised.value.why == "Metadata is missing."
    assert fake.packages == []


@pytest.mark.parametrize("same", [True, False])
def test_who_comes_second_is_told_and_leaves_no_broken_entry(
    fake: Cloudsmith, tmp_path: Path, environ: dict[str, str], same: bool
) -> None:
    """Somebody else's upload comes between our look and ours: Cloudsmith takes both and then breaks one."""
    wheel = made.wheel(tmp_path)
    theirs = wheel.path.read_bytes() if same else b"theirs"

    def answer(asked: Asked) -> Reply | None:
        if asked.method == "POST":
            fake.packages.append(Package("theirs", "boat", wheel.filename, theirs, 0))
        return fake(asked)

    with scripted(answer) as server:
        racing = opened(at(server.url), tmp_path, environ)
        if same:
            racing.upload(wheel)
        else:
            with pytest.raises(Blocked, match=wheel.sha256):
                racing.upload(wheel)
    assert [each.slug_perm for each in fake.packages] == ["theirs"]


# -- quarantine and deletion --------------------------------------------------------------------------------------


def test_quarantine_takes_every_file_and_the_names_stay_taken(
    index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path
) -> None:
    files = [made.wheel(tmp_path, "Some.Boat"), made.sdist(tmp_path, "Some.Boat")]
    other = made.wheel(tmp_path, "Some.Boat", "2.0")
    for each in (*files, other):
        index.upload(each)
    fake.lingering = 2
    index.hide("some_boat", V1, "sinks")
    assert list(index.files("some-boat")) == [other.filename]
    with pytest.raises(Blocked):
        index.upload(made.wheel(tmp_path / "b", "Some.Boat", payload=b"other"))
    fake.lingering = 2
    index.unhide("Some.Boat", V1)
    assert len(index.files("some-boat")) == 3


def test_a_page_that_lists_what_is_in_quarantine_is_told(
    index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path
) -> None:
    index.upload(made.wheel(tmp_path))
    fake.lists_quarantined = True
    with pytest.raises(IndexFailed, match="still lists") as raised:
        index.hide("boat", V1, "sinks")
    assert "Delete them" in raised.value.next


def test_a_page_that_does_not_show_what_was_released_is_told(
    index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path
) -> None:
    index.upload(made.wheel(tmp_path))
    index.hide("boat", V1, "sinks")
    fake.lingering = 99
    with pytest.raises(NotVisible, match="does not list"):
        index.unhide("boat", V1)


def test_single_files_are_deleted_in_whatever_state_they_are(
    index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path
) -> None:
    ours, theirs = made.wheel(tmp_path), made.sdist(tmp_path)
    index.upload(ours)
    index.upload(theirs)
    fake.packages.append(Package("broken", "boat", ours.filename, b"x", 0, failed=True))
    index.delete("boat", V1, [ours.filename])
    assert [each.filename for each in fake.packages] == [theirs.filename]
    fake.lingering = 99
    with pytest.raises(IndexFailed, match="still shows"):
        index.delete("boat", V1, [theirs.filename])


def test_many_files_are_all_found(index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    others = [Package(f"o{n}", "boat", f"boat-0.{n}.tar.gz", b"x", 0) for n in range(199)]
    fake.packages = [*others, *fake.packages]
    index.delete("boat", V1, [wheel.filename])  # two full pages, and a third that is none
    assert len(fake.packages) == 199


def test_without_permission_nothing_changes(index: CloudsmithIndex, fake: Cloudsmith, tmp_path: Path) -> None:
    index.upload(wheel := made.wheel(tmp_path))
    fake.may_change = False
    with pytest.raises(IndexFailed, match="did not change the quarantine of"):
        index.hide("boat", V1, "sinks")
    with pytest.raises(IndexFailed, match="did not delete"):
        index.delete("boat", V1, [wheel.filename])


def test_a_proxy_that_answers_html_is_an_error(tmp_path: Path, environ: dict[str, str]) -> None:
    with scripted(lambda _: Reply(200, b"<html>sign in", {"Content-Type": "text/html"})) as server:
        with pytest.raises(IndexFailed, match="its list of packages"):
            opened(at(server.url), tmp_path, environ).upload(made.wheel(tmp_path))
        assert server.posts() == []


# -- other clients ------------------------------------------------------------------------------------------------


def twine(index: CloudsmithIndex, path: Path, home: Path) -> None:
    environment = {**os.environ, "HOME": str(home), "TWINE_USERNAME": "alice", "TWINE_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "twine", "upload", "--repository-url", index.upload_url, str(path)]
    subprocess.run(command, env=environment, capture_output=True, check=True)


def test_uv_uploads_to_the_fake(index: CloudsmithIndex, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    environment = {**os.environ, "HOME": str(tmp_path), "UV_PUBLISH_USERNAME": "alice", "UV_PUBLISH_PASSWORD": PASSWORD}
    command = [uv.find_uv_bin(), "publish", "--no-config", "--publish-url", index.upload_url, str(wheel.path)]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    index.upload(wheel)
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256
