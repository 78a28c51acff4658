"""Credentials in environment variables: tagboat's own, those of an index's kind, and those of other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import ConfigError
from tagboat.index.credentials.credential import Credential, variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.index.credentials.credential import Account


def from_environment(account: Account, environ: Mapping[str, str]) -> Credential | None:
    """`TAGBOAT_<NAME>_PASSWORD`, `TAGBOAT_<NAME>_TOKEN`, then the tokens of the index's kind.

    Raises `ConfigError` when a token comes without the user name that this kind of index needs.
    """
    username = environ.get(variable(account.index, "USERNAME"), "") or account.username
    own = ((variable(account.index, "PASSWORD"), ""), (variable(account.index, "TOKEN"), ""))
    name, user = next(((name, user) for name, user in (*own, *account.tokens) if environ.get(name)), ("", ""))
    if not name:
        return None
    if not username and not name.endswith("_PASSWORD"):
        username = user or account.token_user
    if not username:
        raise ConfigError(
            f"{name} is set, but nothing says whose it is",
            why=f"An index of the kind {account.kind} knows its users by name.",
            next=f"Set {variable(account.index, 'USERNAME')}, or username in [tool.tagboat.index.{account.index}].",
        )
    password = environ[name].strip("\r\n")  # what a file or a secret of CI ends in is no part of it
    return Credential(username, password, f"{name} in the environment")
