from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
import uv
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from packaging.version import Version
from tests.index import made
from tests.index.fakes.contract import text_reply
from tests.index.fakes.google import ArtifactRegistry
from tests.index.opening import impatient
from tests.index.scripted import Asked, Reply, scripted

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, ConfigError, IndexFailed, Irreversible
from tagboat.index import Deletes, Hides, Yanks
from tagboat.index.credentials import Login
from tagboat.index.credentials.google import Google
from tagboat.index.http import Client, Transport
from tagboat.index.kinds.google import GoogleIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

V1 = Version("1.0")
TOKEN = "ya29.only-for-tests"
WHERE = {"location": "europe-west1", "project": "harbour", "repository": "boats"}


@pytest.fixture(scope="module")
def pem() -> str:
    """A private key that opens nothing."""
    return (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


@pytest.fixture
def tokens() -> Iterator[str]:
    """A server of tokens, as Google's: it takes a signed claim, or another's token."""

    def answer(asked: Asked) -> Reply:
        form = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
        claim = form.get("assertion") or form.get("subject_token", "")
        if asked.method != "POST" or len(claim.split(".")) != 3:
            return Reply(400)
        token = {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer", "issued_token_type": "t"}
        return Reply(200, json.dumps(token).encode(), {"Content-Type": "application/json"})

    with scripted(answer) as server:
        yield f"{server.url}/token"


@pytest.fixture
def key(pem: str, tokens: str) -> dict[str, str]:
    """A service account's key."""
    return {
        "type": "service_account",
        "client_email": "boat@harbour.iam.gserviceaccount.com",
        "private_key": pem,
        "private_key_id": "1",
        "token_uri": tokens,
    }


@pytest.fixture
def fake(key: dict[str, str]) -> Iterator[ArtifactRegistry]:
    with ArtifactRegistry({TOKEN}, key).serving() as fake:
        yield fake


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path)}


def opened(environ: dict[str, str], username: str = "", **at: str) -> GoogleIndex:
    config = IndexConfig("x", "google", {**WHERE, **at}, username=username)
    return impatient(GoogleIndex, config, Path(environ["HOME"]), environ)


def at(fake: ArtifactRegistry, environ: dict[str, str], username: str = "") -> GoogleIndex:
    return opened(environ, username, **{"url": fake.url, "endpoint-url": fake.url})


def test_its_powers_are_those_it_says(home: dict[str, str]) -> None:
    index = opened(home)
    assert isinstance(index, Deletes)
    assert not isinstance(index, (Yanks, Hides))


def test_both_urls_are_made_of_names(home: dict[str, str]) -> None:
    index = opened(home)
    assert index.upload_url == "https://europe-west1-python.pkg.dev/harbour/boats/"
    assert index.simple_url == "https://europe-west1-python.pkg.dev/harbour/boats/simple/"
    assert index.api == "https://artifactregistry.googleapis.com/v1"


@pytest.mark.parametrize("ending", ["", "/", "/harbour/boats", "/harbour/boats/", "/harbour/boats/simple/"])
def test_a_url_is_put_right(home: dict[str, str], ending: str) -> None:
    index = opened(home, url=f"https://pkg.example.com{ending}")
    assert index.upload_url == "https://pkg.example.com/harbour/boats/"
    assert index.simple_url == "https://pkg.example.com/harbour/boats/simple/"


def test_the_url_of_another_repository_is_refused(home: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="not that of its repository") as raised:
        opened(home, url="https://pkg.example.com/harbour/other/simple/")
    assert "/harbour/boats" in raised.value.next


def test_a_token_goes_with_its_own_user_name(fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path) -> None:
    index = at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN})
    assert list(index.problems()) == []
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    index.delete("boat", V1, [wheel.filename])
    assert index.files("boat") == {}


def test_a_key_uploads_and_becomes_a_token_where_one_is_needed(
    fake: ArtifactRegistry, home: dict[str, str], key: dict[str, str], tmp_path: Path
) -> None:
    encoded = base64.b64encode(json.dumps(key).encode()).decode()
    index = at(fake, {**home, "TAGBOAT_X_PASSWORD": encoded}, username="_json_key_base64")
    assert list(index.problems()) == []
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    index.delete("boat", V1, [wheel.filename])
    assert index.files("boat") == {}


