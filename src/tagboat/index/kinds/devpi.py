"""One index of a devpi-server, known by the URL that devpi itself uses: `http://host/user/index`."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from tagboat.errors import ConfigError, Irreversible, Problem
from tagboat.index.answer import Answer
from tagboat.index.credentials import Credential, Login
from tagboat.index.http import Client
from tagboat.index.legacy import LegacyIndex, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from packaging.version import Version

    from tagboat.config import IndexConfig
    from tagboat.index.interface import Index, IndexFile
    from tagboat.index.reach import Reach

SHORTEST = 120
"""Seconds of a session's life that are too few to renew it in time."""

JSON = {"Content-Type": "application/json", "Accept": "application/json"}


def root_of(url: str) -> str:
    """The index's own URL with a slash, also when the URL to install from was given.

    Raises `ConfigError` when it does not end in a user and an index.
    """
    root = url.rstrip("/").removesuffix("/+simple") + "/"
    if len(urlsplit(root).path.strip("/").split("/")) < 2:
        raise ConfigError(
            f"{root} is not the URL of a devpi index",
            next="It ends in the user and the index, as in https://devpi.example.com/alice/prod.",
        )
    return root


def user_of(url: str) -> str:
    """The user to whom the index belongs."""
    return urlsplit(root_of(url)).path.strip("/").split("/")[-2]


def place(config: IndexConfig) -> Place:
    """An index is uploaded to at its root."""
    root = root_of(config.at["url"])
    return Place(root, config.at.get("simple-url") or f"{root}+simple/")


def open_index(config: IndexConfig, reach: Reach) -> DevpiIndex:
    """The index of a configuration; its user is the owner of the index unless another one is named."""
    where = place(config)
    account = reach.account(config, where.upload_url)
    account = replace(account, username=config.username or user_of(where.upload_url))
    anonymous = Client(config.name, (), Login(), reach.transport(config))
    client = reach.client(config, where, account=account, exchange=log_in(anonymous, where.upload_url))
    return DevpiIndex(client, where, config.kind)


