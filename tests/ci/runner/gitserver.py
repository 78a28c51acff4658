"""The forge's git over http: git's own `http-backend`, behind the scopes of the jobs' tokens.

The repository is a private one, so that a job without `contents: read` cannot even read it.
"""

from __future__ import annotations

import os
import subprocess
from base64 import b64decode
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.ci.runner.permissions import allows
from tests.index.scripted import Reply, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.index.scripted import Asked


@contextmanager
def git_server(origin: Path, repository: str, scopes: Callable[[str], Mapping[str, str]]) -> Iterator[str]:
    """Serve a bare repository; the server's URL. `scopes` tells what a token may do."""

    def answer(asked: Asked) -> Reply:
        parts = urlsplit(asked.path)
        name, _, rest = parts.path.removeprefix(f"/{repository}").partition("/")
        if not parts.path.startswith(f"/{repository}") or name not in ("", ".git"):
            return Reply(404, b"Not Found")
        is_push = "git-receive-pack" in asked.path
        if not allows(scopes(_token(asked)), "contents", "write" if is_push else "read"):
            status = 403 if _token(asked) else 401
            return Reply(status, b"", {"WWW-Authenticate": 'Basic realm="GitHub"'})
        return _backend(origin, f"/{rest}", parts.query, asked)

    with scripted(answer) as server:
        yield server.url


def _token(asked: Asked) -> str:
    scheme, _, value = asked.headers.get("authorization", "").partition(" ")
    return b64decode(value).decode().partition(":")[2] if scheme.lower() == "basic" else ""


def _backend(origin: Path, path: str, query: str, asked: Asked) -> Reply:
    """What `git http-backend` answers, which speaks CGI."""
    environ = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "http.receivepack",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_CONFIG_KEY_1": "uploadpack.allowAnySHA1InWant",  # GitHub does, and checkout asks for commits
        "GIT_CONFIG_VALUE_1": "true",
        "GIT_PROJECT_ROOT": str(origin),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROTOCOL": asked.headers.get("git-protocol", ""),
        "REQUEST_METHOD": asked.method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": asked.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(asked.body)),
        "HTTP_CONTENT_ENCODING": asked.headers.get("content-encoding", ""),
        "REMOTE_USER": "x-access-token",
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(["git", "http-backend"], env=environ, input=asked.body, capture_output=True, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
    status = int(fields.pop("Status", "200").split(" ")[0])
    return Reply(status, body, fields)
