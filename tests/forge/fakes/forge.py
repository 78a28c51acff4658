"""What the fakes of both forges have in common: bad moments, by the number of the request or by its kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.index.fakes.contract import Fake, Reply

if TYPE_CHECKING:
    from tests.index.scripted import Asked


@dataclass
class Moment:
    """The next request of this kind gets another answer (None: the server hangs up), before or after it is done."""

    kind: str
    reply: Reply | None
    after: bool = False


class ForgeFake(Fake):
    """A forge that can have bad moments, and that can go away for good."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[Moment] = []
        self.dies_before: int | None = None
        self.dies_after: int | None = None
        self.count = 0

    def once(self, kind: str, reply: Reply | None, *, after: bool = False) -> None:
        """The next request like `METHOD /path`, a pattern, goes wrong."""
        self.moments.append(Moment(kind, reply, after))

    def _answer(self, asked: Asked) -> Reply | None:
        self.count += 1
        if self.dies_before is not None and self.count >= self.dies_before:
            return None
        for moment in self.moments:
            if re.match(moment.kind, f"{asked.method} {asked.path}"):
                self.moments.remove(moment)
                if moment.after:
                    super()._answer(asked)
                return moment.reply
        answer = super()._answer(asked)
        dead = self.dies_after is not None and self.count >= self.dies_after
        return None if dead else answer

    def revive(self) -> None:
        """Be there again, as after the end of an outage."""
        self.dies_before = self.dies_after = None
        self.count = 0
