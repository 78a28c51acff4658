"""Node, with GitHub's own parser, expression engine and language service from tests/ci/node.

Node itself is looked for on PATH. The packages are installed once per checkout, from the lock file there.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).with_name("node")
NEEDED = 20  # the first version that @actions/* say they run on


def command(script: str | Path) -> list[str]:
    """The command line that runs a script; a relative path is one of tests/ci/node.

    Skips the test, loudly, on a machine without Node; fails when npm is missing or cannot install.
    """
    program = _find_node()
    _install()
    return [program, "--import", (FOLDER / "register.mjs").as_uri(), str(FOLDER / script)]


def run(script: str | Path, *arguments: str, text: str = "", environ: Mapping[str, str] | None = None) -> str:
    """What a script prints when it is given a text; a failure shows what it said."""
    done = subprocess.run(
        [*command(script), *arguments], input=text, capture_output=True, text=True, check=False, env=environ
    )
    assert done.returncode == 0, f"{script} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def _find_node() -> str:
    program = shutil.which("node")
    if program is None:
        pytest.skip(f"NOT TESTED: there is no `node` on PATH; workflows are judged with Node {NEEDED} or newer")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < NEEDED:
        pytest.fail(f"node on PATH is {version}; workflows are judged with Node {NEEDED} or newer")
    return program


def _install() -> None:
    lock = FOLDER / "package-lock.json"
    stamp = FOLDER / "node_modules" / ".installed"
    wanted = sha256(lock.read_bytes()).hexdigest()
    with (FOLDER / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # test processes run side by side
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail("node is here and npm is not: tests/ci/node cannot be installed")
        options = ["--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run([npm, "ci", *options], cwd=FOLDER, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.fail(f"`npm ci` in {FOLDER} failed:\n{done.stdout}{done.stderr}")
        stamp.write_text(wanted)