def test_what_is_no_key_is_told_without_it(home: dict[str, str]) -> None:
    index = opened({**home, "TAGBOAT_X_PASSWORD": "s3cret"}, username="_json_key_base64")
    with pytest.raises(ConfigError, match="no base64 of a JSON key") as raised:
        index.google.bearer(index.client.credential)
    assert "s3cret" not in str(raised.value)


def kept(key: dict[str, str], path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(key))
    return path


@pytest.mark.parametrize("where", ["variable", "gcloud", "CLOUDSDK_CONFIG", "APPDATA"])
def test_application_default_credentials_become_a_token(
    fake: ArtifactRegistry, home: dict[str, str], key: dict[str, str], tmp_path: Path, where: str
) -> None:
    name = "application_default_credentials.json"
    if where == "variable":
        home["GOOGLE_APPLICATION_CREDENTIALS"] = str(kept(key, tmp_path / "key.json"))
    elif where == "gcloud":
        kept(key, tmp_path / ".config" / "gcloud" / name)
    else:
        home[where] = str(tmp_path / "kept")
        kept(key, tmp_path / "kept" / ("gcloud" if where == "APPDATA" else "") / name)
    index = at(fake, home)
    assert list(index.problems()) == []
    credential = index.client.credential
    assert credential is not None
    assert (credential.username, credential.password) == ("oauth2accesstoken", TOKEN)
    assert credential.expires is not None
    assert 3000 < credential.expires - time.time() < 3700
    index.upload(made.wheel(tmp_path / "dist"))


def test_the_identity_of_a_ci_job_becomes_a_token(
    fake: ArtifactRegistry, home: dict[str, str], tokens: str, tmp_path: Path
) -> None:
    (tmp_path / "identity").write_text("a.b.c")
    job = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/github",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": tokens,
        "credential_source": {"file": str(tmp_path / "identity")},
    }
    home["GOOGLE_APPLICATION_CREDENTIALS"] = str(kept(job, tmp_path / "job.json"))
    assert list(at(fake, home).problems()) == []


def test_a_person_who_signed_in_is_asked_for_by_our_own_proxy(
    fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path
) -> None:
    person = {"type": "authorized_user", "client_id": "c", "client_secret": "s3cret", "refresh_token": "s3cret"}
    home["GOOGLE_APPLICATION_CREDENTIALS"] = str(kept(person, tmp_path / "person.json"))
    with scripted(lambda _: Reply(502)) as proxy:
        (problem,) = at(fake, {**home, "https_proxy": proxy.url}).problems()
        assert [asked.method for asked in proxy.asked] == []  # CONNECT is no verb of that server: it says 501
    assert problem.what == "x got no token from Google"
    assert "501" in problem.why
    assert "s3cret" not in repr(problem)


def test_a_key_that_google_refuses_is_told(
    fake: ArtifactRegistry, home: dict[str, str], key: dict[str, str], tmp_path: Path
) -> None:
    refused = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    reply = Reply(400, json.dumps(refused).encode(), {"Content-Type": "application/json"})
    with scripted(lambda _: reply) as server:
        path = kept({**key, "token_uri": server.url}, tmp_path / "key.json")
        (problem,) = at(fake, {**home, "GOOGLE_APPLICATION_CREDENTIALS": str(path)}).problems()
    assert problem.what == "x got no token from Google"
    assert "Invalid JWT Signature" in problem.why
    assert str(path) in problem.next


