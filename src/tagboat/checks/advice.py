"""The exact lines that make a build back end leave something out.

All of it is said for the sdist: the wheel is built from the sdist, so what is not in the one does not
reach the other.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHECK_TABLE = "[tool.tagboat.check]"

# Table and key of pyproject.toml, and how a path is written there, by the first word of `build-backend`.
_SETTINGS = {
    "hatchling": ("[tool.hatch.build.targets.sdist]", "exclude", "/{}"),
    "flit_core": ("[tool.flit.sdist]", "exclude", "{}"),
    "poetry": ("[tool.poetry]", "exclude", "{}"),
    "pdm": ("[tool.pdm.build]", "excludes", "{}"),
    "uv_build": ("[tool.uv.build-backend]", "source-exclude", "/{}"),
    "maturin": ("[tool.maturin]", "exclude", "{}"),
}


def keep(paths: Iterable[str]) -> str:
    """The lines of configuration that make the checks accept `paths`."""
    return f"{CHECK_TABLE}\nallow = {_array(path.rstrip('/') for path in paths)}"


def exclusion(backend: str, paths: Sequence[str]) -> tuple[str, str]:
    """File and lines that leave `paths` out of the sdist; ("", "") when the back end is not known here.

    Folders end with a slash; all paths start at the project's folder.
    """
    family = backend.partition(".")[0]
    if family == "setuptools":
        return "MANIFEST.in", "\n".join(_manifest_line(path) for path in paths)
    if family not in _SETTINGS:
        return "", ""
    table, key, form = _SETTINGS[family]
    written = (path + "**" if family == "maturin" and path.endswith("/") else path.rstrip("/") for path in paths)
    return "pyproject.toml", f"{table}\n{key} = {_array(form.format(path) for path in written)}"


def leave_out(backend: str, paths: Sequence[str]) -> str:
    """What to do about files that should not be in a distribution, or may stay on purpose."""
    otherwise = f"or keep it on purpose:\n{_indented(keep(paths))}"
    file, lines = exclusion(backend, paths)
    if not file:
        return f"Leave it out in the settings of the build back end, {otherwise}"
    place = f"{file} (and take it out of `include` there)" if backend.startswith("poetry") else file
    return f"Leave it out with this in {place}:\n{_indented(lines)}\n{otherwise}"


def _array(items: Iterable[str]) -> str:
    return json.dumps(list(items), ensure_ascii=False)  # an array of JSON strings is one of TOML


def _indented(lines: str) -> str:
    return "\n".join(f"  {line}" for line in lines.splitlines())


def _manifest_line(path: str) -> str:
    return f"prune {path.rstrip('/')}" if path.endswith("/") else f"exclude {path}"
