"""Fresh environments, with real interpreters, installers and indexes: folders, and servers on loopback."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from packaging.version import Version
from tests.projects import make_project

from tagboat.environment import (
    Environment,
    Interpreter,
    Source,
    choose,
    clean_environ,
    install_latest,
    install_release,
    interpreters,
    supports_pip,
    this_interpreter,
)
from tagboat.errors import CommandFailed, IndexFailed, VerifyFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECRET = "p@ss/w:rd"
PYTHON = Path(sys.executable)


class Folder:
    """An index in a folder, served by any static server or read as file:///…"""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return self.path.as_uri()

    def add(self, name: str, version: str, *requires: str, code: str = "", yanked: bool = False) -> dict[str, str]:
        """Add a wheel of a project with a console script; return its file name and hash."""
        module = name.replace("-", "_")
        info = f"{module}-{version}.dist-info"
        files = {
            f"{module}.py": f"__version__ = {version!r}\n{code}\ndef main(): print({name!r}, __version__)\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            + "".join(f"Requires-Dist: {text}\n" for text in requires),
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {module}:main\n",
        }
        record = "".join(
            f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},"
            f"{len(text)}\n"
            for path, text in files.items()
        )
        page = self.path / name
        page.mkdir(exist_ok=True)
        wheel = page / f"{module}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
                archive.writestr(path, text)
        self.write_page(name, {wheel.name} if yanked else set())
        return {wheel.name: hashlib.sha256(wheel.read_bytes()).hexdigest()}

    def write_page(self, name: str, yanked: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        page = self.path / name
        links = [
            f'<a href="{file.name}"{" data-yanked=broken" if file.name in yanked else ""}>{file.name}</a>'
            for file in sorted(page.iterdir())
            if file.name != "index.html"
        ]
        (page / "index.html").write_text("<!DOCTYPE html>" + "\n".join(links))

    def look(self, name: str) -> object:
        if not self.path.is_dir():
            raise IndexFailed("the folder is not there")
        return (self.path / name / "index.html").exists()


class Handler(SimpleHTTPRequestHandler):
    """A static server that asks for a password, or fails."""

    status = 0
    password = ""

    def do_GET(self) -> None:
        expected = "Basic " + base64.b64encode(f"me:{self.password}".encode()).decode()
        if self.password and self.headers["Authorization"] != expected:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=index")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.status:
            self.send_error(self.status)
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def served(folder: Folder, *, password: str = "", status: int = 0) -> Iterator[str]:
    handler = type("Handler", (Handler,), {"password": password, "status": status})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder.path))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def look_at(url: str, name: str, password: str = "") -> object:
    """Read a project's page as `Index.files` does: what is not there is no failure, anything else is."""
    header = "Basic " + base64.b64encode(f"me:{password}".encode()).decode()
    try:
        with urlopen(Request(f"{url}/{name}/", headers={"Authorization": header})) as answer:
            return answer.status
    except OSError as error:
        if getattr(error, "code", None) == 404:
            error.close()  # type: ignore[attr-defined]
            return 404
        getattr(error, "close", lambda: None)()
        raise IndexFailed(f"{url} cannot be read") from error


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def index(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "index")


@pytest.fixture
def environment(tmp_path: Path, cache: Path) -> Environment:
    return Environment.create(tmp_path / "environment", PYTHON, cache=cache)


both = pytest.mark.parametrize("with_pip", [False, True], ids=["uv", "pip"])


def row(version: str, path: str, *, variant: str = "default", implementation: str = "cpython") -> Mapping[str, str]:
    return {"version": version, "path": path, "variant": variant, "implementation": implementation}


class TestChoosingInterpreters:
    def test_the_newest_patch_of_each_minor_version_in_ascending_order(self) -> None:
        rows = [row("3.12.1", "b"), row("3.9.18", "a"), row("3.12.10", "c"), row("3.12.2", "d")]
        assert choose(rows, "") == (Interpreter("3.9.18", Path("a")), Interpreter("3.12.10", Path("c")))

    def test_only_what_the_project_supports(self) -> None:
        rows = [row(f"3.{minor}.1", str(minor)) for minor in range(8, 14)]
        assert [each.minor for each in choose(rows, ">=3.10,!=3.12.*,<3.13")] == ["3.10", "3.11"]

    def test_a_free_threaded_build_does_not_stand_in_for_the_ordinary_one(self) -> None:
        rows = [row("3.13.0", "plain"), row("3.13.2", "free", variant="freethreaded")]
        assert [str(each.path) for each in choose(rows, "")] == ["plain"]
        assert [str(each.path) for each in choose(rows[1:], "")] == ["free"]

    def test_pypy_counts_beside_cpython_and_others_do_not(self) -> None:
        rows = [
            row("3.11.1", "p", implementation="pypy"),
            row("3.11.2", "c"),
            row("3.11.1", "g", implementation="graalpy"),
        ]
        assert [each.implementation for each in choose(rows, "")] == ["pypy", "cpython"]

    def test_pre_releases_of_python_are_no_ground_for_a_verdict(self) -> None:
        assert choose([row("3.15.0a2", "x")], ">=3.9") == ()


