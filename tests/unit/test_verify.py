"""What a verification finds, in real environments, from a real index: wheels made by hand."""

from __future__ import annotations

import platform
import sys
import tempfile
import time
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tagboat.config.model import VerifyConfig
from tagboat.distribution import Distribution
from tagboat.errors import VerifyFailed
from tagboat.index.kinds.directory import DirectoryIndex
from tagboat.verify import VERSION_LIKE, Verifier, importable

if TYPE_CHECKING:
    from collections.abc import Callable

MAIN = "import sys\ndef main():\n    {}\n"
SAYS = MAIN.format("print('boat', '1.0')")


def wheel(folder: Path, files: dict[str, str], *, script: str = "", requires_python: str = ">=3.8") -> Distribution:
    """A wheel of boat 1.0 with these files, and a console script that calls `boat.cli:main`."""
    info = "boat-1.0.dist-info"
    entry_points = f"[console_scripts]\n{script} = boat.cli:main\n[other]\nx = boat:x\n" if script else ""
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: boat\nVersion: 1.0\nRequires-Python: {requires_python}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **({f"{info}/entry_points.txt": entry_points} if entry_points else {}),
    }
    path = folder / "boat-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD")))
    return Distribution.from_file(path)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


class Scene:
    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder, self.cache = folder, cache
        self.index = DirectoryIndex("local", folder / "index")
        self.notes: list[str] = []

    def verify(
        self, files: dict[str, str], *, script: str = "", requires_python: str = ">=3.8", **settings: object
    ) -> str:
        distribution = wheel(self.folder, files, script=script, requires_python=requires_python)
        self.index.upload(distribution)
        config = VerifyConfig(**{"pythons": "one", "pip": False, **settings})  # type: ignore[arg-type]
        return Verifier(config, (), self.cache, self.notes.append).release(self.index, [distribution])

    def problems(self, files: dict[str, str], *, script: str = "", **settings: object) -> list[str]:
        with pytest.raises(VerifyFailed) as caught:
            self.verify(files, script=script, **settings)
        found = [f"{each.what} {each.why}".strip() for each in caught.value.problems]
        prefix = f"Python {'.'.join(map(str, sys.version_info[:2]))} with uv: "
        assert all(each.startswith(prefix) for each in found)
        return [each.removeprefix(prefix) for each in found]


@pytest.fixture
def scene(tmp_path: Path, cache: Path) -> Scene:
    return Scene(tmp_path, cache)


def test_a_good_release_says_what_was_shown(scene):
    shown = scene.verify({"boat/__init__.py": "__version__ = '1.0.0'\n", "boat/cli.py": SAYS}, script="boat")
    this = ".".join(map(str, sys.version_info[:2]))
    assert shown == f"works on Python {this} with uv; `boat --version` says boat 1.0"
    assert scene.notes == [f"Python {this} with uv: works"]


def test_one_python_is_the_one_that_runs_tagboat_where_it_fits(scene):
    assert f"Python {sys.version_info[0]}.{sys.version_info[1]} " in scene.verify({"boat.py": ""})


def test_where_it_does_not_fit_it_is_the_newest_found(scene):
    other = f"!={platform.python_version()},>=3.8"
    try:
        assert "works on Python" in scene.verify({"boat.py": ""}, requires_python=other)
    except VerifyFailed as error:
        assert error.what == f"no Python on this machine fits the project ({other})"  # noqa: PT017


def test_the_chosen_pythons_are_all_told_when_none_is_there(scene):
    with pytest.raises(VerifyFailed, match="no Python on this machine"):
        scene.verify({"boat.py": ""}, pythons=("2.6",))


def test_a_version_in_the_module_that_is_another_is_told(scene):
    assert scene.problems({"boat/__init__.py": "__version__ = '0.9'\n", "mast.py": "__version__ = 'odd'\n"}) == [
        "boat.__version__ says 0.9, not 1.0",
        "mast.__version__ says odd, not 1.0",
    ]


def test_an_import_that_fails_is_told_whatever_it_raises(scene):
    files = {"boat.py": "import no_such_mast\n", "mast.py": "print('noise')\n", "oar.py": "raise SystemExit('日本')\n"}
    assert scene.problems(files) == [
        "`import boat` fails: ModuleNotFoundError: No module named 'no_such_mast'",
        "`import oar` fails: SystemExit: 日本",
    ]


def test_an_import_that_ends_the_program_is_told(scene):
    (problem,) = scene.problems(
        {"boat.py": "import os, sys\nsys.stderr.write('sunk')\nsys.stderr.flush()\nos._exit(0)\n"}
    )
    assert problem == "it cannot be imported sunk"


def test_a_release_without_anything_to_import_is_told(scene):
    assert scene.problems({"boat/data.txt": "", "_only/private.txt": ""}) == [
        "it installs nothing that can be imported"
    ]


def test_the_configured_imports_are_tried_instead(scene):
    files = {"boat.py": "raise ValueError\n", "mast/top.py": ""}
    assert "works on" in scene.verify(files, imports=("mast.top",))


