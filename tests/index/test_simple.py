from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from pypi_simple import ProjectPage
from tests.index.scripted import Asked, Reply, scripted

from tagboat.errors import IndexFailed
from tagboat.index.credentials import Login
from tagboat.index.http import Client, Transport
from tagboat.index.simple import ACCEPT, JSON, NotASimplePage, Reader, parse_page, select

if TYPE_CHECKING:
    from pathlib import Path

A, B = "a" * 64, "b" * 64
URL = "https://index.example.com/simple/my-boat/"
HTML_PAGE = f"""<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.1">
<title>Links for my-boat</title></head><body>
<a href="../../files/my_boat-1.0-py3-none-any.whl#sha256={A}" data-requires-python="&gt;=3.8"
   data-core-metadata="sha256={B}">my_boat-1.0-py3-none-any.whl</a>
<a href="https://files.example.com/my_boat-1.1%2Blocal-py3-none-any.whl#sha256={B}"
   data-yanked="it &quot;sinks&quot;">x</a>
<a href="/f/my_boat-1.0.tar.gz#md5=123" data-yanked>my_boat-1.0.tar.gz</a>
<a href="/f/my_boat-1.0-py3.8.egg">my_boat-1.0-py3.8.egg</a>
<a name="nothing">no link</a>
</body></html>"""
JSON_PAGE = json.dumps(
    {
        "meta": {"api-version": "1.4"},
        "name": "my-boat",
        "versions": ["1.0", "1.1"],
        "files": [
            {
                "filename": "my_boat-1.0-py3-none-any.whl",
                "url": "../../files/my_boat-1.0-py3-none-any.whl",
                "hashes": {"sha256": A.upper()},
                "requires-python": ">=3.8",
                "size": 7,
                "core-metadata": {"sha256": B},
            },
            {
                "filename": "my_boat-1.1.tar.gz",
                "url": "/f/my_boat-1.1.tar.gz",
                "hashes": {},
                "yanked": "sinks",
                "size": 1,
            },
            {"filename": "my_boat-1.2.zip", "url": "/f/my_boat-1.2.zip", "hashes": {}, "yanked": True, "size": None},
        ],
    }
)


@pytest.mark.parametrize(("content_type", "text"), [("text/html", HTML_PAGE), (JSON, JSON_PAGE)], ids=["html", "json"])
def test_it_reads_what_the_ready_made_library_reads(content_type: str, text: str) -> None:
    if content_type == JSON:
        oracle = ProjectPage.from_json_data(json.loads(text), base_url=URL)
    else:
        oracle = ProjectPage.from_html("my-boat", text, base_url=URL)
    ours = list(parse_page(content_type, text, URL))
    theirs = oracle.packages
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.url == other.url
        assert mine.sha256 == ((other.digests.get("sha256") or "").lower() or None)
        assert mine.size == other.size
        assert mine.requires_python == other.requires_python
        assert mine.yanked == other.is_yanked
        assert mine.yanked_reason == (other.yanked_reason or "")
        assert mine.metadata_sha256 == ((other.metadata_digests or {}).get("sha256") or None)


def test_names_come_from_the_link_and_not_from_its_text() -> None:
    names = [file.filename for file in parse_page("text/html", HTML_PAGE, URL)]
    assert names[1] == "my_boat-1.1+local-py3-none-any.whl"


def test_a_base_element_moves_relative_links() -> None:
    page = '<html><head><base href="https://cdn.example.com/x/"></head><a href="boat-1.0.tar.gz">b</a></html>'
    (file,) = parse_page("text/html", page, URL)
    assert file.url == "https://cdn.example.com/x/boat-1.0.tar.gz"


def test_only_distributions_of_the_project_and_version_are_selected() -> None:
    files = list(parse_page("text/html", HTML_PAGE, URL))
    assert len(select(files, "my-boat", None)) == 3
    assert list(select(files, "my-boat", Version("1.1+local"))) == ["my_boat-1.1+local-py3-none-any.whl"]
    assert select(files, "boat", None) == {}


