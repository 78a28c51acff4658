"""Expressions: in scripts, in conditions, and what they are compared with."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tagboat.ci.audit.finding import Rule, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagboat.ci.audit.document import Value
    from tagboat.ci.audit.github import Workflow

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
FROM_OUTSIDE = re.compile(
    r"\b(?:inputs|secrets|needs|steps|env|vars)\b|\bgithub\.(?:event\b|ref\b|ref_name|head_ref|base_ref|actor\b|triggering_actor|token)"
)
TRUTH = r"'(?:true|false)'"


def _scripts(workflow: Workflow) -> Iterator[Value]:
    for _, step in workflow.steps():
        if step.value["run"]:
            yield step.value["run"]
        if step.action == "actions/github-script":
            yield step.inputs["script"]


def _expressions(workflow: Workflow) -> Iterator[tuple[int, str]]:
    """Every expression in a script, with its line."""
    for script in _scripts(workflow):
        seen: Counter[str] = Counter()
        for match in EXPRESSION.finditer(script.text):
            yield workflow.line_of(script, match[0], seen[match[0]]), match[0]
            seen[match[0]] += 1


def _injected(workflow: Workflow) -> Iterator[Spot]:
    for line, text in _expressions(workflow):
        if FROM_OUTSIDE.search(text):
            yield Spot(line, f"the script holds {text}, which is put in before the shell reads it")


def _pasted(workflow: Workflow) -> Iterator[Spot]:
    for line, text in _expressions(workflow):
        if not FROM_OUTSIDE.search(text):
            yield Spot(line, f"the script holds {text}")


def _conditions(workflow: Workflow) -> Iterator[Value]:
    for job in workflow.jobs:
        yield job.condition
        yield from (step.condition for step in job.steps)


def _always_true(workflow: Workflow) -> Iterator[Spot]:
    for condition in _conditions(workflow):
        text = condition.text.strip()
        if "${{" in text and not re.fullmatch(r"\$\{\{(?:(?!\}\}).)*\}\}", text, re.DOTALL):
            yield Spot(condition.line, f"`{text}` is a text, and every text is true")


def _secret(workflow: Workflow) -> Iterator[Spot]:
    for condition in _conditions(workflow):
        if re.search(r"\bsecrets\.", condition.text):
            yield Spot(condition.line, "the condition asks for a secret, which no condition can see")


def _as_text(workflow: Workflow) -> Iterator[Spot]:
    flags = [name for name, value in workflow.inputs().items() if value["type"].text == "boolean"]
    words = "|".join(map(re.escape, flags)) or r"(?!)"
    wrong = [
        rf"(?<!event\.)\binputs\.(?:{words})\s*[!=]=\s*{TRUTH}",
        rf"{TRUTH}\s*[!=]=\s*inputs\.(?:{words})(?![\w-])",
        r"\bgithub\.event\.inputs\.[\w-]+\s*[!=]=\s*(?:true|false)\b",
        rf"(?<![\w.])github\.event\.inputs\.(?:{words})(?![\w-])(?!\s*[!=]=)(?!\s*,)",
        r"\b(?:needs|steps)\.[\w-]+\.outputs\.[\w-]+\s*[!=]=\s*(?:true|false)\b",
    ]
    pattern = re.compile("|".join(wrong))
    for key, value in workflow.root.scalars():
        if key == "if" or "${{" in value.text:
            text = value.text if key == "if" else " ".join(EXPRESSION.findall(value.text))
            for match in pattern.finditer(text):
                line = workflow.line_of(value, match[0])
                yield Spot(line, f"`{match[0]}` compares a flag with a text, or a text with a flag")


INJECTED = Rule(
    "expression-in-script",
    "Nothing from outside is written into a script.",
    'A version such as `1.0"; curl …; "` is run as a command; a secret stands in the text of the step.',
    'Give it to the step by `env:`, and let the script read "$NAME".',
    _injected,
)
PASTED = Rule(
    "script-not-plain",
    "Scripts hold no expression at all.",
    "Such a script cannot be run or checked outside of GitHub, and the next one who copies the line injects something.",
    "Give the value to the step by `env:`.",
    _pasted,
    strict=True,
)
ALWAYS_TRUE = Rule(
    "condition-always-true",
    "A condition is one expression.",
    "With text around `${{ }}` it is a text, and every text is true: the job runs always.",
    "Take the `${{ }}` away: in `if` all of it is an expression.",
    _always_true,
)
SECRET = Rule(
    "secret-in-condition",
    "No condition asks for a secret.",
    "GitHub does not give secrets to conditions: the workflow is refused, or the job never runs.",
    "Decide when writing the workflow, or look at the secret in a step with `env:`.",
    _secret,
)
AS_TEXT = Rule(
    "flag-as-text",
    "Flags are compared with flags, and texts with texts.",
    "`inputs.x` is a flag, so `inputs.x == 'false'` is never true; `github.event.inputs.x` and outputs are texts, so"
    " `== true` never is, and the text 'false' is true. A dry run publishes, or a release does nothing.",
    "Write `inputs.x` or `!inputs.x`; compare outputs with 'true'.",
    _as_text,
)
