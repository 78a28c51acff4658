"""Tell people how it went, by apprise: chat, mail, a webhook, and what else it speaks.

The addresses are secrets: their tokens are a part of them. They come from one variable, go to a process of their own
through its standard input, and are never said again: who is told of a failure hears the number of an address. A
message that does not arrive, or not in time, stops nothing.
"""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tagboat.dataclass import dataclass
from tagboat.errors import CommandFailed
from tagboat.index.credentials.extras import install
from tagboat.process import run, without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "TAGBOAT_NOTIFY_URLS"
START = 30.0  # seconds for apprise to be imported, where the machine is busy
SECONDS = 30.0  # for all addresses together, which are told side by side


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: a title, some lines, and whether it is good news."""

    title: str
    text: str
    good: bool


def tell(message: Message, environ: Mapping[str, str], *, seconds: float = SECONDS) -> str:
    """Tell every address of `TAGBOAT_NOTIFY_URLS`; says in one line how that went, and "" when there is none."""
    urls = environ.get(VARIABLE, "").split()
    if not urls:
        return ""
    if find_spec("apprise") is None:
        return f"nobody was told: notifications need apprise ({install('notify')})"
    task = {"urls": urls, "title": message.title, "text": message.text, "good": message.good, "seconds": seconds}
    words = [sys.executable, "-W", "ignore", "-m", "tagboat.notify_worker"]
    try:
        done = run(words, env=without_secrets(environ), input=json.dumps(task), timeout=seconds + START, check=False)
        failed = json.loads(done.stdout)
    except (CommandFailed, ValueError):
        failed = {str(number): "was not reached" for number in range(1, len(urls) + 1)}
    if not failed:
        return f"told {len(urls)} address{'es' if len(urls) > 1 else ''}"
    parts = ", ".join(f"number {number} {why}" for number, why in failed.items())
    return f"of {len(urls)} addresses in {VARIABLE}, {parts}"
