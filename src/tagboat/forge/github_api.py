"""The connection to GitHub's API: the library, the token, what is asked again, and what errors say."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from tagboat.errors import ConfigError, ForgeFailed
from tagboat.forge.api import TIMEOUT, ForgeApi
from tagboat.forge.patience import retry_after
from tagboat.forge.token import github_token
from tagboat.index.credentials.extras import install, library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from github import Github
    from github.Repository import Repository

T = TypeVar("T")


class GitHubApi(ForgeApi):
    """One repository on GitHub, or on a GitHub Enterprise server whose API is at `url`."""

    name = "GitHub"

    def _hang_up(self) -> None:
        self.connection.close()

    @property
    def _secret(self) -> str:
        return self.token

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
        return self._ask(what, call, self.library.GithubException, lambda error: self._refused(what, error, right))

    def _pause_of_refusal(self, error: Exception) -> float | None:
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
        advice = (
            f"Is {self.repository} the repository, and may the token do that?"
            f" (In GitHub Actions: permissions: {right}.)"
        )
        return self._refusal(what, error.status, _message(error.data or {}), advice)


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
