"""An index described by environment variables: the contract of scripts that tagboat replaces.

`PYPI_BACKEND` names the kind of server, a few variables the place, `<BACKEND>_TOKEN` the token. Here they
become a configuration; what the variables get wrong is put right, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagboat.config.model import IndexConfig
from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, Problem
from tagboat.index.credentials.credential import origin
from tagboat.index.kinds import KINDS

if TYPE_CHECKING:
    from tagboat.index.legacy import Place

Environ = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FoundIndex:
    """What the environment describes: a configuration, and what a person should know of it, in sentences."""

    config: IndexConfig
    notes: tuple[str, ...] = ()


def index_from_environment(environ: Environ) -> FoundIndex | None:
    """The index that the environment describes, named as the backend is; None without `PYPI_BACKEND`.

    Raises one `ConfigError` that names every variable that is missing, or the backends there are.
    """
    backend = environ.get("PYPI_BACKEND", "").strip().lower()
    if not backend:
        return None
    if backend not in BACKENDS:
        raise ConfigError(
            f"PYPI_BACKEND names an unknown kind of index: {backend}", next=f"Known are: {', '.join(BACKENDS)}."
        )
    needed, find = BACKENDS[backend]
    missing = [names for names in needed if not any(environ.get(name) for name in names)]
    if missing:
        raise ConfigError(
            f"PYPI_BACKEND is {backend}, and variables that say where it is are missing",
            problems=[Problem(" or ".join(names)) for names in missing],
        )
    found = find(environ)
    return replace(found, config=replace(found.config, file="PYPI_BACKEND and its variables"))


def tokens_for(config: IndexConfig, url: str, environ: Environ) -> tuple[tuple[str, str], ...]:
    """The environment variables that hold a token for an index that is uploaded to at `url`, each with its user.

    A token is for one server. When the environment also says which, it counts for no other: by PYPI_BACKEND, and
    without it by the URL that stands beside the token.
    """
    found = None
    described = {**environ, "PYPI_BACKEND": config.kind} if config.kind in ("devpi", "artifactory") else environ
    with suppress(ConfigError):  # variables that describe no index do not concern one that is configured
        found = index_from_environment(described)
    names = KINDS[config.kind].token_variables
    described_at = _server(found.config) if found is not None else None
    if found is not None and found.config.kind == config.kind and described_at not in (None, *_servers(config, url)):
        names = ()
    elif found is not None and config.kind == "legacy" and described_at == origin(url):
        names = KINDS[found.config.kind].token_variables
    return tuple(
        (name, "gitlab-ci-token" if name == "CI_JOB_TOKEN" else "")
        for name in names
        if _is_for_server(name, config, url, environ)
    )


def _is_for_server(name: str, config: IndexConfig, url: str, environ: Environ) -> bool:
    """Whether a token is for the server of that URL, by the variables that GitLab CI and people set.

    A GitLab job's token is for the server that runs the job. Any other is for GITLAB_URL; where only the job's server
    is known, and the configuration names none, nobody said that it is for gitlab.com.
    """
    if name == "CLOUDSMITH_API_KEY":
        return (urlsplit(url).hostname or "").endswith(".cloudsmith.io")
    job = environ.get("CI_SERVER_URL") or environ.get("CI_API_V4_URL", "")
    if name == "CI_JOB_TOKEN":
        return bool(job) and origin(job) == origin(url)
    if name == "GITLAB_TOKEN":
        named = environ.get("GITLAB_URL") or ("" if config.kind != "gitlab" or "url" in config.at else job)
        return not named or origin(named) == origin(url)
    return True


def _server(config: IndexConfig) -> object:
    """What a token is for: a host, or the customer of a cloud."""
    url = config.at.get("url")
    return origin(url) if url else config.at.get("domain") or config.at.get("organization")


def _servers(config: IndexConfig, url: str) -> tuple[object, ...]:
    """The server that a configuration names, and the one that it comes to."""
    return (_server(config), origin(url))


def _devpi(environ: Environ) -> FoundIndex:
    return _by_url("devpi", environ["DEVPI_INDEX_URL"])


def _artifactory(environ: Environ) -> FoundIndex:
    found = _by_url("artifactory", environ["ARTIFACTORY_PYPI_URL"])
    hint = "The token goes with the user name it was made for; `__token__` is refused."
    return FoundIndex(found.config, (*found.notes, hint))


def _codeartifact(environ: Environ) -> FoundIndex:
    places = {
        "domain": environ["CODEARTIFACT_DOMAIN"],
        "repository": environ["CODEARTIFACT_REPOSITORY"],
        "owner": environ.get("CODEARTIFACT_DOMAIN_OWNER") or environ.get("AWS_ACCOUNT_ID", ""),
        "region": environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", ""),
    }
    at = {key: value for key, value in places.items() if value}
    notes = ("CodeArtifact's URLs are made of domain, repository, account and region; there is no other host for it.",)
    return FoundIndex(IndexConfig("aws-codeartifact", "codeartifact", at), notes)


def _gitlab(environ: Environ) -> FoundIndex:
    api = environ.get("CI_API_V4_URL") if not environ.get("GITLAB_URL") else environ["GITLAB_URL"]
    url = (api or "").rstrip("/").removesuffix("/api/v4")
    at = {"project": environ.get("GITLAB_PROJECT_ID") or environ["CI_PROJECT_ID"]}
    notes = ["A deploy token goes with its own user name; a personal or project token goes with any."]
    if url:
        at["url"] = url
    else:
        notes.append(
            f"Nothing says which GitLab it is, so project {at['project']} is one of gitlab.com, and so is the token;"
            " set GITLAB_URL for a server of your own."
        )
    return FoundIndex(IndexConfig("gitlab", "gitlab", at), tuple(notes))


def _azure(environ: Environ) -> FoundIndex:
    at = {"organization": environ["AZURE_ORG"], "feed": environ["AZURE_FEED"]}
    if project := environ.get("AZURE_PROJECT"):  # a feed of the whole organisation has none
        at["project"] = project
    return FoundIndex(IndexConfig("azure-artifacts", "azure", at))


def _by_url(kind: str, given: str) -> FoundIndex:
    """An index known by one URL, which may be either of the two that it has."""
    config = IndexConfig(kind, kind, {"url": given})
    place: Place = import_module(f"tagboat.index.kinds.{kind}").place(config)
    if given.rstrip("/").endswith("simple"):
        note = f"The URL you gave is for installing; uploading goes to {place.upload_url}."
    else:
        note = f"The URL you gave is for uploading; installing goes from {place.simple_url}."
    return FoundIndex(config, (note,))


# For each backend the variables it needs (any one of each group), and how they become an index.
BACKENDS: dict[str, tuple[tuple[tuple[str, ...], ...], Callable[[Environ], FoundIndex]]] = {
    "devpi": ((("DEVPI_INDEX_URL",),), _devpi),
    "artifactory": ((("ARTIFACTORY_PYPI_URL",),), _artifactory),
    "aws_codeartifact": ((("CODEARTIFACT_DOMAIN",), ("CODEARTIFACT_REPOSITORY",)), _codeartifact),
    "gitlab": ((("GITLAB_PROJECT_ID", "CI_PROJECT_ID"),), _gitlab),
    "azure_artifacts": ((("AZURE_ORG",), ("AZURE_FEED",)), _azure),
}
