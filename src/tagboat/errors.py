"""Every error a user can cause: what happened, why, what to do next, one exit code per kind.

TagboatError
├── UsageError      2   the command line asks for something that does not exist
├── ConfigError     3   pyproject.toml or the project's files are not usable as they are
├── NotReady        4   problems found before the first effect, all of them at once
├── Blocked         5   the world disagrees with the plan; a person has to decide
├── BuildFailed     6   the build back end failed
├── CheckFailed     7   the distributions must not be published as they are
├── IndexFailed     8   an index could not be read, or refused an upload
├── VerifyFailed    9   installed from the index, and it does not work
├── NotVisible     10   published or withdrawn, but the index does not show it yet
├── CommandFailed  11   git, uv or another program failed
├── Locked         12   another run of tagboat is at work here
├── Irreversible   13   this can only be finished or compensated, not undone
└── ForgeFailed    14   GitHub or GitLab could not be asked, or refused something

0 is success, 1 a defect of tagboat itself, 130 an interrupt (Ctrl-C).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from tagboat.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, found by looking: `what`, `why` it matters, what to do `next`."""

    what: str
    why: str = ""
    next: str = ""


# Texts, compiled when the first error comes: most runs have none.
CREDENTIAL = r"(?<=://)[^/\s@'\"]+@"
SECRET_ARGUMENT = r"(?i)([?&][\w-]*(?:token|passw|secret|key)[\w-]*=)[^&\s'\"]+"  # noqa: S105 - a pattern


def without_credentials(text: str) -> str:
    """A text with the user and password of every URL in it left out: programs we call repeat what they were given."""
    return re.sub(SECRET_ARGUMENT, r"\1…", re.sub(CREDENTIAL, "", text))


class TagboatError(Exception):
    """Root of all expected errors; rendered at the edge, never as a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, why: str = "", next: str = "", problems: Iterable[Problem] = ()) -> None:  # noqa: A002
        super().__init__(without_credentials(what))
        self.what = without_credentials(what)
        self.why = without_credentials(why)
        self.next = next
        self.problems = tuple(problems)

    def __str__(self) -> str:
        lines = [self.what]
        lines += [f"  - {problem.what}" for problem in self.problems]
        lines += [line for line in (self.why, self.next) if line]
        return "\n".join(lines)


class UsageError(TagboatError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class ConfigError(TagboatError):
    """`pyproject.toml` or the project's files cannot be used as they are."""

    exit_code = 3


class NotReady(TagboatError):  # noqa: N818 - named for the state, as its siblings
    """Problems known before the first effect; `problems` holds every one."""

    exit_code = 4


class Blocked(TagboatError):  # noqa: N818
    """The world disagrees with the plan: other bytes, a tag elsewhere, a hand edit."""

    exit_code = 5


class BuildFailed(TagboatError):  # noqa: N818
    """The build back end failed; `why` is the end of what it printed."""

    exit_code = 6


class CheckFailed(TagboatError):  # noqa: N818
    """The distributions must not be published as they are; `problems` says why."""

    exit_code = 7


class IndexFailed(TagboatError):  # noqa: N818
    """An index could not be read or refused something. Never means "not there"."""

    exit_code = 8


class Refused(IndexFailed):
    """An index said no to a file, and does not have it: nothing of it can show up later."""


class VerifyFailed(TagboatError):  # noqa: N818
    """Installed from the index, and it does not work."""

    exit_code = 9


class NotVisible(TagboatError):  # noqa: N818
    """Published or withdrawn, but the index does not show it yet. Not the same as broken."""

    exit_code = 10


class CommandFailed(TagboatError):  # noqa: N818
    """A program that tagboat calls failed; `why` is the end of what it printed."""

    exit_code = 11


class Locked(TagboatError):  # noqa: N818
    """Another run of tagboat holds the lock."""

    exit_code = 12


class Irreversible(TagboatError):  # noqa: N818
    """Cannot be undone; `next` says what a person can do instead."""

    exit_code = 13


class ForgeFailed(TagboatError):  # noqa: N818
    """A forge could not be read or refused something. Never means "not there". `status` is HTTP's, 0 for no answer."""

    exit_code = 14
    status = 0
