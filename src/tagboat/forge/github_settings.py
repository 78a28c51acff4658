"""The settings of a repository on GitHub that carry a release. Reads only; what may not be read is said.

Contract: docs.github.com/en/rest: deployments/environments, deployments/branch-policies, actions/secrets,
actions/variables, actions/permissions, repos/rules, repos/repos (immutable-releases: 404 where they are off).
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from tagboat.errors import ForgeFailed
from tagboat.forge.settings import Environment, Settings, TagRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagboat.forge.github_api import GitHubApi

T = TypeVar("T")

SIZE = 30  # of a page of a list: the most that there is for variables
FORBIDS = frozenset({"creation", "update", "deletion"})


def read_settings(api: GitHubApi) -> Settings:
    """Everything that the token may look at."""
    return _Reader(api).read()


class _Reader:
    """Asks for one thing after another, and remembers what it was not told."""

    def __init__(self, api: GitHubApi) -> None:
        self.api = api
        self.root = f"/repos/{api.repository}"
        self.closed: list[str] = []

    def read(self) -> Settings:
        """Look at everything."""
        repository = self._try("the repository", lambda: self._get(self.root), "metadata: read")
        permissions = self._try(
            "what a job's token may do",
            lambda: self._get(f"{self.root}/actions/permissions/workflow"),
            "administration: read",
        )
        return Settings(
            private=None if repository is None else bool(repository["private"]),
            environments=self._try("environments", self._environments, "actions: read"),
            tag_rules=self._try("rules for tags", self._tag_rules, "metadata: read"),
            immutable=self._try("whether releases are immutable", self._immutable, "administration: read"),
            names=self._try("secrets and variables", self._names, "secrets: read, variables: read"),
            weak={},
            writes=None if permissions is None else permissions["default_workflow_permissions"] == "write",
            closed=tuple(self.closed),
        )

    def _environments(self) -> dict[str, Environment]:
        return {
            each["name"]: self._environment(each) for each in self._list(f"{self.root}/environments", "environments")
        }

    def _environment(self, data: dict[str, Any]) -> Environment:
        path = f"{self.root}/environments/{quote(data['name'], safe='')}"
        names = self._try(f"secrets and variables of {data['name']}", lambda: self._kept(path), "environments: read")
        return Environment(tuple(filter(None, map(_gate, data["protection_rules"]))), self._refs(path, data), names)

    def _refs(self, path: str, data: dict[str, Any]) -> tuple[str, ...] | None:
        policy = data["deployment_branch_policy"]
        if policy is None:
            return None
        if policy["protected_branches"]:
            return ("protected branches",)
        found = self._list(f"{path}/deployment-branch-policies", "branch_policies")
        return tuple(f"{each.get('type', 'branch')} {each['name']}" for each in found)

    def _tag_rules(self) -> tuple[TagRule, ...]:
        # What the list tells is not all; of a rule that the organisation makes, the repository tells it, too.
        found = self._get(f"{self.root}/rulesets", targets="tag")
        rules = (self._get(f"{self.root}/rulesets/{each['id']}") for each in found if each["enforcement"] == "active")
        return tuple(_tag_rule(rule) for rule in rules)

    def _immutable(self) -> bool:
        try:
            return bool(self._get(f"{self.root}/immutable-releases")["enabled"])
        except self.api.library.UnknownObjectException:
            return False

    def _names(self) -> frozenset[str]:
        shared = self._try(
            "secrets and variables of the organisation", lambda: self._kept(f"{self.root}/actions", "organization-"), ""
        )
        return self._kept(f"{self.root}/actions") | (shared or frozenset())

    def _kept(self, path: str, prefix: str = "") -> frozenset[str]:
        kinds = ("secrets", "variables")
        return frozenset(each["name"] for kind in kinds for each in self._list(f"{path}/{prefix}{kind}", kind))

    def _list(self, path: str, key: str) -> list[dict[str, Any]]:
        """Every page of a list that tells how long it is."""
        found: list[dict[str, Any]] = []
        for page in count(1):
            answer = self._get(path, per_page=str(SIZE), page=str(page))
            found += answer[key]
            if not answer[key] or len(found) >= answer["total_count"]:
                break
        return found

    def _get(self, path: str, **query: str) -> Any:
        return self.api.connection.requester.requestJsonAndCheck("GET", path, parameters=query)[1]

    def _try(self, what: str, call: Callable[[], T], right: str) -> T | None:
        try:
            return self.api.asked(f"tell {what}", call, right=right)
        except ForgeFailed as error:
            if error.status in (401, 0):
                raise
            self.closed.append(f"{what}: {error.why}" + (f" (takes {right})" if right else ""))
            return None


def _gate(rule: dict[str, Any]) -> str:
    if rule["type"] == "required_reviewers":
        count = len(rule["reviewers"])
        return f"{count} reviewer{'s' if count != 1 else ''}" if count else ""
    if rule["type"] == "wait_timer":
        return f"a wait of {rule['wait_timer']} minutes"
    return "" if rule["type"] == "branch_policy" else rule["type"]


def _tag_rule(rule: dict[str, Any]) -> TagRule:
    names = (rule.get("conditions") or {}).get("ref_name") or {}
    return TagRule(
        rule["name"],
        tuple(names.get("include", ())),
        tuple(names.get("exclude", ())),
        frozenset(each["type"] for each in rule["rules"]) & FORBIDS,
    )