class TestFindingInterpreters:
    def test_this_python_is_found_wherever_it_is(self, tmp_path: Path) -> None:
        found = interpreters("", cache=tmp_path / "uv", environ={"HOME": str(tmp_path), "PATH": ""})
        assert f"{sys.version_info[0]}.{sys.version_info[1]}" in [each.minor for each in found]
        assert all(each.path.exists() for each in found)

    def test_one_of_each_minor_version_and_again_the_same(self, cache: Path) -> None:
        found = interpreters(">=3.8", cache=cache)
        assert interpreters(">=3.8", cache=cache) == found
        keys = [(each.minor, each.implementation) for each in found]
        assert len(keys) == len(set(keys))
        assert found == tuple(sorted(found, key=lambda each: Version(each.version)))

    @pytest.mark.parametrize(
        ("variable", "folder", "versions"),
        [
            (None, ".pyenv", "versions"),
            ("PYENV_ROOT", "elsewhere", "versions"),
            ("ASDF_DATA_DIR", "elsewhere", "installs/python"),
            ("MISE_DATA_DIR", "elsewhere", "installs/python"),
        ],
    )
    def test_version_managers_folders_are_searched(
        self, variable: str | None, folder: str, versions: str, tmp_path: Path, cache: Path
    ) -> None:
        older = sorted(Path.home().glob(".pyenv/versions/3.9.*"))
        if not older:
            pytest.skip("no Python 3.9 is installed")
        place = tmp_path / folder / versions
        place.mkdir(parents=True)
        (place / "3.9").symlink_to(older[0])
        environ = {"HOME": str(tmp_path), "PATH": ""} | ({variable: str(tmp_path / folder)} if variable else {})
        assert "3.9" in [each.minor for each in interpreters("", cache=cache, environ=environ)]

    def test_the_python_that_runs_tagboat_counts_where_it_fits(self, tmp_path: Path) -> None:
        (this,) = this_interpreter(">=3.8")
        assert (this.version, this.path) == (".".join(map(str, sys.version_info[:3])), Path(sys.executable))
        assert this_interpreter("<3.8") == ()

    def test_shims_and_interpreters_that_are_too_old_are_left_alone(self, tmp_path: Path) -> None:
        """They write down that they were called."""
        places = [tmp_path / "shims", tmp_path / ".pyenv/versions/2.7.18/bin", tmp_path / ".pyenv/versions/3.5.1/bin"]
        for place in places:
            place.mkdir(parents=True)
            for name in ("python", "python3", "python3.12"):
                (place / name).write_text(f"#!/bin/sh\necho $0 >> {tmp_path}/called\nexit 127\n")
                (place / name).chmod(0o755)
        (tmp_path / ".pyenv/versions/README").write_text("no folder")
        environ = {"HOME": str(tmp_path), "PATH": str(places[0])}
        assert interpreters("", cache=tmp_path / "uv", environ=environ)
        assert not (tmp_path / "called").exists()

    def test_where_uv_keeps_its_own_interpreters_is_the_users_choice(self, tmp_path: Path) -> None:
        environ = {"HOME": str(tmp_path), "PATH": "", "UV_PYTHON_INSTALL_DIR": str(tmp_path / "mine")}
        assert interpreters("", cache=tmp_path / "uv", environ=environ)

    def test_pip_is_only_used_where_ours_runs(self) -> None:
        assert supports_pip(Interpreter("3.12.1", Path("x")))
        assert not supports_pip(Interpreter("3.6.15", Path("x")))


