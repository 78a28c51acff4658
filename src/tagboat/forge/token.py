"""The token for a forge: from the variables of its own CI and its own tools, and for its own server only."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagboat.dataclass import dataclass
from tagboat.errors import CommandFailed
from tagboat.process import run

if TYPE_CHECKING:
    from collections.abc import Mapping

GITHUB_API = "https://api.github.com"
GITLAB = "https://gitlab.com"
SECONDS = 20  # for `gh auth token`, which may open a keyring


@dataclass(frozen=True, slots=True)
class Token:
    """A secret, and whether it is that of a job in GitLab CI, which goes into a header of its own."""

    secret: str
    is_job: bool = False


def github_token(url: str, environ: Mapping[str, str]) -> Token | None:
    """`GITHUB_TOKEN`, `GH_TOKEN`, or what `gh` is signed in with. `url` is that of the API.

    GitHub's own variables name the server of a job: its token is sent to no other.
    """
    server = environ.get("GITHUB_API_URL") or GITHUB_API
    if url.rstrip("/") == server.rstrip("/"):
        for name in ("GITHUB_TOKEN", "GH_TOKEN"):
            if secret := environ.get(name, "").strip():
                return Token(secret)
    elif secret := environ.get("GH_ENTERPRISE_TOKEN", "").strip() or environ.get("GITHUB_ENTERPRISE_TOKEN", "").strip():
        return Token(secret)
    return _of_gh(url, environ)


def gitlab_token(url: str, environ: Mapping[str, str]) -> Token | None:
    """`GITLAB_TOKEN`, or the job's own, which is good for the server that runs the job."""
    if secret := environ.get("GITLAB_TOKEN", "").strip():
        return Token(secret)
    secret = environ.get("CI_JOB_TOKEN", "").strip()
    if secret and environ.get("CI_SERVER_URL", url).rstrip("/") == url.rstrip("/"):
        return Token(secret, is_job=True)
    return None


def _of_gh(url: str, environ: Mapping[str, str]) -> Token | None:
    """What `gh auth token` prints for the host (cli.github.com/manual/gh_auth_token)."""
    host = (urlsplit(url).hostname or "").removeprefix("api.")
    try:
        done = run(["gh", "auth", "token", "--hostname", host], env=environ, timeout=SECONDS, check=False)
    except CommandFailed:
        return None
    secret = done.stdout.strip()
    return Token(secret) if secret and not done.returncode else None
