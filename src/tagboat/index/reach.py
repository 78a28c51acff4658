"""How the adapters get at their servers: with which certificates, as whom, from which folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.errors import ConfigError
from tagboat.index.credentials import Account, Login, find_credential, origin
from tagboat.index.http import Client, Transport
from tagboat.index.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tagboat.config import IndexConfig
    from tagboat.index.credentials import Credential, Surroundings
    from tagboat.index.legacy import Place


@dataclass(frozen=True, slots=True)
class Reach:
    """What every adapter is opened with: the project's folder, and where credentials are looked for."""

    root: Path
    around: Surroundings

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment's variables."""
        return self.around.environ

    def transport(self, config: IndexConfig) -> Transport:
        """How to reach the servers of an index."""
        ca_file = self.root / Path(config.ca_file).expanduser() if config.ca_file else None
        return Transport(self.environ, ca_file=ca_file)

    def account(self, config: IndexConfig, url: str) -> Account:
        """For whom a credential is looked for; a token in the environment counts for its own server only."""
        from tagboat.index.from_environment import tokens_for

        kind = KINDS[config.kind]
        tokens = tokens_for(config, url, self.environ)
        return Account(config.name, kind.name, url, config.username, kind.token_user, tokens)

    def login(self, account: Account, exchange: Callable[[Credential], Credential] | None = None) -> Login:
        """As whom the index is spoken to. Looks for nothing yet."""
        ask = self.around.ask
        return Login(
            lambda: find_credential(account, self.around),
            exchange=exchange,
            ask=(lambda: ask(account)) if ask else None,
            variables=tuple(name for name, _ in account.tokens),
        )

    def client(
        self,
        config: IndexConfig,
        place: Place,
        *,
        account: Account | None = None,
        exchange: Callable[[Credential], Credential] | None = None,
    ) -> Client:
        """The client of an index that wants the same credential for its uploads and for its pages.

        Raises `ConfigError` when both are at one URL: one of them was taken for the other.
        """
        if place.upload_url.rstrip("/") == place.simple_url.rstrip("/"):
            raise ConfigError(
                f"{config.name} would be uploaded to and installed from at the same URL: {place.upload_url}",
                why="pip installs from the URL of the simple pages; no index takes uploads there.",
                next="Look at simple-url: most servers end it in /simple/, and uploads go elsewhere.",
            )
        login = self.login(account or self.account(config, place.upload_url), exchange)
        urls = {origin(url): url for url in (place.upload_url, place.simple_url, place.own_url) if url}
        return Client(config.name, urls.values(), login, self.transport(config))
