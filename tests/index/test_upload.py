from __future__ import annotations

import dataclasses
import email.parser
import email.policy
import itertools
import threading
import warnings
from base64 import b64decode
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.index import made
from tests.index.scripted import Asked, Reply, Scripted, page, scripted
from tests.servers import pypiserver

from tagboat.distribution import Distribution
from tagboat.errors import Blocked, CheckFailed, IndexFailed, Refused
from tagboat.index.answer import Answer
from tagboat.index.credentials import Credential, Login
from tagboat.index.http import Client, Transport
from tagboat.index.legacy import LegacyIndex, Place
from tagboat.index.metadata import form_fields, read_metadata, requires_python

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MORE = """Summary: Schwimmt prächtig 日本
Classifier: Topic :: A
Classifier: Topic :: B
Requires-Dist: rope>=1
Requires-Dist: anchor; extra == "deep"
Provides-Extra: deep
Project-URL: Home, https://example.com
Project-URL: Issues, https://example.com/issues
Keywords: boat, tug
License: first line
        second line
Description-Content-Type: text/markdown
"""


def legacy(url: str, credential: Credential | None = None) -> LegacyIndex:
    client = Client("x", [url], Login(lambda: credential), Transport({}, sleep=lambda _: None))
    return LegacyIndex(client, Place(f"{url}/legacy/", f"{url}/simple/"), "legacy")


class Shelf:
    """An index of a few lines: `takes` decides what becomes of each POST."""

    def __init__(self, *takes: Callable[[Shelf], Reply | None], **files: str | None) -> None:
        self.takes = list(takes)
        self.files: dict[str, str | None] = dict(files)
        self.distribution: Distribution | None = None

    def __call__(self, asked: Asked) -> Reply | None:
        if asked.method == "POST":
            return self.takes.pop(0)(self)
        if asked.path.startswith("/files/"):
            return Reply(200, b"somebody's bytes")
        return page(self.files) if self.files else Reply(404)

    def keep(self, sha256: str = "") -> None:
        assert self.distribution is not None
        self.files[self.distribution.filename] = sha256 or self.distribution.sha256


def send(shelf: Shelf, distribution: Distribution) -> Scripted:
    shelf.distribution = distribution
    with scripted(shelf) as server:
        legacy(server.url).upload(distribution)
    return server


def refused(status: int, **more: object) -> Callable[[Shelf], Reply]:
    return lambda _: Reply(status, **more)  # type: ignore[arg-type]


def taken_but(status: int | None) -> Callable[[Shelf], Reply | None]:
    def take(shelf: Shelf) -> Reply | None:
        shelf.keep()
        return None if status is None else Reply(status)

    return take


@pytest.fixture
def wheel(tmp_path: Path) -> Distribution:
    return made.wheel(tmp_path, more=MORE, payload=bytes(range(256)) * 2000)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_file_that_was_taken_is_sent_once(wheel: Distribution, status: int) -> None:
    assert len(send(Shelf(taken_but(status)), wheel).posts()) == 1


@pytest.mark.parametrize("status", [None, 500, 502, 503, 504, 429, 400, 403, 409])
def test_whatever_the_server_says_a_file_that_is_there_is_there(wheel: Distribution, status: int | None) -> None:
    assert len(send(Shelf(taken_but(status)), wheel).posts()) == 1


@pytest.mark.parametrize("status", [500, 503, 429])
def test_it_is_sent_again_only_when_the_index_shows_that_it_is_absent(wheel: Distribution, status: int) -> None:
    server = send(Shelf(refused(status), refused(status), taken_but(200)), wheel)
    assert [asked.method for asked in server.asked] == ["GET", "POST", "GET", "POST", "GET", "POST"]


def test_it_gives_up_after_a_few_tries(wheel: Distribution) -> None:
    with pytest.raises(IndexFailed, match="did not take") as raised:
        send(Shelf(*[refused(503)] * 3), wheel)
    assert not isinstance(raised.value, Refused)  # one of them may have been taken


def test_after_a_refusal_it_is_not_sent_again_and_the_reason_is_told(wheel: Distribution) -> None:
    body = b"<html><head><title>x</title></head><body><p>No <b>local</b> versions here</p></body></html>"
    shelf = Shelf(refused(400, body=body, headers={"Content-Type": "text/html"}))
    with pytest.raises(Refused) as raised:
        send(shelf, wheel)
    assert raised.value.why == "400 Bad Request: No local versions here"


