"""Rehearse a whole release of examples/databricks-tools; everything happens in .demo/ of this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
PROJECT = DEMO / "databricks-tools"

FEATURE = '''

def schema_of(name: str) -> str:
    """Return the schema that a table is in: `main.sales` for `main.sales.orders`."""
    return name.rpartition(".")[0]
'''

NEXT = """
For a project of your own:

  pip install tagboat
  cd your-project
  tagboat init        # look at the project; writes configuration only if it needs any
  tagboat rehearse    # what you just saw, on a copy of it
  tagboat release     # for real; run it again after any failure

Where to publish to is one table in pyproject.toml, for example:

  [tool.tagboat.index.internal]
  kind = "devpi"
  url = "https://devpi.example.com/team/prod"
"""


def main() -> int:
    """Make the project's repository as it was at 0.2.0, commit a feature, rehearse the release."""
    environ = {
        **os.environ,
        "TAGBOAT_CACHE_DIR": str(DEMO / "cache"),
        "TMPDIR": str(DEMO / "tmp"),
        "UV_CACHE_DIR": str(ROOT / ".venv" / "uv-cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,  # so that the demo is the same for everybody
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    shutil.rmtree(PROJECT, ignore_errors=True)
    shutil.rmtree(DEMO / "remote.git", ignore_errors=True)
    (DEMO / "tmp").mkdir(parents=True, exist_ok=True)
    (DEMO / ".gitignore").write_text("*\n", encoding="utf-8")
    shutil.copytree(
        ROOT / "examples" / "databricks-tools",
        PROJECT,
        ignore=shutil.ignore_patterns("__pycache__", "dist", ".tagboat"),
    )

    def git(*words: str, cwd: Path = PROJECT) -> None:
        subprocess.run(["git", *words], cwd=cwd, env=environ, check=True)

    git("init", "--quiet", "--bare", "--initial-branch=main", "remote.git", cwd=DEMO)
    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "Demo")
    git("config", "user.email", "demo@example.invalid")
    git("add", "--all")
    git("commit", "--quiet", "--message", "Release 0.2.0")
    git("tag", "--annotate", "v0.2.0", "--message", "databricks-tools 0.2.0")
    module = PROJECT / "src" / "databricks_tools" / "names.py"
    module.write_text(module.read_text(encoding="utf-8") + FEATURE, encoding="utf-8")
    git("commit", "--quiet", "--all", "--message", "feat: tell the schema that a table is in")
    git("remote", "add", "origin", str(DEMO / "remote.git"))
    git("push", "--quiet", "--set-upstream", "--tags", "origin", "main")

    print("Rehearsing a release of examples/databricks-tools: bump, tag, build, check, push, publish,")
    print("install, upgrade, rollback. Only .demo/ and .venv/ of this checkout are written to.", flush=True)
    done = subprocess.run([sys.executable, "-m", "tagboat", "rehearse"], cwd=PROJECT, env=environ, check=False)
    if done.returncode == 0:
        print(NEXT)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
