"""Both forges as a test sees them: the fake server, the real library, and what is there in the end."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.forge.fakes.github import GitHub as FakeGitHub
from tests.forge.fakes.gitlab import GitLab as FakeGitLab

from tagboat.config.model import ForgeConfig
from tagboat.forge import open_forge
from tagboat.forge.interface import Announcement, Asset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagboat.forge.github import GitHub
    from tagboat.forge.gitlab import GitLab

FAKES = {"github": FakeGitHub, "gitlab": FakeGitLab}
TOKENS = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN"}
TAG = "v0.2.0"


@dataclass
class Quay:
    """One forge, and the project `crew/boat` in it."""

    kind: str
    server: FakeGitHub | FakeGitLab
    slept: list[float] = field(default_factory=list)

    def forge(self, token: str | None = "write-token", **environ: str) -> GitHub | GitLab:
        """The forge as a run sees it that begins now."""
        given = {"PATH": "", **environ, **({TOKENS[self.kind]: token} if token else {})}
        if self.kind == "github":
            given.setdefault("GITHUB_API_URL", self.server.url)
        config = ForgeConfig(self.kind, self.server.url, "crew/boat")
        made = open_forge(config, "", given)
        made.sleep = self.slept.append
        return made

    def shown(self) -> dict[str, bytes] | None:
        """What people find on the page of the tag's release; None when there is none."""
        if isinstance(self.server, FakeGitHub):
            found = self.server.published(TAG)
            return found.files() if found else None
        release, package = self.server.release_of(TAG), self.server.package_of(TAG)
        if release is None:
            return None
        files = {each.name: each.content for each in package.files} if package else {}
        return {link["name"]: files[link["name"]] for link in release.links}

    def text(self) -> str:
        """What its page says."""
        if isinstance(self.server, FakeGitHub):
            found = self.server.published(TAG)
            return found.body if found else ""
        release = self.server.release_of(TAG)
        return release.description if release else ""

    def leftovers(self) -> object:
        """Everything that is there, to be compared."""
        if isinstance(self.server, FakeGitHub):
            return [(each.tag_name, each.name, each.body, each.draft, each.files()) for each in self.server.releases]
        packages = [(each.version, [(file.name, file.content) for file in each.files]) for each in self.server.packages]
        releases = [
            (each.tag_name, each.description, [link["name"] for link in each.links]) for each in self.server.releases
        ]
        return [packages, releases]


@contextmanager
def moored(kind: str) -> Iterator[Quay]:
    """One forge, at work, that has the tag."""
    with FAKES[kind]().serving() as server:
        server.tags.add(TAG)
        yield Quay(kind, server)


def announcement(folder: Path, *, prerelease: bool = False, mark: str = "ab12") -> Announcement:
    import hashlib

    contents = {"demo-0.2.0-py3-none-any.whl": b"wheel", "demo-0.2.0.tar.gz": b"sdist", "SHA256SUMS": b"sums\n"}
    files = {}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        files[name] = Asset(folder / name, hashlib.sha256(content).hexdigest())
    body = f"The notes\n\n### Install\n\npip install demo\n\n<!-- tagboat:{mark} -->\n"
    return Announcement(TAG, "demo 0.2.0", body, prerelease, files, mark)


def make(quay: Quay, wanted: Announcement) -> list[str]:
    """Make the release as one run would; the names that were about to be uploaded."""
    added: list[str] = []
    with closing(quay.forge()) as forge:
        forge.make_release(wanted, added.append)
    return added


CONTENTS = {"demo-0.2.0-py3-none-any.whl": b"wheel", "demo-0.2.0.tar.gz": b"sdist", "SHA256SUMS": b"sums\n"}
