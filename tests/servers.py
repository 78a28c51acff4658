"""Real index servers for tests: on 127.0.0.1, on a free port, gone when the context ends."""

from __future__ import annotations

import functools
import json
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# As nasty as a password gets, and easy to find wherever it should not be.
PASSWORD = 'pa ss:w/rd%40"x@#?&'
SCRIPTS = Path(sys.executable).parent


@dataclass(frozen=True, slots=True)
class DevpiServer:
    """A devpi-server with the user `user`, who may make indexes."""

    url: str
    user: str = "alice"
    password: str = field(default=PASSWORD, repr=False)
    log: Path = Path()

    def new_index(self, name: str, *, volatile: bool = False, bases: tuple[str, ...] = (), **settings: object) -> str:
        """Make an index; its URL."""
        path = f"{self.user}/{name}"
        self.request("PUT", path, {"bases": list(bases), "volatile": volatile, **settings})
        return f"{self.url}/{path}/"

    def request(self, method: str, path: str, data: Mapping[str, object] | None = None) -> object:
        """Use devpi's own API as the user."""
        return _request(method, f"{self.url}/{path}", data, self.user, self.password)


@dataclass(frozen=True, slots=True)
class PypiServer:
    """A pypiserver over `folder`; reading is open unless it was started with `private`."""

    url: str
    folder: Path
    user: str = "alice"
    password: str = field(default=PASSWORD, repr=False)
    log: Path = Path()


@dataclass(frozen=True, slots=True)
class PulpServer:
    """A Pulp, real or not, whose user may do everything."""

    url: str
    user: str = "admin"
    password: str = field(default=PASSWORD, repr=False)

    def new_index(self, name: str, **settings: object) -> str:
        """Make a repository and a distribution that shows it; the URL of the index."""
        name = f"{name}-{secrets.token_hex(4)}"  # several runs may use one server
        made = self.request("POST", "/pulp/api/v3/repositories/python/python/", {"name": name})
        path, repository = f"tests/{name}", made["pulp_href"]
        wanted = {"name": name, "base_path": path, "repository": repository, **settings}
        task = self.request("POST", "/pulp/api/v3/distributions/python/pypi/", wanted)["task"]
        while self.request("GET", task)["state"] in {"waiting", "running"}:
            time.sleep(0.1)
        return f"{self.url}/pypi/{path}/"

    def request(self, method: str, path: str, data: Mapping[str, object] | None = None) -> Any:
        """Use Pulp's own API as the user."""
        return _request(method, f"{self.url}{path}", data, self.user, self.password)


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3-compatible server that knows no users: any credential is good, and an unsigned read needs a policy."""

    url: str
    key: str = "AKIATAGBOAT"
    secret: str = field(default=PASSWORD, repr=False)

    @property
    def environ(self) -> dict[str, str]:
        """The credential as boto3 looks for it."""
        return {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self) -> Any:
        """The real client of boto3."""
        import boto3

        session = boto3.Session(self.key, self.secret, region_name="us-east-1")
        return session.client("s3", endpoint_url=self.url)

    def new_bucket(self, name: str, *, public: bool = True, deny: str = "") -> str:
        """Make a bucket that everybody may read unless it is not `public`; the action `deny` nobody may do."""
        client = self.client()
        client.create_bucket(Bucket=name)
        everything = {"Principal": "*", "Resource": f"arn:aws:s3:::{name}/*"}
        statements = [{"Effect": "Allow", "Action": "s3:GetObject", **everything}] if public else []
        statements += [{"Effect": "Deny", "Action": deny, **everything}] if deny else []
        if statements:
            policy = {"Version": "2012-10-17", "Statement": statements}
            client.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
        return name


@contextmanager
def devpi_server(*, slow_passwords: bool = False) -> Iterator[DevpiServer]:
    """Run a devpi-server. Its way of hashing passwords is made quick unless `slow_passwords`."""
    quick = ["--argon2-memory-cost", "8", "--argon2-parallelism", "1", "--argon2-time-cost", "1"]
    with tempfile.TemporaryDirectory(prefix="devpi-") as name:
        folder = Path(name)
        data = ["--serverdir", str(folder / "data")]
        subprocess.run(
            [SCRIPTS / "devpi-init", *data, "--no-root-pypi", "--root-passwd", "root"], check=True, capture_output=True
        )
        port = free_port()
        command = [SCRIPTS / "devpi-server", *data, "--host", "127.0.0.1", "--port", str(port), "--threads", "8"]
        with running([*command, *([] if slow_passwords else quick)], port, folder / "log"):
            server = DevpiServer(f"http://127.0.0.1:{port}", log=folder / "log")
            _request("PUT", f"{server.url}/{server.user}", {"password": server.password})
            yield server


@contextmanager
def pypiserver(
    folder: Path | None = None, *, private: bool = False, overwrite: bool = False, fallback: str = ""
) -> Iterator[PypiServer]:
    """Run a pypiserver. `private`: reading needs the password too; `overwrite`: it replaces files in silence.

    What it does not know it looks for at `fallback`, which is PyPI where nobody says anything.
    """
    with tempfile.TemporaryDirectory(prefix="pypiserver-") as name:
        home = Path(name)
        folder = folder or home / "packages"
        folder.mkdir(exist_ok=True)
        (home / "htpasswd").write_text(f"alice:{_htpasswd(PASSWORD)}\n", encoding="utf-8")
        port = free_port()
        command = [SCRIPTS / "pypi-server", "run", "-i", "127.0.0.1", "-p", str(port)]
        command += ["--fallback-url", fallback] if fallback else ["--disable-fallback"]
        command += ["-P", home / "htpasswd", "-a", "update,list,download" if private else "update"]
        command += ["--overwrite"] if overwrite else []
        with running([*command, folder], port, home / "log"):
            yield PypiServer(f"http://127.0.0.1:{port}/", folder, log=home / "log")


@contextmanager
def moto_server() -> Iterator[S3Server]:
    """Run moto's server, which keeps buckets in memory."""
    with tempfile.TemporaryDirectory(prefix="moto-") as name:
        port = free_port()
        command = [SCRIPTS / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
        with running(command, port, Path(name) / "log"):
            yield S3Server(f"http://127.0.0.1:{port}")


@contextmanager
def static_server(folder: Path) -> Iterator[str]:
    """Serve a folder as any web server would; its URL."""
    handler = functools.partial(_QuietHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def running(
    command: list[str | Path], port: int, log: Path, environ: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server until the context ends; begin when it answers."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output, env=environ) as process:
        try:
            _wait_for(process, port, log)
            yield
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, gently at first."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(f"http://127.0.0.1:{port}/"):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=10).close()
    except urllib.error.HTTPError as error:
        error.close()
    except OSError:
        return False
    return True


def _request(method: str, url: str, data: object, user: str = "", password: str = "") -> object:
    request = urllib.request.Request(url, json.dumps(data).encode() if data is not None else None, method=method)
    request.add_header("Content-Type", "application/json")
    request.add_header("Accept", "application/json")
    if user:
        request.add_header("Authorization", "Basic " + b64encode(f"{user}:{password}".encode()).decode())
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read())


def _htpasswd(password: str) -> str:
    """A hash that pypiserver knows, made in a process of its own: passlib warns of its own age."""
    code = "import sys; from passlib.hash import sha256_crypt as h; print(h.using(rounds=1000).hash(sys.stdin.read()))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], input=password, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
