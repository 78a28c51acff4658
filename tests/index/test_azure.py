from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uv
from packaging.version import Version
from tests.index import made
from tests.index.fakes.azure import Azure
from tests.index.fakes.contract import text_reply
from tests.index.opening import impatient
from tests.index.scripted import Asked, Reply, scripted

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, ConfigError, IndexFailed, Irreversible
from tagboat.index import Deletes, Hides, Promotes, Yanks, open_index
from tagboat.index.credentials.azure import SCOPE, entra_token
from tagboat.index.from_environment import index_from_environment
from tagboat.index.kinds.azure import AzureIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

V1 = Version("1.0")
TOKEN = "pat-only-for-tests"
WHERE = {"organization": "harbour", "project": "big boats", "feed": "releases"}


@pytest.fixture
def fake() -> Iterator[Azure]:
    with Azure(TOKEN).serving() as fake:
        yield fake


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """No credential, and no `az`."""
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin")}


@pytest.fixture
def token(home: dict[str, str]) -> dict[str, str]:
    return {**home, "SYSTEM_ACCESSTOKEN": TOKEN}


def opened(environ: dict[str, str], **at: str) -> AzureIndex:
    return impatient(AzureIndex, IndexConfig("x", "azure", {**WHERE, **at}), Path(environ["HOME"]), environ)


def test_its_powers_are_those_it_says(home: dict[str, str]) -> None:
    index = opened(home)
    assert isinstance(index, Hides)
    assert isinstance(index, Promotes)
    assert not isinstance(index, (Yanks, Deletes))  # a number that was used once stays taken


def test_both_urls_are_made_of_names(home: dict[str, str]) -> None:
    root = "https://pkgs.dev.azure.com/harbour/big%20boats/_packaging"
    index = opened(home)
    assert index.upload_url == f"{root}/releases/pypi/upload/"
    assert index.simple_url == f"{root}/releases/pypi/simple/"


@pytest.mark.parametrize(
    ("view", "shown"), [("Release", "releases@Release"), ("@Release", "releases@Release"), ("@Local", "releases")]
)
def test_a_view_is_installed_from_and_the_feed_uploaded_to(home: dict[str, str], view: str, shown: str) -> None:
    root = "https://pkgs.dev.azure.com/harbour/big%20boats/_packaging"
    index = opened(home, view=view)
    assert index.upload_url == f"{root}/releases/pypi/upload/"
    assert index.simple_url == f"{root}/{shown}/pypi/simple/"
    assert f"{root}/{shown}/" in index.summary


@pytest.mark.parametrize("ending", ["", "/", "/harbour", "/harbour/big%20boats", "/harbour/big%20boats/"])
def test_a_url_may_name_the_organisation_again(home: dict[str, str], ending: str) -> None:
    index = opened(home, url=f"https://azure.example.com{ending}")
    assert index.upload_url == "https://azure.example.com/harbour/big%20boats/_packaging/releases/pypi/upload/"


@pytest.mark.parametrize("ending", ["upload/", "simple/"])
def test_the_url_of_a_feed_is_refused(home: dict[str, str], ending: str) -> None:
    with pytest.raises(ConfigError, match="that of a feed") as raised:
        opened(home, url=f"https://pkgs.dev.azure.com/harbour/_packaging/releases/pypi/{ending}")
    assert "organization, project and feed" in raised.value.next


@pytest.mark.parametrize(
    "given", [{"SYSTEM_ACCESSTOKEN": TOKEN}, {"AZURE_ARTIFACTS_TOKEN": TOKEN}, {"TAGBOAT_X_TOKEN": TOKEN}]
)
def test_a_token_needs_no_user_name(fake: Azure, home: dict[str, str], given: dict[str, str], tmp_path: Path) -> None:
    index = opened({**home, **given}, url=fake.url)
    assert list(index.problems()) == []
    index.upload(made.wheel(tmp_path / "dist"))


def test_a_pipelines_token_goes_to_azure_and_to_the_server_that_runs_it(token: dict[str, str]) -> None:
    assert opened(token).client.credential is not None
    assert opened(token, url="https://tfs.example.com/tfs").client.credential is None
    on_it = {**token, "SYSTEM_COLLECTIONURI": "https://tfs.example.com/tfs/harbour/"}
    assert opened(on_it, url="https://tfs.example.com/tfs").client.credential is not None


