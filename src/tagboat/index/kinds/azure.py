"""A feed of Azure Artifacts, known by its organisation, its project (where it belongs to one) and its name.

Paths, verbs and bodies are those of Microsoft's REST specification, artifactsPackageTypes/7.2/pyPiApi.json. A version
that was deleted lies in the recycle bin for 30 days; its number stays taken for ever, so deleting is a way to hide
here, and nothing else. With `view`, people install from a view of the feed (`FEED@VIEW`), which takes no uploads: a
version gets there by promoting, and never back.

Not verified: the value of a promotion's body (`{"op": "add", "path": "/views/-", "value": VIEW}`), which is the one
of Microsoft's page on views; which spelling of a version the paths want (tagboat sends the normalised one); how fast
the pages follow.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from packaging.utils import canonicalize_name

from tagboat.errors import ConfigError, IndexFailed, Irreversible, Problem
from tagboat.index.cloud import CloudIndex, of_cloud
from tagboat.index.credentials.azure import entra_token
from tagboat.index.credentials.extras import install
from tagboat.index.legacy import Place
from tagboat.index.simple import Reader
from tagboat.index.upload import Uploader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.distribution import Distribution
    from tagboat.index.answer import Answer
    from tagboat.index.http import Client
    from tagboat.index.interface import Index, Progress
    from tagboat.index.reach import Reach

SERVER = "https://pkgs.dev.azure.com"
HOSTS = ("dev.azure.com", "visualstudio.com")
VERSION = "api-version=7.2-preview.1"
JSON = {"Content-Type": "application/json", "Accept": "application/json"}


def place(config: IndexConfig) -> Place:
    """The feed takes uploads at `upload/`; pages are at `simple/`, of the feed or of a view of it."""
    root, feed = _root(config), config.at["feed"]
    view = _view(config)
    shown = f"{quote(feed, safe='')}@{quote(view, safe='')}" if view else quote(feed, safe="")
    simple = f"{root}/_packaging/{shown}/pypi/simple/"
    return Place(
        f"{root}/_packaging/{quote(feed, safe='')}/pypi/upload/", config.at.get("simple-url") or simple, simple
    )


def open_index(config: IndexConfig, reach: Reach) -> AzureIndex:
    """The index of a configuration."""
    where = place(config)
    ca_file = reach.transport(config).ca_file
    own = urlsplit(reach.environ.get("SYSTEM_COLLECTIONURI", "")).hostname  # a server of one's own, in its pipelines
    account = of_cloud(
        reach.account(config, where.upload_url),
        lambda: entra_token(config.name, reach.environ, ca_file),
        (where.upload_url, where.simple_url),
        (*HOSTS, *([own] if own else [])),
    )
    packages = f"{_root(config)}/_apis/packaging/feeds/{quote(config.at['feed'], safe='')}/pypi"
    return AzureIndex(reach.client(config, where, account=account), where, packages, _view(config))


class AzureIndex(CloudIndex):
    """An Azure Artifacts feed. It hides versions in its recycle bin and promotes them to its views."""

    hidden_as = "in the recycle bin, for 30 days"
    choices = (
        "The password is a personal access token with Packaging (read, write and manage). AZURE_ARTIFACTS_TOKEN and "
        f"SYSTEM_ACCESSTOKEN count for servers of Azure; so does `az login` with {install('azure')}."
    )

    def __init__(self, client: Client, place: Place, packages: str, view: str) -> None:
        super().__init__(client, place, "azure")
        self.packages = packages
        self.view = view
        if view:
            self.summary = f"{self.name} (azure, the view at {self.simple_url})"
        self.feed = Uploader(
            client, self.upload_url, Reader(client, f"{self.upload_url.removesuffix('upload/')}simple/")
        )

    def objections(self, distributions: Sequence[Distribution], *, by_rules: bool = True) -> Iterator[Problem]:
        """A view takes no uploads; what is on its feed can be promoted to it."""
        lacking = [each.filename for each in distributions if self.view and not self.feed.is_there(each)]
        if lacking:
            yield self._no_upload(lacking)
        yield from super().objections(distributions, by_rules=by_rules)

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """POST one file to the feed. For a view: promote the version that the feed has."""
        if not self.view:
            self.feed.upload(distribution, progress)
        elif not self.feed.is_there(distribution):
            problem = self._no_upload([distribution.filename])
            raise IndexFailed(problem.what, why=problem.why, next=problem.next)
        elif distribution.filename not in self.files(distribution.project, distribution.version):
            self._show(distribution.project, distribution.version, self.view)

    def hide(self, project: str, version: Version, reason: str) -> None:  # noqa: ARG002 - there is no place for it
        """Move the version to the recycle bin, out of every view."""
        if not self.files(project, version):
            return
        answer = self.client.send_repeatable("DELETE", self._version(project, version), headers=JSON)
        if not answer.is_success and self.files(project, version):
            raise self.client.failed(f"{self.name} did not move {project} {version} to the recycle bin", answer)

    def unhide(self, project: str, version: Version) -> None:
        """Bring the version back from the recycle bin."""
        if self.files(project, version):
            return
        answer = self._patch(self._version(project, version, "/RecycleBin"), {"deleted": False})
        if answer.is_success or self.files(project, version):
            return
        if answer.status == 404:
            raise Irreversible(
                f"{project} {version} is not in the recycle bin of {self.name}",
                why="What lies there is removed for ever after 30 days, and the number stays taken.",
                next="Release the next version.",
            )
        raise self.client.failed(f"{self.name} did not bring {project} {version} back", answer)

    def can_promote(self, target: Index) -> bool:
        """To a view of the same feed."""
        return (
            isinstance(target, AzureIndex) and target.packages == self.packages and target.view not in {"", self.view}
        )

    def promote(self, project: str, version: Version, target: Index) -> None:
        """Add the version to the view. It shows the same files: there is nothing to copy."""
        assert isinstance(target, AzureIndex)  # noqa: S101 - asked by can_promote
        self._show(project, version, target.view)

    def _show(self, project: str, version: Version, view: str) -> None:
        body = {"views": {"op": "add", "path": "/views/-", "value": view}}
        answer = self._patch(self._version(project, version), body)
        if not answer.is_success:
            raise self.client.failed(f"{self.name} did not promote {project} {version} to {view}", answer)

    def _no_upload(self, filenames: Sequence[str]) -> Problem:
        return Problem(
            f"{self.name} is the view {self.view} of a feed, and views take no uploads",
            why=f"The feed lacks {', '.join(filenames)}.",
            next=f"Publish to the feed, by a table without view, then `tagboat promote VERSION --to {self.name}`.",
        )

    def _version(self, project: str, version: Version, where: str = "") -> str:
        name, spelled = canonicalize_name(project), quote(str(version), safe="")
        return f"{self.packages}{where}/packages/{name}/versions/{spelled}?{VERSION}"

    def _patch(self, url: str, body: object) -> Answer:
        return self.client.send_repeatable("PATCH", url, json.dumps(body).encode(), JSON)


def _root(config: IndexConfig) -> str:
    """The server with the organisation and the project, which `url` may name again.

    Raises `ConfigError` when `url` is that of a feed.
    """
    server = config.at.get("url", SERVER).rstrip("/")
    if "/_packaging" in urlsplit(server).path:
        raise ConfigError(
            f"the url of {config.name} is that of a feed: {server}",
            next="It is the server's alone; organization, project and feed say the rest.",
        )
    names = [quote(config.at[key], safe="") for key in ("organization", "project") if key in config.at]
    for again in ("/".join(names), names[0]):
        server = server.removesuffix(f"/{again}")
    return "/".join([server, *names])


def _view(config: IndexConfig) -> str:
    """The view's name; that of the view with everything is no name, for it is the feed itself."""
    view = config.at.get("view", "").removeprefix("@")
    return "" if view.lower() == "local" else view
