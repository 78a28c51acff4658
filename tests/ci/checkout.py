"""A project's repository, and checkouts of it as the jobs of CI systems get them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.e2e.sandbox import clean_environ
from tests.projects import make_project

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = """
[tool.tagboat.index.staging]
kind = "directory"
path = "../../staging"

[tool.tagboat.index.main]
kind = "directory"
path = "../../main"

[tool.tagboat.verify]
pythons = "one"
pip = false
wait = 1
"""
CHANGELOG = "# Changelog\n\n## [0.2.0] - 2026-11-01\n\n### Added\n\n- roles, `see` <b>there</b> | and ![x](there)\n"


@dataclass
class Ran:
    """What a job's step left behind."""

    code: int
    stdout: str
    stderr: str
    output: str = ""
    summary: str = ""
    dotenv: str = ""

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs, read as GitHub's runner reads them: a heredoc or a line each, and nothing else."""
        found, lines = {}, iter(self.output.splitlines())
        for line in lines:
            name, sign, rest = re.split(r"(<<|=)", line, maxsplit=1)
            if sign == "=":
                found[name] = rest
                continue
            value = []
            while (part := next(lines)) != rest:
                value.append(part)
            found[name] = "\n".join(value)
        return found


@dataclass
class Checkout:
    """A folder in which a job runs, and the variables that its steps get."""

    folder: Path
    environ: dict[str, str] = field(repr=False)

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, *words: str, **variables: str) -> Ran:
        """Run `tagboat WORDS` as a step; its outputs and its summary begin empty."""
        places = {
            "output": self.folder.parent / "output",
            "summary": self.folder.parent / "summary",
            "dotenv": self.folder / "tagboat.env",
        }
        for place in places.values():
            place.unlink(missing_ok=True)
        files = {"GITHUB_OUTPUT": str(places["output"]), "GITHUB_STEP_SUMMARY": str(places["summary"])}
        done = subprocess.run(
            [sys.executable, "-m", "tagboat", *words],
            cwd=self.folder,
            env={**self.environ, **files, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert not any(line.startswith("Traceback") for line in done.stderr.splitlines()), done.stderr
        texts = {name: place.read_text(encoding="utf-8") for name, place in places.items() if place.exists()}
        return Ran(done.returncode, done.stdout, done.stderr, **texts)

    def ci(self, *words: str, **variables: str) -> Ran:
        """Run `tagboat ci WORDS`, which has to go well."""
        ran = self.run("ci", *words, **variables)
        assert ran.code == 0, f"{ran.stdout}\n{ran.stderr}"
        return ran


class Origin:
    """A bare repository that people push to and jobs check out from; `cache` keeps build environments."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.remote = folder / "origin.git"
        self.environ = clean_environ(folder / "home", cache)
        (folder / "home" / ".gitconfig").write_text(
            "[user]\n\tname = Ada\n\temail = ada@example.invalid\n[init]\n\tdefaultBranch = main\n", encoding="utf-8"
        )
        self.author = Checkout(folder / "author", self.environ)

    def begin(self, *, backend: str = "hatchling", configuration: str = CONFIGURATION) -> Origin:
        """A project at 0.2.0 with the tags v0.1.0 and v0.2.0, and nothing on main since."""
        make_project(self.author.folder, backend, version="0.1.0")
        subprocess.run(["git", "init", "--quiet", "--bare", self.remote], env=self.environ, check=True)
        self.author.git("init", "--quiet")
        self.author.git("remote", "add", "origin", str(self.remote))
        pyproject = self.author.folder / "pyproject.toml"
        pyproject.write_bytes(pyproject.read_bytes() + configuration.encode())
        self.commit("feat: the first one")
        self.tag("v0.1.0")
        self.at_version("0.1.0", "0.2.0")
        self.commit("chore: release 0.2.0", **{"CHANGELOG.md": CHANGELOG})
        self.tag("v0.2.0")
        return self

    def at_version(self, old: str, new: str) -> None:
        """Change every place that says the version."""
        for path in ("pyproject.toml", "src/demo_pkg/__init__.py"):
            file = self.author.folder / path
            file.write_bytes(file.read_bytes().replace(old.encode(), new.encode()))

    def commit(self, message: str, **files: str) -> str:
        for name, text in files.items():
            path = self.author.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.author.git("add", "--all")
        self.author.git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "-m", message)
        self.author.git("push", "--quiet", "origin", "HEAD:refs/heads/main")
        return self.author.git("rev-parse", "HEAD")

    def tag(self, name: str) -> None:
        """An annotated tag, pushed."""
        self.author.git("tag", "--force", "--annotate", name, "-m", f"{name}\n\nNotes")
        self.author.git("push", "--quiet", "--force", "origin", f"refs/tags/{name}")

    def github(self, at: Path, event: str, ref: str, *, depth: int = 0, **inputs: object) -> Checkout:
        """A job's checkout on GitHub, its variables, and the payload in a file; the indexes lie in the folder `at`.

        As actions/checkout does it (src/ref-helper.ts, testRef): an annotated tag is not the commit that the event
        names, so it is fetched once more by the commit, and becomes a lightweight one.
        """
        sha = self.author.git("ls-remote", str(self.remote), f"{ref}^{{}}", ref).split()[0]
        sha = self.author.git("rev-parse", f"{sha}^{{commit}}")
        folder = at / "runner" / "demo-pkg"
        shutil.rmtree(folder.parent, ignore_errors=True)
        folder.mkdir(parents=True)
        payload = {"ref": ref, "inputs": {name.replace("_", "-"): value for name, value in inputs.items()} or None}
        path = folder.parent / "event.json"
        path.write_text(json.dumps({**payload, "repository": {"full_name": "o/r"}}), encoding="utf-8")
        environ = {
            **self.environ,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REF": ref,
            "GITHUB_SHA": sha,
        }
        checkout = Checkout(folder, environ)
        self._check_out(checkout, ref, sha, depth)
        return checkout

    def gitlab(self, at: Path, source: str, *, tag: str = "", branch: str = "main", **inputs: str) -> Checkout:
        """The checkout of a job on GitLab with GIT_DEPTH 0, and its variables."""
        ref = f"refs/tags/{tag}" if tag else f"refs/heads/{branch}"
        checkout = self.github(at, "push", ref)
        environ = {name: value for name, value in checkout.environ.items() if not name.startswith("GITHUB_")}
        variables = {f"TAGBOAT_INPUT_{name.upper()}": value for name, value in inputs.items()}
        checkout.environ = {
            **environ,
            "GITLAB_CI": "true",
            "CI_PIPELINE_SOURCE": source,
            "CI_COMMIT_SHA": checkout.environ["GITHUB_SHA"],
            "CI_COMMIT_REF_NAME": tag or branch,
            "CI_PROJECT_DIR": str(checkout.folder),
            **({"CI_COMMIT_TAG": tag} if tag else {}),
            **variables,
        }
        return checkout

    def _check_out(self, checkout: Checkout, ref: str, sha: str, depth: int) -> None:
        checkout.git("init", "--quiet")
        checkout.git("remote", "add", "origin", str(self.remote.as_uri()))
        mine = ref if ref.startswith("refs/tags/") else f"refs/remotes/{ref.removeprefix('refs/heads/')}"
        if depth:
            checkout.git("fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", f"+{sha}:{mine}")
        else:
            all_of_it = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
            checkout.git("fetch", "--quiet", "--prune", "origin", *all_of_it)
            checkout.git("fetch", "--quiet", "--no-tags", "origin", f"+{sha}:{mine}")
        checkout.git("checkout", "--quiet", "--force", "--detach", mine)


def listed(folder: Path, project: str = "demo-pkg") -> dict[str, str]:
    """The files of a project on a directory index, with their hashes."""
    page = folder / project / "index.json"
    files = json.loads(page.read_bytes())["files"] if page.is_file() else []
    return {file["filename"]: file["hashes"]["sha256"] for file in files}


@dataclass(frozen=True)
class Packed:
    """The artifact that the build job left, and what it said of it."""

    artifact: Path
    ran: Ran

    def bring(self, checkout: Checkout) -> dict[str, str]:
        """Download it into a job; the variables that the job gets with it."""
        shutil.copytree(self.artifact, checkout.folder / "handover")
        sums = self.ran.outputs["sha256sums"]
        return {"TAGBOAT_SHA256SUMS": sums, "TAGBOAT_TAG": "v0.2.0", "TAGBOAT_VERSION": "0.2.0"}


def pack(origin: Origin, at: Path) -> Packed:
    """Run the build job for v0.2.0."""
    checkout = origin.github(at, "push", "refs/tags/v0.2.0")
    ran = checkout.ci("build", TAGBOAT_TAG="v0.2.0", TAGBOAT_VERSION="0.2.0")
    return Packed(checkout.folder / "handover", ran)


def next_job(origin: Origin, packed: Packed, at: Path) -> Checkout:
    """A job after the build job, with what that packed: only the indexes outlive a job's machine."""
    job = origin.github(at, "push", "refs/tags/v0.2.0", depth=1)
    job.environ |= packed.bring(job)
    return job
