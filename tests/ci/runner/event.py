"""What starts a run, with the payload that GitHub sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `base` is the branch that a pull request goes to; `inputs` are the values of a form, typed."""

    name: str
    ref: str
    sha: str
    payload: Mapping[str, Any]
    inputs: Mapping[str, str | bool] = field(default_factory=dict)
    base: str = ""
    head: str = ""

    @property
    def short_ref(self) -> str:
        return self.ref.split("/", 2)[2]

    @property
    def ref_type(self) -> str:
        return "tag" if self.ref.startswith("refs/tags/") else "branch"


def pushed(ref: str, sha: str, before: str, repository: Mapping[str, Any]) -> Event:
    """A push of a branch or a tag."""
    payload = {"ref": ref, "before": before, "after": sha, "created": before == "0" * 40, "deleted": False}
    return Event("push", ref, sha, {**payload, "forced": False, "repository": repository})


def dispatched(
    workflow: str, ref: str, sha: str, inputs: Mapping[str, str | bool], repository: Mapping[str, Any]
) -> Event:
    """A form that somebody sent. In the payload every input is text; in the context `inputs` they have their types."""
    texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in inputs.items()}
    payload = {"inputs": texts, "ref": ref, "workflow": workflow, "repository": repository}
    return Event("workflow_dispatch", ref, sha, payload, inputs)


def opened(
    number: int, base: str, head: str, merge: str, shas: Mapping[str, str], repository: Mapping[str, Any]
) -> Event:
    """A pull request between two branches of the repository; `shas` are those of base, head and `merge`, its ref."""
    sides = {"base": base, "head": head}
    request = {side: {"ref": branch, "sha": shas[side], "repo": repository} for side, branch in sides.items()}
    about = {"number": number, "draft": False, "merged": False, "title": head, "labels": [], **request}
    payload = {"action": "opened", "number": number, "pull_request": about, "repository": repository}
    return Event("pull_request", merge, shas["merge"], payload, base=base, head=head)


def scheduled(ref: str, sha: str, cron: str, repository: Mapping[str, Any]) -> Event:
    """A time that came."""
    return Event("schedule", ref, sha, {"schedule": cron, "repository": repository})