def test_a_script_that_tells_another_version_is_told(scene):
    files = {"boat/__init__.py": "", "boat/cli.py": MAIN.format("print('boat', '0.9')")}
    assert scene.problems(files, script="boat") == ["`boat --version` says boat 0.9, not 1.0"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("boat 1.0", ["1.0"]),
        ("boat v1.0rc1.dev2 (Python 3.11)", ["1.0rc1.dev2", "3.11"]),
        ("boat 0.2.1.dev1+g92abaec54.d20261121", ["0.2.1.dev1+g92abaec54.d20261121"]),
        ("boat 1.0.post1, see 10.0.0.x1", ["1.0.post1"]),
    ],
)
def test_versions_are_read_out_of_words_with_all_their_parts(words, told):
    assert VERSION_LIKE.findall(words) == told


def test_a_script_without_version_only_has_to_help(scene):
    helps = MAIN.format("sys.exit(0 if sys.argv[1:] == ['--help'] else 2)")
    assert "`boat" not in scene.verify({"boat/__init__.py": "", "boat/cli.py": helps}, script="boat")


def test_a_script_that_tells_no_version_is_no_problem(scene):
    quiet = MAIN.format("print('ahoy')")
    assert "`boat" not in scene.verify({"boat/__init__.py": "", "boat/cli.py": quiet}, script="boat")


def test_a_script_that_cannot_start_is_told(scene):
    files = {"boat/__init__.py": "", "boat/cli.py": "import no_such_mast\n"}
    (problem,) = scene.problems(files, script="boat")
    assert problem.startswith("`boat --help` ends with status 1")
    assert "No module named 'no_such_mast'" in problem


def test_the_configured_commands_are_run_instead(scene):
    files = {"boat/__init__.py": "", "boat/cli.py": MAIN.format("sys.exit(int(sys.argv[1]))")}
    assert "works on" in scene.verify(files, script="boat", commands=("boat 0", "python -c 'import boat'"))


def test_a_configured_command_that_fails_is_told(scene):
    files = {"boat/__init__.py": "", "boat/cli.py": MAIN.format("sys.exit(int(sys.argv[1]))")}
    assert scene.problems(files, script="boat", commands=("boat 3", "boat 0")) == ["`boat 3` ends with status 3"]


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["boat/__init__.py", "boat/mast.py", "boat/deck/__init__.py"], ["boat"]),
        (["space/boat/__init__.py", "space/mast/__init__.py"], ["space.boat", "space.mast"]),
        (["boat.py", "mast.cpython-312-x86_64-linux-gnu.so", "oar.pyd"], ["boat", "mast", "oar"]),
        (["_boat.py", "boat-1.0.dist-info/METADATA", "../../bin/boat", "boat/data.txt"], []),
        (["boat-extra/__init__.py", "space/only.py"], []),
    ],
)
def test_what_can_be_imported_is_found_among_the_files(files, names):
    assert importable(map(PurePosixPath, files)) == names


# -- environments that are made before there is anything to install ------------------------------------


class Early:
    """A verification of boat 1.0 that can get ready, and what it leaves in the folder for temporary files."""

    def __init__(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        self.distribution = wheel(scene.folder, {"boat.py": ""})
        scene.index.upload(self.distribution)
        self.rooms = scene.folder / "rooms"
        self.rooms.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(self.rooms))
        self.verifier = Verifier(VerifyConfig(pythons="one", pip=True), (), scene.cache, scene.notes.append)
        self.index = scene.index

    def release(self) -> str:
        return self.verifier.release(self.index, [self.distribution])

    def made(self) -> set[Path]:
        """The environments that are there and complete."""
        return {path.parent for path in self.rooms.glob("*/venv/pyvenv.cfg")}


@pytest.fixture
def early(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Early:
    return Early(scene, monkeypatch)


def wait_for(truth: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not truth():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_made_ready_is_used_and_goes(early):
    early.verifier.get_ready(lambda: [early.distribution])
    early.verifier.get_ready(lambda: pytest.fail("asked twice"))
    wait_for(lambda: len(early.made()) == 2)
    ready = {path: path.stat().st_ino for path in early.made()}
    used = []
    early.verifier.note = lambda _: used.extend(path for path in early.made() if ready.get(path) == path.stat().st_ino)
    assert "with pip" in early.release()
    assert used
    assert list(early.rooms.iterdir()) == []
    assert "with pip" in early.release()  # without getting ready


def test_what_was_made_ready_and_is_not_wanted_goes(early):
    early.verifier.get_ready(lambda: [early.distribution])
    early.verifier.let_go()
    assert list(early.rooms.iterdir()) == []
    early.verifier.let_go()


@pytest.mark.parametrize("frozen", [lambda: None, list, lambda: 1 / 0])
def test_what_cannot_be_made_ready_is_made_in_its_time(early, frozen):
    early.verifier.get_ready(frozen)
    assert "works on" in early.release()
    assert list(early.rooms.iterdir()) == []
