"""Where the user name and the password of an index come from. Nothing is ever written.

In order: the environment, the system's keyring (when the `keyring` extra is installed), `~/.netrc`,
`~/.pypirc`. The first that has a password wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

# Who brings a token without saying their name. Only Warehouse demands `__token__`; these refuse it, because
# they know users by name.
TOKEN_USERS = dict.fromkeys(("devpi", "pypiserver", "artifactory"), "")
TOKEN_USER = "__token__"  # noqa: S105 - the name that stands for "this is a token"


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and a password or token."""

    username: str
    password: str = field(repr=False)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what a credential is for."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


class Keyring(Protocol):
    """The part of the `keyring` library that is used."""

    def get_credential(self, service_name: str, username: str | None) -> object:
        """What is kept for a service: something with `username` and `password`, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """For whom a credential is looked for.

    Attributes:
        index: the index's name in the configuration.
        kind: its kind in the configuration.
        url: where is uploaded to; keyring, netrc and pypirc know indexes by it.
        username: the configured user name, or "".
        token_variable: a further environment variable that may hold the token, or "".
    """

    index: str
    kind: str
    url: str
    username: str = ""
    token_variable: str = ""


def system_keyring() -> Keyring | None:
    """The `keyring` library when it is installed. Importing it takes a while, so it comes late."""
    try:
        import keyring
    except ImportError:
        return None
    return keyring


def find_credential(
    account: Account, *, environ: Mapping[str, str], home: Path, keyring: Callable[[], Keyring | None] = system_keyring
) -> Credential | None:
    """The credential for an index, or None when none is known.

    Raises `ConfigError` when a token comes without the user name that this kind of index needs, or when a
    file of credentials cannot be read.
    """
    return (
        _from_environment(account, environ)
        or _from_keyring(account, keyring)
        or _from_netrc(account, environ, home)
        or _from_pypirc(account, home)
    )


def variable(index: str, end: str) -> str:
    """The name of an index's environment variable: `TAGBOAT_<NAME>_<END>`."""
    return f"TAGBOAT_{index.upper().replace('-', '_')}_{end}"


def _from_environment(account: Account, environ: Mapping[str, str]) -> Credential | None:
    username = environ.get(variable(account.index, "USERNAME"), "") or account.username
    names = [variable(account.index, "PASSWORD"), variable(account.index, "TOKEN"), account.token_variable]
    name = next((name for name in names if environ.get(name)), "")
    if not name:
        return None
    if not username and not name.endswith("_PASSWORD"):
        username = TOKEN_USERS.get(account.kind, TOKEN_USER)
    if not username:
        raise ConfigError(
            f"{name} is set, but nothing says whose it is",
            why=f"An index of the kind {account.kind} knows its users by name.",
            next=f"Set {variable(account.index, 'USERNAME')}, or username in [tool.tagboat.index.{account.index}].",
        )
    return Credential(username, environ[name])


def _from_keyring(account: Account, keyring: Callable[[], Keyring | None]) -> Credential | None:
    store = keyring()
    if store is None:
        return None
    try:
        found = store.get_credential(account.url, account.username or None)
    except Exception:  # a locked or absent keyring raises what it likes
        return None
    username, password = getattr(found, "username", None), getattr(found, "password", None)
    if not isinstance(password, str):
        return None
    return Credential(account.username or username or TOKEN_USER, password)


def _from_netrc(account: Account, environ: Mapping[str, str], home: Path) -> Credential | None:
    """A host's own entry. A `default` entry is for nobody in particular, so it gets no say here."""
    import netrc

    named = environ.get("NETRC", "")
    for path in [named] if named else [str(home / ".netrc"), str(home / "_netrc")]:
        try:
            entry = netrc.netrc(path).hosts.get(urlsplit(account.url).hostname or "")
        except FileNotFoundError:
            continue
        except (netrc.NetrcParseError, OSError, UnicodeError) as error:
            line = getattr(error, "lineno", None)  # its message may quote a password
            raise ConfigError(f"{path} cannot be read", why=f"Look at line {line}." if line else "") from None
        if entry and entry[2] and account.username in {"", entry[0]}:
            return Credential(entry[0] or account.username, entry[2])
    return None


def _from_pypirc(account: Account, home: Path) -> Credential | None:
    """The section that has the index's URL, or its name and no other server's URL."""
    import configparser

    path = home / ".pypirc"
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (configparser.Error, OSError, UnicodeError) as error:
        raise ConfigError(f"{path} cannot be read", why=type(error).__name__) from None
    for section in sorted(parser.sections(), key=lambda section: section != account.index):
        values = parser[section]
        if values.get("password") and _is_meant(section, values.get("repository", ""), account):
            return Credential(values.get("username") or account.username or TOKEN_USER, values["password"])
    return None


def _is_meant(section: str, repository: str, account: Account) -> bool:
    if section == account.index:
        try:
            return not repository or origin(repository) == origin(account.url)
        except ValueError:  # a port that is none
            return False
    return repository.rstrip("/") == account.url.rstrip("/")
