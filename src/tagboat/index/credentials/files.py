"""Credentials in files that other tools keep: `~/.netrc` and `~/.pypirc`. They are read, and never written."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagboat.errors import ConfigError
from tagboat.index.credentials.credential import Credential, origin
from tagboat.index.credentials.tools import is_own, same_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tagboat.index.credentials.credential import Account


def from_netrc(account: Account, environ: Mapping[str, str], home: Path) -> Credential | None:
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
            return Credential(entry[0] or account.username, entry[2], path)
    return None


def from_pypirc(account: Account, home: Path) -> Credential | None:
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
            user = values.get("username") or account.username or account.token_user or "__token__"
            return Credential(user, values["password"], f"[{section}] in {path}")
    return None


def _is_meant(section: str, repository: str, account: Account) -> bool:
    if section in ("pypi", "testpypi") and not repository:
        return is_own(section, account)
    if section == account.index:
        try:
            return not repository or origin(repository) == origin(account.url)
        except ValueError:  # a port that is none
            return False
    return same_url(repository, account.url)
