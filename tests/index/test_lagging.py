"""Pages that people install from and that lag behind the index's own: a mirror, or several indexes in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.index import made
from tests.index.fakes.gitlab import Gitlab
from tests.index.scripted import Asked, Reply, page, scripted
from tests.servers import PASSWORD

from tagboat.config import IndexConfig, VerifyConfig
from tagboat.errors import NotVisible
from tagboat.index import ShownElsewhere, open_index
from tagboat.index.kinds.s3 import S3Index
from tagboat.verify import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import S3Server

    from tagboat.distribution import Distribution
    from tagboat.index import Index

V1 = Version("1.0")


class Mirror:
    """Shows the files of boat, and each change of them only after `lag` more looks."""

    def __init__(self) -> None:
        self.files: dict[str, Distribution] = {}
        self.lag = 0

    def __call__(self, asked: Asked) -> Reply:
        if not asked.path.endswith("/boat/"):
            file = self.files[asked.path.rpartition("/")[2]]
            return Reply(200, b"" if asked.method == "HEAD" else file.path.read_bytes())
        self.lag -= 1
        names = {} if self.lag >= 0 else {name: each.sha256 for name, each in self.files.items()}
        return page(dict(names)) if names else Reply(404)


@pytest.fixture
def mirror() -> Mirror:
    return Mirror()


@pytest.fixture
def index(mirror: Mirror, tmp_path: Path, environ: dict[str, str]) -> Iterator[Index]:
    """A GitLab project from which people install by way of the mirror."""
    with scripted(mirror) as server, Gitlab(PASSWORD).serving() as fake:
        at = {"url": fake.url, "project": "7", "simple-url": f"{server.url}/virtual/simple/"}
        yield open_index(IndexConfig("x", "gitlab", at), root=tmp_path, environ=environ)


def verifier(tmp_path: Path, slept: list[float], wait: float) -> Verifier:
    config = VerifyConfig(pythons="one", pip=False, wait=wait)
    return Verifier(config, (), tmp_path / "cache", lambda _: None, sleep=slept.append)


def test_a_release_is_tried_once_the_mirror_lists_it(index: Index, mirror: Mirror, tmp_path: Path) -> None:
    wheel, slept = made.wheel(tmp_path), list[float]()
    index.upload(wheel)
    mirror.files, mirror.lag = {wheel.filename: wheel}, 3
    assert "works on" in verifier(tmp_path, slept, 60).release(index, [wheel])
    assert slept == [0.1, 0.2, 0.4]


def test_a_mirror_that_does_not_list_it_in_time_is_no_broken_release(index: Index, tmp_path: Path) -> None:
    wheel = made.wheel(tmp_path)
    index.upload(wheel)
    assert wheel.filename in index.files("boat", V1)
    with pytest.raises(NotVisible, match=f"/virtual/simple/ does not list {wheel.filename} after 0 s") as raised:
        verifier(tmp_path, [], 0).release(index, [wheel])
    assert "published to x" in raised.value.what
    assert raised.value.exit_code == 10


def test_a_mirror_that_still_offers_what_was_withdrawn_is_waited_for(
    index: Index, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.files = {(wheel := made.wheel(tmp_path)).filename: wheel}
    with pytest.raises(NotVisible, match=f"withdrawn from x, but .* still offers {wheel.filename}") as raised:
        verifier(tmp_path, [], 0).fallback(index, "boat", V1)
    assert "another index that is shown there" in raised.value.next
    assert raised.value.exit_code == 10


def test_a_server_before_a_bucket_may_keep_old_pages(
    s3_server: S3Server, mirror: Mirror, tmp_path: Path, environ: dict[str, str], fresh: str
) -> None:
    at = {"bucket": s3_server.new_bucket(fresh), "endpoint-url": s3_server.url}
    environ |= s3_server.environ
    wheel = made.wheel(tmp_path)
    with scripted(mirror) as server:
        config = IndexConfig("x", "s3", {**at, "simple-url": f"{server.url}/simple/"})
        index = open_index(config, root=tmp_path, environ=environ)
        index.upload(wheel)
        assert wheel.filename in index.files("boat")
        assert isinstance(index, S3Index)
        assert index.shown("boat", V1) == {}
    own = open_index(IndexConfig("x", "s3", at), root=tmp_path, environ=environ)
    assert isinstance(own, ShownElsewhere)
    assert own.shown("boat", V1) == own.files("boat", V1) != {}
