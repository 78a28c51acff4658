"""`tagboat ci health` on real indexes: folders, and a server that says when files came."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import validate
from packaging.version import Version
from tests.wheels import make_wheel

from tagboat.ci.health.look import look
from tagboat.ci.health.page import message, page
from tagboat.cli.app import run
from tagboat.distribution import Distribution
from tagboat.index.kinds.directory import DirectoryIndex
from tagboat.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.gitbox import Box

    from tagboat.ci.health.look import Health
    from tagboat.index.interface import Index

SCHEMA = json.loads((Path(__file__).parents[4] / "docs/reference/output.schema.json").read_text(encoding="utf-8"))
CONFIG = """
[project]
name = "boat"
version = "1.1"
[tool.tagboat.verify]
pythons = "one"
pip = false
"""
DAY = 86400


def works(index: Index, version: Version) -> str:
    """An install that was tried elsewhere: by the tests of `tagboat.verify`, and by those of the command below."""
    return f"{version} works from {index.name}"


class Scene:
    """A project with the tags v1.0 and v1.1, and two folders that are indexes."""

    def __init__(self, box: Box, folder: Path) -> None:
        self.box = box
        self.folder = folder
        box.commit("first", {"pyproject.toml": CONFIG})
        box.tag("v1.0")
        box.commit("second")
        box.tag("v1.1")
        self.now = box.git.tag_times()["v1.1"] + 2 * DAY
        self.main, self.mirror = (DirectoryIndex(name, folder / name) for name in ("main", "mirror"))
        self.configure({"main": f'kind = "directory"\npath = "{self.main.folder}"'})

    def configure(self, indexes: Mapping[str, str]) -> None:
        tables = "".join(f"[tool.tagboat.index.{name}]\n{text}\n" for name, text in indexes.items())
        self.box.write("pyproject.toml", CONFIG + tables)

    def publish(self, index: DirectoryIndex, version: str = "1.1", code: str = "") -> None:
        index.upload(Distribution.from_file(make_wheel(self.folder, "boat", version=version, code=code)))

    def look(self) -> Health:
        return look(Workspace(self.box.top, cache=self.folder / "cache"), works, self.now)

    def problems(self) -> list[str]:
        return [problem.what for problem in self.look().problems]


@pytest.fixture
def scene(box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    return Scene(box, tmp_path)


def test_a_release_that_installs_is_healthy_and_its_page_says_when_that_was(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = scene.folder / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    scene.publish(scene.main)
    assert run(["ci", "health", "-C", str(scene.box.top)]) == 0
    assert capsys.readouterr().out.startswith("::stop-commands::")
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("## Health of `boat`\n\nLooked at 20")
    assert "| `main` | 1 file | `works on Python " in text
    assert "2 in all, the last one " in text


def test_who_is_to_be_told_hears_what_is_wrong_and_nothing_of_what_is_well(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message(scene.look()).text == "- main lists no file of 1.1"
    assert message(scene.look()).title == "boat 1.1 is not healthy"
    monkeypatch.setenv("TAGBOAT_NOTIFY_URLS", "planted://secret")
    assert run(["ci", "health", "-C", str(scene.box.top)]) == 9
    told = capsys.readouterr().out
    assert "Notifications: of 1 addresses in TAGBOAT_NOTIFY_URLS, number 1 is none that apprise knows" in told
    assert "planted" not in told


def test_machines_get_the_same(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.publish(scene.main, code="raise SystemExit('leak')")
    assert run(["ci", "health", "--json", "-C", str(scene.box.top)]) == 9
    document = json.loads(capsys.readouterr().out)
    validate(document, SCHEMA)
    assert document["result"] == "health"
    assert document["healthy"] is False
    (index,) = document["indexes"]
    assert index["files"] == 1
    assert "`import boat` fails: SystemExit: leak" in index["problems"][0]["what"]
    assert document["releases"]["all"] == 2


def test_a_release_that_is_gone_or_yanked_is_not_healthy(scene: Scene) -> None:
    assert scene.problems() == ["main lists no file of 1.1"]
    scene.publish(scene.main)
    scene.main.yank("boat", Version("1.1"), "it leaks")
    first, *_ = scene.problems()
    assert first == "1.1 is yanked on main: it leaks"
    assert scene.look().exit_code == 9


def test_a_newer_version_that_nobody_tagged_is_told(scene: Scene) -> None:
    scene.publish(scene.main)
    scene.publish(scene.main, "0.9")
    scene.publish(scene.main, "6.6")
    assert scene.problems() == ["main has 6.6, which has no tag here"]
    scene.box.tag("v6.6", "HEAD~1")  # a release beside this history
    assert scene.problems() == []


def test_two_indexes_with_other_bytes_under_one_name_are_told(scene: Scene) -> None:
    scene.configure({name: f'kind = "directory"\npath = "{scene.folder / name}"' for name in ("main", "mirror")})
    scene.publish(scene.main)
    scene.publish(scene.mirror, code="x = 1")
    assert scene.problems() == ["boat-1.1-py3-none-any.whl is not the same on main and on mirror"]


def test_without_a_release_there_is_nothing_to_be_ill(scene: Scene) -> None:
    scene.box.run("tag", "--delete", "v1.0", "v1.1")
    health = scene.look()
    assert (health.version, health.problems, health.indexes) == (None, [], ())
    assert "There is no release yet." in page(health)
    assert "in all" not in page(health)


def test_a_repository_that_sleeps_is_told_before_github_turns_the_schedule_off(scene: Scene) -> None:
    scene.publish(scene.main)
    scene.now += 50 * DAY
    (note,) = scene.look().notes
    assert note.startswith("The last commit is 52 days old. GitHub turns schedules off after 60 days")
    assert note in page(scene.look())


class Simple(BaseHTTPRequestHandler):
    """A page of the simple API (PEP 691, 700), and the files on it."""

    files: Mapping[str, tuple[bytes, str]]
    status = 200

    def do_GET(self) -> None:
        if self.path == "/simple/boat/":
            entries = [
                {"filename": name, "url": f"/{name}", "hashes": {}, "upload-time": time}
                for name, (_, time) in self.files.items()
            ]
            answer: dict[str, Any] = {"meta": {"api-version": "1.1"}, "name": "boat", "files": entries}
            self.answer(json.dumps(answer).encode(), "application/vnd.pypi.simple.v1+json")
        else:
            assert self.path[1:] in self.files, self.path
            self.answer(self.files[self.path[1:]][0], "application/octet-stream")

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def simple(files: Mapping[str, tuple[bytes, str]], status: int = 200) -> Iterator[str]:
    """A server's index, as `[tool.tagboat.index.NAME]` describes it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Simple,), {"files": files, "status": status}))
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield f'kind = "pypi"\nupload-url = "{url}/legacy/"\nsimple-url = "{url}/simple/"\n'
    finally:
        server.shutdown()
        server.server_close()


def test_the_time_from_the_tag_to_the_index_is_told_where_it_is_known(scene: Scene) -> None:
    wheel = make_wheel(scene.folder, "boat", version="1.1")
    tagged = scene.box.git.tag_times()["v1.1"]
    from datetime import datetime, timezone

    time = datetime.fromtimestamp(tagged + 300, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    with simple({wheel.name: (wheel.read_bytes(), time)}) as config:
        scene.configure({"real": config})
        health = scene.look()
    assert health.problems == []
    assert health.metrics.lags == (("1.1", 300),)
    assert "From the tag to the index: 5 minutes for 1.1, 5 minutes typically." in page(health)


def test_an_index_that_cannot_be_read_is_told_apart_from_one_that_has_nothing(scene: Scene) -> None:
    with simple({}, status=403) as config:
        scene.configure({"real": config})
        health = scene.look()
    assert health.exit_code == 8
    assert "| `real` | ? | could not be looked at |" in page(health)
