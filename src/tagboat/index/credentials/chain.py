"""THE list of sources of a credential, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.index.credentials.environment import from_environment
from tagboat.index.credentials.files import from_netrc, from_pypirc
from tagboat.index.credentials.keyrings import from_keyring, system_keyring
from tagboat.index.credentials.tools import from_tools

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tagboat.index.credentials.credential import Account, Credential
    from tagboat.index.credentials.keyrings import Keyring


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where credentials are looked for: variables, files, the keyring, a person.

    `ask` gets an account and returns what a person typed; None when nobody is there to be asked.
    """

    environ: Mapping[str, str] = field(repr=False)
    keyring: Callable[[], Keyring | None] = system_keyring
    ask: Callable[[Account], Credential | None] | None = None

    @property
    def home(self) -> Path:
        """The user's own folder."""
        named = self.environ.get("HOME") or self.environ.get("USERPROFILE")
        return Path(named) if named else Path.home()


def find_credential(account: Account, around: Surroundings) -> Credential | None:
    """The credential for an index, or None when none is known; a person is not asked here.

    Raises `ConfigError` when a token comes without the user name that this kind of index needs, or when a
    file of credentials cannot be read.
    """
    return (
        from_environment(account, around.environ)
        or from_tools(account, around.environ, around.home)
        or (account.trusted() if account.trusted else None)
        or from_keyring(account, around.keyring)
        or (account.cloud() if account.cloud else None)
        or from_netrc(account, around.environ, around.home)
        or from_pypirc(account, around.home)
    )