SIGN_IN = b"<!DOCTYPE html><html><body>" + b"Please sign in to the harbour. " * 40 + b"</body></html>"


def page_for_people(shelf: Shelf, *, keep: bool = False) -> Reply:
    if keep:
        shelf.keep()
    return Reply(200, SIGN_IN, {"Content-Type": "text/html", "Server": "squid/5.7", "Via": "1.1 gate.example.com"})


def test_a_page_that_answers_an_upload_is_told_as_what_it_is(wheel: Distribution) -> None:
    with pytest.raises(IndexFailed, match="what answered the upload was a page of HTML") as raised:
        send(Shelf(page_for_people), wheel)
    assert "200 with text/html (" in raised.value.why
    assert "Server: squid/5.7, " in raised.value.why
    assert raised.value.why.split("Via: ")[1].startswith("1.1 gate.example.com)")
    assert "harbour" not in str(raised.value)
    assert "proxy" in raised.value.next


def test_a_page_that_answers_an_upload_is_no_matter_when_the_index_has_the_file(wheel: Distribution) -> None:
    server = send(Shelf(partial(page_for_people, keep=True)), wheel)
    assert [asked.method for asked in server.asked] == ["GET", "POST", "GET"]


def test_a_page_is_known_by_its_beginning_and_not_by_its_type() -> None:
    answer = Answer(200, "OK", {}, SIGN_IN)
    assert answer.is_page
    assert answer.sender == ""
    assert not Answer(200, "OK", {"content-type": "text/html"}, b"").is_page  # as pypiserver and PyPI say yes


def sessions(url: str) -> LegacyIndex:
    """An index whose sessions have a number."""
    numbers = itertools.count(1)
    login = Login(lambda: Credential("a", "p"), exchange=lambda _: Credential("a", f"session {next(numbers)}"))
    client = Client("x", [url], login, Transport({}, sleep=lambda _: None))
    return LegacyIndex(client, Place(f"{url}/legacy/", f"{url}/simple/"), "legacy")


@pytest.mark.parametrize("times", [1, 2])
def test_a_session_that_ended_is_renewed_once_and_never_without_a_look(wheel: Distribution, times: int) -> None:
    shelf = Shelf(*[refused(401)] * times, taken_but(200))
    shelf.distribution = wheel
    with scripted(shelf) as server:
        index = sessions(server.url)
        if times == 1:
            index.upload(wheel)
        else:
            with pytest.raises(Refused, match="did not take"):
                index.upload(wheel)
    assert [asked.method for asked in server.asked] == ["GET", "POST", "GET", "POST", "GET"][: 3 + times]
    used = [b64decode(asked.headers["authorization"].split()[1]).decode() for asked in server.asked]
    assert used[:4] == ["a:session 1", "a:session 1", "a:session 2", "a:session 2"]


def test_a_refused_password_is_not_sent_again(wheel: Distribution) -> None:
    shelf = Shelf(refused(401))
    with scripted(shelf) as server, pytest.raises(Refused, match="did not take"):
        legacy(server.url, Credential("a", "p")).upload(wheel)
    assert len(server.posts()) == 1


def test_somebody_elses_bytes_that_came_in_between_block_it(wheel: Distribution) -> None:
    def meanwhile(shelf: Shelf) -> Reply:
        shelf.keep("f" * 64)
        return Reply(503)

    with pytest.raises(Blocked) as raised:
        send(Shelf(meanwhile), wheel)
    assert wheel.sha256 in str(raised.value)
    assert "f" * 64 in str(raised.value)


def test_a_look_that_fails_after_a_bad_answer_ends_it(wheel: Distribution) -> None:
    def burn(shelf: Shelf) -> Reply:
        shelf.files = {"": None}
        return Reply(500)

    shelf = Shelf(burn)
    with (
        scripted(lambda asked: Reply(403) if "" in shelf.files else shelf(asked)) as server,
        pytest.raises(IndexFailed, match="cannot be read"),
    ):
        legacy(server.url).upload(wheel)
    assert len(server.posts()) == 1


def test_a_server_that_took_the_file_and_answers_too_late_gets_it_once(wheel: Distribution) -> None:
    late = threading.Event()

    def slow(shelf: Shelf) -> Reply:
        shelf.keep()
        late.wait(30)
        return Reply(200)

    shelf = Shelf(slow)
    shelf.distribution = wheel
    with scripted(shelf) as server:
        index = legacy(server.url)
        index.client.transport = dataclasses.replace(index.client.transport, read=0.2)
        index.upload(wheel)
        late.set()
        assert len(server.posts()) == 1


