"""`tagboat index`: list, show and check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tagboat.cli.app import run
from tagboat.index.kinds import KINDS

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
[project]
name = "tidewatch"
version = "1.0"
[tool.tagboat]
indexes = ["here"]
[tool.tagboat.index.here]
kind = "directory"
path = "index"
[tool.tagboat.index.corp]
kind = "artifactory"
url = "https://art.example.com/artifactory/api/pypi/local"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PYPI_BACKEND", "TWINE_REPOSITORY_URL", "UV_PUBLISH_URL", "TAGBOAT_CONFIG_FILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    return tmp_path


def test_the_list_has_the_configured_indexes_in_order_and_every_kind(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["index", "list", "-C", str(project)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines[1:3]] == [["1.", "here", "directory"], ["-", "corp", "artifactory"]]
    first, second = (lines.index(line) for line in lines if line.startswith(("Kinds", "What each")))
    for table in (lines[first + 1 : first + 1 + len(KINDS)], lines[second + 1 :]):
        assert [line.split()[0] for line in table] == list(KINDS)
    told = "\n".join(lines)
    for kind in KINDS.values():
        for fact in (kind.title, kind.user, kind.tested, kind.duplicate, kind.hashes, kind.withdraw, kind.lag):
            assert fact in told


def test_without_an_index_the_list_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    assert run(["index", "list", "-C", str(project)]) == 0
    assert capsys.readouterr().out.startswith("No index is configured.")
    assert run(["index", "show", "-C", str(project)]) == 2


def test_show_tells_both_urls_and_what_to_write(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "show", "corp", "-C", str(project)]) == 0
    out = capsys.readouterr().out
    root = "https://art.example.com/artifactory/api/pypi/local"
    assert f"uploads go to           {root}\n" in out
    assert f"pip install --index-url {root}/simple/ tidewatch" in out
    assert "index-url = https://USER@art.example.com" in out
    assert 'name = "corp"' in out
    assert "UV_INDEX_CORP_USERNAME=USER\n    UV_INDEX_CORP_PASSWORD=…\n" in out


def test_pypi_needs_no_url_and_a_server_with_its_software_does(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = "https://w.example.com"
    (project / "pyproject.toml").write_text(
        '[project]\nname = "tidewatch"\nversion = "1"\n[tool.tagboat.index.pypi]\nkind = "pypi"\n'
        f'[tool.tagboat.index.own]\nkind = "pypi"\nupload-url = "{own}/legacy/"\nsimple-url = "{own}/simple/"\n'
    )
    assert run(["index", "show", "-C", str(project)]) == 0
    first, second = capsys.readouterr().out.split("\nown: PyPI\n")
    assert "pip install tidewatch" in first
    assert f"pip install --index-url {own}/simple/ tidewatch" in second


def test_show_of_a_folder_asks_for_no_credential(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "show", "--json", "-C", str(project)]) == 0
    (shown,) = json.loads(capsys.readouterr().out)["indexes"]
    assert shown["name"] == "here"
    assert not any("UV_INDEX" in text for text in shown["snippets"].values())


def test_check_says_who_we_are_and_finds_everything_at_once(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["index", "check", "-C", str(project)]) == 0
    assert "needs no credential" in capsys.readouterr().out
    (project / "pyproject.toml").write_text(
        PROJECT.replace("https://art.example.com", "http://127.0.0.1:1").replace('["here"]', '["corp", "lost"]')
        + '[tool.tagboat.index.lost]\nkind = "pypiserver"\nurl = "http://127.0.0.1:1"\n'
    )
    monkeypatch.setenv("TAGBOAT_LOST_USERNAME", "ada")
    monkeypatch.setenv("TAGBOAT_LOST_PASSWORD", "s3cret")
    assert run(["index", "check", "-C", str(project)]) == 4
    said = capsys.readouterr()
    assert "as ada, by TAGBOAT_LOST_PASSWORD in the environment" in said.out
    assert "without a credential" in said.out
    assert "no credential is known for corp" in said.err
    assert "s3cret" not in said.out + said.err
