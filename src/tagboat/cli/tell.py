"""Tell people how a command went, where somebody wants to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagboat.cli.output import Output
    from tagboat.notify import Message
    from tagboat.workspace import Workspace


def tell_people(workspace: Workspace, message: Message, output: Output) -> None:
    """Tell whoever wants to know how it went; that it did not work is one line more, and no failure."""
    from tagboat.notify import tell

    if told := tell(message, workspace.environ):
        output.say(f"  {told}", "dim")
