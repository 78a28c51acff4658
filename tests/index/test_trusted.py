"""Trusted publishing, from a job's variables to a burnt token, against the contracts of GitHub and Warehouse."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import uv
from tests.index import made
from tests.index.fakes.contract import Reply, json_reply
from tests.index.fakes.warehouse import GitHub, Publisher, Warehouse
from tests.index.scripted import scripted

from tagboat.config import IndexConfig
from tagboat.errors import IndexFailed
from tagboat.index import open_index
from tagboat.index.credentials import Login
from tagboat.index.http import Client, Transport
from tagboat.index.trust.ambient import Ambient
from tagboat.index.trust.publishing import Trust, trusted_credential
from tagboat.preflight import index_problems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagboat.index.kinds.pypi import PyPIIndex


@dataclass
class Site:
    """A warehouse that trusts one workflow, and a job on GitHub."""

    warehouse: Warehouse
    github: GitHub
    home: Path

    def open(self, environ: dict[str, str] | None = None, *, wish: bool | None = None) -> PyPIIndex:
        at = {"upload-url": f"{self.warehouse.url}/legacy/", "simple-url": f"{self.warehouse.url}/simple/"}
        config = IndexConfig("x", "pypi", at, trusted_publishing=wish, attestations=False)
        measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        given = self.github.environ() if environ is None else environ
        variables = {"HOME": str(self.home), **measured, **given}
        index: PyPIIndex = open_index(config, root=self.home, environ=variables)  # type: ignore[assignment]
        return index

    def secrets(self) -> list[str]:
        """Everything that must never be shown."""
        signatures = [token.rpartition(".")[2] for token in self.github.issued]
        return [*self.warehouse.minted, *self.github.issued, *signatures, self.github.secret]

    def asked_for_audience(self) -> int:
        return sum(each.path == "/_/oidc/audience" for each in self.warehouse.asked)


@contextmanager
def a_site(home: Path, publisher: Publisher | None = None, **claims: str) -> Iterator[Site]:
    with GitHub(**claims).serving() as github, Warehouse(github, publisher or Publisher()).serving() as warehouse:
        warehouse.projects.add("boat")
        yield Site(warehouse, github, home)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path) as made_site:
        yield made_site


def test_a_job_publishes_without_any_secret_and_burns_its_token(site: Site, tmp_path: Path) -> None:
    wheel, sdist = made.wheel(tmp_path), made.sdist(tmp_path)
    with closing(site.open()) as index:
        index.upload(wheel)
        index.upload(sdist)
        assert len(site.warehouse.minted) == 1
        assert site.warehouse.burnt == []
        assert index.login_words() == "as __token__, by trusted publishing from harbour/boats"
    assert site.warehouse.held.keys() == {wheel.filename, sdist.filename}
    assert site.warehouse.burnt == site.warehouse.minted
    assert site.warehouse.tokens == {}


def test_the_check_before_the_first_effect_proves_the_trust_and_leaves_no_token(site: Site) -> None:
    index = site.open()
    assert list(index.problems()) == []
    assert len(site.warehouse.minted) == 1
    assert site.warehouse.burnt == site.warehouse.minted
    assert site.warehouse.held == {}


def test_what_is_read_gets_no_credential(site: Site, tmp_path: Path) -> None:
    index = site.open()
    index.upload(made.wheel(tmp_path))
    index.files("boat")
    assert not any("authorization" in each.headers for each in site.warehouse.asked if each.method == "GET")
    assert index.install_environment()["PIP_INDEX_URL"] == index.simple_url


def test_a_long_release_gets_new_tokens_each_for_a_fresh_identity(site: Site, tmp_path: Path) -> None:
    site.warehouse.lifetime = 100
    wheels = [made.wheel(tmp_path, version=f"{number}.0") for number in range(1, 4)]
    with closing(site.open()) as index:
        for wheel in wheels:
            index.upload(wheel)
        assert len(site.warehouse.minted) >= len(wheels)
        assert len(set(site.github.issued)) == len(site.github.issued) == len(site.warehouse.minted)
    assert sorted(site.warehouse.burnt) == sorted(site.warehouse.minted)
    assert len(site.warehouse.held) == len(wheels)


def test_a_renewal_burns_no_token_under_an_upload_beside_it(site: Site, tmp_path: Path) -> None:
    site.warehouse.lifetime = 100
    wheels = [made.wheel(tmp_path, version=f"{number}.0", payload=bytes(1 << 20)) for number in range(1, 5)]
    with closing(site.open()) as index, ThreadPoolExecutor(2) as threads:
        list(threads.map(index.upload, wheels))
        assert site.warehouse.burnt == []
    assert sorted(site.warehouse.burnt) == sorted(site.warehouse.minted)


def test_a_token_keeps_half_its_life_for_the_file_that_is_sent(site: Site) -> None:
    credential = site.open().client.credential
    assert credential is not None
    assert credential.expires is not None
    assert 440 < credential.expires - time.time() < 451
    assert not credential.is_ending


def test_a_refused_upload_leaves_no_token(site: Site, tmp_path: Path) -> None:
    with pytest.raises(IndexFailed, match="Non-user identities"), closing(site.open()) as index:
        index.upload(made.wheel(tmp_path, "other"))
    assert site.warehouse.burnt == site.warehouse.minted != []


def test_an_upload_that_is_interrupted_leaves_no_token(site: Site, tmp_path: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), closing(site.open()) as index:
        index.upload(made.wheel(tmp_path), stop)
    assert site.warehouse.burnt == site.warehouse.minted != []


def test_a_token_that_cannot_be_burnt_does_not_fail_what_is_done(site: Site, tmp_path: Path) -> None:
    with closing(site.open()) as index:
        index.upload(made.wheel(tmp_path))
        site.warehouse.fail_next(Reply(503))
    assert site.warehouse.burnt == []
    assert len(site.warehouse.held) == 1


def refused(site: Site, **environ: str) -> str:
    """What the check before the first effect says, in one text; nothing secret is in it."""
    problems = list(site.open({**site.github.environ(), **environ}).problems())
    assert len(problems) == 1
    said = f"{problems[0].what}\n{problems[0].why}\n{problems[0].next}"
    assert not [secret for secret in site.secrets() if secret in said]
    assert "TAGBOAT_X_TOKEN" in said or "_TOKEN" in said
    return said


def test_a_job_outside_of_the_environment_is_told_what_differs(tmp_path: Path) -> None:
    with a_site(tmp_path, Publisher(environment="release")) as site:
        said = refused(site)
    assert "x does not trust harbour/boats" in said
    assert "invalid-publisher" in said
    assert "no environment" in said
    assert "owner harbour, repository boats, workflow publish.yml, environment (none)" in said
    assert "/manage/account/publishing/" in said


def test_another_environment_is_told(tmp_path: Path) -> None:
    with a_site(tmp_path, Publisher(environment="release"), environment="staging") as site:
        assert "environment staging" in refused(site)


def test_the_environment_is_compared_without_case(tmp_path: Path) -> None:
    with a_site(tmp_path, Publisher(environment="release"), environment="Release") as site:
        assert list(site.open().problems()) == []


def test_a_renamed_workflow_is_told(tmp_path: Path) -> None:
    path = "harbour/boats/.github/workflows/release.yml@refs/tags/v1.0"
    with a_site(tmp_path, workflow_ref=path, job_workflow_ref=path) as site:
        said = refused(site)
    assert "workflow release.yml" in said
    assert f"job_workflow_ref {path}" in said


def test_a_reusable_workflow_is_told(tmp_path: Path) -> None:
    with a_site(tmp_path, job_workflow_ref="harbour/shared/.github/workflows/publish.yml@refs/heads/main") as site:
        assert "publish from a job of that one" in refused(site)


def test_a_trigger_that_is_never_trusted_is_told(tmp_path: Path) -> None:
    with a_site(tmp_path, event_name="pull_request_target") as site:
        assert "this trigger is refused for safety" in refused(site)


def test_an_account_that_was_taken_over_is_not_trusted(tmp_path: Path) -> None:
    with a_site(tmp_path, repository_owner_id="43") as site:
        assert "repository_owner_id 43" in refused(site)


def test_a_pending_publisher_becomes_the_project(tmp_path: Path) -> None:
    with a_site(tmp_path, Publisher(pending="Dinghy")) as site:
        with closing(site.open()) as index:
            index.upload(made.wheel(tmp_path, "dinghy"))
        assert "dinghy" in site.warehouse.projects


def test_a_pending_publisher_for_a_project_that_is_there_is_told(tmp_path: Path) -> None:
    with a_site(tmp_path, Publisher(pending="boat")) as site:
        said = refused(site)
    assert "has this project already" in said
    assert "under Settings, Publishing, of the project" in said


def test_an_index_that_switched_it_off_says_so(site: Site) -> None:
    site.warehouse.disallowed = True
    said = refused(site)
    assert "x offers no trusted publishing" in said
    assert "trusted-publishing = false" in said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("not-enabled", "x has switched trusted publishing off"),
        ("invalid-payload", "x knows no CI system https://token.actions.githubusercontent.com"),
        ("invalid-token", "x does not believe the identity"),
        ("invalid-reuse-token", "x was given this identity before"),
        ("never-heard-of", "x made no token for harbour/boats"),
    ],
)
def test_every_code_becomes_a_sentence(site: Site, code: str, said: str) -> None:
    errors = [{"code": code, "description": "as it says"}]
    site.warehouse.fail_next(json_reply(422, {"message": "Token request failed", "errors": errors}))
    assert said in refused(site)


def test_an_identity_that_is_over_is_not_believed(site: Site) -> None:
    stale = site.github.token("pypi", age=400)
    with pytest.raises(IndexFailed, match="does not believe the identity") as raised:
        trust(site, stale).credential()
    assert "the runner's clock" in raised.value.next


def test_an_identity_is_good_for_one_token(site: Site) -> None:
    identity = site.github.token("pypi")
    assert trust(site, identity).credential() is not None
    with pytest.raises(IndexFailed, match="was given this identity before"):
        trust(site, identity).credential()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"success": true}', b'{"errors": ["odd"]}'])
def test_an_answer_that_is_none_is_told_without_the_identity(site: Site, body: bytes) -> None:
    identity = site.github.token("pypi")
    site.warehouse.fail_next(Reply(200, body + identity.encode(), {"Content-Type": "text/plain"}))
    with pytest.raises(IndexFailed, match="made no token for harbour/boats") as raised:
        trust(site, identity).credential()
    assert not [secret for secret in site.secrets() if secret in "".join(traceback.format_exception(raised.value))]


def test_a_bad_moment_is_tried_again_with_a_fresh_identity(site: Site, tmp_path: Path) -> None:
    site.warehouse.fail_next(Reply(503), None)
    index = site.open()
    index.upload(made.wheel(tmp_path))
    assert len(site.github.issued) == 3
    assert len(site.warehouse.minted) == 1


def test_an_index_that_stays_away_makes_no_token(site: Site) -> None:
    site.warehouse.fail_next(*[Reply(502)] * 3)
    assert "x made no token for harbour/boats" in refused(site)


def test_a_job_without_the_permission_is_told_the_line_it_lacks(site: Site) -> None:
    problems = list(site.open({"GITHUB_ACTIONS": "true"}).problems())
    assert problems[0].what == "the job may not ask GitHub for an identity"
    assert "`permissions: id-token: write`" in problems[0].next


def test_a_wrong_request_token_is_told_without_it(site: Site) -> None:
    environ = {**site.github.environ(), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "not-the-one-x7"}
    problems = list(site.open(environ).problems())
    assert problems[0].what == "the identity of this CI job could not be had"
    assert "code=401" in problems[0].why
    assert "not-the-one-x7" not in repr(problems)


def test_without_a_job_nobody_is_asked_for_anything(site: Site) -> None:
    problems = list(site.open({}).problems())
    assert problems[0].what == "no credential is known for x"
    assert site.warehouse.asked == []


def test_a_token_in_the_environment_wins(site: Site, tmp_path: Path) -> None:
    token = site.warehouse.user_token()
    with closing(site.open({**site.github.environ(), "TAGBOAT_X_TOKEN": token})) as index:
        index.upload(made.wheel(tmp_path))
    assert site.warehouse.minted == site.github.issued == site.warehouse.burnt == []


def test_an_index_that_does_not_trust_the_job_may_get_another_credential(tmp_path: Path) -> None:
    with a_site(tmp_path, Publisher(workflow="other.yml")) as site:
        token = site.warehouse.user_token()
        (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login __token__ password {token}\n", encoding="utf-8")
        assert list(site.open().problems()) == []


def test_an_upload_that_nobody_trusts_says_why(tmp_path: Path) -> None:
    with a_site(tmp_path, Publisher(workflow="other.yml")) as site:
        with pytest.raises(IndexFailed, match="does not trust harbour/boats"):
            site.open().upload(made.wheel(tmp_path))
        assert site.warehouse.held == {}


def test_trusted_publishing_that_is_asked_for_needs_a_job(site: Site) -> None:
    (site.home / ".netrc").write_text("machine 127.0.0.1 login __token__ password pypi-x\n", encoding="utf-8")
    problems = list(site.open({}, wish=True).problems())
    assert [each.what for each in problems] == [
        "x is for trusted publishing, and there is no identity of a CI job here"
    ]
    assert "trusted-publishing = true" in problems[0].why


def test_trusted_publishing_that_is_asked_for_fails_with_its_own_reason(tmp_path: Path) -> None:
    with a_site(tmp_path, Publisher(workflow="other.yml")) as site:
        problems = list(site.open(wish=True).problems())
        with pytest.raises(IndexFailed, match="does not trust"):
            site.open(wish=True).upload(made.wheel(tmp_path))
    assert problems[0].what == "x does not trust harbour/boats"


def test_trusted_publishing_that_is_switched_off_asks_nobody(site: Site) -> None:
    assert next(iter(site.open(wish=False).problems())).what == "no credential is known for x"
    assert site.asked_for_audience() == 0
    assert site.github.asked == []


def test_an_index_without_these_addresses_says_so(tmp_path: Path) -> None:
    with GitHub().serving() as github, scripted(lambda _: Reply(404)) as server:
        config = IndexConfig(
            "x", "pypi", {"upload-url": f"{server.url}/legacy/", "simple-url": server.url}, trusted_publishing=True
        )
        index = open_index(config, root=tmp_path, environ={"HOME": str(tmp_path), **github.environ()})
        assert [each.what for each in index.problems()] == ["x offers no trusted publishing"]


def test_who_uploads_nothing_makes_no_token_and_no_project_of_a_pending_publisher(site: Site) -> None:
    index = site.open()
    assert index_problems(index, trying=False) == []
    assert index.login_words() == "as __token__, by trusted publishing from harbour/boats"
    assert site.warehouse.minted == []
    assert index_problems(index) == []
    assert len(site.warehouse.minted) == 1
    assert "a token was made and burnt again for this, and a pending publisher is a project" in index.login_words()
    assert site.warehouse.burnt == site.warehouse.minted
    assert len(site.warehouse.minted) == 1  # none to tell whose it is


def test_a_job_without_an_identity_is_told_without_a_try_too(site: Site) -> None:
    (problem,) = index_problems(site.open({"GITHUB_ACTIONS": "true"}), trying=False)
    assert problem.what == "the job may not ask GitHub for an identity"


def test_an_index_that_cannot_be_reached_is_not_one_that_offers_nothing(tmp_path: Path) -> None:
    client = Client("x", (), Login(), Transport({}, sleep=lambda _: None))
    trust = Trust(client, "http://127.0.0.1:1/legacy/", lambda _: None)
    with pytest.raises(IndexFailed, match="x cannot be asked about trusted publishing"):
        trust.identity()


def gitlab(site: Site, **changes: str) -> dict[str, str]:
    """The variables of a GitLab job with `id_tokens`. Whose signature it is does not matter here."""
    return {"GITLAB_CI": "true", "PYPI_ID_TOKEN": site.github.token("pypi"), **changes}


def test_the_only_identity_of_a_gitlab_job_is_kept_for_the_upload(site: Site, tmp_path: Path) -> None:
    site.warehouse.lifetime = 100
    index = site.open(gitlab(site))
    assert list(index.problems()) == []
    assert index.login_words() == "as __token__, by trusted publishing from harbour/boats"
    assert site.warehouse.minted == []
    with closing(index):
        index.upload(made.wheel(tmp_path))
        index.upload(made.sdist(tmp_path))
    assert len(site.warehouse.minted) == 1
    assert site.warehouse.minted[0] in site.warehouse.burnt


def test_a_gitlab_job_whose_token_is_over_has_to_start_again(site: Site, tmp_path: Path) -> None:
    index = site.open(gitlab(site))
    index.upload(made.wheel(tmp_path))
    index.close()
    with pytest.raises(IndexFailed, match="gives this job no second identity") as raised:
        index.upload(made.sdist(tmp_path))
    assert "Start the job again" in raised.value.next


def test_a_gitlab_job_without_id_tokens_is_told_the_lines_it_lacks(site: Site) -> None:
    problems = list(site.open(gitlab(site, PYPI_ID_TOKEN="")).problems())
    assert problems[0].what == "the job has no PYPI_ID_TOKEN"
    assert "id_tokens: { PYPI_ID_TOKEN: { aud: pypi } }" in problems[0].next


def test_a_token_made_out_to_another_index_is_told(site: Site) -> None:
    problems = list(site.open(gitlab(site, PYPI_ID_TOKEN=site.github.token("testpypi"))).problems())
    assert "audience" in problems[0].why


def test_a_file_id_py_of_the_project_is_not_the_library(site: Site, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "id.py").write_text("raise SystemExit('not me')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert Ambient(site.github.environ()).token("pypi") == site.github.issued[-1]


def test_the_agent_of_another_ci_system_is_asked(site: Site, tmp_path: Path) -> None:
    agent = tmp_path / "bin" / "buildkite-agent"
    agent.parent.mkdir()
    agent.write_text(f"#!/bin/sh\ntest $4 = pypi && echo {site.github.token('pypi')}\n", encoding="utf-8")
    agent.chmod(0o755)
    index = site.open({"BUILDKITE": "true", "PATH": f"{agent.parent}{os.pathsep}{os.environ['PATH']}"})
    assert list(index.problems()) == []
    assert len(site.warehouse.minted) == 1


def test_the_exchange_can_be_used_by_itself(site: Site) -> None:
    url = f"{site.warehouse.url}/legacy/"
    credential = trusted_credential(url, site.github.environ())
    assert (credential.username, [credential.password]) == ("__token__", site.warehouse.minted)
    assert credential.revoke is not None
    credential.revoke()
    assert site.warehouse.burnt == site.warehouse.minted
    with pytest.raises(IndexFailed, match="there is no identity of a CI job here"):
        trusted_credential(url, {})


def test_secrets_are_in_no_representation(site: Site, tmp_path: Path) -> None:
    index = site.open()
    index.upload(made.wheel(tmp_path))
    shown = repr([vars(index), vars(index.client), vars(index.client.login), vars(index.trusted.trust)])
    assert not [secret for secret in (*site.warehouse.minted, *site.github.issued) if secret in shown]


def trust(site: Site, identity: str) -> Trust:
    client = Client("x", (), Login(), Transport({}, sleep=lambda _: None))
    return Trust(client, f"{site.warehouse.url}/legacy/", lambda _: identity)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 and its key, in one file."""
    path = tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(tmp_path / "key"), "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "key").read_bytes())
    return path


