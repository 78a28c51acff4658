"""The builder against real back ends, and against ones that misbehave in every way they can."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tarfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.projects import commit_all, make_project

from tagboat import backend_worker, process
from tagboat.build_environment import imported_in
from tagboat.builder import BuildSystem, build, start_worker
from tagboat.distribution import Distribution
from tagboat.errors import BuildFailed, ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCH = 1_700_000_000


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments are shared by this module's tests, as they are by a user's builds."""
    return tmp_path_factory.mktemp("cache")


def in_tree(path: Path, code: str, *, requires: Sequence[str] = (), wheel: bool = True, sdist: bool = True) -> Path:
    """Write a project whose back end is part of it: hooks that work, then `code`, which may replace them."""
    make_project(path, "in-tree")
    text = (path / "pyproject.toml").read_text()
    (path / "pyproject.toml").write_text(text.replace("requires = []", f"requires = {json.dumps(list(requires))}"))
    with (path / "tools" / "backend.py").open("a") as file:
        file.write("\n" + dedent(code))
        if not wheel:
            file.write("\ndel build_wheel\n")
        if not sdist:
            file.write("\ndel build_sdist\n")
    return path


def attempt(project: Path, tmp_path: Path, cache: Path, **more: object) -> BuildFailed:
    """Build a project that cannot be built; nothing may be left of the attempt."""
    destination = tmp_path / "dist"
    with pytest.raises(BuildFailed) as caught:
        build(project, destination, epoch=EPOCH, cache=cache, **more)  # type: ignore[arg-type]
    assert list(destination.iterdir()) == []
    return caught.value


class TestResults:
    def test_the_sdist_comes_first_and_then_the_wheel(self, tmp_path: Path, cache: Path) -> None:
        project = in_tree(tmp_path / "project", "")
        built = build(project, tmp_path / "deep" / "dist", epoch=EPOCH, cache=cache)
        assert [(each.kind, each.filename) for each in built] == [
            ("sdist", "demo_pkg-0.1.0.tar.gz"),
            ("wheel", "demo_pkg-0.1.0-py3-none-any.whl"),
        ]
        assert {each.path for each in built} == set((tmp_path / "deep" / "dist").iterdir())

    def test_other_files_in_the_destination_stay(self, tmp_path: Path, cache: Path) -> None:
        project, destination = in_tree(tmp_path / "project", ""), tmp_path / "dist"
        destination.mkdir()
        (destination / "demo_pkg-0.0.9.tar.gz").write_bytes(b"older")
        (destination / "demo_pkg-0.1.0.tar.gz").write_bytes(b"a build that was cut short")
        build(project, destination, epoch=EPOCH, cache=cache)
        assert (destination / "demo_pkg-0.0.9.tar.gz").read_bytes() == b"older"
        assert tarfile.is_tarfile(destination / "demo_pkg-0.1.0.tar.gz")
        assert len(list(destination.iterdir())) == 3

    def test_nothing_appears_when_the_wheel_fails(self, tmp_path: Path, cache: Path) -> None:
        project = in_tree(tmp_path / "project", "def build_wheel(*a, **k): raise OSError('no space')")
        failure = attempt(project, tmp_path, cache)
        assert failure.what == "build_wheel failed: OSError: no space"

    def test_the_wheel_is_made_from_the_sdist_alone(self, tmp_path: Path, cache: Path) -> None:
        project = in_tree(
            tmp_path / "project",
            """
            _build = build_wheel
            def build_wheel(folder, *rest):
                assert not Path("stray.txt").exists() and Path("PKG-INFO").exists()
                return _build(folder, *rest)
            _all = _tree
            def _tree():
                return [path for path in _all() if path.name != "stray.txt"]
            """,
        )
        (project / "stray.txt").write_text("in the tree, not in the sdist")
        assert len(build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)) == 2

    def test_the_epoch_reaches_the_back_end(self, tmp_path: Path, cache: Path) -> None:
        project = in_tree(tmp_path / "project", "print('EPOCH', os.environ['SOURCE_DATE_EPOCH'])")
        lines: list[str] = []
        build(project, tmp_path / "dist", epoch=1234567890, cache=cache, report=lines.append)
        assert "EPOCH 1234567890" in lines

    def test_a_version_from_git_is_that_of_the_tag(self, tmp_path: Path, cache: Path) -> None:
        project = make_project(tmp_path / "project", "hatch-vcs")
        commit_all(project, tag="v3.2.1")
        built = build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        assert {str(each.version) for each in built} == {"3.2.1"}

    def test_a_project_path_may_hold_spaces_and_any_letters(self, tmp_path: Path, cache: Path) -> None:
        project = in_tree(tmp_path / "mein Projekt äöü 版", "")
        assert len(build(project, tmp_path / "dïst ü", epoch=EPOCH, cache=cache)) == 2

    def test_a_project_without_a_pyproject_is_built_by_setuptools(self, tmp_path: Path, cache: Path) -> None:
        project = make_project(tmp_path / "project", "setup.py")
        built = build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        assert [each.kind for each in built] == ["sdist", "wheel"]