def test_a_file_of_credentials_that_cannot_be_used_is_told(
    fake: ArtifactRegistry, home: dict[str, str], key: dict[str, str], tmp_path: Path
) -> None:
    environ = {**home, "GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "absent.json")}
    with pytest.raises(ConfigError, match=r"absent\.json cannot be read"):
        at(fake, environ).files("boat")
    nowhere = kept({**key, "token_uri": "http://127.0.0.1:1/"}, tmp_path / "nowhere.json")
    for path in (kept({"type": "banana"}, tmp_path / "odd.json"), nowhere):
        (problem,) = at(fake, {**home, "GOOGLE_APPLICATION_CREDENTIALS": str(path)}).problems()
        assert problem.what == "x got no token from Google"


@pytest.mark.parametrize("elsewhere", ["url", "endpoint-url", "simple-url"])
def test_a_token_of_google_goes_to_google_only(
    home: dict[str, str], key: dict[str, str], tmp_path: Path, elsewhere: str
) -> None:
    home["GOOGLE_APPLICATION_CREDENTIALS"] = str(kept(key, tmp_path / "key.json"))
    assert opened(home).client.credential is not None
    assert opened(home, **{elsewhere: "https://example.com/"}).client.credential is None


def test_a_machine_of_googles_needs_no_library(
    fake: ArtifactRegistry, home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("metadata-flavor") != "Google":
            return Reply(403)
        return Reply(200, json.dumps({"access_token": TOKEN, "expires_in": 3000}).encode())

    with scripted(answer) as server:
        index = at(fake, {**home, "GCE_METADATA_HOST": server.url.removeprefix("http://")})
        assert list(index.problems()) == []
        assert "service-accounts/default/token" in server.asked[0].path


def test_a_machine_without_a_service_account_has_no_token(fake: ArtifactRegistry, home: dict[str, str]) -> None:
    with scripted(lambda _: Reply(404)) as server:
        index = at(fake, {**home, "GCE_METADATA_HOST": server.url.removeprefix("http://")})
        assert index.client.credential is None


def test_whose_machine_this_is_stands_in_a_file(home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "product").write_text("Google Compute Engine\n")
    (tmp_path / "other").write_text("Boat\n")
    with scripted(lambda _: Reply(200, b'{"access_token": "t", "expires_in": 1}')) as server:
        proxied = Transport({"http_proxy": server.url})  # by which metadata.google.internal is reached here
        client = Client("x", (), Login(), proxied)
        assert Google(client, home, tmp_path, tmp_path / "product").token() is not None
        assert Google(client, {"K_SERVICE": "boat"}, tmp_path, tmp_path / "other").token() is not None
        assert Google(client, home, tmp_path, tmp_path / "other").token() is None
        assert Google(client, home, tmp_path, tmp_path / "absent").token() is None


def test_without_google_auth_the_extra_is_named(
    fake: ArtifactRegistry, home: dict[str, str], key: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)
    path = kept(key, tmp_path / "key.json")
    (problem,) = at(fake, {**home, "GOOGLE_APPLICATION_CREDENTIALS": str(path)}).problems()
    assert problem.what == "no credential is known for x"
    for choice in ("TAGBOAT_X_PASSWORD", "tagboat[google]", "gcloud auth application-default login"):
        assert choice in problem.next
    encoded = base64.b64encode(json.dumps(key).encode()).decode()
    index = at(fake, {**home, "TAGBOAT_X_PASSWORD": encoded}, username="_json_key_base64")
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    with pytest.raises(IndexFailed, match="a key alone") as raised:
        index.delete("boat", V1, [wheel.filename])
    assert "tagboat[google]" in raised.value.next


def test_deleting_without_a_credential_is_an_error(home: dict[str, str]) -> None:
    index = opened(home)
    with pytest.raises(IndexFailed, match="wants a credential"):
        index.google.bearer(index.client.login.current())


def test_a_deletion_is_waited_for(fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path) -> None:
    index = at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN})
    files = [made.wheel(tmp_path), made.sdist(tmp_path), made.wheel(tmp_path, version="1.0.0")]
    for each in files:
        index.upload(each)
    fake.looks = 3
    index.delete("boat", V1, [each.filename for each in files])
    assert index.files("boat") == {}
    assert len(fake.operations) == 2  # the version, in both of its spellings


def test_a_deletion_that_google_does_not_finish_is_told(
    fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path
) -> None:
    index = at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN})
    index.upload(wheel := made.wheel(tmp_path))
    fake.looks = 99
    with pytest.raises(IndexFailed, match=r"did not delete boat 1\.0") as raised:
        index.delete("boat", V1, [wheel.filename])
    assert "still at it" in raised.value.why


def test_a_deletion_that_went_wrong_is_told(fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path) -> None:
    index = at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN})
    index.upload(wheel := made.wheel(tmp_path))
    fake.goes_wrong = {"code": 9, "message": "the version is tagged"}
    with pytest.raises(IndexFailed) as raised:
        index.delete("boat", V1, [wheel.filename])
    assert raised.value.why == "the version is tagged"
    fake.allowed = False
    with pytest.raises(IndexFailed) as raised:
        index.delete("boat", V1, [wheel.filename])
    assert "Permission 'artifactregistry.versions.delete' denied" in raised.value.why


