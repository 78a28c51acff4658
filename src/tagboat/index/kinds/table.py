"""What is known of every kind of index before any is configured; light, for the configuration is read with it.

The page docs/reference/indexes.md and `tagboat index list` are made of this table.
"""

from __future__ import annotations

from dataclasses import dataclass

ON_A_SERVER = ("simple-url", "username", "ca-file")
"""Keys of every kind that is reached over HTTP; `simple-url` stands in for the derived URL to install from."""

CONTRACT = "published contract"
REAL = "real server"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of index.

    Attributes:
        name: the word in the configuration.
        title: what people call it.
        needed: the keys of its configuration that it cannot do without.
        optional: the keys that it can do without, those of every server aside.
        token_user: who brings a token without saying their name; "" when the server knows its users by name.
        user_in: the key that holds the user when nobody names one; "" where it stands in none.
        token_variables: environment variables that hold a token for it, besides `TAGBOAT_<NAME>_TOKEN`.
        tested: against the real server, or against its published contract.
        duplicate: what it answers to a file that it has already.
        hashes: which hashes it shows.
        withdraw: what it can take back.
        lag: how long until it shows what it took.
        on_a_server: whether it is reached over HTTP by the legacy upload protocol.
        trusted: whether it can trust a CI job's identity instead of a token.
        attests: whether it takes PEP 740 attestations.
        extra: the extra of tagboat that finds a token by the cloud's own ways; "" where there is none.
        side_by_side: how many files of a release it takes at once.
    """

    name: str
    title: str
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    token_user: str = "__token__"
    user_in: str = ""
    token_variables: tuple[str, ...] = ()
    tested: str = CONTRACT
    duplicate: str = ""
    hashes: str = "sha256"
    withdraw: str = ""
    lag: str = "at once"
    on_a_server: bool = True
    trusted: bool = False
    attests: bool = False
    extra: str = ""
    side_by_side: int = 2

    @property
    def module(self) -> str:
        """The module of its adapter; the two indexes of one software share it."""
        return "pypi" if self.name == "testpypi" else self.name

    @property
    def user(self) -> str:
        """Who comes when nobody says who it is, in words."""
        if not self.on_a_server:
            return "–"
        return self.token_user or (f"the one in its {self.user_in}" if self.user_in else "has to be named")

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that a configuration of it may have, `kind` and flags aside."""
        return (*self.needed, *self.optional, *(ON_A_SERVER if self.on_a_server else ()))


_WAREHOUSE = {
    "optional": ("upload-url",),
    "duplicate": "200 for the same bytes, 400 for others",
    "hashes": "sha256",
    "withdraw": "yank, by a person on its page",
    "lag": "seconds to minutes",
    "trusted": True,
    "attests": True,
}

KINDS = {
    kind.name: kind
    for kind in (
        Kind("pypi", "PyPI", **_WAREHOUSE),  # type: ignore[arg-type]
        Kind("testpypi", "TestPyPI", **_WAREHOUSE),  # type: ignore[arg-type]
        Kind(
            "devpi",
            "devpi",
            ("url",),
            token_user="",
            user_in="url",
            token_variables=("DEVPI_TOKEN",),
            tested=REAL,
            duplicate="200 for the same bytes, 409 for others; a volatile index overwrites",
            withdraw="delete single files",
        ),
        Kind(
            "artifactory",
            "JFrog Artifactory",
            ("url",),
            token_user="",
            token_variables=("ARTIFACTORY_TOKEN",),
            duplicate="403, or it overwrites where the user may delete",
            hashes="sha256, md5 only on old servers",
            withdraw="delete single files",
            lag="seconds",
        ),
        Kind(
            "codeartifact",
            "AWS CodeArtifact",
            ("domain", "repository"),
            ("owner", "region", "url", "endpoint-url"),
            token_user="aws",
            token_variables=("AWS_CODEARTIFACT_TOKEN", "CODEARTIFACT_AUTH_TOKEN"),
            duplicate="200 for the same bytes, 409 for others",
            hashes="sha256, by its page or its API",
            withdraw="hide (Unlisted), reversible; delete the version",
            lag="about a second",
            extra="aws",
        ),
        Kind(
            "gitlab",
            "GitLab",
            ("project",),
            ("url", "group"),
            token_user="tagboat",
            token_variables=("GITLAB_TOKEN", "CI_JOB_TOKEN"),
            duplicate="400, also for the same bytes",
            withdraw="delete the version, or single files",
            side_by_side=1,  # it makes the package with the first file, and nothing keeps two from making two
        ),
        Kind(
            "azure",
            "Azure Artifacts",
            ("organization", "feed"),
            ("project", "view", "url"),
            token_user="tagboat",
            token_variables=("AZURE_ARTIFACTS_TOKEN", "SYSTEM_ACCESSTOKEN"),
            duplicate="409, also for the same bytes",
            hashes="sha256, else by download",
            withdraw="hide (recycle bin, 30 days), reversible; the version stays taken",
            lag="seconds",
            extra="azure",
        ),
        Kind(
            "google",
            "Google Artifact Registry",
            ("location", "project", "repository"),
            ("url", "endpoint-url"),
            token_user="oauth2accesstoken",
            duplicate="400, also for the same bytes",
            hashes="sha256, else by download",
            withdraw="delete the version",
            lag="seconds",
            extra="google",
        ),
        Kind(
            "nexus",
            "Sonatype Nexus 3",
            ("url", "repository"),
            ("group",),
            token_user="",
            duplicate="400, or it overwrites where redeploy is allowed",
            withdraw="delete single files",
            hashes="sha256, md5 only before 3.41",
            lag="seconds",
        ),
        Kind(
            "gitea",
            "Gitea and Forgejo",
            ("url", "owner"),
            token_user="tagboat",
            duplicate="400 or 409, also for the same bytes",
            withdraw="delete the version",
        ),
        Kind(
            "cloudsmith",
            "Cloudsmith",
            ("owner", "repository"),
            ("access", "url", "api-url"),
            token_user="token",
            token_variables=("CLOUDSMITH_API_KEY",),
            duplicate="it is taken and fails later; the broken entry is cleared away",
            withdraw="hide (quarantine), reversible; delete single files",
            lag="seconds to minutes",
        ),
        Kind(
            "pulp",
            "Pulp",
            ("url",),
            token_user="",
            tested=REAL,
            duplicate="400, also for the same bytes",
            withdraw="yank the version; delete single files",
            lag="a second",
        ),
        Kind(
            "pypiserver",
            "pypiserver",
            ("url",),
            token_user="",
            token_variables=("PYPISERVER_TOKEN",),
            tested=REAL,
            duplicate="409, also for the same bytes; with -o it overwrites",
            withdraw="delete by version",
        ),
        Kind(
            "directory",
            "a directory",
            ("path",),
            tested=REAL,
            duplicate="left alone for the same bytes, refused for others",
            withdraw="yank; delete",
            on_a_server=False,
        ),
        Kind(
            "s3",
            "S3-compatible object storage",
            ("bucket",),
            ("prefix", "region", "endpoint-url", "simple-url", "ca-file"),
            tested="moto's server",
            duplicate="left alone for the same bytes, refused for others",
            withdraw="yank; delete",
            on_a_server=False,
            extra="s3",
        ),
        Kind(
            "legacy",
            "any other index with the legacy upload protocol",
            ("upload-url", "simple-url"),
            tested="devpi and pypiserver by their two URLs",
            duplicate="whatever the server says; the page decides",
            hashes="what its page shows, else by download",
            withdraw="on the index's own pages",
            lag="depends",
            side_by_side=1,
        ),
    )
}
