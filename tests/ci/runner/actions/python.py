"""actions/setup-python: a Python that this machine has, in an environment of the job's own.

Source: actions/setup-python v7, README and docs/advanced-usage.md. On GitHub each version is an installation of its
own with pip in it. Here it is an environment, and pip is a name behind which uv installs, ten times as quick; after a
requirements file has brought pip, that is the real one. `Hub.real_pip` puts the real one there from the beginning.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.version import Version
from tests.ci.runner.actions.acting import is_true
from tests.ci.runner.job import ActionFailed

from tagboat.environment import interpreters, python_of, uv_binary

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.runner.actions.acting import Acting

    from tagboat.environment import Interpreter

PIP = '''"""`python -m pip`, done by uv."""

import os
import sys

UV = {uv!r}
SPELLED = {{"-U": "--upgrade", "--disable-pip-version-check": None, "--no-input": None}}

words = [SPELLED.get(word, word) for word in sys.argv[1:]]
if words[:1] == ["--version"]:
    sys.exit("pip here is uv")
environ = {{**os.environ, "UV_CACHE_DIR": {cache!r}}}
os.execve(UV, [UV, "pip", words[0], "--python", sys.executable, *filter(None, words[1:])], environ)
'''


def setup_python(acting: Acting) -> dict[str, str]:
    """Put a Python in front of PATH."""
    given = acting.inputs(
        python_version="",
        python_version_file="",
        cache="",
        architecture="x64",
        check_latest="false",
        token="",
        cache_dependency_path="",
        update_environment="true",
        allow_prereleases="false",
        freethreaded="false",
        pip_version="",
    )
    if given["cache"]:
        raise NotImplementedError("caches")
    if given["python_version_file"] or not given["python_version"]:
        raise NotImplementedError("a Python that a file names")
    assert is_true("update-environment", given["update_environment"])
    found = find(given["python_version"], acting.hub.uv_cache)
    place = acting.job.folder / f"python-{found.version}"
    uv = uv_binary()
    acting.run(uv, "venv", "--quiet", "--python", str(found.path), str(place))
    python = python_of(place)
    if acting.hub.real_pip:
        acting.run(uv, "pip", "install", "--quiet", "--python", str(python), "pip")
    else:
        _give_pip(acting, python, uv)
    acting.job.paths.insert(0, str(python.parent))
    acting.job.environment["pythonLocation"] = str(place)
    acting.say(f"Successfully set up CPython ({found.version})")
    return {"python-version": str(found.version), "python-path": str(python)}


def find(wanted: str, cache: Path) -> Interpreter:
    """The newest Python of this machine that fits. Raises `ActionFailed` in the action's words."""
    pattern = re.escape(wanted).replace(r"\.x", r"(\.\d+)*").replace("x", r"\d+(\.\d+)*")
    fitting = [each for each in known(cache) if re.fullmatch(rf"{pattern}(\.\d+)*", each.version)]
    if not fitting:
        raise ActionFailed(f"The version '{wanted}' with architecture 'x64' was not found for this operating system.")
    return max(fitting, key=lambda each: Version(each.version))


@lru_cache(maxsize=1)
def known(cache: Path) -> tuple[Interpreter, ...]:
    """Every CPython of this machine, the newest of each minor version."""
    return tuple(each for each in interpreters(">=3.7", cache=cache) if each.implementation == "cpython")


def _give_pip(acting: Acting, python: Path, uv: str) -> None:
    where = acting.run(str(python), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])")
    folder = acting.workspace / where / "pip"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(PIP.format(uv=uv, cache=str(acting.hub.uv_cache)), encoding="utf-8")
    command = python.with_name("pip")
    command.write_text(f'#!/bin/sh\nexec "{python}" -m pip "$@"\n', encoding="utf-8")
    command.chmod(0o755)