def test_a_page_that_is_behind_is_looked_at_again_when_the_file_was_taken_at_the_first_try(wheel: Distribution) -> None:
    looks: list[str] = []

    def behind(asked: Asked) -> Reply | None:
        if asked.method == "POST":
            return shelf(asked)
        looks.append(asked.path)
        return page({wheel.filename: wheel.sha256}) if len(looks) > 4 else Reply(404)

    shelf = Shelf(refused(503), refused(409))
    with scripted(behind) as server:
        legacy(server.url).upload(wheel)
    assert len(server.posts()) == 2


def test_a_page_that_stays_behind_is_told_as_such(wheel: Distribution) -> None:
    shelf = Shelf(refused(503), refused(409, body=b"there already", headers={"Content-Type": "text/plain"}))
    with pytest.raises(IndexFailed, match="did not take") as raised:
        send(shelf, wheel)
    assert "there already" in str(raised.value.why)
    assert "not list it yet" in raised.value.next


def test_a_proxy_that_answers_with_a_page_for_people_is_no_index(wheel: Distribution) -> None:
    page_for_people = Reply(200, b"<html><form>Who are you?</form></html>", {"Content-Type": "text/html"})
    with scripted(lambda _: page_for_people) as server, pytest.raises(IndexFailed, match="no index page") as raised:
        legacy(server.url).upload(wheel)
    assert server.posts() == []
    assert "proxy" in raised.value.next


@pytest.mark.parametrize("status", [502, 403])
def test_a_proxy_that_answers_html_to_an_upload_decides_nothing(wheel: Distribution, status: int) -> None:
    html = Reply(status, b"<html><script>x</script><p>Blocked by the gate</p></html>", {"Content-Type": "text/html"})
    with pytest.raises(IndexFailed) as raised:
        send(Shelf(*[lambda _: html] * 3), wheel)
    assert "<" not in str(raised.value.why)
    assert len(send(Shelf(lambda shelf: (shelf.keep(), html)[1]), wheel).posts()) == 1


def test_a_look_that_fails_beforehand_means_nothing_is_sent(wheel: Distribution) -> None:
    with scripted(lambda _: Reply(500)) as server, pytest.raises(IndexFailed, match="cannot be read"):
        legacy(server.url).upload(wheel)
    assert server.posts() == []


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 405])
def test_an_upload_is_not_sent_after_a_redirect_and_the_likely_mistake_is_named(
    wheel: Distribution, status: int
) -> None:
    with pytest.raises(IndexFailed) as raised:
        send(Shelf(refused(status, headers={"Location": "/elsewhere"})), wheel)
    assert "/simple/" in raised.value.next
    assert "without a slash" in raised.value.next


def test_a_server_that_tells_no_hash_is_asked_for_the_bytes(wheel: Distribution, tmp_path: Path) -> None:
    with pytest.raises(Blocked, match="other bytes"):
        send(Shelf(**{wheel.filename: None}), wheel)
    path = tmp_path / "same" / wheel.filename
    path.parent.mkdir()
    path.write_bytes(b"somebody's bytes")
    assert send(Shelf(**{wheel.filename: None}), Distribution.from_file(path)).posts() == []


def test_a_silent_overwriter_is_never_made_to_overwrite(tmp_path: Path) -> None:
    theirs, ours = made.wheel(tmp_path / "a", payload=b"a"), made.wheel(tmp_path / "b", payload=b"b")
    with pypiserver(overwrite=True) as server:
        client = Client("x", [server.url], Login(lambda: Credential(server.user, server.password)), Transport({}))
        index = LegacyIndex(client, Place(server.url, f"{server.url}simple/"), "legacy")
        index.upload(theirs)
        with pytest.raises(Blocked):
            index.upload(ours)
        assert (server.folder / theirs.filename).read_bytes() == theirs.path.read_bytes()


def test_a_file_that_changed_since_it_was_built_is_not_sent(wheel: Distribution) -> None:
    with wheel.path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(CheckFailed, match="changed"):
        send(Shelf(taken_but(200)), wheel)


