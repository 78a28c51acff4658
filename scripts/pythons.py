"""Run the test suite on every Python that tagboat supports and this machine has: `make pythons`.

Arguments go to pytest; each Python gets an environment of its own under `.venv/pythons/`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tagboat.environment import interpreters, uv_binary

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv" / "pythons"
WANTED = {"3.10", "3.11", "3.12", "3.13"}


def main(arguments: list[str]) -> int:
    """Run them one after the other; 0 when all passed."""
    results: dict[str, str] = {}
    for interpreter in interpreters(">=3.10", cache=HOME / "cache"):
        if interpreter.minor not in WANTED or interpreter.implementation != "cpython":
            continue
        environment = HOME / interpreter.minor
        python = environment / "bin" / "python"
        if not python.exists():
            subprocess.run([uv_binary(), "venv", "--quiet", "--python", interpreter.path, environment], check=True)
        install = [uv_binary(), "pip", "install", "--quiet", "--python", python, "--editable", ROOT, "--group", "dev"]
        subprocess.run(install, cwd=ROOT, check=True)
        print(f"== Python {interpreter.version}", flush=True)
        tests = [python, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", *arguments]
        passed = subprocess.run(tests, cwd=ROOT, check=False).returncode == 0
        results[interpreter.version] = "passed" if passed else "FAILED"
    missing = WANTED - {version.rpartition(".")[0] for version in results}
    for version, result in results.items():
        print(f"Python {version}: {result}")
    for minor in sorted(missing):
        print(f"Python {minor}: not found on this machine")
    return 0 if results and all(result == "passed" for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
