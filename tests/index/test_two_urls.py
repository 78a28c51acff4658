"""The URL to upload to and the one to install from: whichever of them is given for the other is put right or told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tagboat.config import IndexConfig, parse_config
from tagboat.errors import ConfigError
from tagboat.index import open_index
from tagboat.index.kinds import KINDS
from tagboat.index.legacy import LegacyIndex

if TYPE_CHECKING:
    from tests.servers import PypiServer

HOST = "https://h.example.com"
AWS = {"domain": "d", "repository": "r", "owner": "1" * 12, "region": "eu-west-1"}
ON_AWS = f"https://d-{'1' * 12}.d.codeartifact.eu-west-1.amazonaws.com/pypi/r"

# For each kind a configuration with the URL to install from where the one to upload to, or the server, is wanted.
PUT_RIGHT = {
    "devpi": {"url": f"{HOST}/team/prod/+simple/"},
    "artifactory": {"url": f"{HOST}/artifactory/api/pypi/local/simple"},
    "gitlab": {"url": f"{HOST}/api/v4/projects/7/packages/pypi/simple", "project": "7"},
    "nexus": {"url": f"{HOST}/repository/hosted/simple/", "repository": "hosted"},
    "gitea": {"url": f"{HOST}/api/packages/crew/pypi/simple/", "owner": "crew"},
    "pulp": {"url": f"{HOST}/pypi/internal/simple/"},
    "pypiserver": {"url": f"{HOST}/simple/"},
    "codeartifact": {**AWS, "url": f"{ON_AWS}/simple/"},
    "google": {
        "location": "eu",
        "project": "p",
        "repository": "r",
        "url": "https://eu-python.pkg.dev/p/r/simple/",
    },
    "cloudsmith": {
        "owner": "crew",
        "repository": "boats",
        "url": "https://dl.cloudsmith.io/basic/crew/boats/python/simple/",
    },
}
TOLD = {
    "azure": ({"organization": "o", "feed": "f", "url": f"{HOST}/o/_packaging/f/pypi/simple/"}, "that of a feed"),
    "codeartifact": ({**AWS, "url": "https://aws.codeartifact.com/d/r/pypi/simple/"}, "not that of its repository"),
    "devpi": ({"url": f"{HOST}/team/prod", "simple-url": f"{HOST}/team/prod/"}, "at the same URL"),
    "artifactory": ({"url": f"{HOST}/artifactory/local"}, "not the URL of an Artifactory PyPI repository"),
    "pypiserver": ({"url": HOST, "simple-url": HOST}, "at the same URL"),
    "pypi": ({"upload-url": f"{HOST}/simple/", "simple-url": f"{HOST}/simple/"}, "one to install from"),
    "testpypi": ({"upload-url": f"{HOST}/simple/", "simple-url": f"{HOST}/simple/"}, "one to install from"),
    "legacy": ({"upload-url": f"{HOST}/simple/", "simple-url": f"{HOST}/upload/"}, "look exchanged"),
}
NO_URL = {
    "directory": {"path": "file:///srv/index"},
    "s3": {"bucket": "s3://ships/simple"},
    "azure": {"organization": "https://dev.azure.com/o", "feed": "f"},
    "gitlab": {"project": "https://gitlab.com/ships/tidewatch"},
    "google": {"location": "https://eu-python.pkg.dev", "project": "p", "repository": "r"},
}


def opened(kind: str, at: dict[str, str]) -> LegacyIndex:
    index = open_index(IndexConfig("x", kind, at), root=Path(), environ={"HOME": "/nowhere"})
    assert isinstance(index, LegacyIndex)
    return index


def test_no_kind_is_left_out() -> None:
    assert KINDS.keys() == {*PUT_RIGHT, *TOLD, *NO_URL}


@pytest.mark.parametrize("kind", PUT_RIGHT)
def test_a_url_to_install_from_is_put_right(kind: str) -> None:
    index = opened(kind, PUT_RIGHT[kind])
    assert "simple" not in index.upload_url
    assert index.simple_url.endswith("simple/")


@pytest.mark.parametrize("kind", TOLD)
def test_a_url_of_the_wrong_sort_is_told_with_the_likely_mistake(kind: str) -> None:
    at, mistake = TOLD[kind]
    with pytest.raises(ConfigError, match=mistake) as raised:
        opened(kind, at)
    assert raised.value.next


def test_exchanged_urls_of_devpi_are_told_too() -> None:
    with pytest.raises(ConfigError, match="look exchanged"):
        opened("legacy", {"upload-url": f"{HOST}/a/b/+simple/", "simple-url": f"{HOST}/a/b/"})


def test_another_server_than_the_kind_says_is_told(pypi_server: PypiServer, tmp_path: Path) -> None:
    at = {"url": f"{pypi_server.url}team/prod"}
    environ = {"HOME": str(tmp_path), "TAGBOAT_X_PASSWORD": "p"}
    (problem,) = open_index(IndexConfig("x", "devpi", at), root=tmp_path, environ=environ).problems()
    assert "404" in problem.why
    assert "[tool.tagboat.index.x]: kind and URL" in problem.next


def test_one_url_for_both_is_told() -> None:
    with pytest.raises(ConfigError, match="at the same URL") as raised:
        opened("legacy", {"upload-url": f"{HOST}/up/", "simple-url": f"{HOST}/up"})
    assert "/simple/" in raised.value.next


@pytest.mark.parametrize("kind", NO_URL)
def test_a_url_in_the_place_of_a_name_is_told(kind: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_config({"index": {"x": {"kind": kind, **NO_URL[kind]}}})
    assert [problem.what.endswith("is a URL") for problem in raised.value.problems] == [True]
    with pytest.raises(ConfigError, match="is a URL"):  # as when it comes from a variable
        open_index(IndexConfig("x", kind, NO_URL[kind]), root=Path(), environ={"HOME": "/nowhere"})


def test_an_endpoint_that_a_variable_names_is_held_to_https(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "AWS_ENDPOINT_URL_S3": "http://s3.example.com"}
    with pytest.raises(ConfigError, match="over http") as raised:
        open_index(IndexConfig("x", "s3", {"bucket": "ships"}), root=tmp_path, environ=environ)
    assert "AWS_ENDPOINT_URL_S3" in raised.value.why
