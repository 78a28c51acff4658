"""`tagboat ci doctor`: whether the forge's settings carry the release. Changes nothing there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from tagboat.ci.doctor import Finding
    from tagboat.cli.output import Output

MARKS = {"good": "ok", "wrong": "!!", "advice": "..", "unknown": "??"}


def configure(parser: argparse.ArgumentParser) -> None:
    """The action takes no arguments of its own."""


def run(args: argparse.Namespace, output: Output) -> int:
    """Look, and tell. Raises `NotReady` when something is wrong; advice and what cannot be seen are no failure."""
    from contextlib import closing

    from tagboat.ci.doctor import examine
    from tagboat.ci.needed import needed_of
    from tagboat.errors import NotReady, Problem
    from tagboat.workspace import Workspace

    workspace = Workspace(args.folder)
    forge = workspace.forge
    if forge is None:
        raise NotReady(
            "no forge is configured, so there is nobody to ask",
            next='Add [tool.tagboat.forge] with kind = "github" or "gitlab" to pyproject.toml.',
        )
    needed = needed_of(workspace)
    for index, values in needed.publishers.items():  # first: these can be told without any right
        output.say(f"{index}: enter on its page for trusted publishers", "bold")
        output.rows(values)
        output.say()
    with closing(forge):
        found = examine(forge.settings(), needed, forge.name)
    output.say(f"{forge.summary}", "bold")
    for finding in found:
        _show(finding, output)
    wrong = [each for each in found if each.state == "wrong"]
    if wrong:
        raise NotReady(
            f"the settings of {forge.summary} do not carry a release yet",
            problems=[Problem(each.what, each.why, each.next) for each in wrong],
            next="Nothing was changed.",
        )
    documents = [{"state": each.state, "what": each.what, "why": each.why, "next": each.next} for each in found]
    output.document(
        "examined", findings=documents, publishers={name: dict(values) for name, values in needed.publishers.items()}
    )
    return 0


def _show(finding: Finding, output: Output) -> None:
    output.say(f"  {MARKS[finding.state]} {finding.what}")
    if finding.state == "advice":
        for line in filter(None, (finding.why, finding.next)):
            output.say(f"       {line}", "dim")
