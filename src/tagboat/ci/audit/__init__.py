"""What can go wrong in a release pipeline, seen in its file: policies that no validator of syntax has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.audit.allowances import apart
from tagboat.ci.audit.document import lines_of, read_yaml
from tagboat.ci.audit.finding import Finding, Rule
from tagboat.ci.audit.github import Workflow
from tagboat.ci.audit.gitlab import GitLabPipeline
from tagboat.ci.audit.rules import RULES
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.ci.audit.pipeline import Pipeline

__all__ = ["RULES", "Finding", "Rule", "audit", "known_versions", "read_pipeline"]


def known_versions() -> dict[str, dict[str, str]]:
    """The versions of actions that this tagboat knows: action, commit, version."""
    from tagboat.ci.generate.pins import load_pins

    return {pin.action: {pin.sha: pin.version} for pin in load_pins().values()}


def read_pipeline(name: str, data: bytes, known: Mapping[str, Mapping[str, str]] | None = None) -> Pipeline:
    """The pipeline in a file of this name. Raises `ConfigError` when it is none.

    `known` is as `known_versions` gives it.
    """
    root = read_yaml(name, data)
    kinds = (kind for kind in (Workflow, GitLabPipeline) if kind.is_one(root))
    kind = next(kinds, None)
    if kind is None:
        raise ConfigError(
            f"{name}: is neither a workflow of GitHub Actions nor a pipeline of GitLab CI",
            why="A workflow has `on` and `jobs`, a pipeline has jobs with `script`, or includes some.",
        )
    return kind(name, root, lines_of(data), known)


def audit(pipeline: Pipeline, *, strict: bool = False) -> list[Finding]:
    """Everything that the rules find, in the order of the lines; with `strict`, also what many good ones do without."""
    asked = [rule for rule in RULES if pipeline.forge in rule.forges and (strict or not rule.strict)]
    found = [
        Finding(rule.name, pipeline.name, spot.line, " ".join(spot.what.split()), rule.risk, rule.mend)
        for rule in asked
        for spot in rule.find(pipeline)
    ]
    left = apart(pipeline.name, pipeline.lines, found, {rule.name for rule in RULES}, {rule.name for rule in asked})
    return sorted(left, key=lambda finding: finding.line)
