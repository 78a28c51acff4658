"""Import what comes next while other programs are waited for."""

from __future__ import annotations

from importlib import import_module
from threading import Thread


def preload(*modules: str) -> None:
    """Import modules in a thread of their own; whoever imports one meanwhile waits for it, as always.

    For modules that no module imports which is being imported now: two threads would wait for each other.
    """
    Thread(target=lambda: [import_module(name) for name in modules], daemon=True).start()
