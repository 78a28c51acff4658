"""Runs in a process of its own: sends one message to many addresses, side by side, and ends in time whatever hangs.

Reads a JSON object from standard input, and writes one with the numbers of the addresses that were not told, and why.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time


def send(task: dict[str, object], url: str) -> str:
    """Tell one address; "" when it took the message, else what is wrong, without the address in it."""
    import apprise

    target = apprise.Apprise()
    if not target.add(url):
        return "is none that apprise knows"
    kind = apprise.NotifyType.SUCCESS if task["good"] else apprise.NotifyType.FAILURE
    told = target.notify(
        title=str(task["title"]), body=str(task["text"]), notify_type=kind, body_format=apprise.NotifyFormat.TEXT
    )
    return "" if told else "did not take the message"


def main() -> None:
    """Send, wait for the answers, and leave."""
    task = json.load(sys.stdin)
    logging.disable(logging.CRITICAL)  # what apprise logs has addresses in it
    found = dict.fromkeys(range(1, len(task["urls"]) + 1), f"did not answer within {task['seconds']:g} s")

    def one(number: int, url: str) -> None:
        try:
            found[number] = send(task, url)
        except Exception as error:  # of a library for a hundred services; its text may hold the address
            found[number] = f"made apprise fail ({type(error).__name__})"

    import apprise

    apprise.Apprise("json://127.0.0.1")  # reads a hundred modules, which is not the time of the addresses
    deadline = time.monotonic() + task["seconds"]
    threads = [threading.Thread(target=one, args=each, daemon=True) for each in enumerate(task["urls"], 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    sys.stdout.write(json.dumps({number: why for number, why in found.items() if why}))
    sys.stdout.flush()
    if any(thread.is_alive() for thread in threads):
        os._exit(0)  # apprise's own threads would be waited for


if __name__ == "__main__":
    main()
