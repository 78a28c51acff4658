"""What the pipeline runs of others: which revision, and whether the comment beside it is true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tagboat.ci.audit.finding import Rule, Spot
from tagboat.ci.audit.github import Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.document import Value
    from tagboat.ci.audit.pipeline import Pipeline

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
BY_TAG = "slsa-framework/slsa-github-generator/"
"""It works only by a tag: its own README says so, for the proof of where it came from names that."""

VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)*)")


class Use(NamedTuple):
    """One `uses`: the action, its revision, and the version in the comment behind it, "" without."""

    action: str
    revision: str
    version: str
    line: int


def _uses(workflow: Workflow) -> Iterator[Use]:
    for job in workflow.jobs:
        for value in (job.value["uses"], *(step.value["uses"] for step in job.steps)):
            if value and not value.text.startswith(("./", "docker://")):
                action, _, revision = value.text.partition("@")
                yield Use(action, revision, _version(workflow, value), value.line)


def _version(workflow: Workflow, value: Value) -> str:
    _, mark, comment = workflow.lines[value.line - 1].partition("#")
    found = VERSION.search(comment.partition("tagboat:")[0]) if mark else None
    return found[1] if found else ""


def _unpinned(workflow: Workflow) -> Iterator[Spot]:
    for use in _uses(workflow):
        if not COMMIT.fullmatch(use.revision) and not use.action.startswith(BY_TAG):
            yield Spot(use.line, f"{use.action} is used as {use.revision or 'whatever it is'}, and that can be moved")


def _uncommented(workflow: Workflow) -> Iterator[Spot]:
    for use in _uses(workflow):
        if COMMIT.fullmatch(use.revision) and not use.version:
            yield Spot(use.line, f"nothing says which version of {use.action} {use.revision[:8]} is")


def _untrue(workflow: Workflow) -> Iterator[Spot]:
    for use in _uses(workflow):
        version = workflow.known.get(use.action, {}).get(use.revision)
        if version and use.version and not _is_part(use.version, version):
            yield Spot(use.line, f"the comment says {use.version}, and {use.revision[:8]} of {use.action} is {version}")


def _unknown(workflow: Workflow) -> Iterator[Spot]:
    for use in _uses(workflow):
        known = workflow.known.get(use.action, {})
        commit = next((commit for commit, version in known.items() if version.lstrip("v") == use.version), None)
        if commit and COMMIT.fullmatch(use.revision) and use.revision not in known:
            yield Spot(use.line, f"{use.revision[:8]} is not {use.action} {use.version}: that is {commit[:8]}")


def _is_part(said: str, version: str) -> bool:
    """Whether what is said is the version, or its first numbers."""
    numbers = said.split(".")
    return version.lstrip("v").split(".")[: len(numbers)] == numbers


def _images(pipeline: Pipeline) -> Iterator[Spot]:
    for value in _images_of(pipeline):
        if value.text and "@sha256:" not in value.text and "$" not in value.text:
            yield Spot(value.line, f"the image {value.text} is not held to a digest")


def _images_of(pipeline: Pipeline) -> Iterator[Value]:
    if isinstance(pipeline, Workflow):
        for job in pipeline.jobs:
            yield job.value["container"]["image"] or job.value["container"]
            yield from (each["image"] for each in job.value["services"].pairs.values())
            yield from (step.value["uses"] for step in job.steps if step.action.startswith("docker://"))
        return
    for table in (pipeline.root, pipeline.root["default"], *pipeline.root.pairs.values()):
        yield table["image"]["name"] or table["image"]


def _includes(pipeline: Pipeline) -> Iterator[Spot]:
    include = pipeline.root["include"]
    for each in include.entries or (include,):
        if each["remote"] and not each["integrity"]:
            yield Spot(each.line, f"{each['remote'].text} is taken as it is on the day")
        if each["project"] and not COMMIT.fullmatch(each["ref"].text):
            yield Spot(each.line, f"what {each['project'].text} has is taken as it is on the day")


UNPINNED = Rule(
    "action-unpinned",
    "Actions are pinned to full commits.",
    "Whoever takes over the action, or its tag, runs in the release: tags are moved in such attacks.",
    "Write the full commit, with the version behind it: `uses: owner/name@COMMIT # v1.2.3`; let a bot move both.",
    _unpinned,
)
UNCOMMENTED = Rule(
    "pin-without-version",
    "The version stands behind a pinned commit.",
    "Nobody can tell in a review how old it is, and a bot cannot move it.",
    "Add the version: `# v1.2.3`.",
    _uncommented,
    strict=True,
)
UNTRUE = Rule(
    "pin-version-wrong",
    "The version behind a commit is that of the commit.",
    "What is reviewed is not what runs: a hole that was mended in the version that is named may be open.",
    "Look the tag's commit up in the action's own repository, and correct the one or the other.",
    _untrue,
)
UNKNOWN = Rule(
    "pin-commit-unknown",
    "A commit behind a known version is that version's.",
    "It may be a commit of a fork, which GitHub serves under the name of the original: anybody's code.",
    "Look the tag's commit up in the action's own repository, and write that.",
    _unknown,
)
IMAGES = Rule(
    "image-unpinned",
    "Images are held to a digest.",
    "A tag of an image can be moved: another program runs in the release than was tried.",
    "Write `image:tag@sha256:…`.",
    _images,
    strict=True,
    forges=("github", "gitlab"),
)
INCLUDES = Rule(
    "include-unpinned",
    "What is included from elsewhere is held to a commit or a hash.",
    "Whoever can write there changes the release without a commit here.",
    "Give `ref:` a full commit, or `integrity:` the hash of the file.",
    _includes,
    forges=("gitlab",),
)
