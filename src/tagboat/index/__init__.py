"""Indexes: places that distributions are uploaded to and installed from. `open_index` makes one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.errors import ConfigError
from tagboat.index.interface import Deletes, Index, IndexFile, Yanks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.config import IndexConfig
    from tagboat.index.credentials import Account

__all__ = ["Deletes", "Index", "IndexFile", "Yanks", "open_index"]


def open_index(config: IndexConfig, *, root: Path, environ: Mapping[str, str]) -> Index:
    """The index that a configuration describes; relative paths count from `root`.

    Looks for credentials, but contacts nobody. Raises `ConfigError` for what cannot be used as it is.
    """
    if config.kind == "directory":
        from tagboat.index.directory import DirectoryIndex

        return DirectoryIndex(config.name, (root / Path(config.path).expanduser()).resolve())
    from tagboat.index import devpi, pypiserver
    from tagboat.index.credentials import find_credential
    from tagboat.index.http import Client, Transport
    from tagboat.index.legacy import LegacyIndex

    transport = Transport(
        environ, ca_file=root / Path(config.ca_file).expanduser() if config.ca_file else None, insecure=config.insecure
    )
    account = _account(config, environ)
    credential = find_credential(account, environ=environ, home=_home(environ))
    client = Client(config.name, (account.url, config.simple_url or account.url), credential, transport)
    if config.kind == "devpi":
        client.exchange = devpi.log_in(Client(config.name, (), None, transport), account.url)
        return devpi.DevpiIndex(client, account.url)
    if config.kind == "pypiserver":
        return pypiserver.PypiserverIndex(client, account.url)
    return LegacyIndex(client, upload_url=account.url, simple_url=config.simple_url)


def _account(config: IndexConfig, environ: Mapping[str, str]) -> Account:
    """For whom a credential is looked for; a token in the environment counts for its own server only."""
    from tagboat.index import devpi, pypiserver
    from tagboat.index.credentials import Account, origin
    from tagboat.index.from_environment import index_from_environment

    if config.kind == "devpi":
        account = Account(
            config.name, "devpi", devpi.root_of(config.url), config.username or devpi.user_of(config.url), "DEVPI_TOKEN"
        )
    elif config.kind == "pypiserver":
        account = Account(
            config.name, "pypiserver", pypiserver.root_of(config.url), config.username, "PYPISERVER_TOKEN"
        )
    else:
        account = Account(config.name, config.kind, config.upload_url, config.username)
    found = None
    with suppress(ConfigError):  # variables that describe no index do not concern one that is configured
        found = index_from_environment(environ)
    if found is None or origin(found.upload_url) != origin(account.url):
        return account
    username = account.username or found.username
    return replace(account, kind=found.backend, username=username, token_variable=found.token_variable)


def _home(environ: Mapping[str, str]) -> Path:
    named = environ.get("HOME") or environ.get("USERPROFILE")
    return Path(named) if named else Path.home()
