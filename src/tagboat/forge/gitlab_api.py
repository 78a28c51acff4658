"""The connection to GitLab's API: the library, the token, what is asked again, and what errors say."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from tagboat.errors import ConfigError, ForgeFailed
from tagboat.forge.api import TIMEOUT, ForgeApi
from tagboat.forge.patience import retry_after
from tagboat.forge.token import gitlab_token
from tagboat.index.credentials.extras import install, library

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from gitlab import Gitlab
    from gitlab.v4.objects import Project

    from tagboat.forge.token import Token

T = TypeVar("T")

ONCE = {"obey_rate_limit": False}  # what is repeated, and when, is decided here


class GitLabApi(ForgeApi):
    """One project on gitlab.com, or on the server at `url`."""

    name = "GitLab"

    _told_to_wait: object = None

    def _hang_up(self) -> None:
        self.connection.session.close()

    @property
    def _secret(self) -> str:
        return self.token.secret

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
        return self._ask(what, call, self.library.GitlabError, lambda error: self._refused(what, error))

    def _pause_of_refusal(self, error: Exception) -> float | None:
        status = getattr(error, "response_code", None) or 0
        if status == 429 or status >= 500:
            return retry_after(self._told_to_wait)
        return None

    def _refused(self, what: str, error: Any) -> ForgeFailed:
        advice = (
            f"Is {self.repository} the project, has the token the scope api, and its user the role Developer?"
            " Are its releases and its package registry switched on?"
        )
        return self._refusal(what, error.response_code or 0, error.error_message or "no reason given", advice)