class TestWhatTheBackEndSees:
    def test_output_is_reported_line_by_line_while_it_runs(self, tmp_path: Path, cache: Path) -> None:
        project = in_tree(
            tmp_path / "project",
            """
            import subprocess, sys, time
            def build_sdist(folder, _build=build_sdist):
                print("from Python ✔")
                print("to stderr", file=sys.stderr)
                subprocess.run([sys.executable, "-c", "print('from a child')"])
                os.write(1, b"from C, \\xff\\r\\n")
                time.sleep(0.5)
                sys.stdout.write("no newline at the end")
                return _build(folder)
            """,
        )
        lines: list[tuple[float, str]] = []
        build(
            project,
            tmp_path / "dist",
            epoch=EPOCH,
            cache=cache,
            report=lambda line: lines.append((time.monotonic(), line)),
        )
        texts = [line for _, line in lines]
        expected = ["from Python ✔", "to stderr", "from a child", "from C, \udcff", "no newline at the end"]
        assert texts == expected
        assert lines[-1][0] - lines[0][0] > 0.3

    def test_users_variables_are_kept_but_for_those_that_lead_elsewhere(
        self, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {"CFLAGS": "-O1", "PYTHONPATH": "/x", "VIRTUAL_ENV": "/y", "PYTHONHOME": "/z"}.items():
            monkeypatch.setenv(name, value)
        project = in_tree(tmp_path / "project", "print('ENV', dict(os.environ))")
        lines: list[str] = []
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache, report=lines.append)
        seen = next(line for line in lines if line.startswith("ENV"))
        assert "'CFLAGS': '-O1'" in seen
        assert not any(name in seen for name in ("'PYTHONPATH'", "'VIRTUAL_ENV'", "'PYTHONHOME'"))

    def test_a_secret_reaches_the_back_end_only_when_it_is_named_and_is_never_told(
        self, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in {"LICENCE_TOKEN": "s3cret-1", "OTHER_TOKEN": "s3cret-2", "FAST_TOKEN": "1"}.items():
            monkeypatch.setenv(name, value)
        code = """
        names = ("LICENCE_TOKEN", "OTHER_TOKEN", "FAST_TOKEN")
        print("SEES", [name for name in names if name in os.environ], "LICENCE_TOKEN", os.environ.get("LICENCE_TOKEN"))
        """
        project = in_tree(tmp_path / "project", code)
        lines: list[str] = []
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache, report=lines.append)
        assert "SEES [] LICENCE_TOKEN None" in lines
        named = ("LICENCE_TOKEN", "FAST_TOKEN", "MISSING_TOKEN")
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache, report=lines.append, passed=named)
        assert "SEES ['LICENCE_TOKEN', 'FAST_TOKEN'] LICENCE_TOKEN ****" in lines
        assert not any("s3cret" in line for line in lines)

    def test_a_failure_hides_the_secret_that_the_back_end_was_given(
        self, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LICENCE_TOKEN", "s3cret-1")
        code = """
        def build_sdist(*_):
            print("used", os.environ["LICENCE_TOKEN"])
            raise OSError("no licence for " + os.environ["LICENCE_TOKEN"])
        """
        failure = attempt(in_tree(tmp_path / "project", code), tmp_path, cache, passed=("LICENCE_TOKEN",))
        assert failure.what == "build_sdist failed: OSError: no licence for ****"
        assert "used ****" in failure.why
        assert "s3cret" not in str(failure)

    def test_scripts_of_the_environment_come_first_on_the_path(self, tmp_path: Path, cache: Path) -> None:
        project = in_tree(tmp_path / "project", "import shutil, sys; print(shutil.which('python'), sys.prefix)")
        lines: list[str] = []
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache, report=lines.append)
        which, prefix = lines[0].split(" ")
        assert which.startswith(prefix)
        assert prefix.startswith(str(cache))

    def test_nothing_of_the_caller_can_be_imported(self, tmp_path: Path, cache: Path) -> None:
        project = in_tree(
            tmp_path / "project",
            """
            for name in ("tagboat", "pytest", "errors", "process"):
                try:
                    __import__(name)
                except ImportError:
                    continue
                raise SystemExit(name + " is there")
            """,
        )
        assert len(build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)) == 2

    def test_its_standard_input_is_empty(self, tmp_path: Path, cache: Path) -> None:
        project = in_tree(tmp_path / "project", "import sys; assert sys.stdin.read() == ''")
        assert len(build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)) == 2

    def test_another_python_may_build(self, tmp_path: Path, cache: Path) -> None:
        python = next(iter(sorted(Path.home().glob(".pyenv/versions/3.[89].*/bin/python"))), None)
        if python is None:
            pytest.skip("no older Python is installed")
        project = in_tree(tmp_path / "project", "import sys; print('PYTHON', sys.version_info[:2])")
        lines: list[str] = []
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache, python=python, report=lines.append)
        assert lines[0] in {"PYTHON (3, 8)", "PYTHON (3, 9)"}

    def test_hooks_find_the_process_as_it_was(self, tmp_path: Path, cache: Path) -> None:
        """One back end process runs all hooks; this one, installed, spoils what it can in each of them."""
        package = tmp_path / "spoiler"
        make_project(package, "hatchling", name="spoiler")
        (package / "src" / "spoiler" / "__init__.py").write_text(
            dedent("""
            import os, sys
            from importlib import import_module
            __version__ = "0.1.0"
            START = None
            def spoil():
                global START
                beside = import_module("beside") if "." in sys.path or sys.path.insert(0, os.getcwd()) is None else 0
                now = (sys.argv[:], dict(os.environ), os.path.basename(os.getcwd()))
                print("FOUND", beside.__file__ == os.path.join(os.getcwd(), "beside.py"), os.getpid())
                START = START or now
                assert now[:2] == START[:2], (now, START)
                os.chdir("/")
                sys.argv[:] = ["spoiled", "--all"]
                os.environ.clear()
                os.environ["SPOILED"] = "1"
                sys.path = ["/nowhere"]
            """)
        )
        (package / "src" / "spoiler" / "hooks.py").write_text(
            dedent("""
            from hatchling import build as real
            from spoiler import spoil
            def get_requires_for_build_sdist(*args):
                spoil()
                return ()
            get_requires_for_build_wheel = get_requires_for_build_sdist
            def build_sdist(*args):
                name = real.build_sdist(*args)
                spoil()
                return name
            def build_wheel(*args):
                name = real.build_wheel(*args)
                spoil()
                return name
            """)
        )
        wheel = build(package, tmp_path / "wheels", epoch=EPOCH, cache=cache)[1].path
        project = make_project(tmp_path / "project", "hatchling")
        (project / "beside.py").write_text("")
        text = (project / "pyproject.toml").read_text().replace("hatchling.build", "spoiler.hooks")
        requires = f'"hatchling", "spoiler @ {wheel.as_uri()}"'
        (project / "pyproject.toml").write_text(text.replace('"hatchling"', requires))
        lines: list[str] = []
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache, report=lines.append)
        found = [line.split() for line in lines if line.startswith("FOUND")]
        assert [line[1] for line in found] == ["True"] * 4
        assert len({line[2] for line in found}) == 1


