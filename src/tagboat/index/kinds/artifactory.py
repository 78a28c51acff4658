"""A PyPI repository of JFrog Artifactory, known by its URL: `https://host/artifactory/api/pypi/REPO`.

Artifactory overwrites a file without a word where the user may delete, and can be told to answer 404 for what a
user may not see. So no upload is sent before its pages were read, and a page that is missing counts only once the
repository itself is shown. Paths within the repository are taken from the links on its pages, never guessed.

Not verified: what deleting by way of a virtual repository does, so each file is deleted from the repository that
Artifactory says it lies in; and how long it takes to write its pages anew.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from packaging.utils import canonicalize_name

from tagboat.errors import ConfigError, IndexFailed, Irreversible, Problem
from tagboat.index.credentials import variable
from tagboat.index.legacy import LegacyIndex, Place
from tagboat.index.simple import ACCEPT, Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.index.answer import Answer
    from tagboat.index.credentials import Account
    from tagboat.index.http import Client
    from tagboat.index.interface import IndexFile
    from tagboat.index.reach import Reach

URL = re.compile(r"(?P<server>.+?)/api/pypi/(?P<repository>[^/]+)(/.*)?")


def parts_of(url: str) -> tuple[str, str]:
    """The server's URL and the name of the repository. Raises `ConfigError` when they are not in it."""
    found = URL.fullmatch(url)
    if found is None:
        raise ConfigError(
            f"{url} is not the URL of an Artifactory PyPI repository",
            next="It has /api/pypi/ before the repository's name, as in "
            "https://example.jfrog.io/artifactory/api/pypi/pypi-local.",
        )
    return found["server"], found["repository"]


def place(config: IndexConfig) -> Place:
    """The repository's URL takes uploads; its simple pages are below it."""
    server, repository = parts_of(config.at["url"])
    root = f"{server}/api/pypi/{repository}"
    own = f"{root}/simple/"
    return Place(root, config.at.get("simple-url") or own, own)


def open_index(config: IndexConfig, reach: Reach) -> ArtifactoryIndex:
    """The index of a configuration; an access token that tells its user needs no user name."""
    where = place(config)
    account = reach.account(config, where.upload_url)
    account = replace(account, token_user=_user_of_token(account, reach))
    return ArtifactoryIndex(reach.client(config, where, account=account), where)


class ArtifactoryIndex(LegacyIndex):
    """A PyPI repository. It deletes single files."""

    def __init__(self, client: Client, place: Place) -> None:
        super().__init__(client, place, "artifactory")
        self.storage = Storage(client, place.upload_url)
        self.reader = StorageReader(client, place.own_url, self.storage)

    def problems(self) -> Iterator[Problem]:
        """Whether there is a credential, and whether the repository is shown with it."""
        credential = self.client.login.asked()
        if credential is None:
            yield Problem(f"no credential is known for {self.name}", next=self.client.login_advice)
        elif credential.username == "__token__":
            yield Problem(
                f"{self.name} knows no user __token__",
                why="Artifactory takes a token only with the user name that it was made for.",
                next=self.client.login_advice,
            )
        answer = self.client.get(self.reader.simple_url, ACCEPT)
        if answer.status == 404:  # a repository without any file has no pages
            answer = self.storage.look("")
        if answer.status == 404:
            yield Problem(
                f"{self.name} has no such repository, or does not show it to us: {self.upload_url}",
                next=f"Look at its url. {self.client.login_advice}",
            )
        elif not answer.is_success:
            yield self._problem(f"{self.name} cannot be read", answer)

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove each file from the repository that it lies in, and wait until the pages say so.

        A file that the pages do not show yet is looked for where Artifactory puts it.
        """
        wanted = sorted(set(filenames))
        listed = self.files(project, version)
        stays = []
        for filename in wanted:
            paths = [self.storage.path_of(listed[filename])] if filename in listed else _usual_paths(project, filename)
            stays += [filename for path in paths if not self._delete(filename, path)]
        if stays:
            raise Irreversible(
                f"{self.name} cannot delete {', '.join(stays)}",
                why="They lie in a repository that only repeats another server's.",
                next="Delete them there, and then from the cache here.",
            )
        left = self.still_shown(project, version, wanted)
        if left:
            raise IndexFailed(f"{self.name} still shows what it deleted: {', '.join(left)}")

    def _delete(self, filename: str, path: str) -> bool:
        """Whether it is gone; False when it is only the copy of a file elsewhere."""
        answer = self.storage.look(path)
        if answer.status == 404:
            return True
        if not answer.is_success:
            raise self.client.failed(f"{self.name} does not say where {filename} lies", answer)
        repository = _entry(answer, "repo") or self.storage.repository
        if repository.endswith("-cache"):
            return False
        answer = self.client.send_repeatable("DELETE", f"{self.storage.server}/{quote(repository)}/{path}")
        if not answer.is_success and answer.status != 404:
            raise self.client.failed(f"{self.name} did not delete {filename}", answer)
        return True


class Storage:
    """What lies in a repository, as the REST API tells it."""

    def __init__(self, client: Client, upload_url: str) -> None:
        self.client = client
        self.packages = f"{upload_url}/packages/"
        self.server, self.repository = parts_of(upload_url)

    def look(self, path: str) -> Answer:
        """What the API says of a file; of the repository without a path."""
        return self.client.get(f"{self.server}/api/storage/{self.repository}/{path}".rstrip("/"), "application/json")

    def path_of(self, file: IndexFile) -> str:
        """A file's path, as its link has it. Raises `IndexFailed` when the link leads to another repository."""
        if not urlsplit(file.url).path.startswith(urlsplit(self.packages).path):
            raise IndexFailed(
                f"{self.client.name} lists {file.filename} at an address that is not its own",
                why=f"It is at {file.url}.",
            )
        return urlsplit(file.url).path.removeprefix(urlsplit(self.packages).path)


