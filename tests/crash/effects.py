"""Run tagboat and die, by SIGKILL, right before its n-th effect that changes anything.

    python tests/crash/effects.py LOG N tagboat-words…

LOG gets one line for each of them, that one included. N is 0 for none. To die before effect n is to die after
effect n - 1, so n from 1 to one more than there are shows every state that can be between two of them. A program
that only looks and a request that only asks are left out: what they could leave behind is what was there before. So is
the making of environments to install into: it goes on beside the steps, now before one of their effects and now after.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tagboat.__main__ import main as tagboat
from tagboat.testing import count_effects

LOOKS = ("--no-optional-locks", "http.client.send b'GET ", "http.client.send b'HEAD ", "socket.connect ")
ASIDE = ("/uv', 'venv', ", "/uv', 'pip', 'list', ")


def main() -> int:
    """Run tagboat, note and die."""
    path, fatal, *words = sys.argv[1:]
    with Path(path).open("w", encoding="utf-8", buffering=1) as log, count_effects() as effects:
        number = 0

        def before(_: int) -> None:
            nonlocal number
            line = effects.seen[-1]
            if any(look in line for look in (*LOOKS, *ASIDE)):
                return
            number += 1
            log.write(f"{number} {line}\n")
            if number == int(fatal):
                os.kill(os.getpid(), signal.SIGKILL)

        effects.before = before
        return tagboat(words)


if __name__ == "__main__":
    sys.exit(main())