@pytest.mark.parametrize("body", [b"<html>proxy</html>", b"[]", b"{}"])
def test_an_answer_that_is_no_operation_is_told(
    fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path, body: bytes
) -> None:
    at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN}).upload(wheel := made.wheel(tmp_path))
    with scripted(lambda _: Reply(200, body, {"Content-Type": "text/html"})) as proxy:
        index = opened({**home, "TAGBOAT_X_TOKEN": TOKEN}, **{"url": fake.url, "endpoint-url": proxy.url})
        with pytest.raises(IndexFailed, match="did not delete"):
            index.delete("boat", V1, [wheel.filename])


def test_what_is_gone_when_its_turn_comes_is_no_error(
    fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path
) -> None:
    at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN}).upload(wheel := made.wheel(tmp_path))

    def answer(asked: Asked) -> Reply:
        fake.files.clear()  # somebody was quicker
        return Reply(404)

    with scripted(answer) as api:
        index = opened({**home, "TAGBOAT_X_TOKEN": TOKEN}, **{"url": fake.url, "endpoint-url": api.url})
        index.delete("boat", V1, [wheel.filename])
        assert api.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_an_api_that_does_not_know_what_the_page_lists_is_told(
    fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path
) -> None:
    at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN}).upload(wheel := made.wheel(tmp_path))
    with scripted(lambda _: Reply(404)) as api:
        index = opened({**home, "TAGBOAT_X_TOKEN": TOKEN}, **{"url": fake.url, "endpoint-url": api.url})
        with pytest.raises(IndexFailed, match="still lists"):
            index.delete("boat", V1, [wheel.filename])


def test_nothing_is_removed_when_somebody_elses_file_would_go_too(
    fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path
) -> None:
    index = at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN})
    ours, theirs = made.wheel(tmp_path), made.sdist(tmp_path)
    index.upload(ours)
    index.upload(theirs)
    with pytest.raises(Irreversible, match=theirs.filename):
        index.delete("boat", V1, [ours.filename])
    assert len(index.files("boat")) == 2


def test_a_duplicate_is_decided_by_bytes_where_pages_tell_no_hash(
    fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path
) -> None:
    fake.hashes = False
    index = at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN})
    index.upload(made.wheel(tmp_path / "a"))
    index.upload(made.wheel(tmp_path / "a"))
    assert len(fake.posts()) == 1
    with pytest.raises(Blocked, match="other bytes"):
        index.upload(made.wheel(tmp_path / "b", payload=b"other"))


def test_a_server_in_trouble_is_looked_at_again(fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path) -> None:
    index = at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN})
    fake.fail_next(text_reply(502, "bad gateway"), None)
    index.upload(wheel := made.wheel(tmp_path))
    assert list(index.files("boat")) == [wheel.filename]
    assert len(fake.posts()) == 3


@pytest.mark.parametrize("tool", ["twine", "uv"])
def test_other_clients_publish_too(fake: ArtifactRegistry, home: dict[str, str], tmp_path: Path, tool: str) -> None:
    wheel = made.wheel(tmp_path / "a")
    assert publish(tool, f"{fake.url}/harbour/boats/", tmp_path, wheel.path) == 0
    assert publish(tool, f"{fake.url}/harbour/boats/", tmp_path, wheel.path) != 0
    assert at(fake, {**home, "TAGBOAT_X_TOKEN": TOKEN}).files("boat")[wheel.filename].sha256 == wheel.sha256


def publish(tool: str, url: str, home: Path, path: Path) -> int:
    user = "oauth2accesstoken"
    commands = {
        "twine": [sys.executable, "-m", "twine", "upload", "--non-interactive", "--repository-url", url, str(path)],
        "uv": [uv.find_uv_bin(), "publish", "--no-config", "--publish-url", url, str(path)],
    }
    secrets = {
        "TWINE_USERNAME": user,
        "TWINE_PASSWORD": TOKEN,
        "UV_PUBLISH_USERNAME": user,
        "UV_PUBLISH_PASSWORD": TOKEN,
    }
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "TWINE_"))}
    return subprocess.run(
        commands[tool], env={**mine, **secrets, "HOME": str(home)}, capture_output=True, check=False
    ).returncode
