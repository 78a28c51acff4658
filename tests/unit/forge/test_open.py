from __future__ import annotations

import stat

import pytest

from tagboat.config.model import ForgeConfig
from tagboat.errors import ConfigError
from tagboat.forge import open_forge
from tagboat.forge.patience import patiently, retry_after
from tagboat.forge.repository import repository_of
from tagboat.forge.token import github_token, gitlab_token

API = "https://api.github.com"


@pytest.mark.parametrize(
    ("remote", "repository"),
    [
        ("git@github.com:crew/boat.git", "crew/boat"),
        ("github.com:crew/boat", "crew/boat"),
        ("https://github.com/crew/boat.git", "crew/boat"),
        ("https://ada:secret@github.com/crew/boat", "crew/boat"),
        ("ssh://git@gitlab.example.org:2222/ships/small/boat.git", "ships/small/boat"),
        ("https://gitlab.com/ships%20x/boat", ""),
        ("/srv/git/boat.git", ""),
        ("../remote.git", ""),
        ("file:///srv/git/crew/boat.git", ""),
        ("C:/git/boat", ""),
        ("", ""),
    ],
)
def test_a_remote_tells_its_repository(remote, repository):
    assert repository_of(remote) == repository


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_the_configuration_counts_then_the_job_then_the_remote(kind):
    remote = "git@example.org:from/remote.git"
    environ = {"GITHUB_REPOSITORY": "from/job", "CI_PROJECT_PATH": "from/job"}
    assert open_forge(ForgeConfig(kind, "", "from/config"), remote, environ).repository == "from/config"
    assert open_forge(ForgeConfig(kind), remote, environ).repository == "from/job"
    assert open_forge(ForgeConfig(kind), remote, {}).repository == "from/remote"
    with pytest.raises(ConfigError, match="which repository"):
        open_forge(ForgeConfig(kind), "/srv/boat.git", {})


def test_the_server_is_the_public_one_unless_somebody_says_another():
    def url(kind: str, given: str = "", **environ: str) -> str:
        return open_forge(ForgeConfig(kind, given, "crew/boat"), "", environ).url

    assert url("github") == API
    assert url("gitlab") == "https://gitlab.com"
    assert url("github", GITHUB_API_URL="https://ghe.example/api/v3") == "https://ghe.example/api/v3"
    assert url("gitlab", "https://git.example/api/v4/") == "https://git.example"
    assert url("gitlab", CI_SERVER_URL="https://git.example") == "https://git.example"


def test_a_token_comes_from_the_variables_in_order():
    assert github_token(API, {"GITHUB_TOKEN": "a", "GH_TOKEN": "b"}).secret == "a"
    assert github_token(API, {"GITHUB_TOKEN": " ", "GH_TOKEN": "b\n"}).secret == "b"
    assert gitlab_token("https://gitlab.com", {"GITLAB_TOKEN": "a", "CI_JOB_TOKEN": "b"}).secret == "a"
    assert gitlab_token("https://gitlab.com", {"CI_JOB_TOKEN": "b"}).is_job


def test_the_token_of_one_server_is_not_given_to_another():
    other = "https://ghe.example/api/v3"
    environ = {"PATH": "", "GITHUB_TOKEN": "a", "GH_TOKEN": "b"}
    assert github_token(other, environ) is None
    assert github_token(API, {**environ, "GITHUB_API_URL": other}) is None
    assert github_token(other, {**environ, "GITHUB_API_URL": other}).secret == "a"
    assert github_token(other, {**environ, "GH_ENTERPRISE_TOKEN": "e"}).secret == "e"
    assert gitlab_token("https://gitlab.com", {"CI_JOB_TOKEN": "b", "CI_SERVER_URL": "https://git.example"}) is None


@pytest.mark.parametrize(("status", "expected"), [(0, "from-gh"), (1, None)])
def test_gh_is_asked_where_no_variable_is_set(tmp_path, status, expected):
    gh = tmp_path / "gh"
    script = f'#!/bin/sh\ntest "$*" = "auth token --hostname github.com" && echo from-gh\nexit {status}\n'
    gh.write_text(script, encoding="utf-8")
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    found = github_token(API, {"PATH": f"{tmp_path}:/bin:/usr/bin"})
    assert (found.secret if found else None) == expected


def test_what_passes_is_repeated_and_what_stays_is_not():
    slept: list[float] = []
    errors = [OSError("lost"), OSError("lost"), OSError("lost")]

    def call() -> str:
        if errors:
            raise errors.pop()
        return "there"

    assert patiently(call, lambda _: 0.0, slept.append) == "there"
    assert slept == [0.5, 1.0, 2.0]
    errors[:] = [OSError("lost")] * 4
    with pytest.raises(OSError, match="lost"):
        patiently(call, lambda _: 3.0, slept.append)
    assert slept[3:] == [3.0, 3.0, 3.0]
    errors[:] = [OSError("lost")]
    with pytest.raises(OSError, match="lost"):
        patiently(call, lambda _: None, slept.append)
    errors[:] = [OSError("lost")]
    with pytest.raises(OSError, match="lost"):
        patiently(call, lambda _: 91.0, slept.append)
    assert len(slept) == 6


def test_only_seconds_are_understood():
    assert [retry_after(value) for value in ("7", 7, None, "", "Wed, 21 Oct 2026 07:28:00 GMT")] == [7, 7, 0, 0, 0]