def test_without_any_credential_the_choices_are_named(fake: Azure, home: dict[str, str]) -> None:
    (problem,) = opened(home, url=fake.url).problems()
    assert problem.what == "no credential is known for x"
    for choice in ("TAGBOAT_X_PASSWORD", "AZURE_ARTIFACTS_TOKEN", "SYSTEM_ACCESSTOKEN", "az login", "tagboat[azure]"):
        assert choice in problem.next


def test_a_token_that_entra_refuses_is_a_problem(fake: Azure, home: dict[str, str]) -> None:
    (problem,) = opened(principal(home, "secret", "https://127.0.0.1:1"), url=fake.url).problems()
    assert problem.what == "x could not get a token from Microsoft Entra (AZURE_CLIENT_SECRET)"
    assert "personal access token" in problem.next


@pytest.mark.parametrize("status", [203, 302])
def test_a_page_to_sign_in_on_is_no_page(token: dict[str, str], status: int) -> None:
    page = Reply(status, b"<html><form></form></html>", {"Content-Type": "text/html", "Location": "/signin"})
    with scripted(lambda _: page) as server:
        (problem,) = opened(token, url=server.url).problems()
    assert problem.what == "x cannot be read"


def test_the_variables_of_the_first_seed_publish(fake: Azure, home: dict[str, str], tmp_path: Path) -> None:
    environ = {
        **home,
        "AZURE_ORG": "harbour",
        "AZURE_PROJECT": "big boats",
        "AZURE_FEED": "releases",
        "AZURE_ARTIFACTS_TOKEN": TOKEN,
    }
    found = index_from_environment({**environ, "PYPI_BACKEND": "azure_artifacts"})
    assert found is not None
    config = replace(found.config, at={**found.config.at, "url": fake.url})  # else the token is not meant for it
    index = open_index(config, root=tmp_path, environ=environ)
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    assert list(index.files("boat")) == [wheel.filename]


def test_an_upload_that_was_taken_and_answered_with_503_is_not_sent_again(
    fake: Azure, token: dict[str, str], tmp_path: Path
) -> None:
    index = opened(token, url=fake.url)
    fake.takes_and_fails = 1
    index.upload(made.wheel(tmp_path / "dist"))
    assert len(fake.posts()) == 1


def test_a_refusal_after_our_own_503_is_decided_by_the_bytes(
    fake: Azure, token: dict[str, str], tmp_path: Path
) -> None:
    index = opened(token, url=fake.url)
    fake.takes_and_fails, fake.stale_reads = 1, 2  # the page lags: our second try is refused with 409
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    assert len(fake.posts()) == 2
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256


def test_a_server_in_trouble_is_looked_at_again(fake: Azure, token: dict[str, str], tmp_path: Path) -> None:
    index = opened(token, url=fake.url)
    waits: list[float] = []
    index.client.transport = replace(index.client.transport, sleep=waits.append)
    busy = Reply(429, b"<html>slow down</html>", {"Content-Type": "text/html", "Retry-After": "9"})
    fake.fail_next(busy, text_reply(500, "oops"))
    index.upload(made.wheel(tmp_path / "dist"))
    assert len(fake.posts()) == 3
    assert waits[0] == 9


def test_the_number_of_a_hidden_version_stays_taken(fake: Azure, token: dict[str, str], tmp_path: Path) -> None:
    index = opened(token, url=fake.url)
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    index.hide("Boat", V1, "sinks")
    index.hide("Boat", V1, "sinks")
    with pytest.raises(IndexFailed, match="did not take") as raised:
        index.upload(wheel)
    assert "already contains file" in raised.value.why
    index.unhide("boat", V1)
    index.unhide("boat", V1)
    assert list(index.files("boat")) == [wheel.filename]


def test_a_restoration_whose_answer_was_lost_is_seen_on_the_page(
    fake: Azure, token: dict[str, str], tmp_path: Path
) -> None:
    index = opened(token, url=fake.url)
    index.upload(made.wheel(tmp_path / "dist"))
    index.hide("boat", V1, "sinks")
    fake.loses_answers = 1  # the second try is told that nothing is in the recycle bin
    index.unhide("boat", V1)
    assert len(index.files("boat")) == 1


