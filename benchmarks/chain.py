"""The whole chain, bump → commit → tag → build → check → push → upload → fresh install → import."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import alternate, clean_environ, compared, installed_tagboat, show, timed
from tests.projects import make_project
from tests.servers import pypiserver

from tagboat.environment import python_of, uv_binary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.servers import PypiServer

ROUNDS = 9
SETTINGS = """
[tool.tagboat.index.local]
kind = "pypiserver"
url = "{url}"

[tool.tagboat.verify]
pythons = "one"
pip = false
"""


def main() -> None:
    """Release the same project by tagboat, and by uv and git, to the same server."""
    with (
        tempfile.TemporaryDirectory(prefix="tagboat-bench-") as name,
        pypiserver() as server,
        installed_tagboat() as programs,
    ):
        folder = Path(name)
        environ = clean_environ(
            TAGBOAT_CACHE_DIR=str(folder / "cache"),
            TAGBOAT_LOCAL_USERNAME=server.user,
            TAGBOAT_LOCAL_PASSWORD=server.password,
            UV_PUBLISH_USERNAME=server.user,
            UV_PUBLISH_PASSWORD=server.password,
            UV_PYTHON=sys.executable,
        )
        make_template(folder / "template", server, environ)

        def tagboat() -> float:
            project = fresh(folder, server, environ)
            return timed([programs / "tagboat", "release", "--yes"], cwd=project, env=environ).seconds

        def uv(*options: str) -> float:
            project = fresh(folder, server, environ)
            begin = time.perf_counter()
            by_uv(project, folder / "fresh", server, environ, *options)
            return time.perf_counter() - begin

        taken = alternate(ROUNDS, {"tagboat": tagboat, "uv": uv, "offline": lambda: uv("--offline")})
    show(
        "The whole chain, hatchling project, pypiserver",
        [
            compared("bump to verified install", taken["tagboat"], taken["uv"], "uv and git", 0.5),
            compared("the same, uv build --offline", taken["tagboat"], taken["offline"], "uv and git"),
        ],
    )


def make_template(project: Path, server: PypiServer, environ: Mapping[str, str]) -> None:
    """Make a project with one release behind it and a feature since."""
    make_project(project)
    file = project / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8") + SETTINGS.format(url=server.url), encoding="utf-8")
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message", "The project as it is"],
        ["tag", "--annotate", "v0.1.0", "--message", "v0.1.0"],
        ["commit", "--quiet", "--allow-empty", "--message", "feat: say hello"],
    ):
        timed(["git", *words], cwd=project, env=environ)


def fresh(folder: Path, server: PypiServer, environ: Mapping[str, str]) -> Path:
    """Make a clone that nobody released from, its bare remote, and an empty index."""
    project, remote = folder / "project", folder / "remote.git"
    for old in (project, remote, folder / "fresh"):
        shutil.rmtree(old, ignore_errors=True)
    for file in server.folder.iterdir():
        file.unlink()
    timed(["git", "clone", "--quiet", "--bare", folder / "template", remote], env=environ)
    timed(["git", "clone", "--quiet", remote, project], env=environ)
    return project


def by_uv(project: Path, environment: Path, server: PypiServer, environ: Mapping[str, str], *options: str) -> None:
    """Release with what uv and git offer."""
    uv, python = uv_binary(), python_of(environment)
    index = ["--default-index", f"{server.url}simple/"]
    for words in (
        [uv, "version", "--quiet", "--frozen", "--bump", "minor"],
        ["git", "commit", "--quiet", "--all", "--message", "Release 0.2.0"],
        ["git", "tag", "--annotate", "v0.2.0", "--message", "v0.2.0"],
        [uv, "build", "--quiet", *options],
        ["git", "push", "--quiet", "--atomic", "origin", "main", "v0.2.0"],
        [uv, "publish", "--quiet", "--publish-url", server.url],
        [uv, "venv", "--quiet", "--no-project", environment],
        [uv, "pip", "install", "--quiet", "--python", python, "--refresh", *index, "demo-pkg==0.2.0"],
        [python, "-c", "import demo_pkg"],
    ):
        timed(words, cwd=project, env=environ)


if __name__ == "__main__":
    main()