class DevpiIndex(LegacyIndex):
    """A devpi index. It deletes single files, also from one that is not volatile; it cannot yank.

    It pushes a version to another index of its server, as the user who logs in here.
    """

    def problems(self) -> Iterator[Problem]:
        """Whether the index is there, the login works, and the user may upload."""
        answer = self.client.get(self.upload_url, JSON["Accept"])
        if not answer.is_success:
            yield self._problem(f"{self.name} cannot be read", answer)
            return
        allowed = _result(answer).get("acl_upload")
        if not isinstance(allowed, list):
            yield Problem(
                f"{self.name} is no devpi index that takes uploads: {self.upload_url}",
                next="Look at its url; a mirror takes none, and for another server choose another kind.",
            )
        elif ":ANONYMOUS:" not in allowed:
            yield from self._refusals(allowed)

    def delete(self, project: str, version: Version, filenames: Iterable[str]) -> None:
        """Remove each file by its own URL, so that nobody else's goes with it."""
        wanted = set(filenames)
        for filename, file in self.files(project, version).items():
            if filename in wanted and self._is_own(file):
                self._delete(file)
        left = sorted(wanted & self.files(project, version).keys())
        if left:
            raise Irreversible(
                f"{self.name} still shows {', '.join(left)}",
                why="They come from an index that this one is based on.",
                next=f"Delete them there; devpi shows the bases of {urlsplit(self.upload_url).path.strip('/')}.",
            )

    def can_promote(self, target: Index) -> bool:
        """To another index of the same server."""
        return isinstance(target, DevpiIndex) and _server_of(target) == _server_of(self) and target is not self

    def promote(self, project: str, version: Version, target: Index) -> None:
        """Push the version. What an index that is not volatile has already it refuses to be pushed, same or not."""
        ours = {name: file.sha256 for name, file in self.files(project, version).items()}
        path = urlsplit(target.upload_url).path if isinstance(target, DevpiIndex) else ""
        wish = {"name": canonicalize_name(project), "version": str(version)}
        body = json.dumps({**wish, "targetindex": "/".join(path.strip("/").split("/")[-2:])}).encode()
        # A volatile one would take other bytes without a word.
        differ = _others(ours, target.files(project, version), missing=False)
        answer = (
            Answer(0, "nothing was sent")
            if differ
            else self.client.send_repeatable("POST", self.upload_url, body, JSON)
        )
        if left := differ or _others(ours, target.files(project, version), missing=True):
            raise self.client.failed(
                f"{self.name} did not push {project} {version} to {target.name}: {', '.join(left)}",
                answer,
                next=f"What {target.name} has with other bytes stays. For the rest, whoever logs in to {self.name} has"
                f" to be in the acl_upload of {target.name}, and the files in {self.name}, not in one of its bases.",
            )

    def _is_own(self, file: IndexFile) -> bool:
        """Whether it was uploaded here, and is not shown from one of the index's bases."""
        return urlsplit(file.url).path.startswith(f"{urlsplit(self.upload_url).path}+f/")

    def _delete(self, file: IndexFile) -> None:
        """An index that is not volatile answers 403 until it is told that we mean it.

        To a session that it has forgotten, after a restart say, it answers the same.
        """
        answer = self.client.send_repeatable("DELETE", file.url, headers=JSON)
        if answer.status == 403:
            answer = self.client.send_repeatable("DELETE", f"{file.url}?force", headers=JSON)
        used = self.client.login.current()
        if answer.status == 403 and used is not None and self.client.login.refused(used):
            answer = self.client.send_repeatable("DELETE", f"{file.url}?force", headers=JSON)
        if not answer.is_success and answer.status not in {404, 410}:
            raise self.client.failed(f"{self.name} did not delete {file.filename}", answer)

    def _refusals(self, allowed: list[object]) -> Iterator[Problem]:
        status = _result(self.client.get(f"{self.upload_url}+api", JSON["Accept"])).get("authstatus")
        state, user, groups = status if isinstance(status, list) and len(status) == 3 else ("unknown", "", [])
        if state != "ok":
            what = "does not know this user with this password" if self.client.login.asked() else "wants a credential"
            yield Problem(f"{self.name} {what}", next=self.client.login_advice)
        elif not {user, ":AUTHENTICATED:", *(f":{group}" for group in groups)} & set(allowed):
            yield Problem(
                f"{user} may not upload to {self.name}",
                why=f"Its acl_upload names {', '.join(map(str, allowed)) or 'nobody'}.",
                next="Whoever owns the index can change that with `devpi index`.",
            )


def _server_of(index: DevpiIndex) -> str:
    """The server's own URL, without a slash."""
    return index.upload_url.rstrip("/").rsplit("/", 2)[0]


def _others(ours: Mapping[str, str | None], there: Mapping[str, IndexFile], *, missing: bool) -> list[str]:
    """Names of our files that are there with other bytes, or with `missing` not at all."""
    return [name for name, sha256 in ours.items() if (there[name].sha256 != sha256 if name in there else missing)]


def log_in(client: Client, url: str) -> Callable[[Credential], Credential]:
    """How to trade a password for a session's token on the server of that index.

    The server checks a password with a hash that is made to be slow (0.2 s), on every request; a token
    costs it nothing. Whatever has no such token is left as it is. `client` brings no credential itself.
    """
    server = root_of(url).rstrip("/").rsplit("/", 2)[0]

    def exchange(credential: Credential) -> Credential:
        body = json.dumps({"user": credential.username, "password": credential.password}).encode()
        session = _result(client.send("POST", f"{server}/+login", body, JSON))
        token, seconds = session.get("password"), session.get("expiration")
        if not isinstance(token, str):
            return credential
        expires = time.time() + seconds if isinstance(seconds, int) and seconds > SHORTEST else None
        return Credential(credential.username, token, expires=expires)

    return exchange


def _result(answer: Answer) -> dict[str, object]:
    """The `result` of an answer of devpi's own API; nothing when it is none."""
    try:
        data = json.loads(answer.text)
    except ValueError:
        return {}
    result = data.get("result") if isinstance(data, dict) and answer.is_success else None
    return result if isinstance(result, dict) else {}
