"""`tagboat ci dependencies`, with a real pip-audit, a service on this machine and wheels made by hand."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from tests.projects import commit_all, make_project
from tests.wheels import make_wheel

from tagboat.cli.app import run
from tagboat.distribution import Distribution
from tagboat.index.kinds.directory import DirectoryIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Osv(BaseHTTPRequestHandler):
    """OSV's query (https://google.github.io/osv.dev/post-v1-query/), and nothing else; `mast` is vulnerable."""

    asked: list[dict[str, Any]]
    status = 200

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append(query)
        assert self.path == "/v1/query"
        assert query["package"]["ecosystem"] == "PyPI"
        known = {
            "id": "GHSA-mast-0001",
            "aliases": ["CVE-2026-0001"],
            "summary": "it breaks",
            "affected": [
                {
                    "package": {"name": "mast", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
                }
            ],
        }
        body = json.dumps({"vulns": [known]} if query["package"]["name"] == "mast" else {}).encode()
        self.send_response(type(self).status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def osv(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    handler = type("Handler", (Osv,), {"asked": [], "status": status})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query", handler.asked
    finally:
        server.shutdown()
        server.server_close()


class Scene:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = DirectoryIndex("packages", folder / "packages")
        self.boat = make_wheel(folder, "boat", "License-Expression: ISC", "Requires-Dist: mast", "Requires-Dist: oar")
        for each in (
            make_wheel(folder, "mast", "License-Expression: MIT OR GPL-3.0-only"),
            make_wheel(
                folder, "oar", "License: see the file", "Provides-Extra: x", 'Requires-Dist: rope; extra == "x"'
            ),
        ):
            self.index.upload(Distribution.from_file(each))

    def configure(self, *lines: str, says_index: bool = True) -> None:
        text = '[project]\nname = "boat"\nversion = "1.0"\n[tool.tagboat]\n'
        text += f'dependency-index = "{self.index.simple_url}"\n' if says_index else ""
        (self.folder / "pyproject.toml").write_text(text + "[tool.tagboat.ci]\n" + "\n".join(lines), encoding="utf-8")

    def run(self, *words: str) -> int:
        return run(["ci", "dependencies", str(self.boat), "-C", str(self.folder), *words])


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TAGBOAT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TAGBOAT_TOKEN", "planted")
    return Scene(tmp_path)


def test_everything_that_is_wrong_is_told_at_once(
    scene: Scene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = scene.folder / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    scene.configure('licences = ["MIT"]', 'accepted-vulnerabilities = ["CVE-2020-1"]')
    with osv() as (url, asked):
        assert scene.run("--osv-url", url) == 7
    told = capsys.readouterr().out
    assert "oar 1.0 has a licence that is not allowed: unknown (see the file)" in told
    assert "mast 1.0 is vulnerable: CVE-2026-0001, GHSA-mast-0001\n    It is mended in 1.1." in told
    assert summary.read_text(encoding="utf-8") == (
        "## What boat depends on\n\n"
        "| Dependency | Licence | Known vulnerabilities |\n| --- | --- | --- |\n"
        "| `mast 1.0` | `MIT OR GPL-3.0-only` | `CVE-2026-0001` |\n"
        "| `oar 1.0` | `unknown (see the file)` (not allowed) | – |\n\n"
        "`CVE-2020-1` is accepted, and nothing has it any more.\n2 to mend.\n\n"
    )
    assert sorted(query["package"]["name"] for query in asked) == ["mast", "oar"]  # never the project itself


def test_a_service_that_cannot_be_asked_is_not_a_service_that_knows_nothing(
    scene: Scene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.configure('licences = ["MIT"]', says_index=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", scene.index.simple_url)  # packages come from where uv is told, then
    with osv(status=503) as (url, _):
        assert scene.run("--osv-url", url) == 11
    told = capsys.readouterr()
    assert "Nobody could be asked for vulnerabilities" in told.out
    assert "| `mast 1.0` | `MIT OR GPL-3.0-only` | ? |" in told.out
    assert "error: nobody can say whether the dependencies are vulnerable" in told.err
    assert "oar 1.0 has a licence that is not allowed" in told.err


def test_a_project_without_dependencies_asks_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGBOAT_CACHE_DIR", str(tmp_path / "cache"))
    project = make_project(tmp_path / "project", "in-tree")
    commit_all(project)
    assert run(["ci", "dependencies", "-C", str(project), "--osv-url", "http://127.0.0.1:9/"]) == 0
    assert "Nothing.\nNothing to mend." in capsys.readouterr().out


def test_a_licence_that_is_none_is_told_before_anything_is_installed(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.configure('licences = ["MIT or so"]')
    assert scene.run() == 3
    assert "holds what is no licence: MIT or so" in capsys.readouterr().err


def test_a_dependency_that_cannot_be_installed_is_told(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.configure()
    scene.boat = make_wheel(scene.folder, "boat", "Requires-Dist: keel")
    assert scene.run() == 11
    assert "keel" in capsys.readouterr().err
