"""What a user sees when something is wrong: one clear error, its exit code, and nothing lost."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tagboat.state import StateFolder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.sandbox import Sandbox

MODULE = "src/databricks_tools/__init__.py"


def edit(sandbox: Sandbox, path: str, old: str, new: str) -> None:
    file = sandbox.project / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def refs(sandbox: Sandbox) -> str:
    return sandbox.git("show-ref") + sandbox.git("ls-remote", "origin")


def test_every_problem_is_told_before_the_first_effect(databricks: Sandbox) -> None:
    edit(databricks, "README.md", "#", "##")
    databricks.git("config", "--global", "--unset", "user.name")
    databricks.git("config", "--global", "--unset", "user.email")
    databricks.environ |= {"EMAIL": "", "HOSTNAME": ""}
    databricks.git("config", "user.useConfigOnly", "true")
    databricks.git("checkout", "--quiet", "--detach")
    databricks.git("push", "--quiet", "origin", "v0.2.0:refs/tags/v0.3.0")
    before = refs(databricks)
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 4
    for part in ("README.md", "HEAD is detached", "does not know who you are", "has a tag v0.3.0 already"):
        assert part in done.stderr
    assert refs(databricks) == before
    assert not (databricks.project / ".tagboat" / "0.3.0").exists()
    plan = databricks.tagboat("plan", check=False)
    assert plan.returncode == 4
    assert "HEAD is detached" in plan.stderr


def test_a_branch_that_the_remote_does_not_have(databricks: Sandbox) -> None:
    databricks.git("switch", "--quiet", "-c", "hotfix/über")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 4
    assert "hotfix/über has no upstream" in done.stderr
    assert "git push -u origin hotfix/über" in done.stderr


def test_a_branch_that_moved_on_the_remote(databricks: Sandbox) -> None:
    databricks.clone("colleague").commit("fix: something else")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 4
    assert "has moved" in done.stderr


def test_a_shallow_clone(databricks: Sandbox) -> None:
    folder = databricks.project.parent / "shallow"
    url = databricks.remote.as_uri()
    subprocess.run(["git", "clone", "--quiet", "--depth=1", url, folder], env=databricks.environ, check=True)
    databricks.project = folder
    done = databricks.tagboat("release", "minor", "--yes", check=False)
    assert done.returncode == 4
    assert "shallow clone" in done.stderr


def test_a_remote_that_cannot_be_reached(databricks: Sandbox) -> None:
    databricks.git("remote", "set-url", "origin", str(databricks.project.parent / "gone.git"))
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 4
    assert "cannot be reached" in done.stderr


def test_a_branch_that_is_not_released_from(databricks: Sandbox) -> None:
    edit(
        databricks,
        "pyproject.toml",
        "[tool.tagboat.index.local]",
        '[tool.tagboat]\nbranch = "stable"\n\n[tool.tagboat.index.local]',
    )
    databricks.commit("chore: release from stable")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 4
    assert "git switch stable" in done.stderr


def test_a_version_that_an_index_has_already(databricks: Sandbox) -> None:
    other = databricks.clone("other")
    other.git("config", "user.name", "Eve")
    edit(other, "pyproject.toml", 'path = "../index"', f'path = "{databricks.project.parent}/index"')
    edit(databricks, "pyproject.toml", 'path = "../index"', f'path = "{databricks.project.parent}/index"')
    other.git("remote", "remove", "origin")
    other.git("commit", "--quiet", "-am", "chore: path")
    other.tagboat("release", "--yes")
    databricks.commit("chore: path")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 4
    assert "has databricks-tools 0.3.0 already" in done.stderr


def test_a_failing_build_leaves_nothing_public(databricks: Sandbox) -> None:
    edit(databricks, "pyproject.toml", 'readme = "README.md"', 'readme = "READYOU.md"')
    databricks.commit("chore: break the build")
    before = databricks.git("ls-remote", "origin")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 6
    assert "READYOU.md" in done.stderr
    assert databricks.git("ls-remote", "origin") == before
    databricks.tagboat("undo", "--yes")
    assert databricks.git("status", "--porcelain") == ""
    assert databricks.git("tag", "--list") == "v0.2.0"


def test_distributions_that_fail_a_check_are_not_pushed(databricks: Sandbox) -> None:
    (databricks.project / "src/databricks_tools/.env").write_text("TOKEN=1\n", encoding="utf-8")
    databricks.git("add", "--force", "--all")
    edit(databricks, "pyproject.toml", '    ".env*",\n', "")
    databricks.commit("chore: ship too much")
    before = databricks.git("ls-remote", "origin")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 7
    assert ".env" in done.stderr
    assert databricks.git("ls-remote", "origin") == before


def test_tests_in_the_sdist_are_told_before_anything_happens(databricks: Sandbox) -> None:
    pyproject = databricks.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8")
    settings = text[text.index("[tool.hatch.build]") : text.index("[tool.hatch.build.targets.wheel]")]
    pyproject.write_text(text.replace(settings, ""), encoding="utf-8")
    databricks.commit("chore: ship it all", tests__test_all__py="def test_all() -> None: ...\n")
    before = databricks.git("rev-parse", "HEAD")
    for words in (("init",), ("plan",), ("release", "--yes")):
        done = databricks.tagboat(*words, check=False)
        said = done.stdout + done.stderr
        assert (words[0], done.returncode) == (words[0], 3 if words == ("init",) else 4), said
        assert "the sdist ships tests: tests/" in said
        assert 'exclude = ["/tests"]' in said
    assert databricks.git("rev-parse", "HEAD") == before
    assert databricks.git("tag", "--list") == "v0.2.0"
    databricks.tagboat("bump", "--yes")  # builds nothing


def test_an_import_that_fails_only_when_installed_is_found(databricks: Sandbox) -> None:
    edit(databricks, MODULE, '__version__ = "0.2.0"', '__version__ = "0.2.0"\nimport module_nobody_depends_on')
    databricks.commit("feat: import something")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 9
    assert "module_nobody_depends_on" in done.stderr
    assert databricks.json("status")["result"] == "half-finished"
    databricks.tagboat("undo", "--yes")
    assert databricks.git("tag", "--list") == "v0.2.0"


def test_a_command_that_tells_another_version_is_found(databricks: Sandbox) -> None:
    cli = databricks.project / "src/databricks_tools/cli.py"
    cli.write_text("def main():\n    print('databricks-tools version 0.2.0')\n", encoding="utf-8")
    databricks.commit("feat: a simpler command line")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 9
    assert "`databricks-tools --version` says databricks-tools version 0.2.0, not 0.3.0" in done.stderr


def test_a_command_without_version_has_to_have_help(databricks: Sandbox) -> None:
    cli = databricks.project / "src/databricks_tools/cli.py"
    cli.write_text("import sys\ndef main():\n    sys.exit(sys.argv[1] != '--help')\n", encoding="utf-8")
    databricks.commit("feat: a command line of few words")
    databricks.tagboat("release", "--yes", "--until", "verify")
    cli.write_text("import sys\ndef main():\n    sys.exit('no config found')\n", encoding="utf-8")
    databricks.commit("fix: a command line of fewer words")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 9
    assert "no config found" in done.stderr
    assert "`commands` in [tool.tagboat.verify]" in done.stderr


def test_commands_and_imports_can_be_chosen(databricks: Sandbox) -> None:
    edit(
        databricks,
        "pyproject.toml",
        'pythons = "one"',
        'pythons = "one"\npip = false\nimports = ["databricks_tools.names"]\ncommands = ["databricks-tools --help"]',
    )
    databricks.commit("chore: what to try")
    databricks.tagboat("release", "--yes")
    edit(databricks, "pyproject.toml", '["databricks_tools.names"]', '["databricks_tools.nothing"]')
    databricks.commit("fix: what to try")
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 9
    assert "`import databricks_tools.nothing` fails" in done.stderr


def test_a_hook_that_refuses_the_commit(databricks: Sandbox) -> None:
    hook = databricks.project / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode == 11
    assert "not on a Friday" in done.stderr
    hook.unlink()
    databricks.tagboat("release", "--yes")


def test_a_hook_that_rewrites_the_edits_is_taken_along(databricks: Sandbox) -> None:
    hook = databricks.project / ".git/hooks/pre-commit"
    hook.write_text(
        "#!/bin/sh\ngrep -q '^# checked' CHANGELOG.md || { echo '# checked' >> CHANGELOG.md; exit 1; }\n",
        encoding="utf-8",
    )
    hook.chmod(0o755)
    databricks.tagboat("release", "--yes")
    assert "# checked" in databricks.git("show", "v0.3.0:CHANGELOG.md")


def test_an_unknown_setting_is_told_with_what_was_meant(databricks: Sandbox) -> None:
    edit(databricks, "pyproject.toml", 'pythons = "one"', 'python = "one"')
    done = databricks.tagboat("status", check=False)
    assert done.returncode == 3
    assert "pythons" in done.stderr


def test_a_folder_that_is_no_project(databricks: Sandbox, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for command in ("status", "plan", "init", "release"):
        done = databricks.tagboat(command, check=False, cwd=empty)
        assert done.returncode == 3, command


def test_nobody_is_asked_where_nobody_can_answer(databricks: Sandbox) -> None:
    done = databricks.tagboat("release", check=False)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert databricks.git("status", "--porcelain") == ""
    assert databricks.json("release", check=False)["result"] == "error"


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["relase"], 2, "tagboat release"),
        (["release", "--nonsense"], 2, "--nonsense"),
        (["release", "mjaor"], 2, "major"),
        (["release", "0.1.0", "--yes"], 2, "0.1.0"),
        (["release", "--tag", "v9.9.9", "--yes"], 2, "v9.9.9"),
        (["release", "--until", "lunch", "--yes"], 2, "lunch"),
        (["rollback", "9.9.9", "--yes"], 4, "9.9.9"),
        (["rollback", "nonsense", "--yes"], 2, "nonsense"),
        (["verify", "9.9.9"], 4, "9.9.9"),
        (["undo", "--yes"], 2, "nothing to undo"),
        (["publish", "--to", "nowhere", "README.md"], 7, "README.md"),
        (["publish", "missing-1.0.tar.gz"], 2, "missing-1.0.tar.gz"),
        (["build", "--revision", "nowhere"], 4, "nowhere"),
        (["completion", "fishy"], 2, "fishy"),
    ],
)
def test_what_is_asked_wrongly_is_told_and_changes_nothing(
    databricks: Sandbox, words: list[str], code: int, part: str
) -> None:
    before = refs(databricks)
    done = databricks.tagboat(*words, check=False)
    assert done.returncode == code, done.stderr
    assert part in done.stderr
    assert refs(databricks) == before
    assert databricks.git("status", "--porcelain") == ""


def test_an_interrupt_leaves_a_release_that_can_go_on(databricks: Sandbox) -> None:
    hook = databricks.project / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\ntouch pushing\nsleep 30\n", encoding="utf-8")
    hook.chmod(0o755)
    (databricks.project / ".git/info/exclude").write_text("pushing\n", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "tagboat", "release", "--yes"],
        cwd=databricks.project,
        env=databricks.environ,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a shell may have it ignored
    )
    while not (databricks.project / "pushing").exists():
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "run the same command again" in stderr
    assert "Traceback" not in stderr
    hook.unlink()
    # git and its hook got the interrupt too, and share the lock until they have ended.
    deadline = time.monotonic() + 30
    while (done := databricks.tagboat("release", "--yes", check=False)).returncode == 12:
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.1)
    assert done.returncode == 0, done.stderr


def on_terminal(sandbox: Sandbox, words: list[str], answer: bytes) -> tuple[int, str]:
    """Run tagboat on a terminal of its own and answer its question; status and everything it showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(sandbox.project)
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tagboat", *words],
            {**sandbox.environ, "TERM": "xterm", "COLUMNS": "100"},
        )
    shown = b""
    answered = False
    while True:
        select.select([terminal], [], [])
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
        if not answered and b"[y/N]" in shown:
            os.write(terminal, answer)
            answered = True
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_person_is_asked_and_may_say_no(databricks: Sandbox) -> None:
    code, shown = on_terminal(databricks, ["release"], b"n\n")
    assert code == 0
    assert "Nothing was changed" in shown
    assert databricks.git("tag", "--list") == "v0.2.0"


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_person_sees_every_step_on_a_terminal(databricks: Sandbox) -> None:
    code, shown = on_terminal(databricks, ["release"], b"y\n")
    assert code == 0
    for step in ("edit", "commit", "tag", "build", "check", "push", "publish:local", "verify:local"):
        assert step in shown
    assert "0.3.0 is released" in shown
    code, shown = on_terminal(databricks, ["status"], b"")
    assert "Nothing to do" in shown
    code, shown = on_terminal(databricks, ["rollback", "0.3.0"], b"y\n")
    assert "is withdrawn" in shown
    code, shown = on_terminal(databricks, ["undo"], b"y\n")
    assert "offered again" in shown
    code, shown = on_terminal(databricks, ["undo"], b"")
    assert code == 2
    assert "there is nothing to undo" in shown


def test_undo_does_not_claim_what_nobody_can_tell(databricks: Sandbox) -> None:
    """As after a kill in the middle of an upload to an index that lists files later."""
    databricks.tagboat("bump", "--yes")
    state = StateFolder(databricks.project / ".tagboat" / "0.3.0")
    state.ledger.write("started", "publish:local")
    wheel = "databricks_tools-0.3.0-py3-none-any.whl"
    state.keep_proof("publish:local begun", f"{wheel}:{'0' * 64}")
    said = databricks.tagboat("undo", "--yes").stdout
    assert "The release of databricks-tools 0.3.0 is taken back, but for what nobody can tell:" in said
    assert f"{wheel} may still appear on local" in said.partition("nobody can tell:")[2]
    assert databricks.json("status")["unfinished"] is None
