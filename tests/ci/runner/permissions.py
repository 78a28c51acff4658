"""What the token of a job may do."""

from __future__ import annotations

from collections.abc import Mapping

SCOPES = (
    "actions",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "packages",
    "pages",
    "pull-requests",
    "security-events",
    "statuses",
)
RESTRICTED = {"contents": "read", "packages": "read"}
"""What a new repository gives to workflows that say nothing."""


def of_job(job: object, workflow: object) -> dict[str, str]:
    """The scopes of a job: its own word replaces the workflow's, it does not add to it."""
    said = job if job is not None else workflow
    if said is None:
        return dict(RESTRICTED)
    if said in ("read-all", "write-all"):
        level = str(said).removesuffix("-all")
        return {scope: level for scope in SCOPES if scope != "id-token" or level == "write"}
    assert isinstance(said, Mapping), said
    return {str(scope): str(level) for scope, level in said.items() if level != "none"}


def allows(given: Mapping[str, str], scope: str, level: str) -> bool:
    """Whether scopes include one at a level; write includes read."""
    return given.get(scope) in ({"write"} if level == "write" else {"read", "write"})
