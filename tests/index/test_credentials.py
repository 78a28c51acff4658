from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tagboat.errors import ConfigError
from tagboat.index.credentials import Account, Credential, Surroundings, find_credential, origin
from tagboat.index.credentials.keyrings import system_keyring

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://index.example.com/upload/"
X = Account("my-index", "legacy", URL)
DEVPI = Account("my-index", "devpi", URL, username="alice", token_user="", tokens=(("DEVPI_TOKEN", ""),))


class Ring:
    """A keyring with one entry, or one that is locked."""

    def __init__(self, *entry: str | None, locked: bool = False) -> None:
        self.entry, self.locked = entry, locked

    def __call__(self) -> Ring:
        return self

    def get_credential(self, service_name: str, username: str | None) -> object:
        if self.locked:
            raise RuntimeError("locked")
        if service_name != URL or not self.entry:
            return None
        return type("Entry", (), {"username": self.entry[0], "password": self.entry[1]})


def find(account: Account, home: Path, ring: Ring | None = None, **environ: str) -> tuple[str, str] | None:
    found = find_credential(account, Surroundings({"HOME": str(home), **environ}, keyring=ring or (lambda: None)))
    return (found.username, found.password) if found else None


def test_nothing_known_is_none(tmp_path: Path) -> None:
    assert find(X, tmp_path) is None
    assert find(X, tmp_path, Ring()) is None


def test_the_environment_knows_an_index_by_its_name(tmp_path: Path) -> None:
    assert find(X, tmp_path, TAGBOAT_MY_INDEX_USERNAME="bob", TAGBOAT_MY_INDEX_PASSWORD="p") == ("bob", "p")
    assert find(X, tmp_path, TAGBOAT_MY_INDEX_TOKEN="t") == ("__token__", "t")
    assert find(X, tmp_path, TAGBOAT_MY_INDEX_USERNAME="bob", TAGBOAT_MY_INDEX_TOKEN="t") == ("bob", "t")
    assert find(X, tmp_path, TAGBOAT_OTHER_TOKEN="t", TAGBOAT_MY_INDEX_PASSWORD="") is None
    assert find(X, tmp_path, TAGBOAT_MY_INDEX_TOKEN="t\r\n") == ("__token__", "t")  # of a file, as a secret of CI


def test_a_devpi_user_is_never_called_token(tmp_path: Path) -> None:
    assert find(DEVPI, tmp_path, DEVPI_TOKEN="t") == ("alice", "t")
    assert find(DEVPI, tmp_path, DEVPI_TOKEN="t", TAGBOAT_MY_INDEX_TOKEN="own") == ("alice", "own")
    nameless = Account("my-index", "devpi", URL, token_user="", tokens=(("DEVPI_TOKEN", ""),))
    with pytest.raises(ConfigError) as raised:
        find(nameless, tmp_path, DEVPI_TOKEN="s3cret")
    assert "s3cret" not in str(raised.value)
    assert "TAGBOAT_MY_INDEX_USERNAME" in raised.value.next


def test_a_password_needs_a_user(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="TAGBOAT_MY_INDEX_PASSWORD is set"):
        find(X, tmp_path, TAGBOAT_MY_INDEX_PASSWORD="p")


def test_the_keyring_is_asked_for_the_upload_url(tmp_path: Path) -> None:
    assert find(X, tmp_path, Ring("bob", "kept")) == ("bob", "kept")
    assert find(X, tmp_path, Ring(None, "kept")) == ("__token__", "kept")
    assert find(DEVPI, tmp_path, Ring("bob", "kept")) == ("alice", "kept")
    assert find(X, tmp_path, Ring("bob", None)) is None
    assert find(X, tmp_path, Ring("bob", "kept", locked=True)) is None
    assert find(X, tmp_path, Ring("bob", "kept"), TAGBOAT_MY_INDEX_TOKEN="first") == ("__token__", "first")


def test_the_systems_keyring_is_used_when_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert find_credential(X, Surroundings({"HOME": str(tmp_path)})) is None
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    assert system_keyring() is None


def test_netrc_knows_a_host(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine other.example.com login o password o\n")
    assert find(X, tmp_path) is None
    entry = "machine index.example.com login bob password n\ndefault login d password d\n"
    (tmp_path / ".netrc").write_text(entry)
    assert find(X, tmp_path) == ("bob", "n")
    assert find(DEVPI, tmp_path) is None  # another user's
    (tmp_path / "elsewhere").write_text(entry.replace("bob", "alice"))
    assert find(DEVPI, tmp_path, NETRC=str(tmp_path / "elsewhere")) == ("alice", "n")
    assert find(Account("x", "legacy", "https://b.example.com"), tmp_path) is None  # `default` is for nobody


def test_pypirc_knows_an_index_by_url_or_by_name(tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text(
        f"[distutils]\nindex-servers = a b\n[a]\nrepository = {URL.rstrip('/')}\nusername = bob\npassword = 1%50\n"
        "[b]\nrepository = https://b.example.com/\npassword = 2\n[c]\nrepository = http://h:port/\npassword = 3\n"
        "[d]\npassword = 4\n[e]\nusername = nobody\n"
    )
    assert find(X, tmp_path) == ("bob", "1%50")
    b = Account("b", "legacy", "https://b.example.com/other")
    assert find(b, tmp_path) == ("__token__", "2")
    assert find(Account("b", "legacy", "https://elsewhere.example.com/"), tmp_path) is None
    assert find(Account("c", "legacy", "https://elsewhere.example.com/"), tmp_path) is None
    assert find(Account("d", "legacy", "https://elsewhere.example.com/", username="u"), tmp_path) == ("u", "4")
    assert find(Account("e", "legacy", "https://elsewhere.example.com/"), tmp_path) is None


@pytest.mark.parametrize("name", [".netrc", ".pypirc"])
@pytest.mark.parametrize("content", [b"s3cret", b"\xff\xfes3cret", b"machine index.example.com s3cret\n"])
def test_a_file_that_cannot_be_read_is_told_without_its_content(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        find(X, tmp_path)
    assert name in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_credential_hides_its_password() -> None:
    assert "s3cret" not in repr(Credential("bob", "s3cret"))


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://a.example.com/x") == origin("https://A.example.com:443/y")
    assert origin("http://a.example.com") == ("http", "a.example.com", 80)
    assert origin("https://a.example.com:8443") != origin("https://a.example.com")
