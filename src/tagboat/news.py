"""What people are told of a release or a rollback. No address gets into it: who reads it is not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagboat.notify import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.version import Version

    from tagboat.errors import TagboatError


def released(project: str, version: Version, indexes: Sequence[str], notes: str) -> Message:
    """A release that reached its end."""
    where = f" to {', '.join(indexes)}" if indexes else ""
    return Message(
        f"{project} {version} is released{where}", f"{install_line(project, version)}\n\n{notes}".strip(), True
    )


def stopped(project: str, version: Version, what: str, step: str, error: TagboatError) -> Message:
    """A release or a rollback that stopped; the error's own words stay in the log, for they may name a server."""
    at = f" at {step}" if step else ""
    text = f"It stopped{at} ({type(error).__name__}). The same command goes on from there."
    return Message(f"The {what} of {project} {version} stopped", text, False)


def withdrawn(project: str, version: Version, reason: str, now: str) -> Message:
    """A version that nobody gets any more; `now` is what a rollback shows of the fall-back."""
    return Message(f"{project} {version} is withdrawn", f"{reason}\n\n{without_places(now)}", True)


def without_places(now: str) -> str:
    """What a rollback shows of the fall-back, without the hosts that the files came from."""
    return re.sub(r" from .*? \((?=pip|uv)", " (", now)


def install_line(project: str, version: Version | str) -> str:
    """What people type to get a version."""
    return f"pip install {project}=={version}"
