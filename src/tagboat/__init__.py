"""Release Python projects as one transaction over git, indexes and the people who install.

The command line uses this API and nothing else:

>>> from pathlib import Path
>>> from tagboat import Request, Silent, Workspace, release
>>> workspace = Workspace(Path("path/to/project"))        # doctest: +SKIP
>>> prepared = release.prepare(workspace, Request())      # doctest: +SKIP
>>> release.carry_out(workspace, prepared, Silent())      # doctest: +SKIP

The modules `release`, `promotion`, `rollback`, `rehearsal` and `status` hold what can be done with a workspace. Every
error that a user can cause is a `TagboatError`.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; importing `typing` would cost a third of the start-up
if TYPE_CHECKING:
    from tagboat import promotion, rehearsal, release, rollback, status
    from tagboat.distribution import Distribution
    from tagboat.errors import Problem, TagboatError
    from tagboat.index import Index, open_index
    from tagboat.index.trust.publishing import trusted_credential
    from tagboat.observer import Observer, Silent
    from tagboat.plan import Edit, Plan
    from tagboat.planning import plan_release
    from tagboat.step import State, Status, Step
    from tagboat.versions import Request
    from tagboat.workspace import Workspace

__version__ = "0.1.0"

__all__ = [
    "Distribution",
    "Edit",
    "Index",
    "Observer",
    "Plan",
    "Problem",
    "Request",
    "Silent",
    "State",
    "Status",
    "Step",
    "TagboatError",
    "Workspace",
    "open_index",
    "plan_release",
    "promotion",
    "rehearsal",
    "release",
    "rollback",
    "status",
    "trusted_credential",
]

# Where each name lives; imported when it is first asked for, because start-up is a promise.
_HOMES = {
    "Distribution": "distribution",
    "Edit": "plan",
    "Index": "index",
    "Observer": "observer",
    "Plan": "plan",
    "Problem": "errors",
    "Request": "versions",
    "Silent": "observer",
    "State": "step",
    "Status": "step",
    "Step": "step",
    "TagboatError": "errors",
    "Workspace": "workspace",
    "open_index": "index",
    "plan_release": "planning",
    "trusted_credential": "index.trust.publishing",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"tagboat.{_HOMES[name]}"), name)
    if name in __all__:
        return import_module(f"tagboat.{name}")
    raise AttributeError(f"module 'tagboat' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
