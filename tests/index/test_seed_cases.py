"""The cases that the first seed lists for publishing, by its names, against what really happens.

Where the seed writes `~/.pypirc`, uploads, and puts the old one back, tagboat never touches the file: the
tests show that the credential reaches the server and that the file stays as it was, byte for byte.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from tests.index import made
from tests.index.scripted import Asked, Reply, scripted

from tagboat.config import IndexConfig
from tagboat.errors import IndexFailed
from tagboat.index import open_index
from tagboat.index.from_environment import index_from_environment
from tagboat.index.legacy import LegacyIndex

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import DevpiServer, PypiServer

AWS = {"AWS_ACCOUNT_ID": "123456789012", "AWS_REGION": "eu-west-1"}


@pytest.mark.parametrize(
    ("environ", "upload_url", "simple_url", "username"),
    [
        (
            {"PYPI_BACKEND": "devpi", "DEVPI_INDEX_URL": "https://pypi.company.com/root/prod/+simple/"},
            "https://pypi.company.com/root/prod/",
            "https://pypi.company.com/root/prod/+simple/",
            "root",
        ),
        (
            {
                "PYPI_BACKEND": "Artifactory",
                "ARTIFACTORY_PYPI_URL": "https://artifactory.company.com/artifactory/api/pypi/pypi-local",
            },
            "https://artifactory.company.com/artifactory/api/pypi/pypi-local",
            "https://artifactory.company.com/artifactory/api/pypi/pypi-local/simple/",
            "",
        ),
        (
            {
                "PYPI_BACKEND": "AWS_CODEARTIFACT",
                "CODEARTIFACT_DOMAIN": "my-domain",
                "CODEARTIFACT_REPOSITORY": "python-packages",
                **AWS,
            },
            "https://my-domain-123456789012.d.codeartifact.eu-west-1.amazonaws.com/pypi/python-packages/",
            "https://my-domain-123456789012.d.codeartifact.eu-west-1.amazonaws.com/pypi/python-packages/simple/",
            "aws",
        ),
        (
            {"PYPI_BACKEND": "gitlab", "GITLAB_PROJECT_ID": "12345", "GITLAB_URL": "https://gitlab.company.com"},
            "https://gitlab.company.com/api/v4/projects/12345/packages/pypi",
            "https://gitlab.company.com/api/v4/projects/12345/packages/pypi/simple/",
            "tagboat",
        ),
        (
            {
                "PYPI_BACKEND": "azure_artifacts",
                "AZURE_ORG": "myorg",
                "AZURE_PROJECT": "my project",
                "AZURE_FEED": "python-packages",
            },
            "https://pkgs.dev.azure.com/myorg/my%20project/_packaging/python-packages/pypi/upload/",
            "https://pkgs.dev.azure.com/myorg/my%20project/_packaging/python-packages/pypi/simple/",
            "tagboat",
        ),
    ],
    ids=["devpi", "artifactory", "aws_codeartifact", "gitlab", "azure_artifacts"],
)
def test_get_repository_url_for_each_backend(
    environ: dict[str, str], upload_url: str, simple_url: str, username: str, tmp_path: Path
) -> None:
    token = f"{environ['PYPI_BACKEND'].upper()}_TOKEN"
    environ = {**environ, "HOME": str(tmp_path), token: "t"}
    if not username:
        environ[f"TAGBOAT_{environ['PYPI_BACKEND'].upper()}_USERNAME"] = username = "somebody"
    found = index_from_environment(environ)
    assert found is not None
    index = open_index(found.config, root=tmp_path, environ=environ)
    assert isinstance(index, LegacyIndex)
    assert (index.upload_url, index.simple_url) == (upload_url, simple_url)
    credential = index.client.credential
    assert credential is not None
    assert (credential.username, credential.password) == (username, "t")
    assert token in credential.source


def test_get_auth_token_from_environment(tmp_path: Path) -> None:
    """`<BACKEND>_TOKEN` reaches the server it is for, with the right user name, and no other server."""

    def answer(asked: Asked) -> Reply:
        return Reply(200 if asked.method == "POST" else 404)

    with scripted(answer) as server, scripted(answer) as other:
        environ = {
            "HOME": str(tmp_path),
            "PYPI_BACKEND": "gitlab",
            "GITLAB_PROJECT_ID": "12345",
            "GITLAB_URL": server.url,
            "GITLAB_TOKEN": "glpat-1",
        }
        found = index_from_environment(environ)
        assert found is not None
        elsewhere = {"upload-url": f"{other.url}/legacy/", "simple-url": f"{other.url}/simple/"}
        gitlab = IndexConfig("mine", "gitlab", {"url": other.url, "project": "7"})
        for config in (found.config, IndexConfig("other", "legacy", elsewhere), gitlab):
            open_index(config, root=tmp_path, environ=environ).upload(made.wheel(tmp_path))
    expected = "Basic " + base64.b64encode(b"tagboat:glpat-1").decode()
    assert [asked.headers["authorization"] for asked in server.posts()] == [expected]
    assert all("authorization" not in asked.headers for asked in other.asked)


def test_a_token_that_is_missing_is_told_with_the_places_to_put_it(pypi_server: PypiServer, tmp_path: Path) -> None:
    config = IndexConfig("private", "pypiserver", {"url": pypi_server.url})
    with pytest.raises(IndexFailed, match="TAGBOAT_PRIVATE_PASSWORD"):
        open_index(config, root=tmp_path, environ={"HOME": str(tmp_path)}).upload(made.wheel(tmp_path, "tokenless"))


def test_configure_pypirc_creates_valid_config(devpi: DevpiServer, tmp_path: Path, fresh: str) -> None:
    """The credential reaches the upload without a file: none is made."""
    url = devpi.new_index(fresh)
    environ = {
        "HOME": str(tmp_path),
        "PYPI_BACKEND": "devpi",
        "DEVPI_INDEX_URL": f"{url}+simple/",
        "DEVPI_TOKEN": devpi.password,
    }
    index = open_index(
        IndexConfig("private", "devpi", {"url": environ["DEVPI_INDEX_URL"]}), root=tmp_path, environ=environ
    )
    wheel = made.wheel(tmp_path / "dist", fresh)
    index.upload(wheel)
    assert list(index.files(fresh)) == [wheel.filename]
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_pypirc_backup_and_restore(pypi_server: PypiServer, tmp_path: Path, fresh: str, ending: str) -> None:
    """A `.pypirc` that exists is used and stays as it is, byte for byte, whether the upload works or not."""
    pypirc = tmp_path / ".pypirc"
    lines = ["[distutils]", "index-servers = private", "# meins: ä", "[private]", f"repository = {pypi_server.url}"]
    for password, works in (("wrong", False), (pypi_server.password, True)):
        content = ending.join([*lines, f"username = {pypi_server.user}", f"password = {password}", ""]).encode()
        pypirc.write_bytes(content)
        pypirc.chmod(0o600)
        before = pypirc.stat()
        config = IndexConfig("private", "pypiserver", {"url": pypi_server.url})
        index = open_index(config, root=tmp_path, environ={"HOME": str(tmp_path)})
        wheel = made.wheel(tmp_path / "dist", f"{fresh}-{len(ending)}")
        if works:
            index.upload(wheel)
            assert list(index.files(wheel.project)) == [wheel.filename]
        else:
            with pytest.raises(IndexFailed, match="did not take"):
                index.upload(wheel)
        assert pypirc.read_bytes() == content
        after = pypirc.stat()
        assert (after.st_mtime_ns, after.st_ino, after.st_mode) == (before.st_mtime_ns, before.st_ino, before.st_mode)
        assert {path.name for path in tmp_path.iterdir()} == {".pypirc", "dist"}
