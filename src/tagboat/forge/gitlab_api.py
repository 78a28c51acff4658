"""The connection to GitLab's API: the library, the token, what is asked again, and what errors say."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from tagboat.errors import ConfigError, ForgeFailed
from tagboat.forge.patience import patiently, retry_after
from tagboat.forge.token import gitlab_token
from tagboat.index.credentials.extras import install, library
from tagboat.process import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests
    from gitlab import Gitlab
    from gitlab.v4.objects import Project

    from tagboat.forge.token import Token

T = TypeVar("T")

TIMEOUT = 60  # seconds for each answer
ONCE = {"obey_rate_limit": False}  # what is repeated, and when, is decided here


class GitLabApi:
    """One project on gitlab.com, or on the server at `url`."""

    name = "GitLab"

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
        self._told_to_wait: object = None

    @property
    def summary(self) -> str:
        """The repository and its forge."""
        return f"{self.repository} on {self.name}"

    def close(self) -> None:
        """End the connection."""
        if "connection" in self.__dict__:
            self.connection.session.close()
        for name in ("connection", "repo"):
            self.__dict__.pop(name, None)

    @cached_property
    def library(self) -> Any:
        """python-gitlab. Raises `ConfigError` when the extra is not installed."""
        found = library("gitlab")
        if found is None:
            raise ConfigError("releases on GitLab need python-gitlab, which is not installed", next=install("gitlab"))
        return found

    @cached_property
    def token(self) -> Token:
        """The token, and of what kind it is. Raises `ForgeFailed` without one."""
        token = gitlab_token(self.url, self.environ)
        if token is None:
            raise ForgeFailed(
                "there is no token for GitLab",
                why=f"Releases in {self.repository} take one with the scope api.",
                next="Set GITLAB_TOKEN; a job in GitLab CI has CI_JOB_TOKEN.",
            )
        return token

    @cached_property
    def connection(self) -> Gitlab:
        """The library's own client, which asks nobody yet."""
        from requests import Session

        session = Session()
        session.hooks["response"].append(self._note)
        secret = {"job_token" if self.token.is_job else "private_token": self.token.secret}
        made: Gitlab = self.library.Gitlab(
            self.url, **secret, timeout=TIMEOUT, per_page=100, user_agent="tagboat", keep_base_url=True, session=session
        )
        return made

    def _note(self, answer: requests.Response, **_: object) -> None:
        """Remember what the library's errors do not tell."""
        self._told_to_wait = answer.headers.get("Retry-After")

    @cached_property
    def repo(self) -> Project:
        """The project as the library has it, which asks nobody yet."""
        return self.connection.projects.get(self.repository, lazy=True)

    def asked(self, what: str, call: Callable[[], T]) -> T:
        """The answer to a call that can be repeated, or our own error."""
        refusal = self.library.GitlabError
        from requests import RequestException

        try:
            return patiently(call, self._pause_of, self.sleep)
        except refusal as error:
            raise self._refused(what, error) from None
        except RequestException as error:
            raise ForgeFailed(
                f"{self.name} did not answer: could not {what}",
                why=hidden(str(error), [self.token.secret]),
                next="Run the same command again: what is done is kept.",
            ) from None

    def _pause_of(self, error: Exception) -> float | None:
        """Seconds to wait after an error that passes; None for one that stays."""
        from requests import ConnectionError, Timeout  # noqa: A004
        from requests.exceptions import ChunkedEncodingError

        if isinstance(error, (ConnectionError, Timeout, ChunkedEncodingError)):
            return 0.0
        status = getattr(error, "response_code", None) or 0
        if status == 429 or status >= 500:
            return retry_after(self._told_to_wait)
        return None

    def _refused(self, what: str, error: Any) -> ForgeFailed:
        status = error.response_code or 0
        advice = "Run the same command again: what is done is kept."
        if status in (401, 403, 404):
            advice = (
                f"Is {self.repository} the project, has the token the scope api, and its user the role Developer?"
                " Are its releases and its package registry switched on?"
            )
        why = hidden(f"{status}: {error.error_message or 'no reason given'}", [self.token.secret])
        refused = ForgeFailed(f"{self.name} refused to {what}", why=why, next=advice)
        refused.status = status
        return refused
