"""A workflow of GitHub Actions."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from tagboat.ci.audit.pipeline import Job, Pipeline, Script, Upload
from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tagboat.ci.audit.document import Value

PUBLISHES = "pypa/gh-action-pypi-publish"
OTHERS_PUBLISH = re.compile(r"(?i)pypi-publish|poetry-publish|auto-publish|deploy-pypi|publish-to-pypi|pypi-upload")
ATTESTS = re.compile(r"(?i)attest|sigstore|cosign|slsa|build-and-inspect-python-package|trusted-publish")
RELEASES = re.compile(r"(?i)(?:gh|github)-release$|create-release$|release-action$|release-drafter$")
TAGS = re.compile(r"(?i)tag-action$|create-tag$|auto-tag$|tag-push|push-tag|bump-version|semantic-release")
HARMLESS = re.compile(
    r"actions/(?:checkout|setup-\w+|upload-artifact|download-artifact|cache|cache/\w+|github-script)|astral-sh/setup-uv"
)
"""Actions that have no use for a job's identity."""

SECRET = re.compile(r"\$\{\{[^}]*\b(?:secrets\.|github\.token\b)[^}]*\}\}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job."""

    value: Value

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.value.line

    @property
    def action(self) -> str:
        """The action that it uses, without the version: "owner/name/path", "./path", "docker://image"; "" for none."""
        return self.value["uses"].text.partition("@")[0]

    @property
    def revision(self) -> str:
        """What is used of the action: a tag, a branch or a commit."""
        return self.value["uses"].text.partition("@")[2]

    @property
    def inputs(self) -> Value:
        """What the action is given."""
        return self.value["with"]

    @property
    def condition(self) -> Value:
        """When it runs."""
        return self.value["if"]


class WorkflowJob(Job):
    """A job of a workflow."""

    pipeline: Workflow

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its steps."""
        return tuple(map(Step, self.value["steps"].entries))

    @property
    def condition(self) -> Value:
        """When it runs."""
        return self.value["if"]

    @property
    def needs(self) -> tuple[str, ...]:
        """The jobs that have to be done before."""
        return self.value["needs"].texts()

    @cached_property
    def scripts(self) -> Sequence[Script]:
        """What its shell runs, in order."""
        return [Script(step.value["run"], self.env_of(step)) for step in self.steps if step.value["run"]]

    def env_of(self, step: Step) -> Mapping[str, Value]:
        """The variables that a step sees, and where each is set."""
        return {**self.pipeline.root["env"].pairs, **self.value["env"].pairs, **step.value["env"].pairs}

    @cached_property
    def uploads(self) -> tuple[Upload, ...]:
        """Where it publishes: by actions and by commands."""
        return tuple(upload for step in self.steps for upload in self._uploads(step))

    def _uploads(self, step: Step) -> Iterator[Upload]:
        inputs = step.inputs
        if step.action == PUBLISHES:
            yield Upload(
                step.line,
                PUBLISHES,
                "token" if inputs["password"] else "identity",
                to_test=bool(re.search(r"//test\.|(?i:testpypi)", _spot(inputs))),
                skips_existing=inputs["skip-existing"].is_true or inputs["skip_existing"].is_true,
            )
        elif OTHERS_PUBLISH.search(step.action):
            yield Upload(step.line, step.action, "token")
        elif step.value["run"]:
            yield from self.uploads_of(Script(step.value["run"], self.env_of(step)))

    def credential_of(self, script: Script, line: str) -> str:
        """By what a command is let in: uv goes by the identity where it is given nothing else."""
        found = super().credential_of(script, line)
        if found == "unknown" and (re.search(r"\buv\s+publish\b", line) or self.may("id-token")):
            return "identity"
        return found

    @property
    def permissions(self) -> Value:
        """What its token may do: its own list replaces that of the workflow."""
        return self.value["permissions"] if "permissions" in self.value else self.pipeline.root["permissions"]

    def may(self, scope: str) -> bool:
        """Whether its token may write there."""
        return self.permissions.text == "write-all" or self.permissions[scope].text == "write"

    @property
    def runs_on(self) -> tuple[str, ...]:
        """The runners that it asks for."""
        return self.value["runs-on"].texts()

    @property
    def releases(self) -> bool:
        """Whether it makes a release, by an action or by a command."""
        return any(RELEASES.search(step.action) for step in self.steps) or super().releases

    @property
    def drafts(self) -> bool:
        """Whether that release is a draft."""
        by_action = [step for step in self.steps if RELEASES.search(step.action)]
        return all(step.inputs["draft"].is_true for step in by_action) if by_action else super().drafts

    @property
    def pushes_tag(self) -> bool:
        """Whether it makes a tag or what makes one."""
        return (
            any(TAGS.search(step.action) or RELEASES.search(step.action) for step in self.steps) or super().pushes_tag
        )


class Workflow(Pipeline):
    """A workflow file."""

    forge = "github"

    @classmethod
    def is_one(cls, root: Value) -> bool:
        """Whether it says what starts it, and has jobs."""
        return "on" in root and root["jobs"].kind == "table"

    @cached_property
    def jobs(self) -> Sequence[WorkflowJob]:
        """Its jobs, in the order of the file."""
        return [WorkflowJob(name, value, self) for name, value in self.root["jobs"].pairs.items()]

    @cached_property
    def publishing(self) -> tuple[WorkflowJob, ...]:
        """The jobs that upload."""
        return tuple(job for job in self.jobs if job.publishes)

    @cached_property
    def triggers(self) -> Mapping[str, Value]:
        """What starts it, by name."""
        value = self.root["on"]
        return value.pairs or {each.text: each for each in (value.entries or (value,)) if each.text}

    @property
    def line(self) -> int:
        """Where findings about the whole file stand: its `on`, which each workflow has."""
        return self.root["on"].line

    def inputs(self) -> Mapping[str, Value]:
        """What a person or another workflow can give it."""
        found: dict[str, Value] = {}
        for trigger in ("workflow_call", "workflow_dispatch"):
            found |= self.triggers.get(trigger, self.root[""])["inputs"].pairs
        return found

    def steps(self) -> Iterator[tuple[WorkflowJob, Step]]:
        """Every step, with its job."""
        for job in self.jobs:
            for step in job.steps:
                yield job, step


def _spot(inputs: Value) -> str:
    return inputs["repository-url"].text + inputs["repository_url"].text