class TestCleanEnviron:
    def test_nothing_that_steers_an_installer_or_python_is_left(self) -> None:
        hostile = {
            "UV_INDEX": "x",
            "UV_EXCLUDE_NEWER": "2001-01-01",
            "PIP_INDEX_URL": "x",
            "pip_index_url": "x",
            "PIP_UPLOADED_PRIOR_TO": "x",
            "PYTHONPATH": "x",
            "PYTHONHOME": "x",
            "VIRTUAL_ENV": "x",
            "VIRTUAL_ENV_PROMPT": "x",
            "CONDA_PREFIX": "x",
            "_CONDA_ROOT": "x",
            "__PYVENV_LAUNCHER__": "x",
        }
        clean = clean_environ({**hostile, "HOME": "/home/me", "LANG": "C.UTF-8"})
        assert not clean.keys() & hostile.keys()
        assert clean["HOME"], clean["LANG"] == ("/home/me", "C.UTF-8")
        assert (clean["UV_NO_CONFIG"], clean["PIP_CONFIG_FILE"]) == ("1", os.devnull)

    def test_proxies_are_kept(self) -> None:
        proxies = {"HTTPS_PROXY": "http://proxy:1", "http_proxy": "http://proxy:2", "NO_PROXY": "localhost"}
        assert clean_environ(proxies).items() >= proxies.items()

    @pytest.mark.parametrize("name", ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    def test_a_ca_file_reaches_both_installers_whatever_its_name(self, name: str) -> None:
        clean = clean_environ({name: "/ca.pem"})
        assert (clean["SSL_CERT_FILE"], clean["PIP_CERT"]) == ("/ca.pem", "/ca.pem")

    def test_without_a_ca_file_none_is_made_up(self) -> None:
        assert not clean_environ({}).keys() & {"SSL_CERT_FILE", "PIP_CERT"}


class TestEnvironment:
    def test_it_is_empty_and_runs_programs_of_its_own(self, environment: Environment) -> None:
        code = "import sys, os; print(sys.prefix, os.getcwd(), os.environ.get('PYTHONPATH'))"
        shown = environment.run([environment.python, "-c", code]).stdout.split()
        assert shown == [str(environment.path), str(environment.path), "None"]
        with pytest.raises(CommandFailed):
            environment.run([environment.python, "-m", "pip"])
        assert environment.version_of("pip") is None

    def test_its_scripts_come_first_on_the_path(self, environment: Environment) -> None:
        code = "import shutil; print(shutil.which('python'))"
        assert environment.run(["python", "-c", code]).stdout.strip() == str(environment.python)

    def test_a_time_limit_is_kept_and_a_status_may_be_looked_at(self, environment: Environment) -> None:
        with pytest.raises(CommandFailed, match="took longer"):
            environment.run([environment.python, "-c", "import time; time.sleep(60)"], timeout=0.3)
        assert environment.run([environment.python, "-c", "raise SystemExit(3)"], check=False).returncode == 3

    def test_every_python_that_uv_finds_can_make_one(self, tmp_path: Path, cache: Path) -> None:
        for interpreter in interpreters(">=3.8", cache=cache):
            made = Environment.create(tmp_path / interpreter.minor, interpreter.path, cache=cache)
            code = "import platform; print(platform.python_version())"
            assert made.run([made.python, "-c", code]).stdout.strip() == interpreter.version

    def test_credentials_are_not_part_of_how_it_shows(self, tmp_path: Path, cache: Path) -> None:
        made = Environment.create(tmp_path / "e", PYTHON, cache=cache, environ={"HTTPS_PROXY": "http://me:pw@x"})
        assert "pw" not in repr(made)
        assert "pw" not in repr(Source("https://x", credentials={"UV_DEFAULT_INDEX": "https://me:pw@x"}))


@both
class TestInstallingARelease:
    def test_it_is_installed_and_works(self, with_pip: bool, environment: Environment, index: Folder) -> None:
        index.add("demo-pkg", "0.9")
        files = index.add("demo-pkg", "1.0", "nothing-there; extra == 'all'")
        install_release(environment, "demo-pkg", "1.0", files, Source(index.url, with_pip=with_pip))
        assert environment.version_of("Demo_Pkg") == "1.0"
        assert environment.run([environment.script("demo-pkg")]).stdout == "demo-pkg 1.0\n"

    def test_over_http_and_with_a_password(self, with_pip: bool, environment: Environment, index: Folder) -> None:
        files = index.add("demo-pkg", "1.0", "helper")
        index.add("helper", "2.0")
        with served(index, password=SECRET) as url:
            access = url.replace("//", f"//me:{quote(SECRET, safe='')}@")
            credentials = {"UV_DEFAULT_INDEX": access, "PIP_INDEX_URL": access}
            source = Source(url, (url,), with_pip=with_pip, credentials=credentials)
            install_release(environment, "demo-pkg", "1.0", files, source)
            assert environment.version_of("helper") == "2.0"
            for path in environment.path.rglob("*"):
                if path.is_file() and path.suffix in {".txt", ".json", ".cfg", ""}:
                    assert quote(SECRET, safe="").encode() not in path.read_bytes(), path

    def test_other_bytes_than_the_releases_are_refused(
        self, with_pip: bool, environment: Environment, index: Folder
    ) -> None:
        files = dict.fromkeys(index.add("demo-pkg", "1.0"), "0" * 64)
        with pytest.raises(
            VerifyFailed, match=r"demo-pkg 1.0 cannot be installed from file:.* with (uv|pip)"
        ) as caught:
            install_release(environment, "demo-pkg", "1.0", files, Source(index.url, with_pip=with_pip))
        assert "0" * 64 in caught.value.why

    def test_no_other_index_stands_in_for_its_own(
        self, with_pip: bool, environment: Environment, index: Folder, tmp_path: Path
    ) -> None:
        """The dependency index has the very same file."""
        other = Folder(tmp_path / "other")
        files = other.add("demo-pkg", "1.0")
        with pytest.raises(VerifyFailed):
            install_release(environment, "demo-pkg", "1.0", files, Source(index.url, (other.url,), with_pip=with_pip))

    def test_dependencies_come_from_their_own_indexes(
        self, with_pip: bool, environment: Environment, index: Folder, tmp_path: Path
    ) -> None:
        first, second = Folder(tmp_path / "first"), Folder(tmp_path / "second")
        files = index.add("demo-pkg", "1.0", "near>=1", "far; python_version >= '3'", "never; python_version < '3'")
        index.add("near", "9.9")
        first.add("near", "1.5")
        second.add("far", "2.5")
        source = Source(index.url, (first.url, second.url), with_pip=with_pip)
        install_release(environment, "demo-pkg", "1.0", files, source)
        assert (environment.version_of("near"), environment.version_of("far")) == ("1.5", "2.5")

    def test_dependencies_come_from_the_installers_default_when_none_is_named(
        self, with_pip: bool, environment: Environment, index: Folder
    ) -> None:
        files = index.add("demo-pkg", "1.0", "iniconfig")
        install_release(environment, "demo-pkg", "1.0", files, Source(index.url, with_pip=with_pip))
        assert environment.version_of("iniconfig")

    def test_a_dependency_that_cannot_be_had_is_told(
        self, with_pip: bool, environment: Environment, index: Folder
    ) -> None:
        files = index.add("demo-pkg", "1.0", "no-such-project-here")
        with pytest.raises(VerifyFailed, match="what demo-pkg depends on") as caught:
            install_release(environment, "demo-pkg", "1.0", files, Source(index.url, (index.url,), with_pip=with_pip))
        assert "no-such-project-here" in caught.value.why

    def test_dependencies_that_do_not_fit_together_are_told(
        self, with_pip: bool, environment: Environment, index: Folder
    ) -> None:
        files = index.add("demo-pkg", "1.0", "other")
        index.add("other", "1.0")
        index.add("helper", "1.0", "demo-pkg<1")
        source = Source(index.url, (index.url,), with_pip=with_pip)
        source.install(environment, "helper", "--no-deps", indexes=(index.url,))
        with pytest.raises(VerifyFailed, match="what demo-pkg depends on"):
            install_release(environment, "demo-pkg", "1.0", files, source)

    def test_a_yanked_release_still_installs_when_it_is_asked_for(
        self, with_pip: bool, environment: Environment, index: Folder
    ) -> None:
        files = index.add("demo-pkg", "1.0", yanked=True)
        install_release(environment, "demo-pkg", "1.0", files, Source(index.url, with_pip=with_pip))

    def test_the_users_configuration_has_no_say(
        self, with_pip: bool, index: Folder, tmp_path: Path, cache: Path
    ) -> None:
        home = tmp_path / "home"
        for path, text in {
            ".config/pip/pip.conf": "[global]\nno-index = true\nindex-url = http://127.0.0.1:9/\n",
            ".pip/pip.conf": "[global]\nrequire-virtualenv = true\nno-index = true\n",
            ".config/uv/uv.toml": "exclude-newer = '2001-01-01'\nno-index = true\n",
        }.items():
            (home / path).parent.mkdir(parents=True)
            (home / path).write_text(text)
        environ = {
            **os.environ,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "UV_EXCLUDE_NEWER": "2001-01-01",
            "UV_NO_INDEX": "1",
            "PIP_NO_INDEX": "1",
            "PIP_UPLOADED_PRIOR_TO": "2001-01-01",
            "PIP_USER": "1",
            "PYTHONPATH": str(home),
        }
        environment = Environment.create(tmp_path / "environment", PYTHON, cache=cache, environ=environ)
        files = index.add("demo-pkg", "1.0")
        install_release(environment, "demo-pkg", "1.0", files, Source(index.url, with_pip=with_pip))
        assert not any((home / name).exists() for name in (".cache", ".local"))

    def test_a_page_that_was_read_before_is_read_anew(self, with_pip: bool, index: Folder, tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        with served(index) as url:
            for version in ("1.0", "1.1"):
                files = index.add("demo-pkg", version, code=f"# {version}")
                made = Environment.create(tmp_path / version, PYTHON, cache=cache)
                install_release(made, "demo-pkg", version, files, Source(url, with_pip=with_pip))
            again = index.add("demo-pkg", "1.1", code="# other bytes under the same name")
            made = Environment.create(tmp_path / "again", PYTHON, cache=cache)
            install_release(made, "demo-pkg", "1.1", again, Source(url, with_pip=with_pip))

    @pytest.mark.backend
    def test_an_sdist_is_built_where_no_wheel_fits(
        self, with_pip: bool, environment: Environment, index: Folder, tmp_path: Path
    ) -> None:
        """What its build requires is not on the release's own index."""
        from tagboat.builder import build

        project = make_project(tmp_path / "project", "flit-core")
        sdist = build(project, tmp_path / "dist", epoch=1_700_000_000, cache=tmp_path / "builds")[0]
        page = index.path / "demo-pkg"
        page.mkdir()
        sdist.path.rename(page / sdist.filename)
        index.write_page("demo-pkg")
        files = {sdist.filename: sdist.sha256, "demo_pkg-0.1.0-cp35-cp35m-win32.whl": "0" * 64}
        install_release(environment, "demo-pkg", "0.1.0", files, Source(index.url, with_pip=with_pip))
        assert environment.run([environment.script("demo-pkg"), "--version"]).stdout == "demo-pkg 0.1.0\n"


@both
class TestInstallingTheLatest:
    def test_the_newest_version_comes_and_what_it_depends_on(
        self, with_pip: bool, environment: Environment, index: Folder
    ) -> None:
        index.add("demo-pkg", "1.0")
        index.add("demo-pkg", "1.10", "helper")
        index.add("demo-pkg", "1.9")
        index.add("helper", "3")
        source = Source(index.url, (index.url,), with_pip=with_pip)
        assert install_latest(environment, "demo-pkg", source, look=lambda: index.look("demo-pkg")) == "1.10"
        assert environment.version_of("helper") == "3"

    def test_an_upgrade_replaces_what_is_there(self, with_pip: bool, environment: Environment, index: Folder) -> None:
        source = Source(index.url, (index.url,), with_pip=with_pip)
        look = partial(index.look, "demo-pkg")
        index.add("demo-pkg", "1.0")
        assert install_latest(environment, "demo-pkg", source, look=look) == "1.0"
        index.add("demo-pkg", "2.0")
        assert install_latest(environment, "demo-pkg", source, look=look) == "1.0"
        assert install_latest(environment, "demo-pkg", source, look=look, upgrade=True) == "2.0"

    def test_an_older_version_may_be_asked_for(self, with_pip: bool, environment: Environment, index: Folder) -> None:
        index.add("demo-pkg", "1.0", "helper")
        index.add("demo-pkg", "2.0")
        index.add("helper", "3")
        source = Source(index.url, (index.url,), with_pip=with_pip)
        assert install_latest(environment, "demo-pkg==1.0", source, look=lambda: None) == "1.0"
        assert environment.version_of("helper") == "3"
        assert install_latest(environment, "demo-pkg", source, look=lambda: None, upgrade=True) == "2.0"

    def test_a_yanked_version_is_passed_by(self, with_pip: bool, environment: Environment, index: Folder) -> None:
        index.add("demo-pkg", "1.0")
        index.add("demo-pkg", "2.0", yanked=True)
        source = Source(index.url, (index.url,), with_pip=with_pip)
        assert install_latest(environment, "demo-pkg", source, look=lambda: None) == "1.0"

    @pytest.mark.parametrize("case", ["unknown", "empty page", "http 404"])
    def test_none_tells_that_nothing_can_be_installed(
        self, case: str, with_pip: bool, environment: Environment, index: Folder
    ) -> None:
        if case == "empty page":
            (index.path / "demo-pkg").mkdir()
            index.write_page("demo-pkg")
        with served(index) as url:
            source = Source(url if case == "http 404" else index.url, (index.url,), with_pip=with_pip)
            look = partial(look_at, url, "demo-pkg")
            assert install_latest(environment, "demo-pkg", source, look=look) is None

    @pytest.mark.parametrize("status", [401, 403, 500])
    def test_an_index_that_cannot_be_read_is_not_an_empty_one(
        self, status: int, with_pip: bool, environment: Environment, index: Folder
    ) -> None:
        quick = replace(environment, environ={**environment.environ, "UV_HTTP_RETRIES": "0", "PIP_RETRIES": "0"})
        with served(index, status=status, password="x" if status == 401 else "") as url:
            source, look = Source(url, with_pip=with_pip), partial(look_at, url, "demo-pkg")
            with pytest.raises(IndexFailed):
                install_latest(quick, "demo-pkg", source, look=look)

    def test_what_fits_and_does_not_install_is_a_failure(
        self, with_pip: bool, environment: Environment, index: Folder
    ) -> None:
        index.add("demo-pkg", "1.0")
        (wheel,) = index.path.glob("demo-pkg/*.whl")
        with zipfile.ZipFile(wheel) as archive:
            members = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/WHEEL")}
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        with pytest.raises(VerifyFailed, match="demo-pkg cannot be installed"):
            install_latest(environment, "demo-pkg", Source(index.url, with_pip=with_pip), look=lambda: None)


class TestSecrets:
    def test_an_error_never_holds_a_credential(self, environment: Environment, index: Folder) -> None:
        """The installer's own text is told to hold them: the build of an sdist prints its environment."""
        page = index.path / "demo-pkg"
        page.mkdir()
        sdist = make_project(index.path.parent / "demo_pkg-1.0", "setup.py", version="1.0")
        (sdist / "setup.py").write_text("import os, sys\nsys.exit(repr(dict(os.environ)))\n")
        with tarfile.open(page / "demo_pkg-1.0.tar.gz", "w:gz") as archive:
            archive.add(sdist, "demo_pkg-1.0")
        index.write_page("demo-pkg")
        with served(index) as url:
            variables = {
                "UV_DEFAULT_INDEX": url.replace("//", f"//me:{quote(SECRET, safe='')}@"),
                "UV_INDEX_OTHER_PASSWORD": "hunter2",
                "SOME_MIRROR": f"https://token-as-user@127.0.0.1 https://me:{SECRET[:4]}@127.0.0.1",
            }
            source = Source(url, credentials=variables)
            hashes = {"demo_pkg-1.0.tar.gz": hashlib.sha256((page / "demo_pkg-1.0.tar.gz").read_bytes()).hexdigest()}
            with pytest.raises(VerifyFailed) as caught:
                install_release(environment, "demo-pkg", "1.0", hashes, source)
        text = str(caught.value)
        assert "SOME_MIRROR" in text
        for secret in (SECRET, quote(SECRET, safe=""), "hunter2", "token-as-user"):
            assert secret not in text

    def test_settings_for_its_own_server_are_not_used_for_another(
        self, environment: Environment, index: Folder
    ) -> None:
        """The CA file of one server would make every other server unknown; here it is a setting that breaks uv."""
        other = Folder(index.path.parent / "other")
        for folder in (index, other):
            folder.add("helper", "1")
        credentials = {"UV_DEFAULT_INDEX": index.url, "UV_CONCURRENT_DOWNLOADS": "not a number"}
        source = Source(index.url, (other.url,), credentials=credentials)
        with pytest.raises(CommandFailed):
            source.install(environment, "helper", indexes=(source.access,))
        source.install(environment, "helper", indexes=source.dependencies)
        assert environment.version_of("helper") == "1"

    def test_an_index_url_is_shown_without_one(self) -> None:
        assert str(Source("https://me:pw@host/simple")) == "https://host/simple with uv"


def test_pip_that_installs_is_the_one_that_came_with_tagboat(environment: Environment, index: Folder) -> None:
    index.add("demo-pkg", "1.0")
    environment.install_with_pip("demo-pkg", indexes=(index.url,))
    installer = next(environment.path.rglob("demo_pkg-1.0.dist-info/INSTALLER")).read_text().strip()
    assert installer == "pip"
    assert environment.version_of("pip") is None
    assert installed_version("pip")