class StorageReader(Reader):
    """Reads the pages; asks the REST API for the hashes that the pages of old servers do not tell."""

    def __init__(self, client: Client, simple_url: str, storage: Storage) -> None:
        super().__init__(client, simple_url, absent=self._is_absent)
        self.storage = storage

    def files(self, project: str, version: Version | None = None) -> dict[str, IndexFile]:
        """What the page lists. Only the hashes of one version's files are asked for."""
        listed = super().files(project, version)
        if version is None:
            return listed
        return {name: file if file.sha256 else self._with_hash(file) for name, file in listed.items()}

    def _with_hash(self, file: IndexFile) -> IndexFile:
        """A server from before 5.5 knows none: then it stays unknown, and whoever wants it downloads the file."""
        answer = self.storage.look(self.storage.path_of(file))
        return replace(file, sha256=_entry(answer, "checksums", "sha256").lower() or None)

    def _is_absent(self, answer: Answer) -> bool:
        return answer.status == 404 and self.storage.look("").is_success


def _usual_paths(project: str, filename: str) -> list[str]:
    """Where a file may lie: below its project, by any spelling that an upload can have, and its version."""
    if filename.endswith(".whl"):
        name, version = filename.split("-")[:2]
    else:
        name, _, version = filename.removesuffix(".zip").removesuffix(".tar.gz").rpartition("-")
    names = dict.fromkeys((canonicalize_name(project), project, name))
    return [f"{quote(each)}/{quote(version)}/{quote(filename)}" for each in names]


def _entry(answer: Answer, *keys: str) -> str:
    """A text within a JSON answer; "" when it is not there."""
    try:
        data = json.loads(answer.text) if answer.is_success else None
    except ValueError:
        data = None
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""


def _user_of_token(account: Account, reach: Reach) -> str:
    """Whose the token in the environment is, when it is an access token, which has its user in it."""
    names = (variable(account.index, "TOKEN"), *(name for name, _ in account.tokens))
    token = next((reach.environ[name] for name in names if reach.environ.get(name)), "")
    return _subject(token).rpartition("/users/")[2] if "/users/" in _subject(token) else ""


def _subject(token: str) -> str:
    """The `sub` of a JSON web token, `jfac@01…/users/alice` here; "" of anything else."""
    parts = token.split(".")
    if len(parts) != 3:
        return ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return ""
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return unquote(subject) if isinstance(subject, str) else ""
