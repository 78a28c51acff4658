"""Set up `.venv` in this checkout with nothing but Python >= 3.10; touches nothing outside of it.

Called by make: `python3 scripts/bootstrap.py demo` installs tagboat, `… dev` what the tests need too.
Works where the system's Python is externally managed and where it has no ensurepip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
OLDEST = (3, 10)


def main(what: str) -> None:
    """Make or complete the environment, then leave a stamp so that the next run has nothing to do."""
    python = suitable_python()
    environ = {
        key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    }
    environ |= {"UV_CACHE_DIR": str(VENV / "uv-cache"), "UV_PYTHON_DOWNLOADS": "never", "PIP_NO_CACHE_DIR": "1"}
    environ.setdefault("UV_SYSTEM_CERTS", "1")  # a company's own certificate authority is in the system's store
    if not PYTHON.exists() or not responds(PYTHON):
        print(f"Setting up {VENV.relative_to(ROOT)} with {python} (once, about a minute) …", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        make_environment(python, environ)
    uv = BIN / ("uv.exe" if os.name == "nt" else "uv")
    extra = ["--group", "dev"] if what == "dev" else []
    run([uv, "pip", "install", "--quiet", "--python", PYTHON, "--editable", ROOT, *extra], environ)
    for stamp in ("demo", what):
        (VENV / f"{stamp}.stamp").touch()


def suitable_python() -> str:
    """Return this interpreter, or a newer one on PATH."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for minor in range(30, OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    sys.exit(
        f"tagboat needs Python 3.{OLDEST[1]} or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 …"
    )


def make_environment(python: str, environ: dict[str, str]) -> None:
    """An environment with uv in it, by whichever way this machine offers."""
    run([python, "-m", "venv", "--without-pip", VENV], environ)
    if uv := shutil.which("uv"):
        run([uv, "pip", "install", "--quiet", "--python", PYTHON, "uv"], environ)
    elif succeeds([PYTHON, "-m", "ensurepip", "--default-pip"], environ):
        run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"], environ)
    elif succeeds([python, "-m", "pip", "--version"], environ):
        run(
            [python, "-m", "pip", "--python", PYTHON, "install", "--quiet", "--disable-pip-version-check", "uv"],
            environ,
        )
    else:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            f"{python} has neither ensurepip nor pip, and uv is not on PATH.\n"
            "Install one of them (Debian and Ubuntu: apt install python3-venv), then run make again."
        )


def responds(python: Path) -> bool:
    """Whether an interpreter from an earlier set-up still runs."""
    return succeeds([python, "-c", "pass"], dict(os.environ))


def succeeds(words: list[str | Path], environ: dict[str, str]) -> bool:
    """Whether a program ends with status 0."""
    return subprocess.run(words, env=environ, capture_output=True, check=False).returncode == 0


def run(words: list[str | Path], environ: dict[str, str]) -> None:
    """Run a program that has to succeed."""
    done = subprocess.run(words, env=environ, check=False)
    if done.returncode:
        shown = " ".join(str(word) for word in words)
        sys.exit(f"This failed, with what it says above: {shown}\nMend that and run make again.")


if __name__ == "__main__":
    main(sys.argv[1])
