"""Looking again and again at something that takes its time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST_PAUSE = 10.0


def still_missing(look: Callable[[], Sequence[str]], wait: float, sleep: Callable[[float], None]) -> Sequence[str]:
    """What `look` finds missing after `wait` seconds at most; empty as soon as it finds nothing.

    The pauses grow from a tenth of a second to ten seconds.
    """
    deadline = time.monotonic() + wait
    pause = 0.1
    while missing := look():
        if time.monotonic() + pause > deadline:
            return missing
        sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return ()
