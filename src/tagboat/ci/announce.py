"""The release on the forge of what the build job packed, by the very step of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.errors import NotReady
from tagboat.planning import plan_from_tag
from tagboat.preflight import forge_problems
from tagboat.runner import run
from tagboat.steps.announce import AnnounceStep

if TYPE_CHECKING:
    from tagboat.ci.handover import Handover
    from tagboat.observer import Observer
    from tagboat.workspace import Workspace


def announce(workspace: Workspace, handover: Handover, observer: Observer) -> str:
    """Make the release, or what is left of it; says what is there now. Raises `NotReady` for a dry run."""
    forge = workspace.forge
    if forge is None:
        raise NotReady(
            "no forge is configured, so there is nowhere to announce",
            next='Add [tool.tagboat.forge] with kind = "github" or "gitlab" to pyproject.toml.',
        )
    if not handover.tag:
        raise NotReady("what arrived was built in a dry run, from no tag", next="Nothing was announced.")
    plan = plan_from_tag(workspace, handover.tag)
    if problems := forge_problems(plan, forge):
        raise NotReady(f"{handover.tag} cannot be announced in {forge.summary} yet", problems=problems)
    state = workspace.state_of(handover.version)
    state.adopt(handover.distributions)
    step = AnnounceStep(plan, forge, state, public=workspace.is_public(plan.indexes))
    run([step], state.ledger, observer, finish=False)
    return step.probe().detail
