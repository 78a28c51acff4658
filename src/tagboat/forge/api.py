"""What the connections to all forges have in common: what is asked again, and what errors say."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from tagboat.errors import ForgeFailed
from tagboat.forge.patience import patiently
from tagboat.process import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

TIMEOUT = 60  # seconds for each answer
AGAIN = "Run the same command again: what is done is kept."


class ForgeApi:
    """One repository on the server of a forge at `url`."""

    name: str

    def __init__(
        self,
        repository: str,
        url: str,
        environ: Mapping[str, str],
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.repository = repository
        self.url = url
        self.environ = environ
        self.sleep = sleep

    @property
    def summary(self) -> str:
        """The repository and its forge."""
        return f"{self.repository} on {self.name}"

    def close(self) -> None:
        """End the connection."""
        if "connection" in self.__dict__:
            self._hang_up()
        for name in ("connection", "repo"):
            self.__dict__.pop(name, None)

    def _hang_up(self) -> None:
        raise NotImplementedError

    @property
    def _secret(self) -> str:
        """The token's text, which no error shows."""
        raise NotImplementedError

    def _pause_of_refusal(self, error: Exception) -> float | None:
        """Seconds to wait after an error of the library that passes; None for one that stays."""
        raise NotImplementedError

    def _ask(
        self,
        what: str,
        call: Callable[[], T],
        refusal: type[Exception],
        refused: Callable[[Exception], ForgeFailed],
    ) -> T:
        """The answer to a call that can be repeated; `refused` makes our own error of the library's `refusal`."""
        from requests import RequestException

        try:
            return patiently(call, self._pause_of, self.sleep)
        except refusal as error:
            raise refused(error) from None
        except RequestException as error:
            raise ForgeFailed(
                f"{self.name} did not answer: could not {what}", why=hidden(str(error), [self._secret]), next=AGAIN
            ) from None

    def _pause_of(self, error: Exception) -> float | None:
        """Seconds to wait after an error that passes; None for one that stays."""
        from requests import ConnectionError, Timeout  # noqa: A004
        from requests.exceptions import ChunkedEncodingError

        if isinstance(error, (ConnectionError, Timeout, ChunkedEncodingError)):
            return 0.0
        return self._pause_of_refusal(error)

    def _refusal(self, what: str, status: int, said: str, advice: str) -> ForgeFailed:
        """Our own error for what the forge refused; `advice` is for what a token may not do or see."""
        refused = ForgeFailed(
            f"{self.name} refused to {what}",
            why=hidden(f"{status}: {said}", [self._secret]),
            next=advice if status in (401, 403, 404) else AGAIN,
        )
        refused.status = status
        return refused
