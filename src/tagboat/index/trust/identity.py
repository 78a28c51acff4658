"""The identity of a CI job: a signed token, and what it claims."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# What an index compares with what its owners entered. No secret is among it.
TOLD = (
    "iss",
    "sub",
    "repository",
    "repository_owner_id",
    "job_workflow_ref",
    "workflow_ref",
    "project_path",
    "ci_config_ref_uri",
    "email",
    "environment",
    "ref",
    "event_name",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a CI system says of a job, and the token that proves it. The token is a secret while it lives."""

    token: str = field(repr=False)
    claims: Mapping[str, str]

    @classmethod
    def of(cls, token: str) -> Identity:
        """Read the claims. Whether the signature is good is the index's business."""
        try:
            payload = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (IndexError, ValueError):
            claims = {}
        known = claims.items() if isinstance(claims, dict) else ()
        return cls(token, {name: str(value) for name, value in known if value not in (None, "")})

    @property
    def owner(self) -> str:
        """Whose it is, in a word."""
        names = ("repository", "project_path", "email", "sub")
        return next((self.claims[name] for name in names if name in self.claims), "a CI job")

    @property
    def told(self) -> str:
        """The claims that an index compares, for people."""
        known = [f"{name} {self.claims[name]}" for name in TOLD if name in self.claims]
        return ", ".join(known if "environment" in self.claims else [*known, "no environment"])

    @property
    def is_of_reused_workflow(self) -> bool:
        """GitHub: whether the job is defined in another workflow than the one that was started."""
        started, defined = self.claims.get("workflow_ref"), self.claims.get("job_workflow_ref")
        return bool(started and defined and started != defined)

    @property
    def values(self) -> str:
        """What has to be entered on an index's page so that it trusts this job."""
        environment = self.claims.get("environment", "(none)")
        owner, _, name = self.owner.rpartition("/")
        if "repository" in self.claims:
            workflow = self.claims.get("workflow_ref") or self.claims.get("job_workflow_ref", "")
            file = re.search(r"([^/]+)@", workflow)
            return f"owner {owner}, repository {name}, workflow {file[1] if file else '?'}, environment {environment}"
        if "project_path" in self.claims:
            # gitlab.com/NAMESPACE/PROJECT//FILE@REF
            file = re.search(r"//([^@]+)@", self.claims.get("ci_config_ref_uri", ""))
            pipeline = file[1] if file else ".gitlab-ci.yml"
            return f"namespace {owner}, project {name}, top-level pipeline {pipeline}, environment {environment}"
        return self.told

    def redact(self, text: str) -> str:
        """The text without the token and without any part of it."""
        for part in (self.token, *sorted(self.token.split("."), key=len, reverse=True)):
            if len(part) > 8:
                text = text.replace(part, "***")
        return text
