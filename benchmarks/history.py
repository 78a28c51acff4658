"""History: the next version and notes behind a near tag, and the changelog of everything."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import alternate, clean_environ, compared, installed_tagboat, show, timed
from tests.projects import make_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROUNDS = 15
SHORT, LONG, SINCE = 10_000, 100_000, 20
SUBJECTS = (
    "feat(api): answer number {n}",
    "fix: no crash on input {n}",
    "docs: say more about {n}",
    "Merge pull request #{n} from somebody/branch",
    "chore(deps): bump something to 1.{n}",
    "refactor: simplify part {n}",
    "feat!: drop what was old in {n}",
    "Improve wording of message {n}",
    "test: cover case {n}",
    "fix(cli): exit code of command {n}",
)
BODY = "\n\nBecause of what was found in number {n},\nthis is done in another way.\n\nRefs: #{n}\n"

DECIDE = """\
from pathlib import Path
from tagboat import Request, Workspace
from tagboat.versions import Rules, next_version
workspace = Workspace(Path({folder!r}))
last = workspace.last_release.version
decision = next_version(last, last, workspace.changes, Request(), Rules(), taken=lambda version: False)
assert decision and len(workspace.changes) {expected}, workspace.changes
"""
NOTES = (
    DECIDE
    + """\
from tagboat.changelog.notes import notes_for
assert notes_for(None, workspace.changes)
"""
)

# What `tagboat.cli.app` does about Python's look for garbage, which at the end would go through all there is once more.
AS_THE_COMMAND = """\
import atexit, gc
gc.set_threshold(100_000)
atexit.register(gc.freeze)
"""


def main() -> None:
    """Make the histories, then time whole processes."""
    with tempfile.TemporaryDirectory(prefix="tagboat-bench-") as name, installed_tagboat() as programs:
        folder, environ = Path(name), clean_environ()
        short, long, untagged = folder / "short", folder / "long", folder / "untagged"
        make_history(short, SHORT, tagged=True)
        make_history(long, LONG, tagged=True)
        make_history(untagged, LONG, tagged=False)

        def python(code: str) -> float:
            return timed([programs / "python", "-c", code], env=environ).seconds

        near = alternate(
            ROUNDS,
            {
                "bare": lambda: python("pass"),
                "short": lambda: python(AS_THE_COMMAND + DECIDE.format(folder=str(short), expected="< 20")),
                "long": lambda: python(AS_THE_COMMAND + DECIDE.format(folder=str(long), expected="< 20")),
                "notes": lambda: python(AS_THE_COMMAND + NOTES.format(folder=str(long), expected="< 20")),
            },
        )
        everything = alternate(
            9,
            {
                "git": lambda: read_all(untagged, environ),
                "tagboat": lambda: python(AS_THE_COMMAND + NOTES.format(folder=str(untagged), expected="> 50_000")),
            },
        )
    show(
        f"Next version, the last tag {SINCE} commits back",
        [
            compared(f"of {LONG} commits", near["long"], near["bare"], "python -c pass", 4.3),
            compared("and its notes", near["notes"], near["bare"], "python -c pass", 4.3),
            compared("flat in the length", near["long"], near["short"], f"of {SHORT}", 1.15),
        ],
    )
    show(
        "Everything since the beginning",
        [
            compared(
                f"the same of {LONG}, no tag",
                everything["tagboat"],
                everything["git"],
                "one git log pass",
                1.2,
            )
        ],
    )


def read_all(folder: Path, environ: Mapping[str, str]) -> float:
    """Let git write the same log into nowhere."""
    words = ["git", "log", "--no-show-signature", "-z", "--encoding=UTF-8", "--format=%H%n%B", "HEAD", "--"]
    return timed(words, cwd=folder, env=environ).seconds


def make_history(folder: Path, commits: int, *, tagged: bool) -> None:
    """Make a project with a history of its own, packed as clones are."""
    make_project(folder)

    def git(*words: str, data: bytes | None = None) -> None:
        subprocess.run(["git", *words], cwd=folder, env=clean_environ(), input=data, check=True, stdout=sys.stderr)

    git("init", "--quiet", "--initial-branch=main")
    git("fast-import", "--quiet", data=b"".join(_stream(folder, commits, tagged=tagged)))
    git("reset", "--quiet", "--hard")
    git("repack", "--quiet", "-a", "-d")
    git("pack-refs", "--all")


def _stream(folder: Path, commits: int, *, tagged: bool) -> Iterator[bytes]:
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    who = b"Ada <ada@example.invalid>"
    for number in range(commits):
        message = (SUBJECTS[number % len(SUBJECTS)] + (BODY if number % 3 == 0 else "")).format(n=number).encode()
        yield b"commit refs/heads/main\nmark :%d\n" % (number + 1)
        yield b"committer %s %d +0000\ndata %d\n%s\n" % (who, 1_600_000_000 + number * 60, len(message), message)
        if number == 0:
            for path, data in files.items():
                if path.parts[0] != ".git":
                    yield b"M 644 inline %s\ndata %d\n%s\n" % (path.as_posix().encode(), len(data), data)
        else:
            text = b"%d\n" % number
            yield b"M 644 inline docs/news.txt\ndata %d\n%s\n" % (len(text), text)
        releases = range(commits // 10 - 1, commits - SINCE, commits // 10)
        if tagged and (number in releases or number == commits - SINCE - 1):
            version = f"v0.{number // (commits // 10)}.{number % 7}"
            yield b"tag %s\nfrom :%d\ntagger %s %d +0000\ndata 1\n.\n" % (
                *(version.encode(), number + 1, who, 1_600_000_000 + number * 60),
            )


if __name__ == "__main__":
    main()
