"""Import what comes next while other programs are waited for."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Thread


def preload(*modules: str) -> None:
    """Import modules in a thread of their own; whoever imports one meanwhile waits for it, as always.

    For modules that no module imports which is being imported now: two threads would wait for each other.
    """
    Thread(target=_import, args=(modules,), daemon=True).start()


def _import(modules: tuple[str, ...]) -> None:
    """Whatever goes wrong here, at the end of the process for instance, goes wrong again where it is wanted."""
    with suppress(Exception):
        for name in modules:
            import_module(name)
