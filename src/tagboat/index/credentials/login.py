"""As whom an index is spoken to: the credential is found at first use, renewed in time and revoked at the end."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from tagboat.errors import TagboatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagboat.index.credentials.credential import Credential


class Login:
    """The credential of one index, for any number of threads.

    `find` looks for it, `exchange` trades it for that of a session, `ask` asks a person when none was found.
    `variables` are those of its kind that may hold a token, for people to be told.
    What was renewed is revoked with the rest at the end: another thread may be in the middle of using it.
    """

    def __init__(
        self,
        find: Callable[[], Credential | None] = lambda: None,
        *,
        exchange: Callable[[Credential], Credential] | None = None,
        ask: Callable[[], Credential | None] | None = None,
        variables: tuple[str, ...] = (),
    ) -> None:
        self.variables = variables
        self._find = find
        self._exchange = exchange
        self._ask = ask
        self._looked = False
        self._found: Credential | None = None
        self._session: Credential | None = None
        self._renewed: list[Credential] = []
        self._lock = threading.RLock()

    @property
    def found(self) -> Credential | None:
        """What was found; looked for anew when it is about to end."""
        with self._lock:
            if self._found is not None and self._found.is_ending:
                self._renewed.append(self._found)
                self._found, self._looked = None, False
            if not self._looked:
                self._found, self._looked = self._find(), True
            return self._found

    @property
    def known(self) -> tuple[Credential, ...]:
        """Every credential that is in use, without looking for one."""
        return tuple(each for each in (self._found, self._session, *self._renewed) if each is not None)

    def asked(self) -> Credential | None:
        """What was found, else what a person gives now. Who gives nothing is not asked again."""
        with self._lock:
            if self.found is None and self._ask is not None:
                ask, self._ask = self._ask, None
                self._found = ask()
            return self._found

    def current(self) -> Credential | None:
        """What goes into a request. A release that goes on asks here, for it looks ahead no more."""
        with self._lock:
            found = self.asked()
            if found is None or self._exchange is None:
                return found
            if self._session is None or self._session.is_ending:
                self._session = self._exchange(found)
            return self._session

    def refused(self, used: Credential) -> bool:
        """The server did not take this one: whether the next may go better, for it was of a session, or is renewed."""
        with self._lock:
            if used is self._session:
                self._session = None
            return used is not self._found

    def close(self) -> None:
        """Revoke what is ours to revoke. The next use finds a new one."""
        with self._lock:
            for credential in dict.fromkeys((*self._renewed, self._found)):
                self._revoke(credential)
            self._renewed.clear()
            if self._found is not None and self._found.revoke is not None:
                self._found, self._looked = None, False

    @staticmethod
    def _revoke(credential: Credential | None) -> None:
        """One that cannot be revoked ends by itself, soon; that must not fail what was done with it."""
        if credential is not None and credential.revoke is not None:
            with suppress(TagboatError):
                credential.revoke()
