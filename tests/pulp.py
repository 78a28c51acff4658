"""Run the tests of the kind pulp against a real Pulp with a PostgreSQL of its own: `make pulp`.

Pulp is installed into `.venv/pulp`, once. Everything that it keeps is in a temporary folder, gone in the end.
Arguments go to pytest.
"""

from __future__ import annotations

import base64
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uv
from tests.servers import PASSWORD, free_port, running, stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv" / "pulp"
NEEDED = "pulp-python>=3.13"
TESTS = ["tests/index/test_pulp.py", "tests/index/test_conformance.py"]
SETTINGS = """
SECRET_KEY = {secret!r}
DB_ENCRYPTION_KEY = "{folder}/key"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "pulp", "USER": "pulp",
                          "HOST": "{socket}", "OPTIONS": {{}}}}}}
CONTENT_ORIGIN = "http://127.0.0.1:{content}"
PYPI_API_HOSTNAME = "http://127.0.0.1:{api}"
CACHE_ENABLED = False
ANALYTICS = False
MEDIA_ROOT = "{folder}/media"
WORKING_DIRECTORY = "{folder}/work"
FILE_UPLOAD_TEMP_DIR = "{folder}/upload"
STATIC_ROOT = "{folder}/static"
"""


def main(arguments: list[str]) -> int:
    """Set up what is missing, run the server and the tests."""
    tools = postgresql()
    install()
    print("Starting PostgreSQL and Pulp (a minute) …", flush=True)
    with pulp_server(tools) as url:
        print(f"Pulp answers at {url}", flush=True)
        environ = {**os.environ, "TAGBOAT_TEST_PULP": url}
        command = [sys.executable, "-m", "pytest", "-q", "-k", "pulp", *TESTS, *arguments]
        return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode


def install() -> None:
    """Pulp in an environment of its own: it pins what tagboat leaves free."""
    if (HOME / "bin" / "pulpcore-api").exists():
        return
    print("Setting up .venv/pulp (once, a minute or two) …", flush=True)
    subprocess.run([uv.find_uv_bin(), "venv", "--quiet", "--clear", "--python", sys.executable, HOME], check=True)
    python = HOME / "bin" / "python"
    subprocess.run([uv.find_uv_bin(), "pip", "install", "--quiet", "--python", python, NEEDED], check=True)


def postgresql() -> Path:
    """The folder of PostgreSQL's programs; installed by apt-get where that is ours to do."""
    if found := _initdb():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-qq", "-y", "postgresql"]):
            subprocess.run(["apt-get", *words], env=environ, check=True)
    if found := _initdb():
        return found
    sys.exit(
        "Pulp keeps its data in PostgreSQL, and this machine has none.\n"
        "Install it (Debian and Ubuntu: apt install postgresql), then run make pulp again."
    )


def _initdb() -> Path | None:
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve()] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def pulp_server(tools: Path) -> Iterator[str]:
    """Run PostgreSQL and Pulp's three processes; the URL. The user is admin."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pulp-")))
        folder.chmod(0o711)  # PostgreSQL may be somebody else
        socket = stack.enter_context(database(tools, folder))
        api, content = free_port(), free_port()
        environ = _settings(folder, socket, api, content)
        for words in (["migrate", "--noinput"], ["reset-admin-password", "--password", PASSWORD]):
            command = [HOME / "bin" / "pulpcore-manager", *words]
            done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"pulpcore-manager {words[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        for name, port in (("content", content), ("api", api)):
            command = [HOME / "bin" / f"pulpcore-{name}", "--bind", f"127.0.0.1:{port}"]
            stack.enter_context(running(command, port, folder / f"{name}.log", environ))
        log = stack.enter_context((folder / "worker.log").open("wb"))
        worker = subprocess.Popen([HOME / "bin" / "pulpcore-worker"], env=environ, stdout=log, stderr=log)
        stack.callback(stop, worker)
        yield f"http://127.0.0.1:{api}"


@contextmanager
def database(tools: Path, folder: Path) -> Iterator[Path]:
    """Run a PostgreSQL that only listens at a socket; the folder of that. It refuses to be root."""
    who = pwd.getpwnam("postgres" if _exists("postgres") else "nobody") if os.geteuid() == 0 else None
    data = folder / "data"
    data.mkdir(mode=0o700)
    as_them: dict[str, object] = {"cwd": data}
    if who is not None:
        os.chown(data, who.pw_uid, who.pw_gid)
        as_them |= {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    begin = [tools / "initdb", "-D", data, "-U", "pulp", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run(begin, check=True, capture_output=True, **as_them)  # type: ignore[call-overload]
    socket = folder / "socket"
    socket.mkdir()
    if who is not None:
        os.chown(socket, who.pw_uid, who.pw_gid)
    server = [tools / "postgres", "-D", data, "-k", socket, "-c", "listen_addresses=", "-c", "fsync=off"]
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(server, stdout=log, stderr=log, **as_them)  # type: ignore[call-overload]
        try:
            create = [tools / "createdb", "-h", socket, "-U", "pulp", "pulp"]
            for _ in range(100):
                if subprocess.run(create, capture_output=True, check=False).returncode == 0:
                    break
                time.sleep(0.2)
            else:
                sys.exit(f"PostgreSQL did not start:\n{(folder / 'postgres.log').read_text()[-2000:]}")
            yield socket
        finally:
            stop(process)


def _settings(folder: Path, socket: Path, api: int, content: int) -> Mapping[str, str]:
    """The environment of Pulp's processes, with a file of settings."""
    for name in ("media", "work", "upload", "static"):
        (folder / name).mkdir()
    (folder / "key").write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(32)))
    text = SETTINGS.format(secret=secrets.token_hex(), folder=folder, socket=socket, api=api, content=content)
    (folder / "settings.py").write_text(text, encoding="utf-8")
    return {
        **os.environ,
        "PULP_SETTINGS": str(folder / "settings.py"),
        "PATH": f"{HOME / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "DJANGO_SETTINGS_MODULE": "pulpcore.app.settings",
    }


def _exists(user: str) -> bool:
    return user in {each.pw_name for each in pwd.getpwall()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
