"""A repository of AWS CodeArtifact, known by its domain and its name.

Where the owner and the region are known, both URLs are made of them and nobody is asked. Uploads and pages need a
token and nothing of AWS; hiding, deleting and promoting go by AWS's API, with boto3.

A version is hidden as Unlisted, not as Archived: that is what comes closest to a yank, which CodeArtifact does not
have for what was published to it. Whoever has a file's URL in a lock file still gets it; archiving would break their
builds. Not verified: that an unlisted version leaves the page at once.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagboat.errors import ConfigError, IndexFailed, Irreversible
from tagboat.index.cloud import CloudIndex, of_cloud
from tagboat.index.codeartifact import ControlPlane, Repository
from tagboat.index.credentials.aws import Aws
from tagboat.index.credentials.extras import install
from tagboat.index.legacy import Place
from tagboat.index.simple import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.index.http import Client
    from tagboat.index.interface import Index, IndexFile
    from tagboat.index.reach import Reach

USER = "aws"  # CodeArtifact knows no other
HOSTS = ("amazonaws.com", "on.aws")
OWNERS = ("CODEARTIFACT_DOMAIN_OWNER", "AWS_ACCOUNT_ID")
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


def place(config: IndexConfig) -> Place:
    """The repository's URL takes uploads; the pages of projects are below `simple/`.

    Raises `ConfigError` when that needs an owner or a region that the configuration does not have.
    """
    at = config.at
    if _is_unknown(config):
        raise _nowhere(config)
    host = f"https://{at['domain']}-{at.get('owner')}.d.codeartifact.{at.get('region')}.amazonaws.com"
    root = _repository_url(config.name, at.get("url", host), at["repository"])
    return Place(root, at.get("simple-url") or f"{root}simple/")


def open_index(config: IndexConfig, reach: Reach) -> CodeArtifactIndex:
    """The index of a configuration; without owner and region AWS is asked where it is."""
    config = _completed(config, reach.environ)
    at = config.at
    aws = Aws(
        reach.environ,
        reach.around.home,
        at.get("region", ""),
        at.get("endpoint-url", ""),
        reach.transport(config).ca_file,
    )
    plane = ControlPlane(config.name, Repository(at["domain"], at["repository"], at.get("owner", "")), aws)
    if _is_unknown(config) and aws.is_installed:
        try:
            config = replace(config, at={**at, "url": plane.endpoint()})
        except IndexFailed as error:
            raise _nowhere(config, f"AWS was asked: {error.why}") from error
    where = place(config)
    account = of_cloud(
        reach.account(config, where.upload_url), plane.token, (where.upload_url, where.simple_url), HOSTS
    )
    account = replace(account, username=config.username or USER)
    return CodeArtifactIndex(reach.client(config, where, account=account), where, config.kind, plane)


class HashedReader(Reader):
    """Reads pages; hashes that a page does not tell come from AWS's API, where that can be asked."""

    def __init__(self, client: Client, simple_url: str, assets: Callable[[str, Version], dict[str, str]]) -> None:
        super().__init__(client, simple_url)
        self._assets = assets

    def files(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """What `Index.files` promises."""
        listed = super().files(project, version)
        if version is None or all(file.sha256 for file in listed.values()):
            return listed
        try:
            known = self._assets(project, version)
        except IndexFailed:  # a token alone does not open the API; whoever needs a hash downloads
            return listed
        return {name: replace(file, sha256=file.sha256 or known.get(name) or None) for name, file in listed.items()}


class CodeArtifactIndex(CloudIndex):
    """A CodeArtifact repository. It hides and deletes versions, and copies them within its domain; it cannot yank."""

    hidden_as = "unlisted, and still there for whoever has a file's URL"
    choices = (
        "CODEARTIFACT_AUTH_TOKEN and AWS_CODEARTIFACT_TOKEN count for servers of AWS; with credentials for AWS "
        f"({install('aws')}) tagboat gets a token itself."
    )

    def __init__(self, client: Client, place: Place, kind: str, plane: ControlPlane) -> None:
        super().__init__(client, place, kind)
        self.plane = plane
        self.reader = HashedReader(client, self.simple_url, self._assets)

    def hide(self, project: str, version: Version, reason: str) -> None:  # noqa: ARG002 - there is no place for it
        """Make the version Unlisted; one that is archived stays so."""
        self._change(project, version, before="Published", after="Unlisted")

    def unhide(self, project: str, version: Version) -> None:
        """Make an unlisted version Published again."""
        archived = self._change(project, version, before="Unlisted", after="Published").get("Archived")
        if archived:
            raise Irreversible(
                f"{self.name} has {project} {archived} archived, which tagboat never does",
                next="Whoever did that can publish it again, by `aws codeartifact update-package-versions-status`.",
            )

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove the version; with somebody else's file in it, nothing is removed."""
        wanted = set(filenames)
        there = self._assets(project, version).keys() if wanted else set()
        advice = f"Hide the version instead: `tagboat rollback {version}`."
        if self.whole_versions(there, there & wanted, lambda _: str(version), advice):
            self.plane.delete(project, self.plane.statuses(project, version))
            self.see_gone(project, version, there)

    def can_promote(self, target: Index) -> bool:
        """To another repository of the same domain."""
        if not isinstance(target, CodeArtifactIndex):
            return False
        ours, theirs = self.plane, target.plane
        return (
            ours.repository.of_domain == theirs.repository.of_domain
            and (ours.aws.region, ours.aws.endpoint_url) == (theirs.aws.region, theirs.aws.endpoint_url)
            and ours.repository.name != theirs.repository.name
        )

    def promote(self, project: str, version: Version, target: Index) -> None:
        """Copy the version within AWS; the target holds every file with the same hash afterwards."""
        assert isinstance(target, CodeArtifactIndex)  # noqa: S101 - asked by can_promote
        ours = self._assets(project, version)
        self.plane.copy(project, self._statuses(project, version), target.plane.repository.name)
        theirs = target._assets(project, version)  # noqa: SLF001 - one of our own
        wrong = sorted(name for name, sha256 in ours.items() if theirs.get(name) != sha256)
        if wrong:
            raise IndexFailed(
                f"{target.name} has other files of {project} {version}: {', '.join(wrong)}",
                why="The version was there already, and CodeArtifact does not add to it.",
                next=f"Publish the missing files with `tagboat publish --to {target.name}`.",
            )

    def _statuses(self, project: str, version: Version) -> dict[str, str]:
        found = self.plane.statuses(project, version)
        if not found:
            raise IndexFailed(f"{self.name} has no {project} {version}")
        return found

    def _change(self, project: str, version: Version, *, before: str, after: str) -> dict[str, str]:
        """Change those versions that have the status before; what others had, by status."""
        found = self._statuses(project, version)
        if due := [spelled for spelled, status in found.items() if status == before]:
            self.plane.change(project, due, before=before, after=after)
        return {status: spelled for spelled, status in found.items() if status != before}

    def _assets(self, project: str, version: Version) -> dict[str, str]:
        found: dict[str, str] = {}
        for spelled in self.plane.statuses(project, version):
            found |= self.plane.assets(project, spelled)
        return found


def _is_unknown(config: IndexConfig) -> bool:
    return "url" not in config.at and not {"owner", "region"} <= config.at.keys()


def _nowhere(config: IndexConfig, why: str = "") -> ConfigError:
    return ConfigError(
        f"nothing says where the repository of {config.name} is: the owner or the region is missing",
        why=why,
        next=f"Say owner (12 digits) and region in [tool.tagboat.index.{config.name}], or set {OWNERS[0]} and "
        f"{REGIONS[0]}; with credentials for AWS ({install('aws')}) tagboat asks AWS.",
    )


def _completed(config: IndexConfig, environ: Mapping[str, str]) -> IndexConfig:
    """The configuration with the owner and the region that the environment names."""
    named = {
        "owner": next((environ[name] for name in OWNERS if environ.get(name)), ""),
        "region": next((environ[name] for name in REGIONS if environ.get(name)), ""),
    }
    at = {**{key: value for key, value in named.items() if value}, **config.at}
    if not re.fullmatch(r"\d{12}", at.get("owner", "0" * 12)):
        raise ConfigError(
            f"the owner of {config.name} is no account of AWS: {at['owner']}",
            why="An account has 12 digits, without dashes.",
            next=f"Look at owner in [tool.tagboat.index.{config.name}], {' and '.join(OWNERS)}.",
        )
    return replace(config, at=at)


def _repository_url(name: str, url: str, repository: str) -> str:
    """The URL of the repository with a slash, also when that of its server or of its pages was given."""
    root = url.rstrip("/").removesuffix("/simple")
    path = urlsplit(root).path
    if path.endswith(f"/pypi/{repository}"):
        return f"{root}/"
    if "/pypi" in path:
        raise ConfigError(
            f"the url of {name} is not that of its repository: {root}",
            next=f"It ends in /pypi/{repository}, or is the server's alone.",
        )
    return f"{root}/pypi/{repository}/"
