"""Upload: what a large file takes beyond a small one, in time and memory, against a plain POST of the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.measure import Row, alternate, clean_environ, compared, installed_tagboat, show, timed
from tests.servers import devpi_server, pypiserver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.measure import Finished

ROUNDS = 5
LARGE = 200 * 1024 * 1024
SMALL = 10 * 1024

UPLOAD = """\
import os, sys
from pathlib import Path
from tagboat import Distribution, open_index
from tagboat.config import IndexConfig
kind, url, path = sys.argv[1:]
config = IndexConfig("local", kind, {"url": url, "upload-url": url, "simple-url": url + "simple/"})
open_index(config, root=Path(), environ=os.environ).upload(Distribution.from_file(Path(path)))
"""

POST = """\
import base64, hashlib, http.client, os, sys, urllib.parse
kind, url, *paths = sys.argv[1:]
line = '--limit\\r\\nContent-Disposition: form-data; name="{}"'
tail = b"\\r\\n--limit--\\r\\n"
user = os.environ["TAGBOAT_LOCAL_USERNAME"] + ":" + os.environ["TAGBOAT_LOCAL_PASSWORD"]
parts = urllib.parse.urlsplit(url)
def blocks(head, path):
    yield head.encode()
    with open(path, "rb") as file:
        while block := file.read(1 << 18):
            yield block
    yield tail
for path in paths:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 18):
            digest.update(block)
    is_sdist = path.endswith(".tar.gz")
    name, version = os.path.basename(path).removesuffix(".tar.gz").split("-")[:2]
    fields = {":action": "file_upload", "protocol_version": "1", "metadata_version": "2.1", "name": name,
              "version": version, "filetype": "sdist" if is_sdist else "bdist_wheel",
              "pyversion": "source" if is_sdist else "py3", "sha256_digest": digest.hexdigest()}
    head = "".join(line.format(name) + "\\r\\n\\r\\n" + value + "\\r\\n" for name, value in fields.items())
    head += line.format("content") + '; filename="' + os.path.basename(path) + '"\\r\\n\\r\\n'
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    connection.request("POST", parts.path, blocks(head, path), {
        "Authorization": "Basic " + base64.b64encode(user.encode()).decode(),
        "Content-Type": "multipart/form-data; boundary=limit",
        "Content-Length": str(len(head) + os.path.getsize(path) + len(tail)),
    })
    answer = connection.getresponse()
    assert answer.status in (200, 201), (answer.status, answer.read())
    connection.close()
"""

SINK = """\
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
block = memoryview(bytearray(1 << 20))
while True:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as stream:
        while first := stream.readline():
            size = 0
            while (line := stream.readline().strip().lower()):
                size = int(line[15:]) if line.startswith(b"content-length:") else size
            while size:
                size -= stream.readinto(block[:size])
            status = b"200 OK" if first.startswith(b"POST") else b"404 Not Found"
            connection.sendall(b"HTTP/1.1 " + status + b"\\r\\nContent-Length: 0\\r\\n\\r\\n")
"""


def main() -> None:
    """Upload to a sink, to pypiserver and to devpi."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tagboat-bench-")))
        programs = stack.enter_context(installed_tagboat())
        port = stack.enter_context(sink())
        packages, devpi = stack.enter_context(pypiserver()), stack.enter_context(devpi_server())
        environ = clean_environ(TAGBOAT_LOCAL_USERNAME=packages.user, TAGBOAT_LOCAL_PASSWORD=packages.password)
        large, small = make_wheel(folder / "large", LARGE), make_wheel(folder / "small", SMALL)
        numbers = count()

        def emptied() -> str:
            for file in packages.folder.iterdir():
                file.unlink()
            return packages.url

        places: dict[str, tuple[str, Callable[[], str]]] = {
            "sink": ("legacy", lambda: f"http://127.0.0.1:{port}/"),
            "pypiserver": ("pypiserver", emptied),
            "devpi": ("devpi", lambda: devpi.new_index(f"index{next(numbers)}")),
        }
        rows = []
        for name, (kind, url) in places.items():
            measure = Uploads([programs / "python", "-c"], kind, url, environ)
            rows += measure.rows(name, large, small)
    show(f"Upload of {LARGE >> 20} MB", rows)


class Uploads:
    """Uploads to one kind of index; `url` makes a place that does not have the file yet."""

    def __init__(
        self, python: Sequence[str | Path], kind: str, url: Callable[[], str], environ: Mapping[str, str]
    ) -> None:
        self.python, self.kind, self.url, self.environ = python, kind, url, environ

    def run(self, code: str, path: Path) -> Finished:
        """Upload in a process of its own."""
        return timed([*self.python, code, self.kind, self.url(), path], env=self.environ)

    def rows(self, name: str, large: Path, small: Path) -> list[Row]:
        """Time against a plain POST and memory, both beyond what the upload of a small file takes."""
        peaks: dict[Path, list[float]] = {large: [], small: []}

        def ours(path: Path) -> float:
            finished = self.run(UPLOAD, path)
            peaks[path].append(finished.peak)
            return finished.seconds

        taken = alternate(
            ROUNDS,
            {
                "post": lambda: self.run(POST, large).seconds - self.run(POST, small).seconds,
                "ours": lambda: ours(large) - ours(small),
            },
        )
        peak, base = median(peaks[large]), median(peaks[small])
        return [
            compared(f"{name}: time", taken["ours"], taken["post"], "plain POST", 1.25),
            Row(f"{name}: peak memory", f"{peak:.0f} MB", f"small file {base:.0f} MB", peak - base, 30, "MB more"),
        ]


@contextmanager
def sink() -> Iterator[int]:
    """A server that takes everything and keeps nothing; its port."""
    with subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def make_wheel(folder: Path, size: int) -> Path:
    """Make a wheel around bytes that do not compress."""
    folder.mkdir()
    path = folder / "big_pkg-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("big_pkg/data.bin", "w") as file:
            for _ in range(0, size, 1 << 10):
                file.write(os.urandom(1 << 10))
        archive.writestr("big_pkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: big-pkg\nVersion: 1.0\n")
        archive.writestr("big_pkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("big_pkg-1.0.dist-info/RECORD", "")
    return path


if __name__ == "__main__":
    main()
