"""actions/checkout: real git from the forge's own server, over https, with the job's token.

Source: actions/checkout, src/input-helper.ts, ref-helper.ts and git-source-provider.ts; since v6.0.2 (#2356) an
annotated tag stays one, and a tag that moved after the event is an error.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING

from tests.ci.runner.actions.acting import is_true
from tests.ci.runner.job import ActionFailed

if TYPE_CHECKING:
    from tests.ci.runner.actions.acting import Acting

ALL = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]


def checkout(acting: Acting) -> dict[str, str]:
    """Fetch and check out what is asked for, else what the event was about."""
    run, hub = acting.job.run, acting.hub
    given = acting.inputs(
        repository=hub.repository,
        ref="",
        token=acting.job.token,
        path=".",
        fetch_depth="1",
        fetch_tags="false",
        persist_credentials="true",
        show_progress="true",
        clean="true",
    )
    if given["repository"] != hub.repository:
        raise ActionFailed("Not Found - there is no such repository here")
    ref, commit = given["ref"], ""
    if not ref:
        ref, commit = run.event.ref, run.event.sha
    elif re.fullmatch(r"[0-9a-fA-F]{40}", ref):
        ref, commit = "", ref
    return _Checkout(acting, given).take(ref, commit)


class _Checkout:
    def __init__(self, acting: Acting, given: dict[str, str]) -> None:
        self.acting, self.given = acting, given
        self.folder = acting.workspace / given["path"]
        self.url = f"{acting.hub.server_url}/{given['repository']}"
        credential = b64encode(f"x-access-token:{given['token']}".encode()).decode()
        acting.job.run.log.hide(credential)
        self.header = f"AUTHORIZATION: basic {credential}"

    def take(self, ref: str, commit: str) -> dict[str, str]:
        self.folder.mkdir(exist_ok=True)
        self.git("init", "--quiet")
        self.git("remote", "add", "origin", self.url)
        self.git("config", "--local", "gc.auto", "0")
        self.fetch(ref, commit)
        self.check_out(ref, commit)
        if is_true("persist-credentials", self.given["persist_credentials"]):
            self.git("config", "--local", f"http.{self.acting.hub.server_url}/.extraheader", self.header)
        return {"ref": ref, "commit": self.git("rev-parse", "HEAD")}

    def fetch(self, ref: str, commit: str) -> None:
        depth = int(self.given["fetch_depth"])
        tags = is_true("fetch-tags", self.given["fetch_tags"])
        if depth <= 0:
            pull = [f"+{commit}:{_own(ref)}"] if ref.startswith("refs/pull/") else []
            return self._fetch(*ALL, *pull)
        specs = [_spec(ref, commit)] if commit or ref.startswith("refs/") else _guesses(ref)
        return self._fetch(*specs, *(ALL[1:] if tags else []), depth=depth)

    def check_out(self, ref: str, commit: str) -> None:
        """As the action leaves it: on the branch, or detached at a tag or a commit."""
        if ref.startswith("refs/heads/"):
            branch = ref.removeprefix("refs/heads/")
            self.git("checkout", "--quiet", "--force", "-B", branch, f"refs/remotes/origin/{branch}")
        elif ref.startswith("refs/tags/"):
            self.git("checkout", "--quiet", "--force", ref)
        elif ref.startswith("refs/pull/"):
            self.git("checkout", "--quiet", "--force", _own(ref))
        elif not ref:
            self.git("checkout", "--quiet", "--force", commit)
        elif self.knows(f"refs/remotes/origin/{ref}"):
            self.git("checkout", "--quiet", "--force", "-B", ref, f"refs/remotes/origin/{ref}")
        elif self.knows(f"refs/tags/{ref}"):
            self.git("checkout", "--quiet", "--force", f"refs/tags/{ref}")
        else:
            raise ActionFailed(f"A branch or tag with the name '{ref}' could not be found")
        head = self.git("rev-parse", "HEAD")
        if ref.startswith("refs/tags/") and commit and head != commit:
            raise ActionFailed(f"The tag {ref} is at {head}, and the event was about {commit}")

    def knows(self, ref: str) -> bool:
        return bool(self.git("for-each-ref", ref))

    def _fetch(self, *specs: str, depth: int = 0) -> None:
        words = ["--no-tags"] if ALL[1] not in specs else []
        words += [f"--depth={depth}"] if depth else []
        auth = f"http.{self.acting.hub.server_url}/.extraheader={self.header}"
        quiet = ["--quiet", "--prune", "--no-recurse-submodules"]
        self.git("-c", auth, "-c", "protocol.version=2", "fetch", *quiet, *words, "origin", *specs)

    def git(self, *words: str) -> str:
        return self.acting.run("git", *words, cwd=self.folder, environ={"GIT_TERMINAL_PROMPT": "0"})


def _spec(ref: str, commit: str) -> str:
    if ref.startswith("refs/tags/"):
        return f"+{ref}:{ref}"
    return f"+{commit or ref}:{_own(ref)}" if ref else commit


def _own(ref: str) -> str:
    """Where a ref of the remote is kept."""
    if ref.startswith("refs/pull/"):
        return ref.replace("refs/pull/", "refs/remotes/pull/", 1)
    return ref.replace("refs/heads/", "refs/remotes/origin/", 1)


def _guesses(name: str) -> list[str]:
    return [f"+refs/heads/{name}*:refs/remotes/origin/{name}*", f"+refs/tags/{name}*:refs/tags/{name}*"]
