"""An index of unknown software that sends us on to another server."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from tests.index import made
from tests.index.opening import impatient, said
from tests.index.scripted import Asked, Reply, Scripted, page, scripted
from tests.servers import PASSWORD

from tagboat.config import IndexConfig
from tagboat.errors import IndexFailed
from tagboat.index.kinds.legacy import UnknownIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import PypiServer


@pytest.fixture
def stranger() -> Iterator[Scripted]:
    """Another index, where somebody else has the name."""
    names: dict[str, str | None] = {"boat-1.0-py3-none-any.whl": hashlib.sha256(b"theirs").hexdigest()}
    with scripted(lambda _: page(names)) as server:
        yield server


def opened(url: str, root: Path, environ: dict[str, str]) -> UnknownIndex:
    config = IndexConfig("x", "legacy", {"upload-url": f"{url}/upload/", "simple-url": f"{url}/simple/"})
    return impatient(UnknownIndex, config, root, environ)


@pytest.mark.parametrize("root", [200, 404])
def test_a_project_that_is_forwarded_to_another_index_is_not_there(
    stranger: Scripted, tmp_path: Path, environ: dict[str, str], root: int
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/simple/":
            return Reply(root, b"<html></html>", {"Content-Type": "text/html"})
        return Reply(302, headers={"Location": f"{stranger.url}{asked.path}"})

    with scripted(answer) as server:
        index = opened(server.url, tmp_path, environ)
        assert index.files("boat") == index.shown("boat") == {}
        assert "another server" not in said(index)
    assert stranger.asked == []


def test_an_index_whose_pages_are_all_elsewhere_is_told_with_the_way_out(
    stranger: Scripted, tmp_path: Path, environ: dict[str, str]
) -> None:
    with scripted(lambda asked: Reply(302, headers={"Location": f"{stranger.url}{asked.path}"})) as server:
        index = opened(server.url, tmp_path, environ)
        with pytest.raises(IndexFailed, match="cannot be read") as raised:
            index.files("boat")
        assert "127.0.0.1, which is another server" in raised.value.next
        words = said(index)
    assert "the pages of x are on another server: it sends us to 127.0.0.1" in words
    assert "simple-url in [tool.tagboat.index.x]" in words
    assert all("authorization" not in asked.headers for asked in stranger.asked)
    assert PASSWORD not in words


def test_redirects_within_the_index_are_followed(tmp_path: Path, environ: dict[str, str]) -> None:
    wheel = made.wheel(tmp_path)

    def answer(asked: Asked) -> Reply:
        if asked.path == "/simple/boat/":
            return Reply(301, headers={"Location": "/pages/boat/"})
        return page({wheel.filename: wheel.sha256})

    with scripted(answer) as server:
        assert list(opened(server.url, tmp_path, environ).files("boat")) == [wheel.filename]
        assert all("authorization" in asked.headers for asked in server.asked)


def test_a_real_server_known_by_its_urls_alone(
    pypi_server: PypiServer, tmp_path: Path, environ: dict[str, str], fresh: str
) -> None:
    at = {"upload-url": pypi_server.url, "simple-url": f"{pypi_server.url}simple/"}
    index = impatient(UnknownIndex, IndexConfig("x", "legacy", at), tmp_path, environ)
    assert said(index) == ""
    wheel = made.wheel(tmp_path, fresh)
    index.upload(wheel)
    assert list(index.files(fresh)) == [wheel.filename]
