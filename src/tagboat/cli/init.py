"""`tagboat init`: look at the project, say what was found, write the least configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.cli.show import show_edit
from tagboat.errors import ConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tagboat.adopt import Adoption
    from tagboat.cli.output import Output
    from tagboat.errors import Problem
    from tagboat.plan import Edit
    from tagboat.workspace import Workspace

INDEX = """To publish, say where to; for example:

  [tool.tagboat.index.internal]
  kind = "devpi"                                  # or "pypiserver", "directory", "legacy"
  url = "https://devpi.example.com/team/prod"
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments of its own."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Adopt the project."""
    from tagboat import textfile
    from tagboat.adopt import adopt, write_config
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder)
    adoption = adopt(workspace.root, *_git_facts(workspace), _foreseen(workspace))
    edit = write_config(workspace.root, adoption)
    if edit is not None:
        textfile.write(workspace.root / edit.path, edit.after, edit.encoding)
    _show(adoption, edit, output)
    if not workspace.config.index:
        output.say(INDEX)
    output.say("Next: `tagboat rehearse` shows the whole release on a copy, `tagboat plan` what it would be.")
    output.document(
        "written" if edit else "unchanged",
        findings=[{"what": each.what, "value": each.value, "source": each.source} for each in adoption.findings],
        problems=[{"what": each.what, "why": each.why, "next": each.next} for each in adoption.problems],
        unknown=list(adoption.unknown),
        config=adoption.config_text,
    )
    return ConfigError.exit_code if adoption.problems else 0


def _git_facts(workspace: Workspace) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """Tags, remotes and branch; all empty for a project that is not in git yet."""
    try:
        git = workspace.git
    except ConfigError:
        return (), (), None
    return git.tags(), git.remotes(), git.work_tree().branch


def _foreseen(workspace: Workspace) -> Sequence[Problem]:
    """What is known to be wrong with an sdist of HEAD; nothing where there is no HEAD yet."""
    try:
        return workspace.foreseen() if workspace.git.resolve("HEAD") else ()
    except ConfigError:
        return ()


def _show(adoption: Adoption, edit: Edit | None, output: Output) -> None:
    output.rows([(each.what, each.value or "not known", each.source) for each in adoption.findings])
    for problem in adoption.problems:
        output.say(f"  ! {problem.what}", "bold yellow")
        for line in filter(None, (problem.why, problem.next)):
            output.say(f"    {line}", "dim")
    for line in adoption.unknown:
        output.say(f"  ? {line}", "yellow")
    output.say()
    if edit is None:
        output.say("No configuration needs to be written.")
    else:
        output.say("Written:", "bold")
        show_edit(edit, output)
    output.say()
