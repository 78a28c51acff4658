"""Build: sdist, and the wheel from it, against the back end's own hooks called in one ready process."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import alternate, clean_environ, compared, installed_tagboat, show, timed
from tests.projects import BACKENDS, make_project

from tagboat.environment import python_of, uv_binary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.measure import Row

ROUNDS = 9

HOOKS = """\
import importlib, os, sys, tarfile
tree, backend, output = sys.argv[1:]
module = importlib.import_module(backend)
os.chdir(tree)
module.get_requires_for_build_sdist()
sdist = module.build_sdist(output)
with tarfile.open(os.path.join(output, sdist)) as archive:
    archive.extractall(output, filter="data")
os.chdir(os.path.join(output, sdist.removesuffix(".tar.gz")))
module.get_requires_for_build_wheel()
module.build_wheel(output)
"""

BUILD = """\
import sys
from pathlib import Path
from tagboat.builder import build
tree, output, cache = map(Path, sys.argv[1:])
build(tree, output, epoch=1767323045, cache=cache)
"""


def main() -> None:
    """Time whole processes: both sides start Python, import and build."""
    with tempfile.TemporaryDirectory(prefix="tagboat-bench-") as folder, installed_tagboat() as programs:
        rows = [row for backend in ("hatchling", "setuptools") for row in rows_of(backend, Path(folder), programs)]
    show("An isolated build, once its environment exists", rows)


def rows_of(backend: str, folder: Path, programs: Path) -> list[Row]:
    """Build one small project again and again."""
    environ = clean_environ()
    template = make_project(folder / backend, backend)
    requirement, module = BACKENDS[backend]
    ready = make_environment(folder / f"{backend}-ready", requirement, environ)
    tree, output = folder / f"{backend}-tree", folder / f"{backend}-output"

    def run(*words: str | Path) -> float:
        for old in (tree, output):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(template, tree)
        output.mkdir()
        return timed(words, cwd=tree, env=environ).seconds

    python, uv = programs / "python", uv_binary()
    taken = alternate(
        ROUNDS,
        {
            "hooks": lambda: run(ready, "-c", HOOKS, tree, module, output),
            "tagboat": lambda: run(python, "-c", BUILD, tree, output, folder / "cache"),
            "uv": lambda: run(uv, "build", "--quiet", "--offline", "--python", python, "--out-dir", output, tree),
        },
    )
    return [
        compared(backend, taken["tagboat"], taken["hooks"], "its hooks", 2),
        compared("", taken["tagboat"], taken["uv"], "uv build --offline"),
    ]


def make_environment(folder: Path, requirement: str, environ: Mapping[str, str]) -> Path:
    """Make an environment with a back end in it, compiled; its Python."""
    uv = uv_binary()
    timed([uv, "venv", "--quiet", "--python", sys.executable, folder], env=environ)
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python_of(folder), requirement]
    timed(install, env=environ)
    return python_of(folder)


if __name__ == "__main__":
    main()
