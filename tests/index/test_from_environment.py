from __future__ import annotations

from pathlib import Path

import pytest

from tagboat.config import IndexConfig
from tagboat.errors import ConfigError
from tagboat.index import open_index
from tagboat.index.from_environment import BACKENDS, index_from_environment, tokens_for
from tagboat.index.legacy import LegacyIndex
from tagboat.workspace import Workspace

GITLAB = {"PYPI_BACKEND": "gitlab", "GITLAB_PROJECT_ID": "group/tools", "GITLAB_URL": "https://git.example.com/"}


def test_without_a_backend_the_environment_describes_nothing() -> None:
    assert index_from_environment({"DEVPI_INDEX_URL": "https://x/a/b"}) is None


def test_an_unknown_backend_is_told_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="nexus") as raised:
        index_from_environment({"PYPI_BACKEND": "Nexus"})
    assert all(name in raised.value.next for name in BACKENDS)


@pytest.mark.parametrize(
    ("backend", "missing"),
    [
        ("devpi", {"DEVPI_INDEX_URL"}),
        ("artifactory", {"ARTIFACTORY_PYPI_URL"}),
        (
            "aws_codeartifact",
            {
                "CODEARTIFACT_DOMAIN",
                "CODEARTIFACT_REPOSITORY",
            },
        ),
        ("gitlab", {"GITLAB_PROJECT_ID or CI_PROJECT_ID"}),
        ("azure_artifacts", {"AZURE_ORG", "AZURE_FEED"}),
    ],
)
def test_all_missing_variables_are_told_at_once(backend: str, missing: set[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        index_from_environment({"PYPI_BACKEND": backend})
    assert {problem.what for problem in raised.value.problems} == missing


def test_a_url_for_installing_is_turned_into_both() -> None:
    for variable, backend, given in (
        ("DEVPI_INDEX_URL", "devpi", "https://h.example.com/root/prod/+simple/"),
        ("ARTIFACTORY_PYPI_URL", "artifactory", "https://h.example.com/artifactory/api/pypi/local/simple"),
    ):
        found = index_from_environment({"PYPI_BACKEND": backend, variable: given})
        assert found is not None
        index = open_index(found.config, root=Path(), environ={})
        assert isinstance(index, LegacyIndex)
        assert found.notes[0] == f"The URL you gave is for installing; uploading goes to {index.upload_url}."
        assert "simple" not in index.upload_url


def credential_of(environ: dict[str, str]) -> tuple[str, str]:
    found = index_from_environment(environ)
    assert found is not None
    index = open_index(found.config, root=Path(), environ={"HOME": "/nowhere", **environ})
    assert isinstance(index, LegacyIndex)
    assert index.client.credential is not None
    return index.client.credential.username, index.client.credential.password


def test_in_gitlab_ci_the_job_token_has_its_own_user() -> None:
    in_ci = {"PYPI_BACKEND": "gitlab", "CI_PROJECT_ID": "7", "CI_API_V4_URL": "https://git.example.com/api/v4"}
    assert credential_of({**in_ci, "CI_JOB_TOKEN": "j"}) == ("gitlab-ci-token", "j")
    assert credential_of({**in_ci, "CI_JOB_TOKEN": "j", "GITLAB_TOKEN": "own"}) == ("tagboat", "own")


def test_a_project_is_named_by_its_path_too() -> None:
    found = index_from_environment(GITLAB)
    assert found is not None
    index = open_index(found.config, root=Path(), environ={})
    assert isinstance(index, LegacyIndex)
    assert index.upload_url == "https://git.example.com/api/v4/projects/group%2Ftools/packages/pypi"


def test_a_project_and_a_token_alone_are_of_the_public_gitlab_and_that_is_said() -> None:
    alone = {"PYPI_BACKEND": "gitlab", "GITLAB_PROJECT_ID": "12345", "GITLAB_TOKEN": "t"}
    found = index_from_environment(alone)
    assert found is not None
    assert "project 12345 is one of gitlab.com" in found.notes[-1]
    assert "GITLAB_URL" in found.notes[-1]
    index = open_index(found.config, root=Path(), environ={"HOME": "/nowhere"})
    assert isinstance(index, LegacyIndex)
    assert index.upload_url == "https://gitlab.com/api/v4/projects/12345/packages/pypi"
    assert credential_of(alone) == ("tagboat", "t")
    own = "https://git.example.com/api/v4/projects/7/packages/pypi"
    here = IndexConfig("x", "gitlab", {"url": "https://git.example.com", "project": "7"})
    assert ("GITLAB_TOKEN", "") in tokens_for(here, own, alone)  # a configuration that names a server says more
    assert "gitlab.com" not in "".join(index_from_environment(GITLAB).notes)  # type: ignore[union-attr]


def test_variables_that_describe_nothing_do_not_stand_in_the_way_of_a_configured_index(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "PYPI_BACKEND": "gitlab"}
    config = IndexConfig("x", "pypiserver", {"url": "http://127.0.0.1:1"})
    assert open_index(config, root=tmp_path, environ=environ).simple_url == "http://127.0.0.1:1/simple/"


@pytest.mark.parametrize(
    ("kind", "variable", "path"),
    [("devpi", "DEVPI_INDEX_URL", "/a/b/"), ("artifactory", "ARTIFACTORY_PYPI_URL", "/artifactory/api/pypi/r")],
)
def test_a_token_beside_the_url_of_a_server_is_for_that_server_whatever_the_backend(
    kind: str, variable: str, path: str
) -> None:
    here, there = f"https://here.example.com{path}", f"https://there.example.com{path}"
    token = f"{kind.upper()}_TOKEN"
    for more in ({}, {"PYPI_BACKEND": "gitlab"}):
        environ = {variable: here, token: "t", **more}
        assert tokens_for(IndexConfig("x", kind, {"url": there}), there, environ) == ()
        assert tokens_for(IndexConfig("x", kind, {"url": here}), here, environ) == ((token, ""),)


def test_a_job_on_the_public_gitlab_has_its_token_for_an_index_without_a_url() -> None:
    job = {"PYPI_BACKEND": "gitlab", "CI_PROJECT_ID": "1", "CI_API_V4_URL": "https://gitlab.com/api/v4"}
    upload = "https://gitlab.com/api/v4/projects/7/packages/pypi"
    found = tokens_for(IndexConfig("x", "gitlab", {"project": "7"}), upload, {**job, "CI_JOB_TOKEN": "t"})
    assert ("CI_JOB_TOKEN", "gitlab-ci-token") in found


def test_an_azure_feed_may_belong_to_the_organisation() -> None:
    found = index_from_environment({"PYPI_BACKEND": "azure_artifacts", "AZURE_ORG": "o", "AZURE_FEED": "f"})
    assert found is not None
    index = open_index(found.config, root=Path(), environ={})
    assert isinstance(index, LegacyIndex)
    assert index.upload_url == "https://pkgs.dev.azure.com/o/_packaging/f/pypi/upload/"


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"PYPI_BACKEND": "devpi", "DEVPI_INDEX_URL": "http://h.example.com/root/prod/"}, "over http"),
        ({"PYPI_BACKEND": "devpi", "DEVPI_INDEX_URL": "h.example.com/root/prod/"}, "begins with https"),
        ({"PYPI_BACKEND": "devpi", "DEVPI_INDEX_URL": "https://a:hush-7@h.example.com/root/prod"}, "password"),
        (GITLAB | {"GITLAB_URL": "http://git.example.com"}, "over http"),
        ({"TWINE_REPOSITORY_URL": "http://h.example.com/repository/hosted/"}, "over http"),
        ({"TWINE_REPOSITORY_URL": "https://a:hush-7@h.example.com/repository/hosted/"}, "password"),
        (
            {"UV_PUBLISH_URL": "http://h.example.com/up/", "UV_PUBLISH_CHECK_URL": "https://h.example.com/simple/"},
            "over http",
        ),
    ],
)
def test_urls_of_variables_are_held_to_what_those_of_the_configuration_are(
    tmp_path: Path, variables: dict[str, str], why: str
) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "boat"\nversion = "1.0"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=why) as raised:
        _ = Workspace(tmp_path, environ={"HOME": str(tmp_path), **variables}).config
    assert "hush-7" not in str(raised.value)
    assert any(name in raised.value.why for name in variables)


def test_a_url_of_pypirc_is_held_to_it_too(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "boat"\nversion = "1.0"\n', encoding="utf-8")
    (tmp_path / ".pypirc").write_text("[corp]\nrepository = http://h.example.com/repository/x/\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="over http") as raised:
        Workspace(tmp_path, environ={"HOME": str(tmp_path)}).index("corp")
    assert "[tool.tagboat.index.corp]" in raised.value.next


def test_whoever_is_used_to_another_host_of_codeartifact_is_told() -> None:
    variables = {"CODEARTIFACT_DOMAIN": "d", "CODEARTIFACT_REPOSITORY": "r", "AWS_ACCOUNT_ID": "1" * 12}
    found = index_from_environment({"PYPI_BACKEND": "aws_codeartifact", **variables})
    assert found is not None
    assert "no other host" in found.notes[0]
    assert "PYPI_BACKEND" in found.config.file
