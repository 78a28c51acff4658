"""Try what was installed. Runs inside a fresh environment, with nothing but the standard library.

Called as `python -I trial.py PROJECT [IMPORT ...]`, by Python 3.8 and newer; prints one JSON object: `version`
(importlib.metadata), `imports` (name to error, "" when it worked), `dunder` (name to `__version__`), `scripts`.
"""

import importlib
import json
import os
import sys
from importlib import metadata
from typing import Any, Dict, Iterable, List


def importable(files: Iterable[Any]) -> List[str]:
    """The shallowest packages and top-level modules among a distribution's files."""
    found = set()
    for parts in sorted((file.parts for file in files), key=len):
        *folders, name = parts
        stem = name.partition(".")[0]
        if not all(folder.isidentifier() for folder in folders) or not name.endswith((".py", ".so", ".pyd")):
            continue
        path = folders if stem == "__init__" else [*folders, stem]
        is_module = stem == "__init__" or not folders
        inside = any(tuple(path[:depth]) in found for depth in range(1, len(path)))
        if is_module and path and not inside and not (len(path) == 1 and path[0].startswith("_")):
            found.add(tuple(path))
    return sorted(".".join(path) for path in found)


def main() -> None:
    """Look, import, and tell."""
    project, *names = sys.argv[1:]
    installed = metadata.distribution(project)
    imports: Dict[str, str] = {}
    dunder: Dict[str, str] = {}
    for name in names or importable(installed.files or ()):
        try:
            module = importlib.import_module(name)
        except BaseException as error:  # whatever a project's import raises is the finding
            imports[name] = "{}: {}".format(type(error).__name__, error)
        else:
            imports[name] = ""
            value = getattr(module, "__version__", None)
            if isinstance(value, str):
                dunder[name] = value
    scripts = sorted(each.name for each in installed.entry_points if each.group == "console_scripts")
    result = {"version": installed.version, "imports": imports, "dunder": dunder, "scripts": scripts}
    # What the imports printed or did to sys.stdout must not get between.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as stream:
        stream.write("\n" + json.dumps(result) + "\n")


main()