def test_uv_publishes_through_the_same_contract(tmp_path: Path, certificate: Path) -> None:
    wheel, sdist = made.wheel(tmp_path / "dist"), made.sdist(tmp_path / "dist")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with GitHub().serving() as github:
        warehouse = Warehouse(github, Publisher())
        warehouse.projects.add("boat")
        with scripted(warehouse, context) as server:  # uv asks for the audience by https whatever the URL says
            done = other(
                [uv.find_uv_bin(), "publish", "--no-config", "--trusted-publishing", "always"],
                ["--publish-url", f"{server.url}/legacy/", str(wheel.path), str(sdist.path)],
                {**github.environ(), "SSL_CERT_FILE": str(certificate)},
                tmp_path,
            )
        warehouse.checked()
    assert done.returncode == 0, done.stderr
    assert warehouse.held.keys() == {wheel.filename, sdist.filename}
    assert warehouse.burnt == warehouse.minted != []


def other(command: list[str], more: list[str], environ: dict[str, str], home: Path) -> subprocess.CompletedProcess[str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "TWINE_", "CI"))}
    env = {**mine, "HOME": str(home), **environ}
    return subprocess.run([*command, *more], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("tool", ["twine", "uv"])
def test_other_tools_upload_with_a_token(site: Site, tmp_path: Path, tool: str) -> None:
    wheel, sdist = made.wheel(tmp_path / "dist"), made.sdist(tmp_path / "dist")
    url, token = f"{site.warehouse.url}/legacy/", site.warehouse.user_token()
    if tool == "twine":
        command = [sys.executable, "-m", "twine", "upload", "--non-interactive", "--repository-url", url]
        environ = {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": token}
    else:
        command = [uv.find_uv_bin(), "publish", "--no-config", "--publish-url", url]
        environ = {"UV_PUBLISH_TOKEN": token}
    for _ in range(2):  # the same bytes again are taken for done
        done = other(command, [str(wheel.path), str(sdist.path)], environ, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    assert site.warehouse.held.keys() == {wheel.filename, sdist.filename}
    changed = made.wheel(tmp_path / "other", payload=b"x")
    done = other(command, [str(changed.path)], environ, tmp_path)
    assert done.returncode != 0
    assert "File already exists" in " ".join((done.stdout + done.stderr).split())
