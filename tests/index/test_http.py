from __future__ import annotations

import socket
import ssl
import subprocess
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from tests.index import made
from tests.index.scripted import Asked, Reply, scripted
from tests.servers import PASSWORD, free_port, static_server

from tagboat.errors import IndexFailed
from tagboat.index.answer import Answer
from tagboat.index.credentials import Credential, Login
from tagboat.index.http import Client, Transport

if TYPE_CHECKING:
    from pathlib import Path

ALICE = Credential("alice", PASSWORD)


class Waits(list[float]):
    """Stands in for a clock that somebody really waits on."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(*urls: str, credential: Credential | None = ALICE, **transport: object) -> Client:
    transport.setdefault("sleep", lambda _: None)
    environ = transport.pop("environ", {})
    return Client("x", urls, Login(lambda: credential), Transport(environ, **transport))  # type: ignore[arg-type]


def redirect(url: str) -> Reply:
    return Reply(302, headers={"Location": url})


def test_the_credential_goes_to_the_origin_of_the_index_only() -> None:
    with scripted(lambda _: Reply(200, b"b")) as b, scripted(lambda _: redirect(f"{b.url}/page")) as a:
        assert client(a.url).get(f"{a.url}/page").body == b"b"
    assert "authorization" in a.asked[0].headers
    assert "authorization" not in b.asked[0].headers


def test_the_credential_does_not_come_back_from_a_way_through_another_origin() -> None:
    with scripted(lambda asked: redirect(f"{home['url']}/end")) as b:
        home = {}
        with scripted(lambda asked: Reply(200) if asked.path == "/end" else redirect(b.url)) as a:
            home["url"] = a.url
            assert client(a.url).get(a.url).status == 200
    assert ["authorization" in asked.headers for asked in a.asked] == [True, False]


def test_redirects_within_the_origin_keep_the_credential() -> None:
    with scripted(lambda asked: Reply(200) if asked.path == "/b" else redirect("/b")) as server:
        answer = client(server.url).get(f"{server.url}/a")
    assert answer.url == f"{server.url}/b"
    assert all("authorization" in asked.headers for asked in server.asked)


def test_redirects_in_a_circle_end() -> None:
    with scripted(lambda _: redirect("/again")) as server:
        answer = client(server.url).get(server.url)
    assert answer.hopeless
    assert "redirects" in answer.explain()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_tried_again_after_a_bad_moment(status: int) -> None:
    replies = [Reply(status), Reply(status), Reply(200, b"fine")]
    waits = Waits()
    with scripted(lambda _: replies.pop(0)) as server:
        assert client(server.url, sleep=waits).get(server.url).body == b"fine"
    assert len(waits) == 2
    assert waits[0] < waits[1]


def test_a_line_that_breaks_is_tried_again_a_few_times() -> None:
    waits = Waits()
    with scripted(lambda _: None) as server:
        answer = client(server.url, sleep=waits).get(server.url)
    assert (answer.status, len(server.asked), len(waits)) == (0, 4, 3)
    assert answer.explain().startswith("no answer: ")


def test_a_server_may_say_how_long_to_wait_but_not_too_long() -> None:
    for asked, least, most in (
        ("7", 7, 7),
        ("9999", 30, 30),
        (formatdate(time.time() + 9, usegmt=True), 5, 9),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 1),  # that was long ago
        ("Fri, 21 Oct 2095 07:28:00 GMT", 30, 30),
        ("soon", 0, 1),
    ):
        replies = [Reply(429, headers={"Retry-After": asked}), Reply(200)]
        waits = Waits()
        with scripted(lambda _, replies=replies: replies.pop(0)) as server:
            client(server.url, sleep=waits).get(server.url)
        assert least <= waits[0] <= most


def test_a_date_is_read_by_the_servers_own_clock() -> None:
    headers = {"retry-after": "Wed, 21 Oct 2015 07:28:09 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert Answer(503, headers=headers).retry_after == 9


def test_what_will_not_change_is_not_tried_again() -> None:
    for status in (400, 401, 403, 404, 409):
        with scripted(lambda _, status=status: Reply(status)) as server:
            assert client(server.url).get(server.url).status == status
        assert len(server.asked) == 1


def test_a_write_is_sent_once_and_never_redirected() -> None:
    for reply in (Reply(503), redirect("/there"), None):
        with scripted(lambda _, reply=reply: reply) as server:
            answer = client(server.url).send("POST", server.url, b"x")
        assert answer.status == (reply.status if reply else 0)
        assert len(server.asked) == 1


def test_nobody_listening_is_an_error_that_says_so(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    ours = client(url)
    with pytest.raises(IndexFailed) as raised:
        ours.download(url + "boat-1.0.tar.gz", tmp_path / "file")
    assert "refused" in raised.value.why
    assert "again" in raised.value.next


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert "timed out" in client(url, read=0.05).get(url).explain()


@pytest.mark.parametrize("url", ["http://[bad/", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_is_hopeless(url: str) -> None:
    with scripted(lambda _: redirect(url)) as server:
        assert client(server.url).get(server.url).hopeless


def test_a_download_that_breaks_off_begins_anew(tmp_path: Path) -> None:
    whole = Reply(200, b"12345678")
    replies = [Reply(200, b"1234", {"Content-Length": "8"}), whole]

    def answer(_: Asked) -> Reply:
        return replies.pop(0)

    with scripted(answer) as server:
        ours = client(server.url, read=0.2)
        ours.download(server.url, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"12345678"


def test_secrets_are_blotted_out_of_whatever_a_server_says() -> None:
    def answer(asked: Asked) -> Reply:
        said = f"you said {PASSWORD} and {asked.headers['authorization']}"
        return Reply(403, said.encode(), {"Content-Type": "text/plain"}, reason=PASSWORD)

    with scripted(answer) as server:
        ours = client(server.url)
        error = ours.failed("it failed", ours.get(server.url))
    assert PASSWORD not in str(error)
    assert "YWxpY2U6" not in str(error)
    assert "***" in str(error)


def test_a_token_with_a_line_break_is_not_quoted_as_a_header_that_is_none() -> None:
    plain = client("http://127.0.0.1:9", credential=None)
    answer = plain.send("GET", "http://127.0.0.1:9/", headers={"X-Api-Key": "tell-nobody-x7\n"})
    assert "tell-nobody" not in answer.explain()
    assert "line break" in answer.explain()


def test_a_session_is_begun_once_and_anew_when_it_has_ended() -> None:
    valid = ["s1"]
    begun: list[str] = []

    def begin(credential: Credential) -> Credential:
        begun.append(credential.password)
        return Credential("alice", f"s{len(begun)}")

    def answer(asked: Asked) -> Reply:
        import base64

        password = base64.b64decode(asked.headers["authorization"][6:]).decode().partition(":")[2]
        return Reply(200 if password in valid else 401)

    with scripted(answer) as server:
        ours = Client("x", [server.url], Login(lambda: ALICE, exchange=begin), Transport({}, sleep=lambda _: None))
        assert ours.get(server.url).status == ours.get(server.url).status == 200
        assert begun == [PASSWORD]
        valid[:] = ["s2"]
        assert ours.get(server.url).status == 200
        valid[:] = []
        assert ours.get(server.url).status == 401
    assert begun == [PASSWORD] * 3


def test_the_environment_names_a_proxy_and_who_is_spared() -> None:
    url = "http://harbour.invalid/"  # nobody finds it but the proxy
    with scripted(lambda _: Reply(200, b"by proxy")) as proxy:
        with_user = proxy.url.replace("http://", "http://bob:s%40fe@")
        for environ, expected in (
            ({"http_proxy": with_user}, b"by proxy"),
            ({"HTTP_PROXY": proxy.url.removeprefix("http://")}, b"by proxy"),
            ({"all_proxy": proxy.url, "NO_PROXY": "example.com"}, b"by proxy"),
            ({"http_proxy": proxy.url, "no_proxy": "example.com, harbour.invalid"}, b""),
            ({"http_proxy": proxy.url, "no_proxy": ".invalid"}, b""),
            ({"http_proxy": proxy.url, "no_proxy": "*"}, b""),
            ({"https_proxy": proxy.url}, b""),
            ({}, b""),
        ):
            assert client(url, environ=environ).get(url).body == expected
    assert proxy.asked[0].headers["proxy-authorization"] == "Basic Ym9iOnNAZmU="


def test_no_proxy_is_told_the_password_of_an_index_on_this_machine(tmp_path: Path) -> None:
    with scripted(lambda _: Reply(200, b"by proxy")) as proxy, static_server(tmp_path) as url:
        environ = {"http_proxy": proxy.url, "NO_PROXY": "example.com"}
        assert client(url, environ=environ).get(url).body != b"by proxy"
        variables = Transport(environ).install_environment(url)
        assert variables["no_proxy"] == variables["NO_PROXY"] == "example.com,127.0.0.1"
        for command in made.installers(tmp_path / "t", "boat"):
            made.run_installer(command, {**environ, **variables}, tmp_path)
        assert proxy.asked == []
    assert "no_proxy" not in Transport(environ).install_environment("https://index.example.com/")
    assert "no_proxy" not in Transport({}).install_environment(url)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-keyout",
            folder / "key.pem",
            "-out",
            folder / "cert.pem",
        ],
        check=True,
        capture_output=True,
    )
    return folder


def test_tls_is_always_verified(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with scripted(lambda _: Reply(200, b"safe"), context) as server:
        refused = client(server.url).get(server.url)
        assert refused.hopeless
        assert "certificate" in refused.explain().lower()
        assert "ca-file" in client().failed("x", refused).next
        assert server.asked == []
        assert client(server.url, ca_file=certificate / "cert.pem").get(server.url).body == b"safe"
        with pytest.raises(IndexFailed, match="ca-file"):
            client(server.url, ca_file=certificate / "absent.pem").get(server.url)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer(400, "Bad Request", {"content-type": "application/json"}, b'{"message": "no  room"}'),
            "400 Bad Request: no room",
        ),
        (Answer(400, "", {"content-type": "application/json"}, b'{"errors": 1}'), "400"),
        (Answer(400, "", {"content-type": "application/json"}, b"[]"), "400"),
        (Answer(400, "", {"content-type": "application/json"}, b"{"), "400"),
        (
            Answer(
                409,
                "Conflict",
                {"content-type": "text/html; charset=nonsense"},
                b"<style>x</style><b>File</b> &amp; exists",
            ),
            "409 Conflict: File & exists",
        ),
        (
            Answer(400, "File already exists", {"content-type": "text/plain"}, b"File already exists"),
            "400 File already exists",
        ),
        (Answer(500, "", {"content-type": 'text/plain; charset="latin-1"'}, "müde".encode("latin-1")), "500: müde"),
        (Answer(0, "no answer: gone"), "no answer: gone"),
    ],
)
def test_an_answer_is_told_in_one_line(answer: Answer, words: str) -> None:
    assert answer.explain() == words


def test_a_long_answer_is_cut() -> None:
    assert len(Answer(500, "", {}, b"word " * 999).explain()) == 300


def test_the_advice_names_the_variables_of_the_kind_too() -> None:
    login = Login(variables=("DEVPI_TOKEN",))
    advice = Client("team", (), login, Transport({})).login_advice
    assert "TAGBOAT_TEAM_PASSWORD (or _TOKEN) or DEVPI_TOKEN in the environment" in advice
    assert "or DEVPI" not in client().login_advice
