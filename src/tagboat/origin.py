"""Where an installed file came from, by the installer's own word."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tagboat.errors import without_credentials
from tagboat.tomlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tagboat.environment import Environment, Source
    from tagboat.index.interface import IndexFile


@dataclass(frozen=True, slots=True)
class Origin:
    """A file by the URL that an installer took it from; "" for a hash that the page did not tell."""

    url: str
    sha256: str = ""

    @property
    def filename(self) -> str:
        """The file's name."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])

    @property
    def host(self) -> str:
        """The server and its port; "" for a folder."""
        return host_of(self.url)

    def is_among(self, listed: Mapping[str, IndexFile]) -> bool:
        """Whether an index lists this file, with these bytes as far as both tell."""
        file = listed.get(self.filename)
        return file is not None and (not self.sha256 or file.sha256 in (None, self.sha256))


def host_of(url: str) -> str:
    """The server of a URL in small letters, with its port where that is not the usual one, without a credential."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix({"https": ":443", "http": ":80"}.get(parts.scheme, ":"))


def origins(environment: Environment, project: str, version: str, source: Source, report: Path) -> tuple[Origin, ...]:
    """The files that this version was installed from: the one that pip took, or those that uv chose among.

    `report` is what pip wrote while it installed. Raises `CommandFailed`.
    """
    found = _from_pip(report, project) if source.with_pip else _from_uv(environment, f"{project}=={version}", source)
    return tuple(Origin(without_credentials(url), sha256) for url, sha256 in found)


def _from_pip(report: Path, project: str) -> Iterator[tuple[str, str]]:
    from packaging.utils import canonicalize_name

    for each in json.loads(report.read_bytes())["install"]:
        if canonicalize_name(each["metadata"]["name"]) == canonicalize_name(project):
            info = each["download_info"]
            yield info["url"], info.get("archive_info", {}).get("hashes", {}).get("sha256", "")


def _from_uv(environment: Environment, wanted: str, source: Source) -> Iterator[tuple[str, str]]:
    """The files of that version in the lock file that uv makes of it."""
    lock = environment.lock_with_uv(wanted, {**source.credentials, "UV_DEFAULT_INDEX": source.access})
    for package in parse(lock).get("packages", ()):
        for each in (*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())):
            yield each["url"], each.get("hashes", {}).get("sha256", "")
