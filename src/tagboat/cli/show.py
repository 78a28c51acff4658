"""A plan for people: version, why, notes, the diff and every step."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.cli.output import Output
    from tagboat.plan import Edit, Plan
    from tagboat.step import Status

STYLES = {"+": "green", "-": "red", "@": "cyan"}
MARKS = {"todo": ("○", "todo"), "done": ("✓", "done"), "blocked": ("✗", "blocked")}


def show_plan(plan: Plan, output: Output) -> None:
    """Print what the plan decides."""
    output.say()
    came = f"{plan.previous} → " if plan.previous else ""
    output.say(f"{plan.project}  {came}{plan.version}", "bold")
    output.say(f"  {plan.reason}", "dim")
    for edit in plan.edits:
        output.say()
        for line in diff_of(edit):
            output.say(f"  {line}", STYLES.get(line[:1], "dim"))
    output.say()
    where = (
        f"tag {plan.tag}, pushed to {plan.remote}" if plan.remote else f"tag {plan.tag} (no remote: nothing is pushed)"
    )
    output.say(f"  {where}; {publish_words(plan)}")
    output.say()


def publish_words(plan: Plan) -> str:
    """Where it is published, in words."""
    if not plan.indexes:
        return "no index is configured, so nothing is published"
    return f"published to {', then '.join(plan.indexes)}"


def diff_of(edit: Edit) -> Iterator[str]:
    """An edit as a unified diff, line by line, without line ends."""
    before = (edit.before or "").splitlines()
    source = f"a/{edit.path}" if edit.before is not None else "new file"
    yield from (
        line.rstrip("\n")
        for line in unified_diff(before, edit.after.splitlines(), source, f"b/{edit.path}", n=2, lineterm="")
    )


def show_steps(steps: Sequence[tuple[str, Status]], output: Output) -> None:
    """Print every step with what its probe says."""
    for name, status in steps:
        mark, word = MARKS[status.state.value]
        style = {"done": "dim", "blocked": "bold red"}.get(word, "")
        if output.is_terminal:
            output.say(f"  {mark} {name:<18} {status.detail}", style)
        else:
            output.say(f"  {word:<8} {name:<18} {status.detail}")


def plan_document(plan: Plan) -> dict[str, object]:
    """A plan as JSON values."""
    import json

    document: dict[str, object] = json.loads(plan.to_json())
    return document