def test_of_two_files_with_one_name_the_first_counts() -> None:
    page = f'<a href="/a/boat-1.0.tar.gz#sha256={A}">x</a><a href="/b/boat-1.0.tar.gz#sha256={B}">x</a>'
    assert select(parse_page("text/html", page, URL), "boat", None)["boat-1.0.tar.gz"].sha256 == A


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("application/json", JSON_PAGE),
        ("", HTML_PAGE),
        (JSON, "<html>"),
        (JSON, "[]"),
        (JSON, "{}"),
        (JSON, '{"meta": {"api-version": "2.0"}, "files": []}'),
        (JSON, '{"meta": {"api-version": "1.0"}, "files": [1]}'),
        ("text/html", '<meta name="pypi:repository-version" content="2.0">'),
        ("text/html", "<html><title>Sign in</title><form><input name=password></form></html>"),
        ("text/html", "<html><script>location = '/login'</script><a href='/help'>help</a></html>"),
    ],
)
def test_what_is_no_project_page_is_refused(content_type: str, text: str) -> None:
    with pytest.raises(NotASimplePage):
        parse_page(content_type, text, URL)


def test_an_empty_page_of_links_is_a_project_without_files() -> None:
    assert list(parse_page("text/html", "<html><h1>Links for boat</h1></html>", URL)) == []


@given(st.text())
def test_any_text_gives_files_or_a_refusal(text: str) -> None:
    for content_type in ("text/html", JSON):
        with suppress(NotASimplePage):
            list(parse_page(content_type, text, URL))


def reader(url: str) -> Reader:
    return Reader(Client("x", [url], Login(), Transport({}, sleep=lambda _: None)), url)


def test_json_is_asked_for_first_and_past_every_cache() -> None:
    with scripted(lambda _: Reply(200, JSON_PAGE.encode(), {"Content-Type": JSON})) as server:
        assert len(reader(server.url).files("My.Boat")) == 3
    (asked,) = server.asked
    assert asked.path == "/my-boat/"
    assert asked.headers["accept"] == ACCEPT
    assert asked.headers["cache-control"] == "no-cache"
    assert "authorization" not in asked.headers


def test_a_page_that_cannot_be_read_is_not_an_empty_one() -> None:
    replies = [
        (Reply(404), None),
        (Reply(403, b"go away"), "403"),
        (Reply(200, b"<form>log in</form>", {"Content-Type": "text/html"}), "made for people"),
        (Reply(200, b"hello"), "no index page"),
        (Reply(204), "204"),
    ]
    for reply, complaint in replies:
        with scripted(lambda _, reply=reply: reply) as server:
            if complaint is None:
                assert reader(server.url).files("boat") == {}
                continue
            with pytest.raises(IndexFailed, match=complaint):
                reader(server.url).files("boat")


def test_a_file_whose_bytes_are_not_those_listed_is_not_kept(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        body = f'<a href="/boat-1.0.tar.gz#sha256={A}">x</a>'.encode() if asked.path == "/boat/" else b"other"
        return Reply(200, body, {"Content-Type": "text/html"})

    with scripted(answer) as server:
        ours = reader(server.url)
        with pytest.raises(IndexFailed, match="other bytes"):
            ours.fetch(ours.files("boat")["boat-1.0.tar.gz"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with scripted(lambda _: Reply(200, b'<a href="/boat-1.0.tar.gz">x</a>', {"Content-Type": "text/html"})) as server:
        ours = reader(server.url)
        with pytest.raises(IndexFailed, match="cannot be written"):
            ours.fetch(ours.files("boat")["boat-1.0.tar.gz"], tmp_path / "file")


def test_a_file_that_is_not_handed_out_leaves_nothing(tmp_path: Path) -> None:
    with scripted(
        lambda asked: (
            Reply(200, b'<a href="/boat-1.0.tar.gz">x</a>', {"Content-Type": "text/html"})
            if asked.path == "/boat/"
            else Reply(410)
        )
    ) as server:
        ours = reader(server.url)
        with pytest.raises(IndexFailed, match="did not hand out boat-1"):
            ours.fetch(ours.files("boat")["boat-1.0.tar.gz"], tmp_path)
    assert list(tmp_path.iterdir()) == []
