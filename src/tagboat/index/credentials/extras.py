"""Libraries of the clouds, which only come with an extra of tagboat."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def library(module: str) -> Any:
    """The module, or None when its extra is not installed. Importing takes a while, so it comes late."""
    try:
        return import_module(module)
    except ImportError:
        return None


def install(extra: str) -> str:
    """What to type to get an extra."""
    return f"pip install 'tagboat[{extra}]'"
