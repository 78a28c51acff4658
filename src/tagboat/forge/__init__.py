"""Releases, issues and requests to merge on GitHub and GitLab.

PyGithub and python-gitlab speak the two APIs: both are kept up to date, know the redirects, pages and errors of
their server, work where no further program is installed, and can be pointed at a server on loopback, which `gh` and
`glab` cannot. They come with an extra and are imported at the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import ConfigError
from tagboat.forge.repository import repository_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.config.model import ForgeConfig
    from tagboat.forge.interface import Forge

# What the CI of a forge says of the server and the repository that a job runs for.
VARIABLES = {
    "github": ("GITHUB_API_URL", "GITHUB_REPOSITORY"),
    "gitlab": ("CI_SERVER_URL", "CI_PROJECT_PATH"),
}


def open_forge(config: ForgeConfig, remote_url: str, environ: Mapping[str, str]) -> Forge:
    """The repository on its forge: as configured, else as the CI of that forge says, else as the remote is called.

    Asks nobody. Raises `ConfigError` when nothing tells the repository.
    """
    from tagboat.forge.token import GITHUB_API, GITLAB

    server, project = VARIABLES[config.kind]
    repository = config.repository or environ.get(project, "") or repository_of(remote_url)
    if not repository:
        raise ConfigError(
            "nothing says which repository the releases are announced in",
            why="The remote is no address of a forge.",
            next='Write repository = "owner/name" into [tool.tagboat.forge].',
        )
    url = (config.url or environ.get(server, "") or {"github": GITHUB_API, "gitlab": GITLAB}[config.kind]).rstrip("/")
    if config.kind == "github":
        from tagboat.forge.github import GitHub

        return GitHub(repository, url, environ)
    from tagboat.forge.gitlab import GitLab

    return GitLab(repository, url.removesuffix("/api/v4"), environ)
