"""Environments: where people are asked, and what secrets and identities are bound to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.audit.finding import Rule, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.pipeline import Pipeline


def _missing(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.publishing:
        if not job.environment:
            yield Spot(job.line, f"the job {job.name} uploads and is in no environment")


def _computed(pipeline: Pipeline) -> Iterator[Spot]:
    for job in pipeline.publishing:
        name = job.environment["name"] or job.environment
        if "${{" in name.text or "$" in name.text:
            yield Spot(name.line, f"where the job {job.name} publishes to is computed: {name.text}")


MISSING = Rule(
    "environment-missing",
    "A job that uploads is in an environment.",
    "Nobody is asked, no rule says which tags may publish, and any workflow of the repository can do the same: an index"
    " that was told of no environment cannot tell them apart.",
    "Add `environment: NAME`, with reviewers and a rule for tags in the settings, and enter that name at the index.",
    _missing,
    forges=("github", "gitlab"),
)
COMPUTED = Rule(
    "environment-computed",
    "The environment of an upload is written down.",
    "Who reviews the workflow, or approves a run, does not see where it publishes to.",
    "Write one job for each index, each with its own environment.",
    _computed,
    strict=True,
    forges=("github", "gitlab"),
)
