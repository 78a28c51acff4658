"""`tagboat status`: tells "nothing to do" from "changes to release" from "half-finished"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.show import show_steps

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tagboat.cli.output import Output
    from tagboat.plan import PromotionPlan
    from tagboat.status import OnIndex, Report
    from tagboat.step import Status

SHOWN = 20  # changes before "and N more"


def configure(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments of its own."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Look and tell."""
    from tagboat.status import look
    from tagboat.workspace import Workspace

    report = look(Workspace(args.folder), output.reporter)
    _show(report, output)
    output.document(
        report.verdict,
        project=report.project,
        written=str(report.written) if report.written else None,
        last_release={"tag": report.last.tag, "version": str(report.last.version or "") or None},
        changes=[{"kind": each.kind, "summary": each.summary, "level": each.level} for each in report.changes],
        next={"version": str(report.next_version), "reason": report.reason} if report.next_version else None,
        indexes=[
            {
                "name": each.name,
                "summary": each.summary,
                "files": list(each.files),
                "yanked": each.yanked,
                "problem": each.problem,
            }
            for each in report.indexes
        ],
        unfinished=None
        if report.unfinished is None
        else {"version": str(report.unfinished), "steps": _steps(report.steps)},
        promoting=None
        if report.promoting is None
        else {
            "version": str(report.promoting.version),
            "source": report.promoting.source,
            "target": report.promoting.target,
            "steps": _steps(report.promotion_steps),
        },
        rolled_back=str(report.rolled_back) if report.rolled_back else None,
    )
    return 0


def _steps(steps: Sequence[tuple[str, Status]]) -> list[dict[str, str]]:
    return [{"step": name, "state": status.state.value, "detail": status.detail} for name, status in steps]


def _show(report: Report, output: Output) -> None:
    output.say(f"{report.project}: {_standing(report)}", "bold")
    output.rows([(each.summary, each.problem or _listed(each, report)) for each in report.indexes])
    if report.rolling_back:
        output.say(f"The rollback of {report.rolled_back} is half-finished.", "bold yellow")
        output.say(f"  `tagboat rollback {report.rolled_back}` finishes it, `tagboat undo` takes it back.")
    elif report.rolled_back:
        output.say(f"  {report.rolled_back} was withdrawn from here; `tagboat undo` offers it again.")
    if report.promoting is not None:
        _show_promotion(report.promoting, report, output)
    output.say()
    _show_release(report, output)


def _show_promotion(plan: PromotionPlan, report: Report, output: Output) -> None:
    output.say(f"The promotion of {plan.version} from {plan.source} to {plan.target} is half-finished:", "bold yellow")
    show_steps(report.promotion_steps, output)
    output.say(f"  `{plan.command}` finishes it, `tagboat undo` takes it back.")


def _show_release(report: Report, output: Output) -> None:
    if report.verdict == "planned":
        output.say(f"A plan to release {report.unfinished} is saved.", "bold")
        output.say("  `tagboat release` does exactly this, `tagboat undo` forgets it.")
    elif report.unfinished is not None:
        output.say(f"The release of {report.unfinished} is half-finished:", "bold yellow")
        show_steps(report.steps, output)
        output.say("  `tagboat release` finishes it, `tagboat undo` takes it back.")
    elif report.tagged_only is not None and not report.tagged_only.pushed:
        output.say(f"{report.last.tag} is tagged here, but not pushed.", "bold yellow")
        output.say("  `tagboat release` goes on from there.")
    elif report.tagged_only is not None:
        lacking = ", ".join(report.tagged_only.lacking)
        output.say(f"{report.last.tag} is tagged and pushed, but {lacking} does not have all of it.", "bold yellow")
        output.say(f"  `tagboat release --tag {report.last.tag}` publishes it, unless it was withdrawn on purpose.")
    elif report.verdict == "changes-to-release" and report.next_version is None:
        output.say(f"There are changes to release, but {report.reason}", "bold yellow")
    elif report.next_version is not None:
        count = f"{len(report.changes)} change{'s' * (len(report.changes) != 1)}"
        output.say(f"{count} to release as {report.next_version}: {report.reason}", "bold")
        output.rows([(change.kind, change.summary) for change in report.changes[:SHOWN]])
        if len(report.changes) > SHOWN:
            output.say(f"  and {len(report.changes) - SHOWN} more")
        output.say("  `tagboat release` releases them.")
    elif report.rolling_back:
        output.say("Release a fix when the bad version is withdrawn.", "bold yellow")
    elif report.rolled_back is not None and report.rolled_back == report.last.version:
        output.say("The last release was withdrawn: commit a fix, then release it.", "bold yellow")
    else:
        output.say("Nothing to do: everything that asks for a release is released.", "bold green")


def _standing(report: Report) -> str:
    """What is released, and what the files say where that is something else."""
    if report.unfinished is not None:
        return f"releasing {report.unfinished}"
    released = f"last released {report.last.version} ({report.last.tag})" if report.last.tag else "never released"
    differs = report.written is not None and report.written != report.last.version
    return released + (f", {report.written} in its files" if differs else "")


def _listed(index: OnIndex, report: Report) -> str:
    if report.last.version is None:
        return "nothing yet"
    files = f"{len(index.files) or 'no'} file{'s' * (len(index.files) != 1)} of {report.last.version}"
    return f"{files}, yanked" if index.yanked else files