def test_what_left_the_recycle_bin_does_not_come_back(fake: Azure, token: dict[str, str], tmp_path: Path) -> None:
    index = opened(token, url=fake.url)
    index.upload(made.wheel(tmp_path / "dist"))
    index.hide("boat", V1, "sinks")
    fake.packages.clear()
    with pytest.raises(Irreversible, match="not in the recycle bin") as raised:
        index.unhide("boat", V1)
    assert "30 days" in raised.value.why


def test_a_token_that_may_only_upload_hides_and_promotes_nothing(
    fake: Azure, token: dict[str, str], tmp_path: Path
) -> None:
    index, view = opened(token, url=fake.url), opened(token, url=fake.url, view="Release")
    index.upload(made.wheel(tmp_path / "dist"))
    fake.manages = False
    with pytest.raises(IndexFailed, match=r"did not move boat 1\.0 to the recycle bin") as raised:
        index.hide("boat", V1, "sinks")
    assert "User lacks permission" in raised.value.why
    with pytest.raises(IndexFailed, match=r"did not promote boat 1\.0 to Release"):
        index.promote("boat", V1, view)
    fake.packages["boat", "1.0"].deleted = True
    with pytest.raises(IndexFailed, match=r"did not bring boat 1\.0 back"):
        index.unhide("boat", V1)


def test_a_version_is_promoted_to_a_view(fake: Azure, token: dict[str, str], tmp_path: Path) -> None:
    feed, view = opened(token, url=fake.url), opened(token, url=fake.url, view="Release")
    feed.upload(wheel := made.wheel(tmp_path / "dist", version="1.0+local.1"))
    version = Version("1.0+local.1")
    assert view.files("boat") == {}
    assert feed.can_promote(view)
    feed.promote("boat", version, view)
    feed.promote("boat", version, view)
    assert view.files("boat")[wheel.filename].sha256 == wheel.sha256
    view.hide("boat", version, "sinks")
    assert feed.files("boat") == {}


def test_promoting_needs_a_view_of_the_same_feed(home: dict[str, str]) -> None:
    feed, view = opened(home), opened(home, view="Release")
    assert not view.can_promote(view)
    assert not view.can_promote(feed)
    assert not feed.can_promote(opened(home, view="Release", feed="other"))
    elsewhere = IndexConfig("d", "directory", {"path": "d"})
    assert not feed.can_promote(open_index(elsewhere, root=Path(home["HOME"]), environ=home))


def test_a_view_takes_no_uploads_and_says_so_before(fake: Azure, token: dict[str, str], tmp_path: Path) -> None:
    view = opened(token, url=fake.url, view="Release")
    wheel = made.wheel(tmp_path / "dist")
    (problem,) = view.objections([wheel])
    assert "views take no uploads" in problem.what
    assert wheel.filename in problem.why
    with pytest.raises(IndexFailed, match="views take no uploads"):
        view.upload(wheel)
    assert list(opened(token, url=fake.url).objections([wheel])) == []
    assert fake.posts() == []


def test_what_the_feed_has_is_published_to_a_view_by_promoting(
    fake: Azure, token: dict[str, str], tmp_path: Path
) -> None:
    feed, view = opened(token, url=fake.url), opened(token, url=fake.url, view="Release")
    files = [made.wheel(tmp_path / "dist"), made.sdist(tmp_path / "dist")]
    for each in files:
        feed.upload(each)
    assert list(view.objections(files)) == []
    for each in files:
        view.upload(each)
    assert view.files("boat").keys() == {each.filename for each in files}
    assert fake.packages["boat", "1.0"].views == ["Release"]
    with pytest.raises(Blocked, match="other bytes"):
        view.upload(made.wheel(tmp_path / "b", payload=b"other"))


CLI = """
import json, os, sys
from pathlib import Path
from tagboat.config import IndexConfig
from tagboat.index import open_index
index = open_index(IndexConfig("x", "azure", json.loads(sys.argv[1])), root=Path("."), environ=dict(os.environ))
problems = list(index.problems())
found = index.client.credential
print(json.dumps([[problem.what for problem in problems], found and [found.username, found.source, found.expires]]))
"""


