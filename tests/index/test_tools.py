"""Credentials and places in the variables of twine and uv, and in the files that these tools read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tagboat.errors import ConfigError, UsageError
from tagboat.index.credentials import Account, Surroundings, find_credential
from tagboat.index.elsewhere import index_from_tools, named_elsewhere
from tagboat.index.kinds.pypi import own_place
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://index.example.com/upload/"
X = Account("x", "legacy", URL)
PYPI = Account("public", "pypi", own_place("pypi").upload_url)
TWINE = {"TWINE_USERNAME": "bob", "TWINE_PASSWORD": "t"}


def find(account: Account, home: Path, **environ: str) -> tuple[str, str] | None:
    found = find_credential(account, Surroundings({"HOME": str(home), **environ}, keyring=lambda: None))
    return (found.username, found.password) if found else None


def test_a_credential_goes_to_the_url_that_the_tool_would_upload_to(tmp_path: Path) -> None:
    assert find(X, tmp_path, **TWINE, TWINE_REPOSITORY_URL=URL.rstrip("/")) == ("bob", "t")
    assert find(X, tmp_path, UV_PUBLISH_TOKEN="u", UV_PUBLISH_URL=URL) == ("__token__", "u")
    both = {"UV_PUBLISH_USERNAME": "eve", "UV_PUBLISH_PASSWORD": "p", "UV_PUBLISH_URL": URL}
    assert find(X, tmp_path, **both) == ("eve", "p")
    assert find(X, tmp_path, **TWINE, TWINE_REPOSITORY_URL="https://elsewhere.example.com/upload/") is None
    assert find(PYPI, tmp_path, **TWINE, TWINE_REPOSITORY_URL=URL) is None


def test_without_a_url_it_goes_to_pypi_and_to_nobody_else(tmp_path: Path) -> None:
    assert find(PYPI, tmp_path, TWINE_PASSWORD="t") == ("__token__", "t")
    assert find(PYPI, tmp_path, UV_PUBLISH_TOKEN="u") == ("__token__", "u")
    assert find(X, tmp_path, **TWINE) is None
    elsewhere = Account("public", "pypi", "https://warehouse.example.com/legacy/")
    assert find(elsewhere, tmp_path, **TWINE) is None
    assert find(elsewhere, tmp_path, UV_PUBLISH_TOKEN="u") is None
    assert find(elsewhere, tmp_path, **TWINE, TWINE_REPOSITORY="pypi") is None


def test_the_section_of_pypi_in_pypirc_is_for_pypi_and_for_no_index_that_is_called_so(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text("[pypi]\nusername = __token__\npassword = t\n")
    real = own_place("pypi").upload_url
    assert find(Account("pypi", "pypi", real), tmp_path) == ("__token__", "t")
    assert find(Account("pypi", "legacy", URL), tmp_path) is None
    assert find(Account("pypi", "pypi", URL), tmp_path) is None


def test_a_credential_for_the_url_to_install_from_is_for_the_index(tmp_path: Path) -> None:
    devpi = Account("x", "devpi", "https://h.example.com/a/b/", token_user="")
    assert find(devpi, tmp_path, **TWINE, TWINE_REPOSITORY_URL="https://h.example.com/a/b/+simple/") == ("bob", "t")
    assert find(devpi, tmp_path, **TWINE, TWINE_REPOSITORY_URL="https://h.example.com/a/c/+simple/") is None


def test_a_section_of_pypirc_says_where_twine_would_upload_to(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text(f"[corp]\nrepository = {URL}\n")
    assert find(X, tmp_path, **TWINE, TWINE_REPOSITORY="corp") == ("bob", "t")
    assert find(X, tmp_path, **TWINE, TWINE_REPOSITORY="other") is None
    test = Account("test", "testpypi", own_place("testpypi").upload_url)
    assert find(test, tmp_path, **TWINE, TWINE_REPOSITORY="testpypi") == ("bob", "t")


def test_own_variables_come_before_those_of_other_tools(tmp_path: Path) -> None:
    assert find(PYPI, tmp_path, TWINE_PASSWORD="t", TAGBOAT_PUBLIC_TOKEN="own") == ("__token__", "own")


def test_an_index_is_found_by_the_variables_of_twine_and_uv(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    assert index_from_tools(home) is None
    gitlab = "https://git.example.com/api/v4/projects/7/packages/pypi"
    found = index_from_tools({**home, "TWINE_REPOSITORY_URL": gitlab})
    assert found is not None
    assert (found.name, found.kind, found.at) == ("twine", "gitlab", {"url": "https://git.example.com", "project": "7"})
    uv = {"UV_PUBLISH_URL": URL, "UV_PUBLISH_CHECK_URL": "https://index.example.com/simple/"}
    found = index_from_tools({**home, **uv})
    assert found is not None
    assert (found.kind, found.file) == ("legacy", "UV_PUBLISH_URL")
    with pytest.raises(ConfigError, match="not where people install from"):
        index_from_tools({**home, "UV_PUBLISH_URL": URL})


def test_a_name_is_known_by_uv_and_by_pypirc(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        f'[[tool.uv.index]]\nname = "corp"\nurl = "https://index.example.com/simple/"\npublish-url = "{URL}"\n'
        '[[tool.uv.index]]\nname = "mirror"\nurl = "https://mirror.example.com/simple/"\n'
    )
    nexus = "https://nexus.example.com/repository/py/"
    (tmp_path / ".pypirc").write_text(f"[files]\nrepository = {nexus}\n")
    environ = {"HOME": str(tmp_path)}
    corp = named_elsewhere("corp", tmp_path, environ)
    assert corp is not None
    assert corp.at == {"upload-url": URL, "simple-url": "https://index.example.com/simple/"}
    files = named_elsewhere("files", tmp_path, environ)
    assert files is not None
    assert (files.kind, files.at) == ("nexus", {"url": "https://nexus.example.com", "repository": "py"})
    assert named_elsewhere("mirror", tmp_path, environ) is None
    assert named_elsewhere("pypi", tmp_path, environ).kind == "pypi"  # type: ignore[union-attr]
    workspace = Workspace(tmp_path, environ=environ)
    assert workspace.index_config("corp") == corp
    with pytest.raises(UsageError, match="no index named nowhere"):
        workspace.index_config("nowhere")


def test_a_project_without_an_index_publishes_where_twine_would(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    gitea = "https://git.example.com/api/packages/team/pypi"
    workspace = Workspace(tmp_path, environ={"HOME": str(tmp_path), "TWINE_REPOSITORY_URL": gitea})
    assert workspace.index_names == ("twine",)
    assert workspace.notes == ("TWINE_REPOSITORY_URL says where to publish to.",)
