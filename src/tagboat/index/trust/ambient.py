"""The identity that a CI system gives to its jobs, as the `id` library finds it.

The library reads the environment of its process and nothing else. It runs in a process of its own, whose
environment is the one that we were given.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tagboat.errors import IndexFailed
from tagboat.process import run

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 120.0
# The child is isolated, and then gets our path; what lies in the folder where we run comes last there, for a file
# id.py of a project is not the library.
CHILD = (
    "import json, sys; sys.path[:] = json.load(sys.stdin); from tagboat.index.trust import ambient; ambient.answer()"
)
SIGNS = ("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "GOOGLE_SERVICE_ACCOUNT_NAME", "CI")
"""Variables of which one is set wherever somebody might expect an identity without having said so."""


@dataclass(frozen=True, slots=True)
class Ambient:
    """Asks for the identity of the job that `environ` belongs to."""

    environ: Mapping[str, str]

    @property
    def is_likely(self) -> bool:
        """Whether this looks like a CI job. Costs nothing."""
        return any(self.environ.get(name) for name in SIGNS)

    @property
    def is_single(self) -> bool:
        """Whether the job has one identity for each audience, and never a fresh one."""
        return bool(self.environ.get("GITLAB_CI"))

    def token(self, audience: str) -> str | None:
        """A fresh token for that audience where the system gives one, else None.

        Raises `IndexFailed` when the system should have one and does not give it.
        """
        done = run(
            [sys.executable, "-I", "-c", CHILD, audience],
            env=self.environ,
            input=json.dumps(sorted(sys.path, key=lambda each: Path(each).resolve() == Path.cwd())),
            timeout=LONGEST,
        )
        found = json.loads(done.stdout)
        if found["error"]:
            raise self._refused(found["error"], audience)
        return found["token"] if isinstance(found["token"], str) else None

    def _refused(self, error: str, audience: str) -> IndexFailed:
        if self.environ.get("GITHUB_ACTIONS") and "permissions" in error:
            return IndexFailed(
                "the job may not ask GitHub for an identity",
                why="GitHub gives one only to jobs that may write id-token, and never to those of a fork.",
                next="Give the job `permissions: id-token: write`, beside `contents: read` for the checkout.",
            )
        if self.environ.get("GITLAB_CI") and "not found" in error:
            name = error.split()[-3]
            return IndexFailed(
                f"the job has no {name}",
                why="GitLab gives a job the identities that its `id_tokens` names, and no others.",
                next=f"Write in the job: `id_tokens: {{ {name}: {{ aud: {audience} }} }}`.",
            )
        return IndexFailed("the identity of this CI job could not be had", why=error)


def answer() -> None:
    """The child: print what the library says, as JSON."""
    import id as library

    token = error = None
    try:
        token = library.detect_credential(sys.argv[1])
    except library.IdentityError as problem:
        error = str(problem)
    json.dump({"token": token, "error": error}, sys.stdout)
