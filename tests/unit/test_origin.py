"""Where a file came from that pip and uv installed, told by real installs from real servers."""

from __future__ import annotations

import functools
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.index import made

from tagboat.config import IndexConfig
from tagboat.config.model import VerifyConfig
from tagboat.errors import VerifyFailed
from tagboat.index import IndexFile, open_index
from tagboat.index.kinds.directory import DirectoryIndex
from tagboat.origin import Origin, host_of
from tagboat.verify import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagboat.index import Index

BAD = Version("2.0")


class Forwarding(SimpleHTTPRequestHandler):
    """A folder as an index, which hands a project that it has nothing of on to another server."""

    elsewhere = ""

    def send_head(self):
        if self.elsewhere and self.path.rstrip("/").endswith("/boat") and not self._has_files():
            self.send_response(302)
            self.send_header("Location", f"{self.elsewhere}boat/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        return super().send_head()

    def _has_files(self) -> bool:
        from pathlib import Path

        return bool(list((Path(self.directory) / "boat").glob("*.whl")))

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path, elsewhere: str = "") -> Iterator[str]:
    handler = type("Handler", (Forwarding,), {"elsewhere": elsewhere})
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Servers:
    """Our own index, and one where the name is a stranger's."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder, self.cache = folder, cache
        self.own, self.strange = DirectoryIndex("own", folder / "own"), DirectoryIndex("strange", folder / "strange")
        self.own.folder.mkdir()

    def fallback(self, index: Index, hosts: tuple[str, ...] = ()) -> str:
        verifier = Verifier(VerifyConfig(pythons="one"), (), self.cache, lambda _: None)
        return verifier.fallback(index, "boat", BAD, hosts)

    def opened(self, url: str) -> Index:
        config = IndexConfig("own", "legacy", {"upload-url": f"{url}/upload", "simple-url": url})
        return open_index(config, root=self.folder, environ={"HOME": str(self.folder)})


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def servers(tmp_path: Path, cache: Path) -> Servers:
    return Servers(tmp_path, cache)


def test_the_version_before_comes_from_the_own_index_and_that_is_told(servers, tmp_path):
    servers.own.upload(made.wheel(tmp_path, version="1.0"))
    with served(servers.own.folder) as url:
        host = host_of(url)
        shown = servers.fallback(servers.opened(url), (host,))
    assert shown == f"a fresh install gets 1.0 from {host} (pip and uv)"


def test_a_host_is_the_same_in_whatever_letters_it_was_written(servers, tmp_path):
    servers.own.upload(made.wheel(tmp_path, version="1.0"))
    with served(servers.own.folder) as url:
        index = servers.opened(url.replace("127.0.0.1", "LocalHost"))  # uv tells it in small letters
        hosts = {host_of(file.url) for file in index.files("boat").values()}
        assert "1.0 from localhost" in servers.fallback(index, tuple(hosts))
    assert host_of("https://u:p@Boat.example:443/x") == host_of("https://boat.example/x") == "boat.example"
    assert host_of("http://[::1]:8080/x") == "[::1]:8080"
    assert host_of("file:///x") == ""


def test_of_a_folder_the_folder_is_told(servers, tmp_path):
    servers.own.upload(made.wheel(tmp_path, version="1.0"))
    assert f"1.0 from {servers.own.folder.as_uri()}/boat (pip and uv)" in servers.fallback(servers.own, ("",))


def test_where_nothing_is_left_nothing_comes(servers):
    with served(servers.own.folder) as url:
        shown = servers.fallback(servers.opened(url), (host_of(url),))
    assert shown == "a fresh install gets nothing (pip and uv)"


def test_an_index_that_hands_an_empty_project_on_to_a_stranger_is_found_out(servers, tmp_path):
    servers.strange.upload(made.wheel(tmp_path, version="9.0"))
    with served(servers.strange.folder) as strange, served(servers.own.folder, strange) as url:
        index = servers.opened(url)
        assert not index.files("boat")  # what another server shows is not taken for its own
        with pytest.raises(VerifyFailed, match="the fall-back from boat") as caught:
            servers.fallback(index, (host_of(url),))
    told = [problem.what.partition(": ")[2] for problem in caught.value.problems]
    wanted = f"a fresh install gets 9.0 by boat-9.0-py3-none-any.whl from {host_of(strange)}"
    assert told == [f"{wanted}, and that is no file of own"] * 2
    assert {problem.what.split(" with ")[1].partition(":")[0] for problem in caught.value.problems} == {"pip", "uv"}
    assert all("forwarding" in problem.next for problem in caught.value.problems)


def test_a_file_that_the_index_shows_and_does_not_hold_is_found_out(servers, tmp_path):
    servers.strange.upload(made.wheel(tmp_path, version="9.0"))
    with served(servers.strange.folder) as url:
        shows_others = servers.opened(url)
        shows_others.files = lambda *_: {}  # as of an index whose own pages are apart from those to install from
        with pytest.raises(VerifyFailed) as caught:
            servers.fallback(shows_others)
    assert all("no file of own" in problem.what for problem in caught.value.problems)


def test_a_withdrawn_version_that_comes_back_tells_from_where(servers, tmp_path):
    servers.strange.upload(made.wheel(tmp_path, version="2.0"))
    with served(servers.strange.folder) as strange, served(servers.own.folder, strange) as url:
        with pytest.raises(VerifyFailed) as caught:
            servers.fallback(servers.opened(url))
        wanted = f"a fresh install still gets 2.0, from {host_of(strange)}"
    assert [problem.what.partition(": ")[2] for problem in caught.value.problems] == [wanted] * 2


@pytest.mark.parametrize(
    ("sha256", "listed", "same"), [("", "a", True), ("a", None, True), ("a", "a", True), ("a", "b", False)]
)
def test_a_file_is_known_by_its_name_and_by_what_both_tell_of_its_bytes(sha256, listed, same):
    origin = Origin("https://files.example.com:8443/x/boat-1.0%2Bone.tar.gz", sha256)
    assert origin.host == "files.example.com:8443"
    assert origin.is_among({"boat-1.0+one.tar.gz": IndexFile("boat-1.0+one.tar.gz", "", listed)}) is same
    assert not origin.is_among({})


def test_a_host_has_no_credential():
    assert host_of("https://ada:secret@example.com/x") == "example.com"
