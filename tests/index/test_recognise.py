from __future__ import annotations

import pytest

from tagboat.index.recognise import recognise


@pytest.mark.parametrize(
    ("url", "kind", "at"),
    [
        (
            "https://pkgs.dev.azure.com/org/my%20project/_packaging/feed/pypi/upload/",
            "azure",
            {"organization": "org", "project": "my project", "feed": "feed"},
        ),
        (
            "https://pkgs.dev.azure.com/org/_packaging/feed/pypi/upload",
            "azure",
            {"organization": "org", "feed": "feed"},
        ),
        (
            "https://my-domain-111122223333.d.codeartifact.eu-west-1.amazonaws.com/pypi/repo/",
            "codeartifact",
            {"domain": "my-domain", "owner": "111122223333", "region": "eu-west-1", "repository": "repo"},
        ),
        (
            "https://europe-west4-python.pkg.dev/team/repo/",
            "google",
            {"location": "europe-west4", "project": "team", "repository": "repo"},
        ),
        ("https://python.cloudsmith.io/team/repo/", "cloudsmith", {"owner": "team", "repository": "repo"}),
        (
            "https://git.example.com/api/v4/projects/group%2Ftools/packages/pypi",
            "gitlab",
            {"url": "https://git.example.com", "project": "group/tools"},
        ),
        (
            "https://example.com/gitlab/api/v4/projects/7/packages/pypi",
            "gitlab",
            {"url": "https://example.com/gitlab", "project": "7"},
        ),
        (
            "https://art.example.com/artifactory/api/pypi/local",
            "artifactory",
            {"url": "https://art.example.com/artifactory/api/pypi/local"},
        ),
        (
            "https://git.example.com/api/packages/team/pypi",
            "gitea",
            {"url": "https://git.example.com", "owner": "team"},
        ),
        (
            "https://nexus.example.com/repository/py/",
            "nexus",
            {"url": "https://nexus.example.com", "repository": "py"},
        ),
        ("https://pulp.example.com/pypi/team/legacy/", "pulp", {"url": "https://pulp.example.com/pypi/team"}),
        ("https://devpi.example.com/root/prod/+simple/", "devpi", {"url": "https://devpi.example.com/root/prod"}),
    ],
)
def test_a_url_tells_its_kind(url: str, kind: str, at: dict[str, str]) -> None:
    assert recognise(url) == (kind, at)


@pytest.mark.parametrize("url", ["https://index.example.com/upload/", "http://127.0.0.1:8080", "not a url"])
def test_a_url_that_could_be_anybodys_is_not_guessed(url: str) -> None:
    assert recognise(url) is None
