"""Where secrets go to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.ci.audit.commands import logical_lines
from tagboat.ci.audit.finding import Rule, Spot
from tagboat.ci.audit.github import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.document import Value
    from tagboat.ci.audit.github import Step, Workflow, WorkflowJob

SHOWN = frozenset(
    (
        *(
            "body",
            "comment",
            "description",
            "message",
            "name",
            "notes",
            "payload",
            "subject",
            "tag_name",
            "text",
            "title",
        ),
        *("release-name", "release_name", "release-notes", "release_notes", "run-name", "url"),
    )
)
"""Keys whose text others get to see."""

LEAVES = re.compile(
    r"GITHUB_STEP_SUMMARY|GITHUB_OUTPUT|\bgh\s+(?:release|pr|issue|api)\b|\bglab\s+(?:release|mr|issue)\b"
)


def _shown(workflow: Workflow) -> Iterator[Spot]:
    for key, value in _texts(workflow):
        if SECRET.search(value.text) and value.text.strip() != "${{ github.token }}":
            line = workflow.line_of(value, (SECRET.search(value.text) or [""])[0])
            yield Spot(line, f"`{key}` is shown to others, and holds {_said(value.text)}")
    for job, step in workflow.steps():
        yield from _told(workflow, job, step)


def _texts(workflow: Workflow) -> Iterator[tuple[str, Value]]:
    """Every text that leaves the log."""
    yield "run-name", workflow.root["run-name"]
    for job in workflow.jobs:
        yield from ((f"outputs.{key}", value) for key, value in job.value["outputs"].pairs.items())
        yield "environment.url", job.environment["url"]
        for step in job.steps:
            yield from ((key, value) for key, value in step.inputs.pairs.items() if key in SHOWN)


def _told(workflow: Workflow, job: WorkflowJob, step: Step) -> Iterator[Spot]:
    """Secrets in variables that a line of a script writes where others see it."""
    script = step.value["run"]
    held = [name for name, value in job.env_of(step).items() if "secrets." in value.text]
    named = re.compile(rf"\$\{{?(?:{'|'.join(map(re.escape, held)) or '(?!)'})\b")
    for line in script.text.splitlines():
        if LEAVES.search(line) and (found := named.search(line)):
            where = workflow.line_of(script, line.strip())
            yield Spot(where, f"the script writes {found[0].lstrip('${')}, which is a secret, where others see it")


def _said(text: str) -> str:
    return ", ".join(dict.fromkeys(re.findall(r"secrets\.\w+", text))) or "a token"


def _for_all(workflow: Workflow) -> Iterator[Spot]:
    for name, value in workflow.root["env"].pairs.items():
        if SECRET.search(value.text):
            yield Spot(value.line, f"every step of every job gets {_said(value.text)} as {name}")


def _inherited(workflow: Workflow) -> Iterator[Spot]:
    for job in workflow.jobs:
        if job.value["secrets"].text == "inherit":
            yield Spot(job.value["secrets"].line, f"{job.value['uses'].text} gets every secret")


def _echoed(workflow: Workflow) -> Iterator[Spot]:
    for _, step in workflow.steps():
        for line in logical_lines(step.value["run"].text):
            if re.search(r"\bset\s+-\w*x", line) and any(
                "secrets." in each.text for each in step.value["env"].pairs.values()
            ):
                yield Spot(
                    workflow.line_of(step.value["run"], line.strip()), "the shell prints each line with its values"
                )


SHOWN_TO_OTHERS = Rule(
    "secret-in-text",
    "No secret in a text that leaves the log.",
    "GitHub hides secrets in logs only. In the body of a release, a summary, an output or a message they are readable,"
    " for the whole world where the project is public.",
    "Leave it out of the text; a private address belongs into a variable of the reader, not into release notes.",
    _shown,
)
FOR_ALL = Rule(
    "secret-for-all",
    "A secret is given to the step that needs it.",
    "Every action and every dependency that runs in any job can read it.",
    "Move it to `env:` of the one step.",
    _for_all,
)
INHERITED = Rule(
    "secrets-inherited",
    "A called workflow gets the secrets that it needs, by name.",
    "It gets every secret of the repository, also those that are added later.",
    "Name them: `secrets: {NAME: ${{ secrets.NAME }}}`.",
    _inherited,
)
ECHOED = Rule(
    "secret-echoed",
    "No script with a secret prints its own lines.",
    "`set -x` prints the values; what is derived from a secret (encoded, a part of it) is not hidden.",
    "Take `set -x` away.",
    _echoed,
)
