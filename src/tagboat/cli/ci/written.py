"""What the actions have in common that write a pipeline, or look at one that was written."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from tagboat.cli.show import STYLES
from tagboat.errors import ConfigError, Problem, TagboatError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from tagboat.ci.drift import Drift
    from tagboat.ci.generate.pipeline import Pipeline
    from tagboat.cli.output import Output
    from tagboat.plan import Edit
    from tagboat.workspace import Workspace


def run_generator(name: str, args: argparse.Namespace, output: Output) -> int:
    """Write the files of one generator; with `--check` tell how they differ."""
    from tagboat.ci import drift
    from tagboat.ci.generate import GENERATORS
    from tagboat.ci.generate.pipeline import read_pipeline
    from tagboat.ci.generate.requirements import lock_path
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder)
    top = workspace.git.top
    if args.check:
        look(workspace, [name], output)
        return 0
    pipeline = read_pipeline(workspace)
    found = GENERATORS[name](pipeline, top)
    drift.write(top, found)
    _show(found, output)
    locked = args.lock or not (top / lock_path(pipeline, name)).is_file()
    if locked:
        _lock(name, pipeline, workspace, output)
    output.document(
        "generated" if found or locked else "up-to-date",
        files=[edit.path for edit in found.edits],
        removed=list(found.stale),
        locked=locked,
        notes=list(found.notes),
    )
    return 0


def look(workspace: Workspace, names: Sequence[str], output: Output) -> None:
    """Show how the files of these generators differ. Raises `ConfigError` when one does."""
    from tagboat.ci.generate import GENERATORS
    from tagboat.ci.generate.pipeline import read_pipeline
    from tagboat.ci.generate.requirements import lacking, lock_path

    pipeline, top = read_pipeline(workspace), workspace.git.top
    found = [GENERATORS[name](pipeline, top) for name in names]
    edits = {edit.path: edit for drift in found for edit in drift.edits}
    for edit in edits.values():
        _show_diff(edit, output)
    problems = [_problem(edit, top) for edit in edits.values()]
    problems += [Problem(f"{path} is not asked for any more") for drift in found for path in drift.stale]
    problems += [
        Problem(f"{lock_path(pipeline, name)}: {lack}", next=f"Run `tagboat ci {name} --lock`.")
        for name in names
        if (lack := lacking(pipeline, top, name))
    ]
    if problems:
        raise ConfigError(
            "the pipeline is not what the configuration asks for",
            problems=problems,
            next=f"Run {' and '.join(f'`tagboat ci {name}`' for name in names)}, and commit what it writes.",
        )
    output.say("The pipeline is what the configuration asks for.")
    output.document("no-drift", pipelines=list(names))


def _problem(edit: Edit, top: Path) -> Problem:
    return Problem(f"{edit.path} {'differs' if (top / edit.path).is_file() else 'is missing'}")


def _show(found: Drift, output: Output) -> None:
    output.rows([("made" if edit.before is None else "changed", edit.path) for edit in found.edits])
    output.rows([("removed", path) for path in found.stale])
    if not found:
        output.say("Nothing has to be written.")
    for note in found.notes:
        output.say(f"  ! {note}", "yellow")


def _show_diff(edit: Edit, output: Output) -> None:
    before = (edit.before or "").splitlines()
    source = "/dev/null" if edit.before is None else f"a/{edit.path}"
    for line in unified_diff(before, edit.after.splitlines(), source, f"b/{edit.path}", lineterm=""):
        output.say(line, STYLES.get(line[:1], ""))


def _lock(name: str, pipeline: Pipeline, workspace: Workspace, output: Output) -> None:
    from tagboat import textfile
    from tagboat.ci.generate.requirements import lock, lock_path

    path = lock_path(pipeline, name)
    try:
        text = lock(pipeline, workspace.git.top, name, workspace.environ)
    except TagboatError as error:
        raise type(error)(
            f"everything is written but {path}: {error.what}",
            why=error.why,
            next=f"{error.next} The jobs install what it says; `tagboat ci {name} --lock` makes it.".strip(),
        ) from error
    textfile.write(workspace.git.top / path, text)
    output.rows([("locked", path)])
