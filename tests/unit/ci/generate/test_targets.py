from __future__ import annotations

import pytest

from tagboat.ci.generate.targets import Target, find_targets
from tagboat.config import parse_config
from tagboat.errors import ConfigError


def targets(**tables: dict[str, object]) -> tuple[Target, ...]:
    return find_targets(parse_config({"index": tables}).publish_to)


def variables(**table: object) -> dict[str, str]:
    (target,) = targets(internal=table)
    assert target.how == "tagboat"
    return {variable.name: str(variable) for variable in target.variables}


# The secrets and variables of the first seed's script, by their names.
@pytest.mark.parametrize(
    ("table", "secret"),
    [
        ({"kind": "devpi", "url": "https://devpi.example.com/root/prod"}, "DEVPI_TOKEN"),
        ({"kind": "artifactory", "url": "https://x.example.com/api/pypi/l", "username": "ada"}, "ARTIFACTORY_TOKEN"),
        ({"kind": "codeartifact", "domain": "d", "repository": "r"}, "AWS_CODEARTIFACT_TOKEN"),
        ({"kind": "gitlab", "project": "a/b"}, "GITLAB_TOKEN"),
        ({"kind": "azure", "organization": "o", "feed": "f"}, "AZURE_ARTIFACTS_TOKEN"),
    ],
)
def test_the_backends_of_the_first_seed_keep_the_names_of_their_tokens(table, secret):
    assert variables(**table)[secret] == f"${{{{ secrets.{secret} }}}}"


def test_a_user_who_is_not_in_the_configuration_comes_from_a_variable():
    url = "https://x.example.com/api/pypi/l"
    found = variables(kind="artifactory", url=url)
    assert found == {
        "ARTIFACTORY_TOKEN": "${{ secrets.ARTIFACTORY_TOKEN }}",
        "TAGBOAT_INTERNAL_USERNAME": "${{ vars.TAGBOAT_INTERNAL_USERNAME }}",
    }
    assert list(variables(kind="artifactory", url=url, username="ada")) == ["ARTIFACTORY_TOKEN"]


def test_two_indexes_of_one_kind_have_tokens_of_their_own():
    stage, prod = targets(
        stage={"kind": "devpi", "url": "https://d.example.com/r/stage"},
        prod={"kind": "devpi", "url": "https://d.example.com/r/prod"},
    )
    assert [variable.name for variable in (*stage.variables, *prod.variables)] == [
        "TAGBOAT_STAGE_TOKEN",
        "TAGBOAT_PROD_TOKEN",
    ]


def test_a_cloud_is_reached_by_its_own_credentials_too():
    assert list(variables(kind="s3", bucket="b")) == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    assert "AWS_SECRET_ACCESS_KEY" in variables(kind="codeartifact", domain="d", repository="r")
    assert list(variables(kind="google", location="l", project="p", repository="r")) == [
        "TAGBOAT_INTERNAL_PASSWORD",
        "TAGBOAT_INTERNAL_USERNAME",
    ]


def test_pypi_trusts_the_job_and_gets_its_default_address():
    (target,) = targets(pypi={"kind": "pypi"})
    assert (target.how, target.url, target.attests, target.variables) == ("trusted", "", True, ())


def test_testpypi_is_a_test_and_has_an_address():
    (target,) = targets(test={"kind": "testpypi", "attestations": False})
    assert target.is_test
    assert target.url.endswith("/legacy/")
    assert not target.attests


def test_pypi_by_token_uses_the_second_seed_s_secret():
    test, pypi = targets(
        test={"kind": "testpypi", "trusted-publishing": False}, pypi={"kind": "pypi", "trusted-publishing": False}
    )
    assert [str(target.variables[0]) for target in (test, pypi)] == [
        "${{ secrets.TEST_PYPI_API_TOKEN }}",
        "${{ secrets.PYPI_API_TOKEN }}",
    ]
    assert not pypi.attests
    assert not pypi.is_private


def test_another_server_with_pypi_s_software_attests_only_when_asked():
    table = {
        "kind": "pypi",
        "upload-url": "https://w.example.com/legacy/",
        "simple-url": "https://w.example.com/simple/",
    }
    (plain,), (asked,) = targets(own=table), targets(own={**table, "attestations": True})
    assert (plain.url, plain.attests, asked.attests) == ("https://w.example.com/legacy/", False, True)


def test_a_folder_is_refused_by_the_name_of_each_index():
    with pytest.raises(ConfigError, match="a pipeline cannot publish to a folder") as error:
        targets(a={"kind": "directory", "path": "x"}, b={"kind": "directory", "path": "y"})
    assert len(error.value.problems) == 2
