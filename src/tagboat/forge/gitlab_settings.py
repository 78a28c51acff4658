"""The settings of a project on GitLab that carry a release. Reads only; what may not be read is said.

Contract: docs.gitlab.com/api: protected_tags, environments, protected_environments (Premium), project_level_variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tagboat.errors import ForgeFailed
from tagboat.forge.gitlab_api import ONCE
from tagboat.forge.settings import Environment, Settings, TagRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagboat.forge.gitlab_api import GitLabApi

T = TypeVar("T")


def read_settings(api: GitLabApi) -> Settings:
    """Everything that the token may look at."""
    closed: list[str] = []

    def look(what: str, call: Callable[[], T]) -> T | None:
        try:
            return api.asked(f"tell {what}", call)
        except ForgeFailed as error:
            if error.status in (401, 0):
                raise
            closed.append(f"{what}: {error.why}")
            return None

    project = look("the project", lambda: api.connection.projects.get(api.repository, **ONCE))
    variables = look("variables", lambda: list(api.repo.variables.list(iterator=True, **ONCE)))
    protected = look(
        "protected environments", lambda: list(api.repo.protected_environments.list(iterator=True, **ONCE))
    )
    found = look("environments", lambda: list(api.repo.environments.list(iterator=True, **ONCE)))
    tags = look("protected tags", lambda: list(api.repo.protectedtags.list(iterator=True, **ONCE)))
    gates = {each.name: _gates(each) for each in protected or ()}
    names = {each.name for each in found or ()} | gates.keys()
    everywhere = [each for each in variables or () if each.environment_scope == "*"]
    return Settings(
        private=None if project is None else project.visibility != "public",
        environments=None
        if found is None
        else {name: Environment(gates.get(name, ()), None, _of(variables, name)) for name in sorted(names)},
        tag_rules=None if tags is None else tuple(_tag_rule(each.name) for each in tags),
        immutable=None,
        names=None if variables is None else frozenset(each.key for each in everywhere),
        weak={each.key: why for each in variables or () if (why := _weak(each))},
        writes=None,
        closed=tuple(closed),
    )


def _gates(environment: Any) -> tuple[str, ...]:
    """Who may deploy, and who has to approve."""
    levels = [each.get("access_level_description") or "somebody" for each in environment.deploy_access_levels]
    count = getattr(environment, "required_approval_count", 0) or 0
    approvals = [f"{count} approvals"] if count else []
    return (f"deployed by {', '.join(levels)} only", *approvals) if levels else tuple(approvals)


def _of(variables: list[Any] | None, environment: str) -> frozenset[str] | None:
    """The variables that are kept for one environment."""
    if variables is None:
        return None
    return frozenset(each.key for each in variables if each.environment_scope == environment)


def _weak(variable: Any) -> str:
    if not variable.protected:
        return "every branch gets it: it is not protected"
    return "" if variable.masked else "a log can show it: it is not masked"


def _tag_rule(pattern: str) -> TagRule:
    """Protecting a tag keeps everybody else from making, moving and deleting it."""
    return TagRule(pattern, (f"refs/tags/{pattern}",), (), frozenset({"creation", "update", "deletion"}))
