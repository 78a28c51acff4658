"""The event that started a CI job, from what the system tells each of its jobs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

Name = Literal["tag", "dispatch", "pull_request", "push", "other", "laptop"]

TAGS = "refs/tags/"
INPUT = "TAGBOAT_INPUT_"
"""What the variables begin with that stand for a form's fields where the system has no form (GitLab)."""

GITHUB: Mapping[str, Name] = {
    "workflow_dispatch": "dispatch",
    "pull_request": "pull_request",
    "merge_group": "pull_request",
    "push": "push",
}
# The values of CI_PIPELINE_SOURCE: https://docs.gitlab.com/ci/jobs/job_rules/#ci_pipeline_source-predefined-variable
GITLAB: Mapping[str, Name] = {
    "web": "dispatch",
    "api": "dispatch",
    "trigger": "dispatch",
    "pipeline": "dispatch",
    "merge_request_event": "pull_request",
    "push": "push",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Why a job runs.

    Attributes:
        name: "tag" and "push" are pushes, "dispatch" is a form that somebody filled in, "laptop" is no CI at all.
        ref: the full name of the branch or tag that the system checked out, such as `refs/tags/v1.0`; "" on a laptop.
        sha: the commit that it was on when the event happened; "" on a laptop.
        inputs: what the form says, as texts: `true` is "true".
    """

    name: Name
    ref: str
    sha: str
    inputs: Mapping[str, str]

    @property
    def tag(self) -> str:
        """The tag that the system checked out; "" for a branch."""
        return self.ref.removeprefix(TAGS) if self.ref.startswith(TAGS) else ""

    @property
    def where(self) -> str:
        """The branch or tag for people."""
        return self.ref.removeprefix("refs/heads/").removeprefix(TAGS) or "what is checked out"


def read_event(environ: Mapping[str, str]) -> Event:
    """The event of the job that has these variables. Raises `ConfigError` when GitHub's payload cannot be read."""
    ref, sha = started_from(environ)
    if environ.get("GITHUB_ACTIONS"):
        name = GITHUB.get(environ.get("GITHUB_EVENT_NAME", ""), "other")
        inputs = _payload(environ).get("inputs") if name == "dispatch" else None
        return Event(_pushed(name, ref), ref, sha, _texts(inputs))
    if environ.get("GITLAB_CI"):
        name = GITLAB.get(environ.get("CI_PIPELINE_SOURCE", ""), "other")
        return Event(_pushed(name, ref), ref, sha, _variables(environ) if name == "dispatch" else {})
    return Event("laptop", ref, sha, {})


def started_from(environ: Mapping[str, str]) -> tuple[str, str]:
    """The full name of the branch or tag that a job was started from, and its commit; "" for both on a laptop."""
    if environ.get("GITHUB_ACTIONS"):
        return environ.get("GITHUB_REF", ""), environ.get("GITHUB_SHA", "")
    if environ.get("GITLAB_CI"):
        tag, branch = environ.get("CI_COMMIT_TAG"), environ.get("CI_COMMIT_REF_NAME", "")
        return f"{TAGS}{tag}" if tag else f"refs/heads/{branch}", environ.get("CI_COMMIT_SHA", "")
    return "", ""


def _pushed(name: Name, ref: str) -> Name:
    return "tag" if name == "push" and ref.startswith(TAGS) else name


def _payload(environ: Mapping[str, str]) -> dict[str, Any]:
    path = environ.get("GITHUB_EVENT_PATH", "")
    try:
        found = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(
            "the event that started this job cannot be read",
            why=f"GITHUB_EVENT_PATH is {path or 'not set'}: {error}",
            next="GitHub writes that file for every step; run this in a step of its own.",
        ) from error
    return found if isinstance(found, dict) else {}


def _texts(inputs: object) -> dict[str, str]:
    """Inputs as texts. A payload has booleans where the form was filled in by the API, and texts elsewhere."""
    pairs = inputs.items() if isinstance(inputs, dict) else ()
    return {str(name): _text(value) for name, value in pairs}


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(INPUT).lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith(INPUT)
    }
