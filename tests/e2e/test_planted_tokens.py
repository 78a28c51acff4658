"""A token that was planted is looked for wherever it must not be: in output, files, git, processes, other hosts."""

from __future__ import annotations

import base64
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from tests.index.fakes.gitlab import Gitlab
from tests.index.scripted import Asked, Reply, scripted
from tests.servers import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.sandbox import Sandbox
    from tests.servers import DevpiServer, PypiServer

FORMS = {
    "plain": PASSWORD.encode(),
    "in a URL": quote(PASSWORD, safe="").encode(),
    "as HTTP Basic": base64.b64encode(f"alice:{PASSWORD}".encode()),
}


def forms_in(data: bytes) -> list[str]:
    return [name for name, form in FORMS.items() if form in data]


@contextmanager
def watched_processes() -> Iterator[dict[str, set[str]]]:
    """Read the arguments of every process again and again; what was found of the token, by command."""
    found: dict[str, set[str]] = {}
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                if forms := forms_in(line):
                    found.setdefault(line.replace(b"\0", b" ").decode(errors="replace")[:80], set()).update(forms)
            time.sleep(0.01)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def tainted_files(folder: Path) -> list[str]:
    """Files below a folder that hold the token in any form."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and forms_in(path.read_bytes())]


@pytest.fixture
def gitlab() -> Iterator[Gitlab]:
    with Gitlab(PASSWORD).serving() as fake:
        yield fake


def git_objects(sandbox: Sandbox) -> bytes:
    """The content of every object of the repository, loose or packed, reachable or not."""
    done = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"],
        cwd=sandbox.project,
        env=sandbox.environ,
        capture_output=True,
        check=True,
    )
    return done.stdout


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads other processes' arguments from /proc")
def test_a_release_a_rollback_and_a_failure_leave_no_trace_of_a_token(
    databricks: Sandbox, devpi: DevpiServer, private_pypiserver: PypiServer, gitlab: Gitlab, tmp_path: Path
) -> None:
    """On an index with sessions, one that gets the password each time, and one whose API has a header for the token."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    databricks.environ |= {
        "TMPDIR": str(temporary),
        "TAGBOAT_CACHE_DIR": str(tmp_path / "own-cache"),
    }
    for name in ("DEVPI", "PLAIN", "GITLAB"):
        databricks.environ |= {f"TAGBOAT_{name}_USERNAME": devpi.user, f"TAGBOAT_{name}_PASSWORD": PASSWORD}
    databricks.configure(
        f'\n[tool.tagboat.index.devpi]\nkind = "devpi"\nurl = "{devpi.new_index("planted")}"\n'
        f'[tool.tagboat.index.plain]\nkind = "pypiserver"\nurl = "{private_pypiserver.url}"\n'
        f'[tool.tagboat.index.gitlab]\nkind = "gitlab"\nurl = "{gitlab.url}"\nproject = "7"\n'
        '[tool.tagboat]\nindexes = ["devpi", "plain", "gitlab"]\n'
    )
    runs = [
        ("index", "check", "-v"),
        ("index", "show"),
        ("plan", "-v"),
        ("release", "--yes", "-v"),
        ("status",),
        ("rollback", "0.3.0", "--yes", "--json"),
        ("undo", "--yes"),
    ]
    with watched_processes() as processes:
        said = [databricks.tagboat(*words) for words in runs]
        databricks.environ["TAGBOAT_DEVPI_USERNAME"] = "nobody"
        databricks.commit("fix: something")
        refused = databricks.tagboat("release", "--yes", "-v", check=False)
    assert refused.returncode == 4
    assert any(asked.headers.get("private-token") == PASSWORD for asked in gitlab.asked)
    assert processes == {}
    for done in (*said, refused):
        assert forms_in((done.stdout + done.stderr).encode()) == []
    assert tainted_files(databricks.project.parent) == []
    assert forms_in(git_objects(databricks)) == []
    assert list(temporary.iterdir()) == []


def test_no_other_host_gets_the_token(databricks: Sandbox) -> None:
    """Pages, files and uploads that lead elsewhere: nothing of the credential goes along."""
    with scripted(lambda _: Reply(404)) as other:

        def answer(asked: Asked) -> Reply:
            if asked.method == "POST":
                return Reply(307, headers={"Location": f"{other.url}/upload/"})
            return Reply(302, headers={"Location": f"{other.url}{asked.path}"})

        with scripted(answer) as index:
            databricks.environ |= {"TAGBOAT_CORP_USERNAME": "alice", "TAGBOAT_CORP_PASSWORD": PASSWORD}
            databricks.configure(
                '\n[tool.tagboat.index.corp]\nkind = "legacy"\n'
                f'upload-url = "{index.url}/upload/"\nsimple-url = "{index.url}/simple/"\n'
            )
            done = databricks.tagboat("release", "--yes", check=False)
    assert done.returncode != 0
    assert any("authorization" in asked.headers for asked in index.asked)
    assert other.asked, "the redirect was followed"
    for asked in other.asked:
        assert forms_in(repr(asked.headers).encode() + asked.body + asked.path.encode()) == []
        assert "authorization" not in asked.headers


def test_a_token_in_a_url_of_the_configuration_is_refused_and_not_repeated(databricks: Sandbox) -> None:
    url = f"https://alice:{quote(PASSWORD, safe='')}@index.example.com"
    databricks.configure(f'\n[tool.tagboat.index.corp]\nkind = "pypiserver"\nurl = "{url}"\n')
    done = databricks.tagboat("plan", check=False)
    assert done.returncode == 3
    assert forms_in((done.stdout + done.stderr).encode()) == []