@pytest.mark.skipif(os.name == "nt", reason="the stand-in of az is a script of sh")
@pytest.mark.parametrize("signed_in", [True, False])
def test_whom_az_signed_in_is_let_in(fake: Azure, home: dict[str, str], tmp_path: Path, *, signed_in: bool) -> None:
    ends = int(time.time()) + 3000
    token = {"accessToken": TOKEN, "expires_on": ends, "tokenType": "Bearer"}
    says = f"echo '{json.dumps(token)}'" if signed_in else "echo \"Please run 'az login'\" >&2; exit 1"
    az = tmp_path / "bin" / "az"
    az.parent.mkdir()
    az.write_text(f"#!/bin/sh\n{says}\n")
    az.chmod(0o755)
    environ = {**home, "PATH": f"{az.parent}:/usr/bin:/bin", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    done = subprocess.run(
        [sys.executable, "-c", CLI, json.dumps({**WHERE, "url": fake.url})],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    problems, found = json.loads(done.stdout)
    if signed_in:
        assert (problems, found) == ([], ["tagboat", "Microsoft Entra (az login)", ends])
    else:
        assert (problems, found) == (["no credential is known for x"], None)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 in one file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def principal(home: dict[str, str], kind: str, host: str) -> dict[str, str]:
    """A service principal with a secret, or a workload with a token in a file."""
    identity = Path(home["HOME"]) / "identity"
    identity.write_text("a.b.c")
    more = {"secret": {"AZURE_CLIENT_SECRET": "s3cret"}, "file": {"AZURE_FEDERATED_TOKEN_FILE": str(identity)}}
    who = {"AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111", "AZURE_CLIENT_ID": "boat"}
    return {**home, **who, **more[kind], "AZURE_AUTHORITY_HOST": host}


@pytest.mark.parametrize("kind", ["secret", "file"])
def test_a_principal_is_let_in(
    fake: Azure, home: dict[str, str], certificate: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)  # requests prefers it to what it is told

    def answer(asked: Asked) -> Reply:
        tenant = f"https://{asked.headers['host']}/11111111-1111-1111-1111-111111111111"
        if asked.method == "POST":
            good = b"client_secret=s3cret" in asked.body or b"client_assertion=a.b.c" in asked.body
            assert SCOPE.partition("/")[0].encode() in asked.body
            found = {"access_token": TOKEN, "expires_in": 3000, "token_type": "Bearer"} if good else {"error": "no"}
        else:
            names = {"token_endpoint": "token", "authorization_endpoint": "authorize", "issuer": "v2.0"}
            found = {key: f"{tenant}/{name}" for key, name in names.items()}
        return Reply(200, json.dumps(found).encode(), {"Content-Type": "application/json"})

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with scripted(answer, context) as server:
        environ = principal(home, kind, server.url)
        credential = entra_token("x", environ, certificate.with_suffix(".crt"))
    assert credential is not None
    assert (credential.username, credential.password) == ("tagboat", TOKEN)
    assert credential.expires is not None
    assert 2000 < credential.expires - time.time() < 3100


@pytest.mark.parametrize("kind", ["secret", "file"])
def test_a_principal_that_cannot_be_asked_for_is_told(home: dict[str, str], kind: str) -> None:
    with pytest.raises(IndexFailed, match="x could not get a token from Microsoft Entra") as raised:
        entra_token("x", principal(home, kind, "https://127.0.0.1:1"))
    assert "s3cret" not in str(raised.value)


def test_without_azure_identity_nobody_is_found(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    assert entra_token("x", home) is None


@pytest.mark.parametrize("tool", ["twine", "uv"])
def test_other_clients_publish_too(fake: Azure, token: dict[str, str], tmp_path: Path, tool: str) -> None:
    wheel = made.wheel(tmp_path / "a")
    url = f"{fake.url}/harbour/big%20boats/_packaging/releases/pypi/upload/"
    assert publish(tool, url, tmp_path, wheel.path) == 0
    assert publish(tool, url, tmp_path, wheel.path) != 0
    assert opened(token, url=fake.url).files("boat")[wheel.filename].sha256 == wheel.sha256


def publish(tool: str, url: str, home: Path, path: Path) -> int:
    commands = {
        "twine": [sys.executable, "-m", "twine", "upload", "--non-interactive", "--repository-url", url, str(path)],
        "uv": [uv.find_uv_bin(), "publish", "--no-config", "--publish-url", url, str(path)],
    }
    secrets = {
        "TWINE_USERNAME": "anybody",
        "TWINE_PASSWORD": TOKEN,
        "UV_PUBLISH_USERNAME": "anybody",
        "UV_PUBLISH_PASSWORD": TOKEN,
    }
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "TWINE_"))}
    return subprocess.run(
        commands[tool], env={**mine, **secrets, "HOME": str(home)}, capture_output=True, check=False
    ).returncode
