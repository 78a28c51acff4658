"""The system's keyring, when the `keyring` extra is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tagboat.index.credentials.credential import Credential

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagboat.index.credentials.credential import Account


class Keyring(Protocol):
    """The part of the `keyring` library that is used."""

    def get_credential(self, service_name: str, username: str | None) -> object:
        """What is kept for a service: something with `username` and `password`, or None."""
        ...


def system_keyring() -> Keyring | None:
    """The `keyring` library when it is installed. Importing it takes a while, so it comes late."""
    try:
        import keyring
    except ImportError:
        return None
    return keyring


def from_keyring(account: Account, keyring: Callable[[], Keyring | None]) -> Credential | None:
    """What is kept for the URL that is uploaded to."""
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
    user = account.username or username or account.token_user or "__token__"
    return Credential(user, password, f"the keyring, for {account.url}")
