"""A plan for people: version, why, notes, the diff and every step."""

from __future__ import annotations

from difflib import unified_diff
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.cli.output import Output
    from tagboat.forge.interface import Forge
    from tagboat.plan import Edit, Plan
    from tagboat.step import Status

STYLES = {"+": "green", "-": "red", "@": "cyan"}
MARKS = {"todo": "○", "done": "✓", "blocked": "✗"}
STATES = {"todo": "", "done": "dim", "blocked": "bold red"}


def show_plan(plan: Plan, output: Output, notes: Sequence[str] = (), forge: Forge | None = None) -> None:
    """Print what the plan decides."""
    output.say()
    came = f"{plan.previous} → " if plan.previous else ""
    output.say(f"{plan.project}  {came}{plan.version}", "bold")
    output.say(f"  {plan.reason}", "dim")
    for edit in plan.edits:
        output.say()
        show_edit(edit, output)
    output.say()
    alone = f", {plan.branch} stays here" if plan.tag_only else ""
    pushed = f", pushed to {plan.remote}{alone}" if plan.remote else " (no remote: nothing is pushed)"
    where = f"tag {plan.tag}{pushed}"
    announced = f"; announced in {forge.summary}" if forge is not None else ""
    output.say(f"  {where}; {publish_words(plan)}{announced}")
    for note in notes:
        output.say(f"  {note}", "yellow")
    output.say()


def publish_words(plan: Plan) -> str:
    """Where it is published, in words."""
    if not plan.indexes:
        return "no index is configured, so nothing is published"
    return f"published to {', then '.join(plan.indexes)}"


def show_edit(edit: Edit, output: Output) -> None:
    """Print what an edit changes in its file."""
    output.say(f"  {edit.path}{' (new)' if edit.before is None else ''}", "bold")
    for line in diff_of(edit):
        output.say(f"  {line}", STYLES.get(line[:1], "dim"))


def diff_of(edit: Edit) -> Iterator[str]:
    """The hunks of an edit as a unified diff, line by line, without line ends and without the file's names."""
    lines = unified_diff((edit.before or "").splitlines(), edit.after.splitlines(), n=2, lineterm="")
    yield from islice(lines, 2, None)


def show_steps(steps: Sequence[tuple[str, Status]], output: Output) -> None:
    """Print every step with what its probe says."""
    states = [status.state.value for _, status in steps]
    marks = MARKS if output.is_terminal else {state: state for state in MARKS}
    output.rows(
        [(marks[status.state.value], name, status.detail) for name, status in steps],
        [STATES[state] for state in states],
    )


def plan_document(plan: Plan) -> dict[str, object]:
    """A plan as JSON values."""
    import json

    document: dict[str, object] = json.loads(plan.to_json())
    return document
