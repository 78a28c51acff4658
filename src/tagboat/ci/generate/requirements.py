"""What the jobs install: requirements.in says it, requirements.txt has it with hashes and without an address.

The second is made by uv. It is nothing that a configuration decides: only what it lacks is told.
"""

from __future__ import annotations

import re
import sys
import tempfile
from importlib.metadata import requires
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tagboat import process, textfile
from tagboat.ci.drift import Known, edit_of
from tagboat.ci.generate.render import TOOL_PYTHON, render
from tagboat.environment import uv_binary
from tagboat.errors import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagboat.ci.generate.pipeline import Pipeline
    from tagboat.plan import Edit

LONGEST = 300.0
HEAD = """\
# What the release jobs install, by hash, made of requirements.in by `tagboat ci {system} --lock`.
# It names no index: where packages come from is up to whoever installs.
"""


def tools_folder(pipeline: Pipeline, system: str) -> str:
    """The folder, from the repository's top, with what the jobs of a system ("github" or "gitlab") install."""
    return f".{system}/tagboat/{pipeline.slug}" if pipeline.folder else f".{system}/tagboat"


def lock_path(pipeline: Pipeline, system: str) -> str:
    """Where requirements.txt lies, from the repository's top."""
    return f"{tools_folder(pipeline, system)}/requirements.txt"


def requirements_edit(pipeline: Pipeline, top: Path, system: str) -> Edit | None:
    """What has to change in requirements.in."""
    path = f"{tools_folder(pipeline, system)}/requirements.in"
    return edit_of(path, Known(top, path).text, _wanted(pipeline, system))


def lacking(pipeline: Pipeline, top: Path, system: str) -> str:
    """What is wrong with requirements.txt, in words; "" when nothing is."""
    text = Known(top, lock_path(pipeline, system)).text
    if text is None:
        return "it is not there yet"
    locked = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    missing = sorted(_needed(pipeline, system) - locked)
    return f"it has no {', '.join(missing)}" if missing else ""


def lock(pipeline: Pipeline, top: Path, system: str, environ: Mapping[str, str]) -> str:
    """Make requirements.txt anew, for the Python of the jobs on every system, and return its text.

    Packages are looked up where `environ` and the configuration say. Raises `CommandFailed` when one is not found.
    """
    env = dict(environ)
    if pipeline.dependency_index:
        env["UV_DEFAULT_INDEX"], *more = pipeline.dependency_index
        env |= {"UV_INDEX": " ".join(more)} if more else {}
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.in")
        textfile.write(wanted, _wanted(pipeline, system))
        words = [uv_binary(), "pip", "compile", "--generate-hashes", "--universal", f"--python-version={TOOL_PYTHON}"]
        # uv solves for the jobs' Python and needs any; it is not to fetch one.
        words += [f"--python={sys.executable}", "--no-python-downloads"]
        words += ["--no-header", "--no-annotate", "--quiet", str(wanted)]
        if pipeline.is_tagboat:
            words += [str(top / "pyproject.toml"), *(f"--extra={extra}" for extra in pipeline.extras(system))]
        made = process.run(words, cwd=top, env=env, timeout=LONGEST).stdout
    if "://" in made:
        raise CommandFailed(
            "a requirement of the jobs comes from an address of its own",
            why="requirements.txt names packages by version and hash, and no place.",
            next="Publish it to the index that the jobs install from.",
        )
    return HEAD.format(system=system) + made


def _wanted(pipeline: Pipeline, system: str) -> str:
    return render("requirements.in", pipeline, {}, system=system)


def _needed(pipeline: Pipeline, system: str) -> set[str]:
    """Normalised names of what each extra asks for by itself, and of tagboat."""
    wanted = map(Requirement, requires("tagboat") or ())
    asked: set[str] = {
        canonicalize_name(each.name)
        for each in wanted
        if each.marker and any(f'extra == "{extra}"' in str(each.marker) for extra in pipeline.extras(system))
    }
    return asked if pipeline.is_tagboat else asked | {"tagboat"}
