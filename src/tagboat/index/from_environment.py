"""An index described by environment variables: the contract of scripts that tagboat replaces.

`PYPI_BACKEND` names the kind of server, a few variables the place, `<BACKEND>_TOKEN` the token. Here they
become the two URLs that an index really has; what the variables get wrong is put right, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, Problem
from tagboat.index import devpi

Environ = Mapping[str, str]
Place = tuple[str, str]
"""URL to upload to, URL to install from."""

ANY_USER = "tagboat"


@dataclass(frozen=True, slots=True)
class FoundIndex:
    """What the environment describes.

    Attributes:
        backend: the value of `PYPI_BACKEND`, in lower case.
        kind: the kind of index in tagboat's configuration.
        upload_url: where is uploaded to.
        simple_url: what an installer gets.
        username: who brings the token; "" when only the owner of the token knows.
        token_variable: the environment variable that holds the token.
        notes: what a person should know, in sentences.
    """

    backend: str
    kind: str
    upload_url: str
    simple_url: str
    username: str
    token_variable: str
    notes: tuple[str, ...] = ()


def index_from_environment(environ: Environ) -> FoundIndex | None:
    """The index that the environment describes; None without `PYPI_BACKEND`.

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
    return find(environ)


def index_table(found: FoundIndex) -> dict[str, object]:
    """The `[tool.tagboat.index.NAME]` that says the same; its name is the backend's."""
    place = (
        {"url": found.upload_url}
        if found.kind == "devpi"
        else {
            "upload-url": found.upload_url,
            "simple-url": found.simple_url,
        }
    )
    user = {"username": found.username} if found.username else {}
    return {found.backend.replace("_", "-"): {"kind": found.kind, **place, **user}}


def _devpi(environ: Environ) -> FoundIndex:
    given = environ["DEVPI_INDEX_URL"]
    root = devpi.root_of(given)
    return _found("devpi", (root, f"{root}+simple/"), devpi.user_of(given), given=given, kind="devpi")


def _artifactory(environ: Environ) -> FoundIndex:
    given = environ["ARTIFACTORY_PYPI_URL"]
    root = given.rstrip("/").removesuffix("/simple")
    return _found(
        "artifactory",
        (root, f"{root}/simple/"),
        "",
        given=given,
        notes=("The token goes with the user name it was made for; `__token__` is refused.",),
    )


def _codeartifact(environ: Environ) -> FoundIndex:
    account = environ.get("AWS_ACCOUNT_ID") or environ["CODEARTIFACT_DOMAIN_OWNER"]
    region = environ.get("AWS_REGION") or environ["AWS_DEFAULT_REGION"]
    domain, repository = environ["CODEARTIFACT_DOMAIN"], quote(environ["CODEARTIFACT_REPOSITORY"], safe="")
    root = f"https://{domain}-{account}.d.codeartifact.{region}.amazonaws.com/pypi/{repository}/"
    return _found("aws_codeartifact", (root, f"{root}simple/"), "aws")


def _gitlab(environ: Environ) -> FoundIndex:
    api = environ.get("CI_API_V4_URL") or f"{environ['GITLAB_URL'].rstrip('/')}/api/v4"
    project = quote(environ.get("GITLAB_PROJECT_ID") or environ["CI_PROJECT_ID"], safe="")
    root = f"{api.rstrip('/')}/projects/{project}/packages/pypi"
    job = environ.get("CI_JOB_TOKEN")
    user = "gitlab-ci-token" if job and job == environ.get("GITLAB_TOKEN", job) else ANY_USER
    return _found(
        "gitlab",
        (root, f"{root}/simple/"),
        user,
        notes=("A deploy token goes with its own user name; a personal or project token goes with any.",),
        token="GITLAB_TOKEN" if environ.get("GITLAB_TOKEN") or not job else "CI_JOB_TOKEN",
    )


def _azure(environ: Environ) -> FoundIndex:
    organisation, feed = (quote(environ[name], safe="") for name in ("AZURE_ORG", "AZURE_FEED"))
    project = quote(environ.get("AZURE_PROJECT", ""), safe="")  # a feed of the whole organisation has none
    scope = f"{organisation}/{project}" if project else organisation
    root = f"https://pkgs.dev.azure.com/{scope}/_packaging/{feed}/pypi/"
    return _found("azure_artifacts", (f"{root}upload/", f"{root}simple/"), ANY_USER)


def _found(
    backend: str,
    place: Place,
    username: str,
    *,
    given: str = "",
    kind: str = "legacy",
    notes: tuple[str, ...] = (),
    token: str = "",
) -> FoundIndex:
    upload_url, simple_url = place
    if given and given.rstrip("/").endswith("simple"):
        notes = (f"The URL you gave is for installing; uploading goes to {upload_url}.", *notes)
    elif given:
        notes = (f"The URL you gave is for uploading; installing goes from {simple_url}.", *notes)
    return FoundIndex(backend, kind, upload_url, simple_url, username, token or f"{backend.upper()}_TOKEN", notes)


# For each backend the variables it needs (any one of each group), and how they become an index.
BACKENDS: dict[str, tuple[tuple[tuple[str, ...], ...], Callable[[Environ], FoundIndex]]] = {
    "devpi": ((("DEVPI_INDEX_URL",),), _devpi),
    "artifactory": ((("ARTIFACTORY_PYPI_URL",),), _artifactory),
    "aws_codeartifact": (
        (
            ("CODEARTIFACT_DOMAIN",),
            ("CODEARTIFACT_REPOSITORY",),
            ("AWS_ACCOUNT_ID", "CODEARTIFACT_DOMAIN_OWNER"),
            ("AWS_REGION", "AWS_DEFAULT_REGION"),
        ),
        _codeartifact,
    ),
    "gitlab": ((("GITLAB_PROJECT_ID", "CI_PROJECT_ID"), ("CI_API_V4_URL", "GITLAB_URL")), _gitlab),
    "azure_artifacts": ((("AZURE_ORG",), ("AZURE_FEED",)), _azure),
}
