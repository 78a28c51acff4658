"""Import what was installed. Runs inside a fresh environment, with nothing but the standard library's core.

It runs on Python 3.8 and newer, and imports nothing more of its own: that would hide what a project forgot to,
and take longer than most projects' imports. Called as `python -I trial.py RESULT NAME ...`. The file RESULT gets
a literal: name to (error, "" when it worked; `__version__`, or None).
"""

import sys
from importlib import import_module


def attempt(name: str) -> "tuple[str, str | None]":
    """Import one module."""
    try:
        version = getattr(import_module(name), "__version__", None)
    except BaseException as error:  # whatever a project's import raises is the finding
        return f"{type(error).__name__}: {error}", None
    return "", version if isinstance(version, str) else None


result, *names = sys.argv[1:]
found = {name: attempt(name) for name in names}
with open(result, "w", encoding="ascii") as file:  # noqa: PTH123 - see above
    file.write(ascii(found))
