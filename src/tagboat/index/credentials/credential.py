"""A credential, and for whom one is looked for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

SOON = 60.0
"""Seconds before its end in which a credential is not used any more."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A user name and a password or token.

    Attributes:
        source: where it came from, for people; never the secret itself.
        expires: when it ends, in seconds since 1970; None when nobody knows.
        revoke: makes the server forget it; None when it is not ours to revoke.
    """

    username: str
    password: str = field(repr=False)
    source: str = ""
    expires: float | None = None
    revoke: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    @property
    def is_ending(self) -> bool:
        """Whether it ends before a request with it could."""
        return self.expires is not None and time.time() > self.expires - SOON


@dataclass(frozen=True, slots=True)
class Account:
    """For whom a credential is looked for.

    Attributes:
        index: the index's name in the configuration.
        kind: its kind in the configuration.
        url: where is uploaded to; keyring, netrc and pypirc know indexes by it.
        username: the configured user name, or "".
        token_user: who brings a token without saying their name; "" when the server knows its users by name.
        tokens: further environment variables that may hold a token, each with its own user ("": `token_user`).
        trusted: exchanges the identity of a CI job for a token; None outside of one and for other indexes.
        cloud: asks the cloud's own library for a token; None when there is no such thing.
    """

    index: str
    kind: str
    url: str
    username: str = ""
    token_user: str = "__token__"  # noqa: S105 - the name that stands for "this is a token"
    tokens: tuple[tuple[str, str], ...] = ()
    trusted: Callable[[], Credential | None] | None = field(default=None, repr=False)
    cloud: Callable[[], Credential | None] | None = field(default=None, repr=False)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what a credential is for."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def variable(index: str, end: str) -> str:
    """The name of an index's environment variable: `TAGBOAT_<NAME>_<END>`."""
    return f"TAGBOAT_{index.upper().replace('-', '_')}_{end}"
