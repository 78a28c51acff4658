"""A Python repository on Cloudsmith: uploads, pages and API each have a server of their own.

Every file is a package of its own to Cloudsmith. It takes an upload at once and works on it afterwards: a duplicate is
taken, too, and fails then, leaving a broken entry. So what is there is asked of the API, which tells hashes and states,
before an upload and after it, and a broken entry of our own bytes is cleared away. The paths, fields and states are
those of Cloudsmith's client library (cloudsmith-api 2.0.42).

Not verified: whether the page of a project still lists what is in quarantine, so that is looked at each time; and that
the user name `token` does for an API key everywhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from packaging.utils import canonicalize_name

from tagboat.distribution import parse_filename
from tagboat.errors import ConfigError, IndexFailed, NotVisible, Problem
from tagboat.index.answer import Answer
from tagboat.index.credentials import Login
from tagboat.index.http import Client
from tagboat.index.interface import IndexFile
from tagboat.index.legacy import LOOKS, LegacyIndex, Place
from tagboat.index.simple import ACCEPT, Reader
from tagboat.index.upload import Uploader, refuse_other_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.distribution import Distribution
    from tagboat.index.interface import Progress
    from tagboat.index.reach import Reach

    Entry = Mapping[str, object]
    """One package as the API tells it."""

UPLOADS = "https://python.cloudsmith.io"
PAGES = "https://dl.cloudsmith.io"
API = "https://api.cloudsmith.io"
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
PAGE = 100
WAITS = 12
"""How often a file that is worked on is looked at: a few minutes in all."""


def place(config: IndexConfig) -> Place:
    """Uploads and pages are on two servers. Raises `ConfigError` for an access that does not exist."""
    access = config.at.get("access", "basic")
    if access not in {"public", "basic"}:
        raise ConfigError(
            f"access of {config.name} is {access}, which Cloudsmith does not have",
            next='Say access = "public" for a public repository, "basic" for one that wants a credential.',
        )
    where = f"{quote(config.at['owner'])}/{quote(config.at['repository'])}"
    given = config.at.get("url", UPLOADS).rstrip("/")
    server = UPLOADS if given.startswith(PAGES) else given.removesuffix(f"/{where}")  # PAGES: the URL to install from
    upload = f"{server}/{where}/"
    return Place(upload, config.at.get("simple-url") or f"{PAGES}/{access}/{where}/python/simple/")


def open_index(config: IndexConfig, reach: Reach) -> CloudsmithIndex:
    """The index of a configuration."""
    where = place(config)
    client = reach.client(config, where)
    api = f"{config.at.get('api-url', API).rstrip('/')}/packages/{config.at['owner']}/{config.at['repository']}/"
    plain = Client(config.name, (), Login(), reach.transport(config))
    public = config.at.get("access") == "public"
    return CloudsmithIndex(client, where, Packages(client, plain, api), public=public)


class CloudsmithIndex(LegacyIndex):
    """A repository. It takes versions out of sight by quarantine, and deletes single files."""

    hidden_as = "in quarantine"

    def __init__(self, client: Client, place: Place, packages: Packages, *, public: bool) -> None:
        super().__init__(client, place, "cloudsmith")
        self.packages = packages
        self.public = public

    def upload(self, distribution: Distribution, progress: Progress | None = None) -> None:
        """POST one file, and wait until Cloudsmith has made something of it."""

        def settle(_: Answer) -> None:
            self._settle(distribution)

        there = PackagesReader(self.client, self.reader.simple_url, self.packages)
        Uploader(self.client, self.upload_url, there, settle).upload(distribution, progress)

    def problems(self) -> Iterator[Problem]:
        """Whether there is a key that the API takes, and the repository is there and can be read."""
        if self.client.login.asked() is None:
            yield Problem(f"no credential is known for {self.name}", next=self.client.login_advice)
        answer = self.packages.look()
        if answer.status == 404:
            yield Problem(
                f"{self.name} has no such repository, or does not show it to us: {self.upload_url}",
                next=f"Look at owner and repository. {self.client.login_advice}",
            )
        elif not answer.is_success:
            yield self._problem(f"{self.name} would not take an upload", answer)
        page = self.client.get(self.reader.simple_url, ACCEPT)
        if not page.is_success and page.status != 404:
            yield self._problem(f"{self.name} cannot be read", page)

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove each file, in whatever state it is."""
        wanted = set(filenames)
        for entry in self.packages.of(project, version):
            if entry["filename"] in wanted:
                self.packages.delete(entry)
        left = self.still_shown(project, version, wanted)
        if left:
            raise IndexFailed(f"{self.name} still shows what it deleted: {', '.join(left)}")

    def hide(self, project: str, version: Version, reason: str) -> None:  # noqa: ARG002 - Cloudsmith asks for none
        """Put every file of the version into quarantine."""
        entries = self.packages.of(project, version)
        for entry in entries:
            if not entry.get("is_quarantined"):
                self.packages.quarantine(entry, {})
        left = self.still_shown(project, version, [str(entry["filename"]) for entry in entries])
        if left:
            raise IndexFailed(
                f"{self.name} still lists {', '.join(left)}",
                why="They are in quarantine, so nobody can download them; but installers choose them and fail.",
                next="Delete them on Cloudsmith's pages; the version before is installed then.",
            )

    def unhide(self, project: str, version: Version) -> None:
        """Release every file of the version from quarantine, and wait until the page lists them."""
        entries = [entry for entry in self.packages.of(project, version) if entry.get("is_quarantined")]
        for entry in entries:
            self.packages.quarantine(entry, {"release": True})
        missing = {str(entry["filename"]) for entry in entries}
        for attempt in range(LOOKS):
            missing -= self.files(project, version).keys()
            if not missing:
                return
            self.client.pause(attempt, Answer(200))
        raise NotVisible(
            f"{self.name} does not list {', '.join(sorted(missing))} yet",
            why="Cloudsmith released them from quarantine.",
            next="Run it again later.",
        )

    def install_environment(self) -> dict[str, str]:
        """A public repository is installed from without a credential."""
        if self.public:
            return self.client.transport.install_environment(self.simple_url)
        return super().install_environment()

    def _settle(self, distribution: Distribution) -> None:
        """Wait for what Cloudsmith makes of an upload; clear away what became of a duplicate.

        When it takes longer than we look, whoever published waits for the page.
        """
        for attempt in range(WAITS):
            entries = self.packages.named(distribution)
            ours = [entry for entry in entries if entry.get("checksum_sha256") == distribution.sha256]
            if any(_is_kept(entry) for entry in ours):
                self._clear_away(ours)
                return
            if broken := next((entry for entry in ours if entry.get("is_sync_failed")), None):
                self._clear_away(ours)
                self._refuse(distribution, entries, str(broken.get("status_reason") or "It does not say why."))
            self.client.pause(attempt, Answer(200))

    def _clear_away(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.get("is_sync_failed"):
                self.packages.delete(entry)

    def _refuse(self, distribution: Distribution, entries: Iterable[Entry], reason: str) -> None:
        for entry in entries:
            if _is_kept(entry):
                refuse_other_bytes(self.name, distribution, str(entry.get("checksum_sha256")))
        raise IndexFailed(f"{self.name} took {distribution.filename} and then could not use it", why=reason)


class Packages:
    """The packages of a repository, by the API. Each holds one file.

    The API takes the key in a header of its own, so `plain` brings no credential.
    """

    def __init__(self, client: Client, plain: Client, url: str) -> None:
        self.client = client
        self.plain = plain
        self.url = url

    def look(self) -> Answer:
        """Whether the repository is shown with this key."""
        return self._call("GET", f"{self.url}?page_size=1")

    def of(self, project: str, version: Version) -> list[Entry]:
        """Every file of a version, in whatever state."""
        name = canonicalize_name(project)
        found = self._listed(f"format:python AND filename:{max(name.split('-'), key=len)}")
        return [entry for entry in found if _states(str(entry.get("filename")), name, version)]

    def named(self, distribution: Distribution) -> list[Entry]:
        """Every entry that has the name of this file; more than one when somebody sent it again."""
        entries = self.of(distribution.project, distribution.version)
        return [entry for entry in entries if entry["filename"] == distribution.filename]

    def delete(self, entry: Entry) -> None:
        """Remove it. It may be gone already."""
        self._act("DELETE", entry, "", None, "did not delete")

    def quarantine(self, entry: Entry, body: dict[str, object]) -> None:
        """Put it into quarantine, or with `release` out of it."""
        self._act("POST", entry, "quarantine/", json.dumps(body).encode(), "did not change the quarantine of")

    def _act(self, method: str, entry: Entry, action: str, body: bytes | None, what: str) -> None:
        url = f"{self.url}{quote(str(entry['slug_perm']))}/{action}"
        answer = self._call(method, url, body)
        if not answer.is_success and not (method == "DELETE" and answer.status == 404):
            raise self.client.failed(f"{self.client.name} {what} {entry['filename']}", answer)

    def _listed(self, query: str) -> list[Entry]:
        found: list[Entry] = []
        for number in range(1, 1000):
            words = urlencode({"query": query, "page": number, "page_size": PAGE})
            answer = self._call("GET", f"{self.url}?{words}")
            if answer.status == 404 and number > 1:  # the page after the last
                break
            page = _entries(answer)
            if page is None:
                raise self.client.failed(f"{self.client.name} cannot be read: its list of packages", answer)
            found += page
            if len(page) < PAGE:
                break
        return found

    def _call(self, method: str, url: str, body: bytes | None = None) -> Answer:
        credential = self.client.login.current()
        key = {"X-Api-Key": credential.password} if credential else {}
        return self.plain.send_repeatable(method, url, body, JSON | key)


class PackagesReader(Reader):
    """What is there by the API, which knows of files that no page shows: those worked on and those in quarantine."""

    def __init__(self, client: Client, simple_url: str, packages: Packages) -> None:
        super().__init__(client, simple_url)
        self.packages = packages

    def files(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """The files of a version that Cloudsmith keeps, once it works on none of them."""
        if version is None:
            return super().files(project)
        entries: list[Entry] = []
        for attempt in range(WAITS):
            entries = self.packages.of(project, version)
            if not any(_is_worked_on(entry) for entry in entries):
                break
            self.client.pause(attempt, Answer(200))
        return {str(entry["filename"]): _file(entry) for entry in entries if not entry.get("is_sync_failed")}


def _file(entry: Entry) -> IndexFile:
    sha256 = str(entry.get("checksum_sha256") or "").lower()
    return IndexFile(str(entry["filename"]), str(entry.get("cdn_url") or ""), sha256 or None)


def _is_kept(entry: Entry) -> bool:
    return bool(entry.get("is_sync_completed") or entry.get("is_quarantined"))


def _is_worked_on(entry: Entry) -> bool:
    return not _is_kept(entry) and not entry.get("is_sync_failed")


def _states(filename: str, name: str, version: Version) -> bool:
    """Whether a file name is one of that project and version."""
    parsed = parse_filename(filename)
    return parsed is not None and parsed[1:] == (name, version)


def _entries(answer: Answer) -> list[Entry] | None:
    try:
        data = json.loads(answer.text) if answer.is_success else None
    except ValueError:
        return None
    return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else None
