"""The connection to GitHub's API: the library, the token, what is asked again, and what errors say."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from tagboat.errors import ConfigError, ForgeFailed
from tagboat.forge.patience import patiently, retry_after
from tagboat.forge.token import github_token
from tagboat.index.credentials.extras import install, library
from tagboat.process import hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from github import Github
    from github.Repository import Repository

T = TypeVar("T")

TIMEOUT = 60  # seconds for each answer


class GitHubApi:
    """One repository on GitHub, or on a GitHub Enterprise server whose API is at `url`."""

    name = "GitHub"

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
            self.connection.close()
        for name in ("connection", "repo"):
            self.__dict__.pop(name, None)

    @cached_property
    def library(self) -> Any:
        """PyGithub. Raises `ConfigError` when the extra is not installed."""
        found = library("github")
        if found is None:
            raise ConfigError("releases on GitHub need PyGithub, which is not installed", next=install("github"))
        return found

    @cached_property
    def token(self) -> str:
        """The token. Raises `ForgeFailed` without one."""
        token = github_token(self.url, self.environ)
        if token is None:
            raise ForgeFailed(
                "there is no token for GitHub",
                why=f"Releases in {self.repository} take one that may write its contents.",
                next="Set GITHUB_TOKEN (in GitHub Actions: GITHUB_TOKEN: ${{ github.token }}), or `gh auth login`.",
            )
        return token.secret

    @cached_property
    def connection(self) -> Github:
        """The library's own client, which asks nobody yet."""
        made: Github = self.library.Github(
            auth=self.library.Auth.Token(self.token),
            base_url=self.url,
            timeout=TIMEOUT,
            per_page=100,
            retry=None,  # what is repeated, and when, is decided here: a POST is never repeated blindly
            seconds_between_requests=None,
            seconds_between_writes=None,
            user_agent="tagboat",
            lazy=True,
        )
        return made

    @cached_property
    def repo(self) -> Repository:
        """The repository as the library has it, which asks nobody yet."""
        return self.connection.get_repo(self.repository)

    def asked(self, what: str, call: Callable[[], T], *, right: str = "contents: write") -> T:
        """The answer to a call that can be repeated, or our own error; `right` is what a workflow calls it."""
        refusal = self.library.GithubException
        from requests import RequestException

        try:
            return patiently(call, self._pause_of, self.sleep)
        except refusal as error:
            raise self._refused(what, error, right) from None
        except RequestException as error:
            raise ForgeFailed(
                f"{self.name} did not answer: could not {what}",
                why=hidden(str(error), [self.token]),
                next="Run the same command again: what is done is kept.",
            ) from None

    def _pause_of(self, error: Exception) -> float | None:
        """Seconds to wait after an error that passes; None for one that stays."""
        from requests import ConnectionError, Timeout  # noqa: A004
        from requests.exceptions import ChunkedEncodingError

        if isinstance(error, (ConnectionError, Timeout, ChunkedEncodingError)):
            return 0.0
        if not isinstance(error, self.library.GithubException):
            return None
        headers = {str(name).lower(): value for name, value in (error.headers or {}).items()}
        if error.status >= 500:
            return 0.0
        limited = error.status == 429 or isinstance(error, self.library.RateLimitExceededException)
        if limited or (error.status == 403 and "retry-after" in headers):
            return _until(headers)
        return None

    def _refused(self, what: str, error: Any, right: str) -> ForgeFailed:
        advice = "Run the same command again: what is done is kept."
        if error.status in (401, 403, 404):
            advice = (
                f"Is {self.repository} the repository, and may the token do that?"
                f" (In GitHub Actions: permissions: {right}.)"
            )
        why = hidden(f"{error.status}: {_message(error.data or {})}", [self.token])
        refused = ForgeFailed(f"{self.name} refused to {what}", why=why, next=advice)
        refused.status = error.status
        return refused


def _message(data: Mapping[str, Any]) -> str:
    """What GitHub says of an error, with every detail that it gives."""
    errors = (each for each in data.get("errors", []) if isinstance(each, dict))
    details = (str(each.get("message") or each.get("code")) for each in errors)
    return "; ".join([str(data.get("message", "no reason given")), *details])


def _until(headers: Mapping[str, object]) -> float:
    """Seconds until GitHub listens again: Retry-After, else X-RateLimit-Reset, else its minute."""
    if "retry-after" in headers:
        return retry_after(headers["retry-after"])
    if str(headers.get("x-ratelimit-remaining")) == "0":
        return max(0.0, retry_after(headers.get("x-ratelimit-reset")) - time.time())
    return 60.0
