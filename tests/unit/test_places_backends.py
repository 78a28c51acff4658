"""What tagboat reads without running code is what each real build back end puts into the wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from email.parser import HeaderParser
from typing import TYPE_CHECKING

import pytest
import uv
from packaging.version import Version
from tests.unit.tree import bump, plant, project_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.backend


def build_system(requires: str, backend: str) -> str:
    return f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n'


HATCH = build_system("hatchling", "hatchling.build")
SETUPTOOLS = build_system("setuptools>=77", "setuptools.build_meta")
FLIT = build_system("flit_core", "flit_core.buildapi")
POETRY = build_system("poetry-core>=2", "poetry.core.masonry.api")
PDM = build_system("pdm-backend", "pdm.backend")
UV = build_system("uv_build", "uv_build")
NAME = '[project]\nname = "my-pkg"\ndescription = "d"\n'
DYNAMIC = NAME + 'dynamic = ["version"]\n'
SCRIPTS = "[project.scripts]\nmy-cmd = 'my_pkg:main'\n"
STATIC = NAME + 'version = "1.2.3"\n'
MAIN = "def main(): pass\n"

TREES = {
    "hatchling, static": {"pyproject.toml": HATCH + STATIC + SCRIPTS, "src/my_pkg/__init__.py": MAIN},
    "hatchling, namespace": {
        "pyproject.toml": HATCH + STATIC + "[tool.hatch.build.targets.wheel]\npackages = ['src/my']\n",
        "src/my/pkg/__init__.py": "__version__ = '1.2.3'\n",
    },
    "hatchling, path": {
        "pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\npath = 'my_pkg/about.py'\n",
        "my_pkg/__init__.py": "",
        "my_pkg/about.py": "# VERSION\nversion = 'v1.2.3'\nVERSION = 'v1.2.3'\n",
    },
    "hatchling, pattern": {
        "pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\npath = 'a.txt'\npattern = 'is (?P<version>.*)$'\n",
        "a.txt": "is 1.2.3\r\n",
        "my_pkg/__init__.py": "",
    },
    "hatchling, code, several packages": {
        "pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\nsource='code'\npath='src/two/v.py'\nexpression='V'\n"
        "[tool.hatch.build.targets.wheel]\npackages = ['src/one', 'src/two']\n",
        "src/one/__init__.py": "",
        "src/two/__init__.py": "",
        "src/two/v.py": "V = '1.2.3'\n",
    },
    "setuptools, attr": {
        "pyproject.toml": SETUPTOOLS + DYNAMIC + SCRIPTS + "[tool.setuptools.dynamic]\nversion = {attr='my_pkg.v.V'}\n",
        "src/my_pkg/__init__.py": "",
        "src/my_pkg/v.py": "V = '1.2.3'\n",
        "src/more.py": "",
    },
    "setuptools, setup.cfg": {
        "setup.cfg": "[metadata]\nname = my-pkg\nversion = attr: my_pkg.__version__\n[options]\npackages = find:\n"
        "[options.entry_points]\nconsole_scripts =\n  my-cmd = my_pkg:main\n",
        "pyproject.toml": SETUPTOOLS,
        "my_pkg/__init__.py": "__version__ = '1.2.3'\n",
    },
    "setuptools, setup.py": {
        "setup.py": "from setuptools import setup, find_packages\nV = '1.2.3'\nsetup(name='my-pkg', version=V,"
        " packages=find_packages('lib'), package_dir={'': 'lib'},"
        " entry_points={'console_scripts': ['my-cmd = a:b']})\n",
        "lib/a/__init__.py": "",
        "lib/b/__init__.py": "",
    },
    "setuptools, file": {
        "pyproject.toml": SETUPTOOLS + DYNAMIC + "[tool.setuptools]\npy-modules = ['x']\n[tool.setuptools.dynamic]\n"
        "version = {file='VERSION'}\n",
        "VERSION": "1.2.3\n",
        "x.py": "",
    },
    "flit, dynamic": {
        "pyproject.toml": FLIT + '[project]\nname = "my-pkg"\ndynamic = ["version", "description"]\n' + SCRIPTS,
        "src/my_pkg/__init__.py": '"""D."""\n__version__ = "1.2.3"\n',
    },
    "flit, module": {
        "pyproject.toml": FLIT + DYNAMIC + "[tool.flit.module]\nname = 'other'\n",
        "other.py": '"""D."""\n__version__ = "1.2.3"\n',
    },
    "poetry, old": {
        "pyproject.toml": POETRY + "[tool.poetry]\nname='my-pkg'\nversion='1.2.3'\ndescription=''\nauthors=[]\n"
        "packages = [{include='a', from='lib'}, {include='b'}]\n[tool.poetry.dependencies]\npython = '^3.9'\n"
        "[tool.poetry.scripts]\nmy-cmd = 'a:b'\n",
        "lib/a/__init__.py": "",
        "b/__init__.py": "",
    },
    "poetry, dynamic": {
        "pyproject.toml": POETRY + DYNAMIC + "[tool.poetry]\nversion = '1.2.3'\n",
        "my_pkg/__init__.py": "",
    },
    "pdm, file": {
        "pyproject.toml": PDM + DYNAMIC + "[tool.pdm.version]\nsource='file'\npath='src/my_pkg/v.py'\n",
        "src/my_pkg/__init__.py": "",
        "src/my_pkg/v.py": "__version__ = '1.2.3'\n",
    },
    "pdm, pattern": {
        "pyproject.toml": PDM + DYNAMIC + "[tool.pdm.version]\nsource='file'\npath='v.txt'\npattern='^is (.+)'\n",
        "my_pkg/__init__.py": "",
        "v.txt": "was 1.2.2\nis 1.2.3\n",
    },
    "uv_build": {"pyproject.toml": UV + STATIC + SCRIPTS, "src/my_pkg/__init__.py": MAIN},
    "uv_build, namespace at the root": {
        "pyproject.toml": UV + STATIC + "[tool.uv.build-backend]\nmodule-name = 'my.pkg'\nmodule-root = ''\n",
        "my/pkg/__init__.py": "",
    },
}


def build(root: Path, destination: Path) -> Path:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    env["UV_SYSTEM_CERTS"] = "1"  # a company's own certificate authority is in the system's store
    argv = [uv.find_uv_bin(), "build", "--wheel", "--no-config", "--python", sys.executable, "-o", str(destination)]
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = destination.glob("*.whl")
    return wheel


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_the_wheel_has_the_version_packages_and_commands_that_tagboat_reads(tmp_path, tree):
    root = plant(tmp_path / "project", tree)
    assert project_in(root).version == Version("1.2.3")
    bump(root, "2.0.0rc1")
    project = project_in(root)
    with zipfile.ZipFile(build(root, tmp_path / "dist")) as wheel:
        names = wheel.namelist()
        texts = {name.split("/")[1]: wheel.read(name).decode() for name in names if ".dist-info/" in name}
    metadata = HeaderParser().parsestr(texts["METADATA"])
    assert (metadata["Name"], Version(metadata["Version"])) == (project.name, Version("2.0.0rc1"))
    assert metadata.get("Requires-Python", "") == project.requires_python.replace(",", ", ") or (
        set(metadata["Requires-Python"].split(",")) == {">=3.9", "<4.0"} and project.requires_python == ">=3.9,<4"
    )
    modules = [name for name in names if name.endswith(".py")]
    paths = tuple(package.replace(".", "/") for package in project.packages)
    assert all(
        name.removesuffix(".py") in paths or name.startswith(tuple(f"{path}/" for path in paths)) for name in modules
    )
    assert all(any(name.startswith((f"{path}/", f"{path}.py")) for name in modules) for path in paths)
    entry_points = ConfigParser()
    entry_points.read_string(texts.get("entry_points.txt", ""))
    assert tuple(dict(entry_points).get("console_scripts", ())) == project.scripts
