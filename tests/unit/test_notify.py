"""Messages reach real servers on loopback, and what does not arrive costs a line."""

from __future__ import annotations

import json
import socket
import socketserver
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from packaging.version import Version
from tests.index.scripted import Reply, scripted

from tagboat import news
from tagboat.errors import IndexFailed
from tagboat.notify import Message, tell

if TYPE_CHECKING:
    from collections.abc import Iterator

V = Version("1.2.0")
GOOD = Message("demo 1.2.0 is released", "pip install demo==1.2.0", good=True)


def environ(*urls: str) -> dict[str, str]:
    import os

    return {**os.environ, "TAGBOAT_NOTIFY_URLS": "\n ".join(urls)}


def address(server, scheme: str = "json") -> str:
    return server.url.replace("http", scheme) + "/hook?token=s3cret"


def test_nobody_is_told_when_nobody_wants_to_know():
    assert tell(GOOD, {}) == ""
    assert tell(GOOD, {"TAGBOAT_NOTIFY_URLS": " \n"}) == ""


@contextmanager
def silent_server() -> Iterator[str]:
    """It takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"json://127.0.0.1:{listener.getsockname()[1]}/s3cret"


class Mailbox(socketserver.ThreadingTCPServer):
    """A mail server that takes one message after another (RFC 5321, as little of it as there is)."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.mails: list[str] = []
        super().__init__(("127.0.0.1", 0), Mail)


class Mail(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 loopback\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    text += part
                self.server.mails.append(text.decode())
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    with Mailbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_every_address_gets_title_and_text_and_whether_it_is_good_news():
    bad = Message("The release of demo 1.2.0 stopped", "It stopped.", good=False)
    with scripted(lambda _: Reply(200)) as server, mail_server() as mailbox:
        mail = f"mailto://127.0.0.1:{mailbox.server_address[1]}?from=boat@example.org&to=crew@example.org&mode=insecure"
        assert tell(bad, environ(address(server), mail)) == "told 2 addresses"
    (asked,) = server.posts()
    body = json.loads(asked.body)
    assert (body["title"], body["message"], body["type"]) == (bad.title, bad.text, "failure")
    (mail,) = mailbox.mails
    assert f"Subject: {bad.title}" in mail
    assert "crew@example.org" in mail


def test_what_goes_wrong_or_hangs_is_one_line_without_an_address_and_the_others_are_told():
    with (
        scripted(lambda _: Reply(500, b"s3cret")) as refuses,
        scripted(lambda _: Reply(200)) as takes,
        silent_server() as hangs,
    ):
        told = tell(GOOD, environ("nonsense://s3cret", address(refuses), address(takes), hangs), seconds=2)
    assert told == (
        "of 4 addresses in TAGBOAT_NOTIFY_URLS, number 1 is none that apprise knows, number 2 did not take the message,"
        " number 4 did not answer within 2 s"
    )
    (asked,) = takes.posts()
    body = json.loads(asked.body)
    assert (body["title"], body["message"], body["type"]) == (GOOD.title, GOOD.text, "success")


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert tell(GOOD, environ("json://x")).endswith("(pip install 'tagboat[notify]')")


def test_news_name_indexes_and_steps_and_no_address():
    message = news.released("demo", V, ("corp", "pypi"), "### Added\n\n- x")
    assert message == Message(
        "demo 1.2.0 is released to corp, pypi", "pip install demo==1.2.0\n\n### Added\n\n- x", True
    )
    assert news.released("demo", V, (), "").title == "demo 1.2.0 is released"
    error = IndexFailed("https://corp.example/simple did not answer")
    stopped = news.stopped("demo", V, "release", "publish:corp", error)
    assert not stopped.good
    assert stopped.text.startswith("It stopped at publish:corp (IndexFailed).")
    assert "corp.example" not in stopped.title + stopped.text
    assert "It stopped (IndexFailed)." in news.stopped("demo", V, "rollback", "", error).text
    assert news.withdrawn("demo", V, "It breaks", "people get 1.1").text == "It breaks\n\npeople get 1.1"
