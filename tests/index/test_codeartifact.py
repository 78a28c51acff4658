from __future__ import annotations

import os
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
from tests.index.fakes.codeartifact import DOMAIN, KEY, OWNER, REGION, SECRET, CodeArtifact, PackageVersion
from tests.index.fakes.contract import text_reply
from tests.index.scripted import Asked, Reply, scripted

from tagboat.config import IndexConfig
from tagboat.errors import Blocked, ConfigError, IndexFailed, Irreversible
from tagboat.index import Deletes, Hides, Promotes, Yanks, open_index
from tagboat.index.from_environment import index_from_environment
from tagboat.index.kinds.codeartifact import CodeArtifactIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

V1 = Version("1.0")
WHERE = {"domain": DOMAIN, "repository": "releases"}
TOKEN = "only-for-tests-3fa9"
HOST = f"https://{DOMAIN}-{OWNER}.d.codeartifact.{REGION}.amazonaws.com"


@pytest.fixture
def fake() -> Iterator[CodeArtifact]:
    with CodeArtifact("releases", "staging", token=TOKEN).serving() as fake:
        yield fake


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """No credential at all."""
    return {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def aws(home: dict[str, str]) -> dict[str, str]:
    """Credentials for AWS, and no token."""
    return {**home, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION}


def opened(environ: dict[str, str], name: str = "x", *, insecure: bool = False, **at: str) -> CodeArtifactIndex:
    config = IndexConfig(name, "codeartifact", {**WHERE, **at}, insecure=insecure)
    index = open_index(config, root=Path(environ["HOME"]), environ=environ)
    assert isinstance(index, CodeArtifactIndex)
    return index


def at(fake: CodeArtifact, environ: dict[str, str], repository: str = "releases") -> CodeArtifactIndex:
    return opened(environ, repository=repository, owner=OWNER, **{"url": fake.url, "endpoint-url": fake.url})


def without_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine where the extra is not installed."""
    monkeypatch.setitem(sys.modules, "boto3", None)


def test_its_powers_are_those_it_says(home: dict[str, str]) -> None:
    index = opened(home, owner=OWNER, region=REGION)
    assert isinstance(index, Hides)
    assert isinstance(index, Deletes)
    assert isinstance(index, Promotes)
    assert not isinstance(index, Yanks)


@pytest.mark.parametrize(
    "environ",
    [
        {"AWS_REGION": REGION, "AWS_ACCOUNT_ID": OWNER},
        {"AWS_DEFAULT_REGION": REGION, "CODEARTIFACT_DOMAIN_OWNER": OWNER, "AWS_ACCOUNT_ID": "999999999999"},
        {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCOUNT_ID": OWNER},
    ],
)
def test_both_urls_are_made_of_names_and_nobody_is_asked(home: dict[str, str], environ: dict[str, str]) -> None:
    index = opened({**home, **environ})
    assert index.upload_url == f"{HOST}/pypi/releases/"
    assert index.simple_url == f"{HOST}/pypi/releases/simple/"


def test_the_configuration_wins_over_the_environment(home: dict[str, str]) -> None:
    environ = {**home, "AWS_REGION": "us-east-1", "AWS_ACCOUNT_ID": "999999999999"}
    assert opened(environ, owner=OWNER, region=REGION).upload_url.startswith(HOST)


@pytest.mark.parametrize("ending", ["", "/", "/pypi/releases", "/pypi/releases/", "/pypi/releases/simple/"])
def test_a_url_is_put_right(home: dict[str, str], ending: str) -> None:
    index = opened(home, url=f"https://vpce.example.com{ending}")
    assert index.upload_url == "https://vpce.example.com/pypi/releases/"
    assert index.simple_url == "https://vpce.example.com/pypi/releases/simple/"


def test_the_url_of_another_repository_is_refused(home: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="not that of its repository") as raised:
        opened(home, url="https://vpce.example.com/pypi/other/simple/")
    assert "/pypi/releases" in raised.value.next


def test_an_owner_that_is_no_account_is_refused(home: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="no account of AWS: 1234-5678-9012") as raised:
        opened(home, owner="1234-5678-9012", region=REGION)
    assert "owner" in raised.value.next


def test_where_it_is_can_be_asked_of_aws(fake: CodeArtifact, aws: dict[str, str], tmp_path: Path) -> None:
    index = opened(aws, **{"endpoint-url": fake.url})
    assert index.upload_url == f"{fake.url}/pypi/releases/"
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256


def test_a_place_that_nobody_knows_is_told_with_the_choices(home: dict[str, str], fake: CodeArtifact) -> None:
    with pytest.raises(ConfigError, match="owner or the region is missing") as raised:
        opened(home, **{"endpoint-url": fake.url})
    assert raised.value.why.startswith("AWS was asked: ")
    for choice in ("owner", "region", "CODEARTIFACT_DOMAIN_OWNER", "AWS_REGION", "tagboat[aws]"):
        assert choice in raised.value.next


def test_without_boto3_the_place_has_to_be_known(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    without_boto3(monkeypatch)
    with pytest.raises(ConfigError, match="owner or the region is missing") as raised:
        opened(home, region=REGION)
    assert raised.value.why == ""


def test_aws_credentials_become_a_token_for_the_user_aws(
    fake: CodeArtifact, aws: dict[str, str], tmp_path: Path
) -> None:
    index = at(fake, aws)
    assert list(index.problems()) == []
    index.upload(made.wheel(tmp_path / "dist"))
    credential = index.client.credential
    assert credential is not None
    assert (credential.username, credential.source) == ("aws", "AWS (env)")
    assert sum(asked.path.startswith("/v1/authorization-token") for asked in fake.asked) == 1


def test_a_token_that_ends_is_renewed(fake: CodeArtifact, aws: dict[str, str], tmp_path: Path) -> None:
    fake.lifetime = 30  # less than what is soon
    index = at(fake, aws)
    index.upload(made.wheel(tmp_path / "dist"))
    first = index.client.credential
    index.upload(made.sdist(tmp_path / "dist"))
    second = index.client.credential
    assert first is not None
    assert second is not None
    assert first.password != second.password


def test_a_profile_is_read_from_the_home_that_was_given(
    fake: CodeArtifact, home: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(
        f"[ship]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
    )
    (tmp_path / ".aws" / "config").write_text(f"[profile ship]\nregion = {REGION}\n")
    index = at(fake, {**home, "AWS_PROFILE": "ship"})
    assert list(index.problems()) == []
    assert index.client.credential is not None
    assert index.client.credential.source == "AWS (shared-credentials-file)"


def test_credentials_of_a_container_are_found(fake: CodeArtifact, home: dict[str, str]) -> None:
    def answer(asked: Asked) -> Reply:
        found = {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}
        return Reply(200, str(found).replace("'", '"').encode(), {"Content-Type": "application/json"})

    with scripted(answer) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        index = at(fake, {**home, "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/role", "AWS_REGION": REGION})
        assert index.client.credential is not None
        assert index.client.credential.source == "AWS (container-role)"


def test_a_web_identity_is_looked_for_where_the_environment_says(fake: CodeArtifact, home: dict[str, str]) -> None:
    role = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token", "AWS_ROLE_ARN": f"arn:aws:iam::{OWNER}:role/boat"}
    (problem,) = at(fake, {**home, **role, "AWS_REGION": REGION}).problems()
    assert "/nowhere/token" in problem.why


def test_the_variables_of_this_process_are_not_those_that_count(
    fake: CodeArtifact, home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", REGION)
    assert at(fake, home).client.credential is None


@pytest.mark.parametrize("key", ["url", "simple-url"])
def test_tokens_of_the_cloud_go_to_its_own_servers_only(home: dict[str, str], key: str) -> None:
    environ = {**home, "CODEARTIFACT_AUTH_TOKEN": TOKEN}
    where = {"owner": OWNER, "region": REGION}
    assert opened(environ, **where).client.credential is not None
    assert (
        opened(environ, **where, **{key: "https://vpce-1.d.codeartifact.amazonaws.com/"}).client.credential is not None
    )
    for elsewhere in ("https://example.com/", "https://notamazonaws.com/", "http://vpce-1.amazonaws.com/"):
        index = opened(environ, insecure=True, **where, **{key: elsewhere})
        assert index.client.credential is None
        assert "servers of AWS" in index.choices
        given = {**environ, "TAGBOAT_X_TOKEN": "set for this index"}
        own = opened(given, insecure=True, **where, **{key: elsewhere})
        assert own.client.credential is not None


def test_without_any_credential_the_choices_are_named(fake: CodeArtifact, home: dict[str, str]) -> None:
    (problem,) = at(fake, {**home, "AWS_REGION": REGION}).problems()
    assert problem.what == "no credential is known for x"
    for choice in ("TAGBOAT_X_PASSWORD", "CODEARTIFACT_AUTH_TOKEN", "AWS_CODEARTIFACT_TOKEN", "tagboat[aws]"):
        assert choice in problem.next


@pytest.mark.parametrize("given", ["CODEARTIFACT_AUTH_TOKEN", "AWS_CODEARTIFACT_TOKEN", "TAGBOAT_X_TOKEN"])
def test_a_token_alone_publishes_without_boto3(
    fake: CodeArtifact, home: dict[str, str], tmp_path: Path, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_boto3(monkeypatch)
    index = at(fake, {**home, given: TOKEN})
    assert list(index.problems()) == []
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    assert index.files("boat", V1)[wheel.filename].sha256 == wheel.sha256
    with pytest.raises(IndexFailed, match="cannot be asked to list package versions") as raised:
        index.hide("boat", V1, "sinks")
    assert "tagboat[aws]" in raised.value.next


def test_without_boto3_and_without_a_token_nothing_is_found(
    fake: CodeArtifact, aws: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_boto3(monkeypatch)
    (problem,) = at(fake, aws).problems()
    assert problem.what == "no credential is known for x"


def test_the_variables_of_the_first_seed_publish(fake: CodeArtifact, home: dict[str, str], tmp_path: Path) -> None:
    environ = {
        **home,
        "CODEARTIFACT_DOMAIN": DOMAIN,
        "CODEARTIFACT_REPOSITORY": "releases",
        "AWS_ACCOUNT_ID": OWNER,
        "AWS_REGION": REGION,
        "AWS_CODEARTIFACT_TOKEN": TOKEN,
    }
    found = index_from_environment({**environ, "PYPI_BACKEND": "aws_codeartifact"})
    assert found is not None
    config = replace(found.config, at={**found.config.at, "url": fake.url})  # else the token is not meant for it
    index = open_index(config, root=tmp_path, environ=environ)
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    assert list(index.files("boat")) == [wheel.filename]


def test_what_aws_refuses_is_told_in_its_words(fake: CodeArtifact, aws: dict[str, str]) -> None:
    fake.allowed = False
    (problem,) = at(fake, aws).problems()
    assert problem.what == "x could not get authorization token"
    assert "AccessDeniedException: User is not authorized" in problem.why
    assert "sts:GetServiceBearerToken" in problem.next
    (problem,) = at(fake, {**aws, "AWS_ACCESS_KEY_ID": "AKIAWRONG0000000"}).problems()
    assert "UnrecognizedClientException" in problem.why
    assert "Sign in to AWS" in problem.next


def test_a_profile_that_does_not_exist_is_told(fake: CodeArtifact, aws: dict[str, str]) -> None:
    (problem,) = at(fake, {**aws, "AWS_PROFILE": "nobody"}).problems()
    assert "nobody" in problem.why


def test_an_api_that_cannot_be_reached_is_told(aws: dict[str, str]) -> None:
    index = opened(aws, owner=OWNER, **{"url": "http://127.0.0.1:1", "endpoint-url": "http://127.0.0.1:1"})
    (problem,) = index.problems()
    assert "http://127.0.0.1:1" in problem.why


def test_an_expired_token_is_found_before_an_upload(fake: CodeArtifact, home: dict[str, str]) -> None:
    fake.tokens[TOKEN].expires = time.time() - 1
    (problem,) = at(fake, {**home, "CODEARTIFACT_AUTH_TOKEN": TOKEN}).problems()
    assert problem.what == "x cannot be read"
    assert "401" in problem.why


def test_a_page_without_hashes_gets_them_from_the_api(fake: CodeArtifact, aws: dict[str, str], tmp_path: Path) -> None:
    fake.hashes, fake.page_size = False, 1
    index = at(fake, aws)
    wheel, sdist = made.wheel(tmp_path / "dist"), made.sdist(tmp_path / "dist")
    index.upload(wheel)
    index.upload(sdist)
    listed = index.files("boat", V1)
    assert {name: file.sha256 for name, file in listed.items()} == {
        wheel.filename: wheel.sha256,
        sdist.filename: sdist.sha256,
    }


def test_where_neither_tells_a_hash_the_file_is_counted(
    fake: CodeArtifact, home: dict[str, str], tmp_path: Path
) -> None:
    fake.hashes = False
    index = at(fake, {**home, "CODEARTIFACT_AUTH_TOKEN": TOKEN, "AWS_REGION": REGION})
    index.upload(made.wheel(tmp_path / "a"))
    index.upload(made.wheel(tmp_path / "a"))
    assert [file.sha256 for file in index.files("boat", V1).values()] == [None]
    with pytest.raises(Blocked, match="other bytes"):
        index.upload(made.wheel(tmp_path / "b", payload=b"other"))


def test_a_hidden_version_stays_for_whoever_has_its_url(
    fake: CodeArtifact, aws: dict[str, str], tmp_path: Path
) -> None:
    index = at(fake, aws)
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    (file,) = index.files("boat").values()
    index.hide("boat", Version("1.0.0"), "sinks")  # the same version, spelled in another way
    assert fake.repositories["releases"]["boat", "1.0"].status == "Unlisted"
    assert index.files("boat") == {}
    assert index.fetch(file, tmp_path / "kept").read_bytes() == wheel.path.read_bytes()


def test_an_archived_version_is_left_to_who_archived_it(
    fake: CodeArtifact, aws: dict[str, str], tmp_path: Path
) -> None:
    index = at(fake, aws)
    index.upload(made.wheel(tmp_path / "dist"))
    held = fake.repositories["releases"]["boat", "1.0"]
    held.status = "Archived"
    index.hide("boat", V1, "sinks")
    with pytest.raises(Irreversible, match="archived"):
        index.unhide("boat", V1)
    assert held.status == "Archived"


@pytest.mark.parametrize("code", ["MISMATCHED_STATUS", "NOT_ALLOWED", "SKIPPED", "MISMATCHED_REVISION", "silence"])
def test_what_failed_is_read_although_the_answer_is_200(
    fake: CodeArtifact, aws: dict[str, str], tmp_path: Path, code: str
) -> None:
    index = at(fake, aws)
    index.upload(made.wheel(tmp_path / "dist"))
    fake.fail_with["1.0"] = code
    for act in (
        lambda: index.hide("boat", V1, "sinks"),
        lambda: index.delete("boat", V1, ["boat-1.0-py3-none-any.whl"]),
    ):
        with pytest.raises(IndexFailed) as raised:
            act()
        assert ("not a word" if code == "silence" else f"1.0: {code} ({code} it is)") in raised.value.why


def test_hiding_what_is_not_there_is_an_error(fake: CodeArtifact, aws: dict[str, str]) -> None:
    with pytest.raises(IndexFailed, match=r"x has no boat 1\.0"):
        at(fake, aws).hide("boat", V1, "sinks")


def test_a_repository_that_is_not_there_is_told(fake: CodeArtifact, aws: dict[str, str]) -> None:
    with pytest.raises(IndexFailed, match="could not list package versions") as raised:
        at(fake, aws, "absent").hide("boat", V1, "sinks")
    assert "Repository not found: absent" in raised.value.why
    assert "repository" in raised.value.next


def test_versions_that_no_standard_knows_are_passed_over(
    fake: CodeArtifact, aws: dict[str, str], tmp_path: Path
) -> None:
    fake.page_size = 1
    fake.repositories["releases"]["boat", "banana"] = PackageVersion()
    index = at(fake, aws)
    index.upload(made.wheel(tmp_path / "dist"))
    index.hide("boat", V1, "sinks")
    assert fake.repositories["releases"]["boat", "banana"].status == "Published"


def test_nothing_is_removed_when_somebody_elses_file_would_go_too(
    fake: CodeArtifact, aws: dict[str, str], tmp_path: Path
) -> None:
    index = at(fake, aws)
    ours, theirs = made.wheel(tmp_path / "dist"), made.sdist(tmp_path / "dist")
    index.upload(ours)
    index.upload(theirs)
    with pytest.raises(Irreversible, match=theirs.filename):
        index.delete("boat", V1, [ours.filename])
    index.delete("boat", V1, ["never-1.0.tar.gz"])
    assert len(index.files("boat")) == 2
    asked = len(fake.asked)
    index.delete("boat", V1, [])  # nothing of ours: that needs no API
    assert len(fake.asked) == asked


def test_a_page_that_still_lists_what_was_deleted_is_told(
    fake: CodeArtifact, aws: dict[str, str], tmp_path: Path
) -> None:
    index = at(fake, aws)
    index.client.transport = replace(index.client.transport, sleep=lambda _: None)
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    index.reader = at(fake, aws, "staging").reader  # as a page that shows another repository, too
    at(fake, aws, "staging").upload(wheel)
    with pytest.raises(IndexFailed, match="but still lists boat-1") as raised:
        index.delete("boat", V1, [wheel.filename])
    assert "Some other index" in raised.value.why


def test_a_version_is_promoted_within_its_domain(fake: CodeArtifact, aws: dict[str, str], tmp_path: Path) -> None:
    staging, releases = at(fake, aws, "staging"), at(fake, aws)
    staging.upload(wheel := made.wheel(tmp_path / "dist"))
    assert staging.can_promote(releases)
    staging.promote("boat", V1, releases)
    staging.promote("boat", V1, releases)  # there already, with the same bytes
    assert releases.files("boat")[wheel.filename].sha256 == wheel.sha256
    assert len(fake.posts()) > 1
    assert sum(asked.path == "/pypi/releases/" for asked in fake.posts()) == 0


def test_promoting_onto_other_bytes_is_an_error(fake: CodeArtifact, aws: dict[str, str], tmp_path: Path) -> None:
    staging, releases = at(fake, aws, "staging"), at(fake, aws)
    staging.upload(made.wheel(tmp_path / "a"))
    releases.upload(theirs := made.wheel(tmp_path / "b", payload=b"other"))
    with pytest.raises(IndexFailed, match=theirs.filename):
        staging.promote("boat", V1, releases)
    assert releases.files("boat")[theirs.filename].sha256 == theirs.sha256
    with pytest.raises(IndexFailed, match=r"x has no boat 3\.0"):
        staging.promote("boat", Version("3.0"), releases)


def test_promoting_needs_the_same_domain_and_another_repository(fake: CodeArtifact, aws: dict[str, str]) -> None:
    releases = at(fake, aws)
    assert not releases.can_promote(at(fake, aws))
    assert not releases.can_promote(opened(aws, owner=OWNER, repository="staging"))
    elsewhere = IndexConfig("d", "directory", {"path": "d"})
    assert not releases.can_promote(open_index(elsewhere, root=Path(aws["HOME"]), environ=aws))


def test_a_server_in_trouble_is_looked_at_again(fake: CodeArtifact, home: dict[str, str], tmp_path: Path) -> None:
    index = at(fake, {**home, "CODEARTIFACT_AUTH_TOKEN": TOKEN})
    waits: list[float] = []
    index.client.transport = replace(index.client.transport, sleep=waits.append)
    busy = Reply(429, b"<html><body>slow down</body></html>", {"Content-Type": "text/html", "Retry-After": "7"})
    fake.fail_next(text_reply(503, "busy"), busy)
    index.upload(wheel := made.wheel(tmp_path / "dist"))
    assert list(index.files("boat")) == [wheel.filename]
    assert len(fake.posts()) == 3
    assert waits[1] == 7


@pytest.mark.parametrize("tool", ["twine", "uv"])
def test_other_clients_publish_too(fake: CodeArtifact, home: dict[str, str], tmp_path: Path, tool: str) -> None:
    wheel, other = made.wheel(tmp_path / "a"), made.wheel(tmp_path / "b", payload=b"other")
    assert publish(tool, f"{fake.url}/pypi/releases/", tmp_path, wheel.path) == 0
    assert publish(tool, f"{fake.url}/pypi/releases/", tmp_path, wheel.path) == 0
    assert publish(tool, f"{fake.url}/pypi/releases/", tmp_path, other.path) != 0
    index = at(fake, {**home, "CODEARTIFACT_AUTH_TOKEN": TOKEN})
    assert index.files("boat")[wheel.filename].sha256 == wheel.sha256


def publish(tool: str, url: str, home: Path, path: Path) -> int:
    commands = {
        "twine": [sys.executable, "-m", "twine", "upload", "--non-interactive", "--repository-url", url, str(path)],
        "uv": [uv.find_uv_bin(), "publish", "--no-config", "--publish-url", url, str(path)],
    }
    secrets = {
        "TWINE_USERNAME": "aws",
        "TWINE_PASSWORD": TOKEN,
        "UV_PUBLISH_USERNAME": "aws",
        "UV_PUBLISH_PASSWORD": TOKEN,
    }
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "TWINE_"))}
    return subprocess.run(
        commands[tool], env={**mine, **secrets, "HOME": str(home)}, capture_output=True, check=False
    ).returncode
