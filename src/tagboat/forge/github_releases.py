"""Releases on GitHub.

Contract: docs.github.com/en/rest/releases (drafts are in the list only; an upload that was cut off leaves an asset
whose state is not `uploaded`; `digest` since 2025), and for immutable releases
docs.github.com/en/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tagboat.errors import Blocked, ConfigError, ForgeFailed, Irreversible, Problem
from tagboat.forge.body import marks_of, with_section
from tagboat.forge.github_api import GitHubApi
from tagboat.forge.interface import ForgeRelease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from github.GitRelease import GitRelease
    from github.GitReleaseAsset import GitReleaseAsset

    from tagboat.forge.interface import Announcement, Asset

VISIBLE = 10.0  # seconds in which a release that was published has to be found by its tag
UPLOADED = "uploaded"


class GitHubReleases(GitHubApi):
    """The releases of one repository."""

    def problems(self) -> Iterator[Problem]:
        """Whether there is a token, and whether it may write releases of this repository.

        Generating notes changes nothing and wants the same right: contents, write
        (docs.github.com/en/rest/releases/releases). A tag that is not there yet is a 422, which nobody gets who may
        not write.
        """
        try:
            self.asked("let a release be made", lambda: self.repo.generate_release_notes("v0"))
        except ForgeFailed as error:
            if error.status != 422:
                yield Problem(error.what, error.why, error.next)
        except ConfigError as error:
            yield Problem(error.what, error.why, error.next)

    def release(self, tag: str) -> ForgeRelease | None:
        """The published release of a tag, else the draft to go on from."""
        return self.asked(f"look for the release {tag}", lambda: self._look(tag))

    def make_release(self, wanted: Announcement, adding: Callable[[str], None]) -> None:
        """Draft first, then the assets, published last. After a bad moment it looks again before it goes on."""
        self.asked(f"make the release {wanted.tag}", lambda: self._converge(wanted, adding))

    def remove_release(self, tag: str, mark: str, added: Mapping[str, str]) -> None:
        """Delete the release with our mark, and our assets from another's."""
        self.asked(f"take back the release {tag}", lambda: self._remove(tag, mark, added))

    def edit_release(self, tag: str, *, title: str, body: str, prerelease: bool) -> None:
        """Change title, body and, where the release is not immutable, the pre-release flag of a published release."""

        def edit() -> None:
            found = self._published(tag)
            if found is None:
                raise Blocked(f"{self.summary} has no published release {tag}")
            flag = found.prerelease if found.immutable else prerelease
            found.update_release(title, body, draft=False, prerelease=flag)

        self.asked(f"edit the release {tag}", edit)

    def _look(self, tag: str) -> ForgeRelease | None:
        found = self._published(tag) or self._draft_of(tag, self._drafts(tag))
        return None if found is None else self._told(found)

    def _told(self, found: GitRelease) -> ForgeRelease:
        return ForgeRelease(
            tag=found.tag_name,
            title=found.name or "",
            body=found.body or "",
            draft=found.draft,
            prerelease=found.prerelease,
            immutable=found.immutable,
            assets={asset.name: self._hash_of(asset) for asset in found.get_assets()},
            page="" if found.draft else found.html_url,
        )

    def _published(self, tag: str) -> GitRelease | None:
        try:
            return self.repo.get_release(tag)
        except self.library.UnknownObjectException:
            return None

    def _drafts(self, tag: str) -> list[GitRelease]:
        """The drafts of a tag, the oldest first. Only the list has them."""
        drafts = [each for each in self.repo.get_releases() if each.draft and each.tag_name == tag]
        return sorted(drafts, key=lambda each: each.id)

    def _draft_of(self, tag: str, drafts: list[GitRelease], mark: str = "") -> GitRelease | None:
        """The draft to go on from: this run's, else one that another run of tagboat left, else a person's."""
        made = [each for each in drafts if marks_of(each.body or "")]
        ours = [each for each in made if mark and mark in marks_of(each.body or "")]
        for found in (ours, made, drafts):
            if found and (found is not drafts or len(found) == 1):
                return found[0]
        if drafts:
            raise Blocked(
                f"{self.summary} has {len(drafts)} drafts of {tag}, and tagboat made none of them",
                next="Delete all but the one that is to be published, then run the same command again.",
            )
        return None

    def _converge(self, wanted: Announcement, adding: Callable[[str], None]) -> None:
        found = self._published(wanted.tag)
        if found is None:
            self._refuse_untagged(wanted.tag)
            found = self._draft(wanted)
        self._attach(found, wanted, adding)
        if found.draft:
            by_tagboat = bool(marks_of(found.body or ""))
            found.update_release(
                wanted.title if by_tagboat else found.name or wanted.title,
                wanted.body if by_tagboat else with_section(found.body or "", wanted.body),
                draft=False,
                prerelease=wanted.prerelease,
                make_latest="false" if wanted.prerelease else "legacy",
            )
            self._wait_for(wanted.tag)

    def _draft(self, wanted: Announcement) -> GitRelease:
        """The draft to work on, made if need be. A second one that tagboat made before is deleted: nobody saw it."""
        drafts = self._drafts(wanted.tag)
        found = self._draft_of(wanted.tag, drafts, wanted.mark)
        if found is None:
            return self.repo.create_git_release(
                wanted.tag, wanted.title, wanted.body, draft=True, prerelease=wanted.prerelease, make_latest="false"
            )
        for other in drafts:
            if other.id != found.id and marks_of(other.body or ""):
                other.delete_release()
        return found

    def _refuse_untagged(self, tag: str) -> None:
        """Stop where the forge lacks the tag: publishing would make one, on whatever is on the default branch."""
        try:
            _ = self.repo.get_git_ref(f"tags/{tag}").object  # asked for at this moment
        except self.library.UnknownObjectException:
            raise Blocked(
                f"{self.summary} has no tag {tag}",
                why="GitHub would make one by itself, on another commit.",
                next="Push the tag there; or, when that is not the repository, set `repository` in"
                " [tool.tagboat.forge].",
            ) from None

    def _attach(self, release: GitRelease, wanted: Announcement, adding: Callable[[str], None]) -> None:
        present = {asset.name: asset for asset in release.get_assets()}
        for name, ours in wanted.files.items():
            there = present.get(name)
            if there is not None and there.state == UPLOADED:
                self._refuse_other(wanted.tag, name, ours, self._hash_of(there))
                continue
            if there is not None:
                there.delete_asset()  # what an upload left that did not come through
            adding(name)
            self._upload(release, name, ours)

    def _upload(self, release: GitRelease, name: str, ours: Asset) -> None:
        with ours.path.open("rb") as file:
            release.upload_asset_from_memory(file, ours.path.stat().st_size, name)

    def _refuse_other(self, tag: str, name: str, ours: Asset, there: str | None) -> None:
        if there != ours.sha256:
            raise Blocked(
                f"{name} is on the release {tag} with other bytes (ours {ours.sha256}, there {there})",
                next="Look at the release; delete that asset if it is not the good one, then run this again.",
            )

    def _wait_for(self, tag: str) -> None:
        """Wait until what was just published is found by its tag."""
        pause, waited = 0.25, 0.0
        while self._published(tag) is None and waited < VISIBLE:
            self.sleep(pause)
            waited, pause = waited + pause, pause * 2

    def _remove(self, tag: str, mark: str, added: Mapping[str, str]) -> None:
        published = self._published(tag)
        for found in [*([published] if published else []), *self._drafts(tag)]:
            if mark in marks_of(found.body or ""):
                self._delete(found)
            elif added:
                self._detach(found, added)

    def _delete(self, found: GitRelease) -> None:
        if not found.draft and found.immutable:
            raise Irreversible(
                f"the release {found.tag_name} in {self.summary} is published and immutable",
                why="GitHub would let the page be deleted, but never takes this tag for a release again.",
                next="Finish with `tagboat release`, then `tagboat rollback` if the version is bad.",
            )
        found.delete_release()

    def _detach(self, found: GitRelease, added: Mapping[str, str]) -> None:
        """Take our assets off a release that a person made; the rest of it is theirs."""
        for asset in found.get_assets():
            if asset.name in added and self._hash_of(asset) in (None, added[asset.name]):
                if not found.draft:
                    raise Irreversible(
                        f"the release {found.tag_name} in {self.summary} was made by hand, and is published",
                        next="Take it back on its page, if that is what you want; or finish with `tagboat release`.",
                    )
                asset.delete_asset()

    def _hash_of(self, asset: GitReleaseAsset) -> str | None:
        """SHA-256 of an asset: as GitHub tells it, else by download; None when its upload did not come through."""
        if asset.state != UPLOADED:
            return None
        if asset.digest and asset.digest.startswith("sha256:"):
            return asset.digest.removeprefix("sha256:")
        digest = hashlib.sha256()
        _, _, blocks = asset.download_asset(chunk_size=1 << 18)
        for block in blocks:
            digest.update(block)
        return digest.hexdigest()