def form_of(asked: Asked) -> list[tuple[str, bytes]]:
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + asked.body)
    parts = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        parts.append((str(name), part.get_payload(decode=True)))
    return parts  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_the_form_is_the_one_that_twine_sends(kind: str, wheel: Distribution, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from twine.package import PackageFile
        from twine.repository import Repository

    distribution = wheel if kind == "wheel" else made.sdist(tmp_path)
    asked = send(Shelf(taken_but(200)), distribution).posts()[0]
    assert asked.headers["content-length"] == str(len(asked.body))
    assert "transfer-encoding" not in asked.headers
    ours = form_of(asked)
    assert ("content", distribution.path.read_bytes()) in ours
    fields = {(name, value.decode().strip()) for name, value in ours if name != "content"}

    package = PackageFile.from_filename(str(distribution.path), None)
    package.blake2_256_digest = None  # twine sends every hash it has
    theirs = Repository._convert_metadata_to_list_of_tuples(package.metadata_dictionary())
    theirs += [(":action", "file_upload"), ("protocol_version", "1")]
    unfold = {(name, " ".join(value.split())) for name, value in fields}
    assert unfold == {(name, " ".join(value.split())) for name, value in theirs}


def test_repeated_fields_stay_repeated_and_text_stays_itself() -> None:
    fields = list(form_fields(made.metadata("boat", "1.0", MORE)))
    assert fields.count(("classifiers", "Topic :: A")) == fields.count(("classifiers", "Topic :: B")) == 1
    assert ("summary", "Schwimmt prächtig 日本") in fields
    assert ("project_urls", "Home, https://example.com") in fields
    assert fields[-1] == ("description", "A boat.\n")
    assert requires_python(b"Name: x\n\n") is None


def test_without_a_body_there_is_no_description() -> None:
    assert dict(form_fields(b"Name: boat\n\n")) == {"name": "boat"}
    assert "description" not in dict(form_fields(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n--x--\n"))


def test_metadata_is_read_from_the_old_zip_sdist_too(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "boat-1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("boat-1.0/PKG-INFO", b"Name: boat\n")
    assert read_metadata(Distribution.from_file(path)) == b"Name: boat\n"


def test_a_distribution_without_metadata_is_refused(tmp_path: Path) -> None:
    import tarfile
    import zipfile

    empty = tmp_path / "boat-1.0-py3-none-any.whl"
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(CheckFailed, match="no METADATA"):
        read_metadata(Distribution.from_file(empty))
    bare = tmp_path / "boat-1.0.tar.gz"
    with tarfile.open(bare, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("boat-1.0/deep/PKG-INFO"))
    with pytest.raises(CheckFailed, match="no PKG-INFO"):
        read_metadata(Distribution.from_file(bare))
    with tarfile.open(bare, "w:gz") as archive:
        folder = tarfile.TarInfo("boat-1.0/PKG-INFO")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    with pytest.raises(CheckFailed, match="no PKG-INFO"):
        read_metadata(Distribution.from_file(bare))
    (tmp_path / "boat-2.0.tar.gz").write_bytes(b"no archive")
    with pytest.raises(CheckFailed, match="cannot be read"):
        read_metadata(Distribution.from_file(tmp_path / "boat-2.0.tar.gz"))


def test_problems_of_an_index_known_by_its_urls(wheel: Distribution) -> None:
    with scripted(lambda asked: Reply(200 if "authorization" in asked.headers else 401)) as server:
        (credential, reading) = legacy(server.url).problems()
        assert "TAGBOAT_X_PASSWORD" in credential.next
        assert "401" in reading.why
        assert list(legacy(server.url, Credential("a", "b")).problems()) == []
    with scripted(lambda _: Reply(404)) as server:  # no page of all projects: many servers have none
        assert list(legacy(server.url, Credential("a", "b")).problems()) == []


def test_the_environment_for_installers_says_how_to_trust_the_server(tmp_path: Path) -> None:
    index = legacy("https://127.0.0.1:1", Credential("a@b", "c:/d"))
    assert index.install_environment()["PIP_INDEX_URL"] == "https://a%40b:c%3A%2Fd@127.0.0.1:1/simple/"
    transport = dataclasses.replace(index.client.transport, ca_file=tmp_path / "ca.pem")
    index.client.transport = transport
    environment = index.install_environment()
    assert environment["SSL_CERT_FILE"] == environment["PIP_CERT"] == str(tmp_path / "ca.pem")
    assert "PIP_TRUSTED_HOST" not in environment
    assert legacy("http://h.example:1").install_environment()["PIP_TRUSTED_HOST"] == "h.example:1"
    assert legacy("https://127.0.0.1").install_environment()["UV_DEFAULT_INDEX"] == "https://127.0.0.1/simple/"