class TestEnvironments:
    def test_the_same_requirements_use_the_same_environment(self, tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        one = in_tree(tmp_path / "one", "", requires=["flit_core", "packaging>=23,<99"])
        two = in_tree(tmp_path / "two", "", requires=["packaging <99, >=23", "flit_core"])
        build(one, tmp_path / "dist", epoch=EPOCH, cache=cache)
        build(two, tmp_path / "dist", epoch=EPOCH, cache=cache)
        assert len(list((cache / "build").iterdir())) == 1

    def test_other_requirements_pythons_and_sources_have_their_own(self, tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        plain = in_tree(tmp_path / "one", "")
        flit = in_tree(tmp_path / "two", "", requires=["flit_core"])
        configured = in_tree(tmp_path / "three", "")
        with (configured / "pyproject.toml").open("a") as file:
            file.write('\n[tool.uv]\nindex-url = "http://127.0.0.1:9/simple"\n')
        toml = in_tree(tmp_path / "four", "")
        (toml / "uv.toml").write_text('prerelease = "allow"\n')
        for project in (plain, flit, configured, toml):
            build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        names = {path.name.partition(".")[0] for path in (cache / "build").iterdir()}
        assert len(names) == 4

    def test_where_uv_takes_packages_from_is_part_of_the_key_and_a_password_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache, project = tmp_path / "cache", in_tree(tmp_path / "one", "")
        for url in ("http://127.0.0.1:9/a", "http://me:secret@127.0.0.1:9/a", "http://127.0.0.1:9/b"):
            monkeypatch.setenv("UV_DEFAULT_INDEX", url)
            build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        assert len(list((cache / "build").iterdir())) == 2

    def test_the_users_uv_configuration_is_honoured(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        failure = attempt(make_project(tmp_path / "project", "flit-core"), tmp_path, tmp_path / "cache")
        assert "127.0.0.1:9" in failure.why
        assert failure.what == "the environment of the build could not be made: flit_core>=3.11"

    def test_no_build_writes_to_one(self, tmp_path: Path) -> None:
        cache, project = tmp_path / "cache", make_project(tmp_path / "project", "flit-core")

        def listing() -> list[tuple[str, int]]:
            found = sorted((cache / "build").rglob("*"))
            return [(str(path), path.stat().st_mtime_ns) for path in found if path.is_file()]

        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        before = listing()
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        assert listing() == before
        assert any(path.endswith(".pyc") for path, _ in before)

    def test_one_older_than_a_week_is_made_anew_and_an_old_one_removed(self, tmp_path: Path) -> None:
        cache, project = tmp_path / "cache", in_tree(tmp_path / "project", "")
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        folder = cache / "build"
        (first,) = folder.iterdir()
        key, now = first.name.partition(".")[0], time.time_ns()
        week_old, month_old = (folder / f"{key}.{now - int(days * 86400e9)}" for days in (7.5, 30))
        shutil.copytree(first, month_old, symlinks=True)
        first.rename(week_old)
        (folder / "README").write_text("not ours")
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        names = {path.name for path in folder.iterdir()}
        assert len(names) == 3
        assert {week_old.name, "README"} < names

    def test_one_that_is_not_complete_or_lost_its_python_is_not_used(self, tmp_path: Path) -> None:
        cache, project = tmp_path / "cache", in_tree(tmp_path / "project", "")
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        (first,) = (cache / "build").iterdir()
        (first / "complete").unlink()
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        second = max((cache / "build").iterdir())
        shutil.rmtree(second / "bin")
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        assert len(list((cache / "build").iterdir())) == 3

    def test_many_builds_at_once_may_make_the_same_one(self, tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        projects = [in_tree(tmp_path / f"project{n}", "", requires=["flit_core"]) for n in range(4)]
        with ThreadPoolExecutor(4) as pool:
            built = list(pool.map(lambda project: build(project, project / "dist", epoch=EPOCH, cache=cache), projects))
        assert len({each[1].sha256 for each in built}) == 1
        assert all((path / "complete").exists() for path in (cache / "build").iterdir())

    def test_a_requirement_by_url_is_fetched_for_each_build(self, tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        helper = make_project(tmp_path / "helper", "flit-core", name="helper")
        wheel = build(helper, tmp_path / "wheels", epoch=EPOCH, cache=cache)[1].path
        kept = set((cache / "build").iterdir())
        project = in_tree(
            tmp_path / "project", "from helper import __version__", requires=[f"helper @ {wheel.as_uri()}"]
        )
        build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)
        assert set((cache / "build").iterdir()) == kept

    def test_what_hooks_ask_for_is_installed_for_them_alone(self, tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        project = in_tree(
            tmp_path / "project",
            """
            def get_requires_for_build_sdist(config_settings=None):
                return ["flit_core"]
            def build_sdist(folder, _build=build_sdist):
                import flit_core
                return _build(folder)
            def get_requires_for_build_wheel(config_settings=None):
                return ["packaging"]
            def build_wheel(folder, *rest, _build=build_wheel):
                import packaging
                try:
                    import flit_core
                except ImportError:
                    return _build(folder)
            """,
        )
        assert len(build(project, tmp_path / "dist", epoch=EPOCH, cache=cache)) == 2
        assert len(list((cache / "build").iterdir())) == 3


class TestFailures:
    @pytest.mark.parametrize(
        ("code", "what"),
        [
            ("def build_sdist(*a): return None", "build_sdist failed: BrokenRule: the back end returned None"),
            ("def build_sdist(*a): return '../x.tar.gz'", "build_sdist failed: BrokenRule: the back end returned"),
            ("def build_sdist(*a): return 'x-1.zip'", "where the name of a .tar.gz file belongs"),
            ("def build_sdist(*a): return 'x-1.tar.gz'", "returned x-1.tar.gz and made no such file"),
            ("def build_wheel(*a): return 'x-1.tar.gz'", "where the name of a .whl file belongs"),
            ("def build_sdist(*a): raise ValueError('bad\\nvalue')", "build_sdist failed: ValueError: bad\nvalue"),
            ("def build_sdist(*a): import sys; sys.exit('enough')", "SystemExit: sys.exit('enough')"),
            ("def build_sdist(*a): raise KeyboardInterrupt", "build_sdist failed: KeyboardInterrupt"),
            ("def build_sdist(*a): os._exit(7)", "gave no result: it ended the process with status 7"),
            ("def build_wheel(*a): os.kill(os.getpid(), 9)", "gave no result: it was killed by SIGKILL"),
            ("def get_requires_for_build_sdist(*a): return 'x'", "where a list of requirements belongs"),
            ("def get_requires_for_build_wheel(*a): return [1]", "where a list of requirements belongs"),
            ("def get_requires_for_build_sdist(*a): return ['not a requirement']", "something that is no requirement"),
            ("raise RuntimeError('on import')", "get_requires_for_build_sdist failed: RuntimeError: on import"),
        ],
    )
    def test_a_back_end_that_misbehaves_is_named_with_what_it_did(
        self, code: str, what: str, tmp_path: Path, cache: Path
    ) -> None:
        failure = attempt(in_tree(tmp_path / "project", f"print('so far so good')\n{code}"), tmp_path, cache)
        assert what in failure.what
        assert failure.next

    def test_why_is_the_end_of_what_was_printed(self, tmp_path: Path, cache: Path) -> None:
        code = "def build_sdist(*a):\n    print('\\n'.join(map(str, range(999))), flush=True)\n    os._exit(3)"
        failure = attempt(in_tree(tmp_path / "project", code), tmp_path, cache)
        assert failure.why.splitlines() == [str(n) for n in range(974, 999)]

    def test_garbage_on_every_stream_does_no_harm(self, tmp_path: Path, cache: Path) -> None:
        code = "import sys; os.write(1, b'\\x00\\xff{}' * 99999); os.write(2, b'\\x1b[31m'); sys.stdout = None"
        assert len(build(in_tree(tmp_path / "project", code), tmp_path / "dist", epoch=EPOCH, cache=cache)) == 2

    def test_a_back_end_that_hangs_is_stopped(self, tmp_path: Path, cache: Path) -> None:
        code = "def build_sdist(*a):\n    print('waiting')\n    import time; time.sleep(600)"
        began = time.monotonic()
        failure = attempt(in_tree(tmp_path / "project", code), tmp_path, cache, timeout=2)
        assert time.monotonic() - began < 60
        assert failure.what.endswith("gave no result: it took longer than 2 s and was stopped")
        assert failure.why == "waiting"

    def test_a_missing_hook_is_named(self, tmp_path: Path, cache: Path) -> None:
        failure = attempt(in_tree(tmp_path / "project", "", sdist=False), tmp_path, cache)
        assert "the back end backend has no hook build_sdist" in failure.what

    def test_a_wrong_name_inside_the_right_ending_is_refused(self, tmp_path: Path, cache: Path) -> None:
        code = """
            def build_wheel(folder, *rest, _build=build_wheel):
                os.rename(Path(folder, _build(folder)), Path(folder, "demo.whl"))
                return "demo.whl"
        """
        failure = attempt(in_tree(tmp_path / "project", code), tmp_path, cache)
        assert failure.what == "build_wheel made a file with a wrong name: demo.whl"

    def test_a_missing_module_gives_the_tip_to_require_it(self, tmp_path: Path, cache: Path) -> None:
        project = make_project(tmp_path / "project", "hatchling")
        text = (project / "pyproject.toml").read_text().replace('requires = ["hatchling"]', "requires = []")
        (project / "pyproject.toml").write_text(text)
        failure = attempt(project, tmp_path, cache)
        assert failure.next == "Add what provides the module hatchling to requires in [build-system] of pyproject.toml."

    @pytest.mark.parametrize("backend", ["hatchling", "flit-core", "poetry-core", "pdm-backend", "setuptools"])
    def test_a_missing_readme_gives_the_tip_to_commit_it(self, backend: str, tmp_path: Path, cache: Path) -> None:
        project = make_project(tmp_path / "project", backend)
        (project / "README.md").unlink()
        if backend == "setuptools":
            (project / "setup.py").write_text("open('README.md')\nimport setuptools\nsetuptools.setup()\n")
        failure = attempt(project, tmp_path, cache)
        assert failure.next == "Commit the file that readme in [project] names, or correct the name."

    def test_another_missing_file_gives_the_tip_to_look_into_git(self, tmp_path: Path, cache: Path) -> None:
        failure = attempt(in_tree(tmp_path / "project", "open('data.txt')"), tmp_path, cache)
        assert failure.next == "Only what is committed is built: is the file in git, and in the sdist?"

    @pytest.mark.parametrize("backend", ["hatchling", "setuptools"])
    def test_an_invalid_table_is_named_in_the_tip(self, backend: str, tmp_path: Path, cache: Path) -> None:
        project = make_project(tmp_path / "project", backend)
        text = (project / "pyproject.toml").read_text()
        (project / "pyproject.toml").write_text(text.replace('keywords = ["test"]', "keywords = 7"))
        failure = attempt(project, tmp_path, cache)
        assert failure.next == "Correct project.keywords in pyproject.toml."

    def test_requirements_that_do_not_exist_are_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "empty").mkdir()
        monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "empty").as_uri())
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
        project = in_tree(tmp_path / "project", "", requires=["no-such-project-here"])
        failure = attempt(project, tmp_path, tmp_path / "cache")
        assert "no-such-project-here" in failure.why
        assert list((tmp_path / "cache" / "build").iterdir()) == []


class TestBuildSystem:
    @pytest.mark.parametrize(
        ("table", "problem"),
        [
            ('requires = ["x"]\nbuild-backend = "x"\nextra = 1', "only requires, build-backend and backend-path"),
            ('build-backend = "x"', "requires has to be a list of strings"),
            ("requires = [1]", "requires has to be a list of strings"),
            ("requires = []\nbuild-backend = 1", "build-backend has to be a string"),
            ('requires = []\nbackend-path = ["."]', "backend-path needs a build-backend"),
            ('requires = []\nbuild-backend = "x"\nbackend-path = "."', "backend-path has to be a list of strings"),
            ('requires = []\nbuild-backend = "x"\nbackend-path = [".."]', "backend-path has to stay in the project"),
        ],
    )
    def test_rules_that_are_broken_are_told(self, table: str, problem: str, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text(f"[build-system]\n{table}\n")
        with pytest.raises(BuildFailed, match=problem):
            BuildSystem.of(tmp_path)

    def test_all_of_them_at_once(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[build-system]\nbuild-backend = 1\n")
        with pytest.raises(BuildFailed, match=r"requires has to be .*; build-backend has to be"):
            BuildSystem.of(tmp_path)

    def test_it_has_to_be_a_table(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("build-system = 1\n")
        with pytest.raises(BuildFailed, match="not a table"):
            BuildSystem.of(tmp_path)

    @pytest.mark.parametrize("name", ["pyproject.toml", "setup.py"])
    def test_the_default_is_setuptools(self, name: str, tmp_path: Path) -> None:
        (tmp_path / name).write_text("")
        assert BuildSystem.of(tmp_path) == BuildSystem(("setuptools>=40.8.0",), "setuptools.build_meta:__legacy__", ())

    def test_requirements_without_a_back_end_mean_setuptools(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text('[build-system]\nrequires = ["setuptools"]\n')
        assert BuildSystem.of(tmp_path).backend == "setuptools.build_meta:__legacy__"

    def test_a_folder_with_neither_file_is_no_project(self, tmp_path: Path) -> None:
        with pytest.raises(BuildFailed, match="nothing to build"):
            BuildSystem.of(tmp_path)

    def test_broken_toml_is_an_error_of_the_configuration(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[build-system\n")
        with pytest.raises(ConfigError):
            BuildSystem.of(tmp_path)


class TestUnpacking:
    """The one thing the worker does itself; on an old Python without the help of `tarfile`."""

    @staticmethod
    def sdist(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
        with tarfile.open(path, "w:gz") as archive:
            for info, data in members:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        return path

    def test_modes_and_contents_arrive(self, tmp_path: Path) -> None:
        run, text = tarfile.TarInfo("demo-1/run"), tarfile.TarInfo("demo-1/text")
        run.mode, text.mode = 0o777, 0o660
        path = self.sdist(tmp_path / "demo-1.tar.gz", (run, b"x"), (text, b"y"))
        for name in ("data filter", "by hand"):
            with pytest.MonkeyPatch.context() as patch:
                if name == "by hand":
                    patch.delattr(tarfile, "data_filter", raising=False)
                    if sys.version_info >= (3, 12):
                        patch.setattr(tarfile.TarFile, "extraction_filter", staticmethod(tarfile.fully_trusted_filter))
                top = Path(backend_worker.unpack(path, str(tmp_path / name)))
            assert top.name == "demo-1"
            assert [(each.name, each.stat().st_mode & 0o777) for each in sorted(top.iterdir())] == [
                ("run", 0o755),
                ("text", 0o640),
            ]

    @pytest.mark.parametrize("name", ["../outside", "/outside", "demo/../../outside"])
    def test_no_member_leaves_the_folder(self, name: str, tmp_path: Path) -> None:
        member, folder = tarfile.TarInfo(name), tmp_path / "deep" / "to"
        path = self.sdist(tmp_path / "demo-1.tar.gz", (tarfile.TarInfo("demo/in"), b""), (member, b"x"))
        with pytest.raises((tarfile.TarError, backend_worker.BrokenRule)):
            backend_worker.unpack(path, str(folder))
        assert all(found.is_relative_to(folder) for found in tmp_path.rglob("outside"))
        with pytest.raises(backend_worker.BrokenRule):
            backend_worker.plain(member)

    def test_links_and_devices_need_the_filter(self) -> None:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo("demo/link")
            member.type = kind
            with pytest.raises(backend_worker.BrokenRule, match="newer Python"):
                backend_worker.plain(member)

    @pytest.mark.parametrize(
        ("target", "stays"),
        [("docs/changes.md", True), ("changes.md", True), ("../x", False), ("/etc/x", False), ("a/../../x", False)],
    )
    def test_without_the_filter_a_link_may_lead_on_downwards_only(self, target: str, stays: bool) -> None:
        member = tarfile.TarInfo("demo/CHANGELOG.md")
        member.type, member.linkname = tarfile.SYMTYPE, target
        if stays:
            assert backend_worker.plain(member).linkname == target
        else:
            with pytest.raises(backend_worker.BrokenRule, match="newer Python"):
                backend_worker.plain(member)

    def test_an_sdist_of_two_folders_is_refused(self, tmp_path: Path, cache: Path) -> None:
        code = """
            def build_sdist(folder, _build=build_sdist):
                global STEM
                name = _build(folder)
                with tarfile.open(Path(folder, name), "w:gz") as archive:
                    for top in ("a", "b"):
                        archive.addfile(tarfile.TarInfo(top + "/x"), io.BytesIO())
                return name
        """
        failure = attempt(in_tree(tmp_path / "project", code), tmp_path, cache)
        assert "unpack failed" in failure.what
        assert "does not hold one folder, but a, b" in failure.what


class TestWorker:
    """The script as a process, with the Python of the tests, so that its lines count as covered."""

    def run(self, tmp_path: Path, project: Path, **more: object) -> dict[str, object]:
        (tmp_path / "out").mkdir(exist_ok=True)
        job = {
            "targets": ["sdist", "wheel"],
            "tree": str(project),
            "backend": "backend",
            "backend_path": [],
            "installed": [],
            "asked": None,
            "epoch": EPOCH,
            "output": str(tmp_path / "out"),
            "unpacked": str(tmp_path / "unpacked"),
            **more,
        }
        result_file, log = tmp_path / "result", tmp_path / "log"
        # As a module of tagboat, since coverage does not take a script for a part of it.
        code = "import sys; from tagboat import backend_worker; backend_worker.main(*sys.argv[1:])"
        shown = process.run(
            [sys.executable, "-I", "-B", "-c", code, result_file, log, tmp_path / "none"], input=json.dumps(job)
        )
        assert (shown.stdout, shown.stderr) == ("", "")
        result: dict[str, object] = json.loads(result_file.read_text())
        return result

    def test_one_process_builds_both_from_an_installed_back_end(self, tmp_path: Path) -> None:
        project = make_project(tmp_path / "project", "setuptools")
        result = self.run(tmp_path, project, backend="setuptools.build_meta")
        assert result["error"] is None
        assert result["files"] == {"sdist": "demo_pkg-0.1.0.tar.gz", "wheel": "demo_pkg-0.1.0-py3-none-any.whl"}

    def test_it_stops_after_the_sdist_when_that_is_built_differently(self, tmp_path: Path) -> None:
        project = make_project(tmp_path / "project", "setuptools")
        (project / "MANIFEST.in").write_text("exclude pyproject.toml\n")
        (project / "setup.cfg").write_text("[metadata]\nname = demo-pkg\n")
        (project / "setup.py").write_text(
            "import setuptools\n"
            "from setuptools.command.sdist import sdist\n"
            "class Sdist(sdist):\n"
            "    def make_release_tree(self, base, files):\n"
            "        super().make_release_tree(base, [f for f in files if f != 'pyproject.toml'])\n"
            "setuptools.setup(cmdclass={'sdist': Sdist})\n"
        )
        result = self.run(tmp_path, project, backend="setuptools.build_meta")
        assert result["error"] is None
        assert list(result["files"]) == ["sdist"]  # type: ignore[call-overload]

    def test_it_stops_after_the_sdist_when_the_back_end_is_in_the_tree(self, tmp_path: Path) -> None:
        project = in_tree(tmp_path / "project", "")
        result = self.run(tmp_path, project, backend_path=[str(project / "tools")])
        assert list(result["files"]) == ["sdist"]  # type: ignore[call-overload]

    def test_a_back_end_object_may_be_an_attribute(self, tmp_path: Path) -> None:
        project = in_tree(
            tmp_path / "project", "class A: pass\nA.b = sys.modules[__name__]\n".replace("sys", "__import__('sys')")
        )
        result = self.run(tmp_path, project, backend="backend:A.b", backend_path=[str(project / "tools")])
        assert result["error"] is None

    def test_backend_path_has_to_provide_the_back_end(self, tmp_path: Path) -> None:
        project = in_tree(tmp_path / "project", "")
        result = self.run(tmp_path, project, backend="setuptools.build_meta", backend_path=[str(project / "tools")])
        assert result["error"] == {
            "type": "BrokenRule",
            "message": "the back end setuptools.build_meta is not in backend-path",
            "module": None,
        }

    def test_missing_requirements_are_told_before_anything_is_built(self, tmp_path: Path) -> None:
        project = in_tree(tmp_path / "project", "def get_requires_for_build_sdist(*a): return ['a', 'b']")
        where = [str(project / "tools")]
        result = self.run(tmp_path, project, backend_path=where, installed=["a"])
        assert (result["missing"], result["files"]) == (["b"], {})
        result = self.run(tmp_path, project, backend_path=where, installed=["a", "b"], asked="sdist")
        assert list(result["files"]) == ["sdist"]  # type: ignore[call-overload]

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("del build_sdist", "the back end backend has no hook build_sdist"),
            ("def get_requires_for_build_sdist(*a): return 'x'", "returned 'x' where a list of requirements belongs"),
            ("def build_sdist(*a): return 1", "returned 1 where the name of a .tar.gz file belongs"),
            ("def build_sdist(*a): return 'x-1.tar.gz'", "returned x-1.tar.gz and made no such file"),
            ("tarfile.TarFile.addfile = lambda *a: None", "does not hold one folder, but nothing"),
        ],
    )
    def test_rules_that_are_broken_are_told(self, code: str, message: str, tmp_path: Path) -> None:
        project = in_tree(tmp_path / "project", code)
        result = self.run(tmp_path, project, backend_path=[str(project / "tools")])
        assert result["error"]["type"] == "BrokenRule"  # type: ignore[index]
        assert message in result["error"]["message"]  # type: ignore[index]

    def test_what_is_raised_is_told_and_printed(self, tmp_path: Path) -> None:
        project = in_tree(tmp_path / "project", "import no_such_module_here")
        result = self.run(tmp_path, project, backend_path=[str(project / "tools")])
        assert result["error"]["module"] == "no_such_module_here"  # type: ignore[index]
        assert "Traceback" in (tmp_path / "log").read_text()


def test_importing_the_builder_is_cheap() -> None:
    code = (
        "import sys, tagboat.builder; print(*sorted({'rich', 'urllib3', 'tomlkit', 'uv', 'email'} & set(sys.modules)))"
    )
    assert process.run([sys.executable, "-c", code]).stdout.strip() == ""


def test_a_report_that_is_none_starts_no_thread(tmp_path: Path, cache: Path) -> None:
    before = threading.active_count()
    build(in_tree(tmp_path / "project", ""), tmp_path / "dist", epoch=EPOCH, cache=cache)
    assert threading.active_count() == before


class TestWorkerBeforeItsTime:
    """What a build makes with a process that was started before there was anything to build."""

    @pytest.fixture
    def project(self, tmp_path: Path, cache: Path) -> Path:
        """A project whose environment is there."""
        project = make_project(tmp_path / "project", "hatchling")
        build(project, tmp_path / "first", epoch=EPOCH, cache=cache)
        return project

    def test_it_makes_the_same_bytes_and_its_folder_goes(self, project: Path, tmp_path: Path, cache: Path) -> None:
        worker = start_worker(project, cache=cache)
        assert worker is not None
        made = build(project, tmp_path / "second", epoch=EPOCH, cache=cache, worker=worker)
        assert [each.sha256 for each in made] == [
            Distribution.from_file(tmp_path / "first" / each.filename).sha256 for each in made
        ]
        assert worker.done
        assert not worker.log.parent.exists()

    def test_it_has_imported_what_the_last_build_imported(self, project: Path, cache: Path) -> None:
        worker = start_worker(project, cache=cache)
        assert worker is not None
        environment = worker.made_of[0]
        modules = json.loads(imported_in(environment).read_text())
        assert {"hatchling.build", "hatchling.builders.sdist", "hatchling.builders.wheel"} < set(modules)
        job = {"targets": [], "tree": str(project), "epoch": EPOCH}
        worker.run(job, timeout=60)
        found = json.loads(worker.result.read_text())["modules"]
        worker.stop()
        assert set(modules) <= set(found)

    def test_what_asks_for_the_epoch_or_the_folder_is_imported_in_its_time(self, tmp_path: Path) -> None:
        for name, line in {
            "asks_epoch": "import os; told = os.environ.get('SOURCE_DATE_EPOCH', 'none')",
            "asks_getenv": "import os; told = 'SOURCE_DATE_EPOCH' in os.environ and os.getenv('SOURCE_DATE_EPOCH')",
            "asks_folder": "import pathlib\ntry: told = pathlib.Path.cwd()\nexcept Exception: told = 'caught'",
            "asks_nothing": "import os, asks_epoch; told = os.environ.get('HOME')",
            "asks_later": "from os import getcwd",
            "backend": "import asks_epoch, asks_getenv, asks_folder, asks_nothing, asks_later\n"
            "def get_requires_for_build_sdist():\n"
            "    raise OSError(asks_epoch.told, asks_getenv.told, str(asks_folder.told), asks_later.getcwd())",
        }.items():
            (tmp_path / f"{name}.py").write_text(f"{line}\nprint('import of', __name__)\n")
        (tmp_path / "modules").write_text(
            '["asks_nothing", "asks_epoch", "asks_getenv", "asks_folder", "asks_later", "colorsys"]'
        )
        job = {"targets": ["sdist"], "tree": str(tmp_path), "backend": "backend", "backend_path": [], "asked": None}
        code = "import sys; sys.path.append(sys.argv[1]); from tagboat import backend_worker as worker; "
        code += "worker.main(*sys.argv[2:])"
        files = [tmp_path / name for name in ("result", "log", "modules")]
        words = [sys.executable, "-I", "-B", "-c", code, tmp_path, *files]
        process.run(words, input=json.dumps({**job, "epoch": EPOCH, "installed": []}))
        result = json.loads(files[0].read_text())
        assert result["error"]["message"] == str(OSError(str(EPOCH), str(EPOCH), str(tmp_path), str(tmp_path)))
        assert "colorsys" in result["modules"]

    def test_a_list_that_leads_nowhere_does_no_harm(self, project: Path, tmp_path: Path, cache: Path) -> None:
        worker = start_worker(project, cache=cache)
        assert worker is not None
        worker.stop()
        kept = imported_in(worker.made_of[0])
        before = kept.read_text()
        for text in ('["antigravity_", "this", "__main__.x", "hatchling.build"]', '["', "{}", "[1]"):
            kept.write_text(text)
            worker = start_worker(project, cache=cache)
            assert len(build(project, tmp_path / "again", epoch=EPOCH, cache=cache, worker=worker)) == 2
        assert set(json.loads(kept.read_text())) >= set(json.loads(before))

    def test_a_list_that_cannot_be_written_fails_no_build(self, project: Path, tmp_path: Path, cache: Path) -> None:
        worker = start_worker(project, cache=cache)
        assert worker is not None
        worker.stop()
        kept = imported_in(worker.made_of[0])
        before = kept.read_text()
        kept.unlink()
        (kept / "in the way").mkdir(parents=True)
        try:
            assert len(build(project, tmp_path / "again", epoch=EPOCH, cache=cache)) == 2
        finally:
            shutil.rmtree(kept)
            kept.write_text(before)

    def test_one_for_other_requirements_is_left_alone(self, project: Path, tmp_path: Path, cache: Path) -> None:
        other = in_tree(tmp_path / "other", "")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CFLAGS", "-O1")
            worker = start_worker(project, cache=cache)
        assert worker is not None
        for number, tree in enumerate((other, project)):
            build(tree, tmp_path / f"out-{number}", epoch=EPOCH, cache=cache, worker=worker)
            assert not worker.done
        worker.stop()
        assert worker.done
        assert not worker.log.parent.exists()

    def test_a_module_of_the_tree_is_not_taken_for_the_one_in_the_environment(
        self, project: Path, tmp_path: Path, cache: Path
    ) -> None:
        own = make_project(tmp_path / "own", "hatchling")
        (own / "packaging.py").write_text("")
        for tree, is_same in ((project, True), (own, False)):
            worker = start_worker(project, cache=cache)
            assert worker is not None
            build(tree, tmp_path / tree.name, epoch=EPOCH, cache=cache, worker=worker)
            assert worker.done is is_same
            worker.stop()
        worker = start_worker(own, cache=cache)
        assert worker is not None
        job = {"targets": [], "tree": str(own), "epoch": EPOCH}
        worker.run(job, timeout=60)
        assert "packaging" not in json.loads(worker.result.read_text())["modules"]
        worker.stop()

    def test_it_ends_by_itself_when_tagboat_is_killed(self, project: Path, cache: Path) -> None:
        code = """if True:
            import os, sys
            from pathlib import Path
            from tagboat.builder import start_worker
            worker = start_worker(Path(sys.argv[1]), cache=Path(sys.argv[2]))
            print(worker._program._process.pid, worker.log.parent, flush=True)
            os.kill(os.getpid(), 9)
        """
        shown = process.run([sys.executable, "-c", code, project, cache], check=False).stdout
        pid, folder = shown.split()
        deadline = time.monotonic() + 30
        while Path("/proc", pid).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not Path("/proc", pid).exists()
        shutil.rmtree(folder)

    def test_there_is_none_where_it_would_cost_more_than_it_saves(self, tmp_path: Path, cache: Path) -> None:
        assert start_worker(in_tree(tmp_path / "in-tree", ""), cache=cache) is None
        unknown = in_tree(tmp_path / "unknown", "", requires=["flit_core", "packaging"])
        (unknown / "pyproject.toml").write_text((unknown / "pyproject.toml").read_text().replace("backend-path", "#"))
        assert start_worker(unknown, cache=cache) is None
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken" / "pyproject.toml").write_text("[build-system]\nrequires = 1\n")
        assert start_worker(tmp_path / "broken", cache=cache) is None
        assert start_worker(tmp_path / "not there", cache=cache) is None
