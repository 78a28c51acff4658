"""A person at a terminal as the last source of a credential. What they type is kept nowhere."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from tagboat.index.credentials.credential import Credential

if TYPE_CHECKING:
    from tagboat.index.credentials.credential import Account


def ask(account: Account) -> Credential | None:
    """Ask for user and password; None when nothing was typed."""
    username = account.username or account.token_user
    print(f"{account.index} wants a credential for {account.url}")
    if not username:
        username = input("  user: ").strip()
    elif not account.username and not username.startswith("__"):
        username = input(f"  user [{username}]: ").strip() or username
    password = getpass.getpass(f"  password or token of {username}: ") if username else ""
    return Credential(username, password, "what was typed") if password else None
