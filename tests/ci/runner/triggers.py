"""Which workflows an event starts, and what a form may say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.ci.runner.engine import Workflow
    from tests.ci.runner.event import Event

REST = "docs.github.com, REST API: create a workflow dispatch event"


class Refused(Exception):  # noqa: N818 - what the API did
    """What the API answers with 422."""


def is_started(workflow: Workflow, event: Event) -> bool:
    """Whether an event starts a workflow. Filters of paths are not known: one fails loudly."""
    triggers = _triggers(workflow)
    if event.name not in triggers:
        return False
    filters = triggers[event.name] or {}
    if unknown := filters.keys() - {"tags", "branches", "types", "inputs"}:
        raise NotImplementedError(f"filters of {event.name}: {sorted(unknown)}")
    if event.name == "push":
        kind = "tags" if event.ref.startswith("refs/tags/") else "branches"
        if not filters.keys() & {"tags", "branches"}:
            return True
        return kind in filters and matches(filters[kind], event.ref.split("/", 2)[2])
    if event.name == "pull_request":
        types = filters.get("types") or ["opened", "synchronize", "reopened"]
        return event.payload["action"] in types and matches(filters.get("branches") or ["**"], event.base)
    return True


def form(workflow: Workflow, given: Mapping[str, str]) -> dict[str, str | bool]:
    """The inputs of a dispatched workflow, typed. Raises `Refused` as the API does."""
    triggers = _triggers(workflow)
    if "workflow_dispatch" not in triggers:
        raise Refused("Workflow does not have 'workflow_dispatch' trigger")
    known: Mapping[str, Any] = (triggers["workflow_dispatch"] or {}).get("inputs") or {}
    if unknown := sorted(given.keys() - known.keys()):
        raise Refused(f"Unexpected inputs provided: {unknown}")
    return {name: _input(name, each or {}, given.get(name)) for name, each in known.items()}


def _input(name: str, about: Mapping[str, Any], text: str | None) -> str | bool:
    kind = about.get("type", "string")
    if text is None:
        if about.get("required") and "default" not in about:
            raise Refused(f"Required input '{name}' not provided")
        default = about.get("default", (about.get("options") or [""])[0] if kind == "choice" else "")
        return default is True or default == "true" if kind == "boolean" else str(default)
    if kind == "boolean":
        if text not in ("true", "false"):
            raise Refused(f"Provided value '{text}' for input '{name}' is not a boolean")
        return text == "true"
    if kind == "choice" and text not in [str(option) for option in about["options"]]:
        raise Refused(f"Provided value '{text}' for input '{name}' not in the list of allowed values")
    return text


def matches(patterns: list[str], name: str) -> bool:
    """Whether a name fits a list of filter patterns; a later one with `!` takes it out again."""
    fits = False
    for pattern in patterns:
        if re.fullmatch(_pattern(pattern.removeprefix("!")), name):
            fits = not pattern.startswith("!")
    return fits


def _pattern(text: str) -> str:
    """A filter pattern as a regular expression: * is no slash, ** is anything, ? and + repeat the one before."""
    found = re.sub(r"[.()^$|{}\\]", lambda match: f"\\{match[0]}", text)
    return found.replace("**", "\0").replace("*", "[^/]*").replace("\0", ".*")


def _triggers(workflow: Workflow) -> dict[str, Any]:
    on = workflow.root["on"]
    if isinstance(on, str):
        return {on: None}
    return dict.fromkeys(on) if isinstance(on, list) else dict(on)
