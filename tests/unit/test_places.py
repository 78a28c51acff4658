"""Every kind of place: after a bump, the whole tree differs in the version and in nothing else.

In the trees below «V» stands for the version, and «S» for the version as SemVer spells it.
"""

from __future__ import annotations

import subprocess
import sys

import pytest
from packaging.version import Version
from tests.unit.tree import bump, harvest, plant, project_in

from tagboat.config import Config, VersionFile
from tagboat.errors import ConfigError
from tagboat.project import edits_for
from tagboat.project.places.place import semver_of

BUILD = "[build-system]\nrequires = [{requires!r}]\nbuild-backend = {backend!r}\n"
HATCH = BUILD.format(requires="hatchling", backend="hatchling.build")
SETUPTOOLS = BUILD.format(requires="setuptools", backend="setuptools.build_meta")
FLIT = BUILD.format(requires="flit_core", backend="flit_core.buildapi")
POETRY = BUILD.format(requires="poetry-core", backend="poetry.core.masonry.api")
PDM = BUILD.format(requires="pdm-backend", backend="pdm.backend")
UV = BUILD.format(requires="uv_build", backend="uv_build")
MATURIN = BUILD.format(requires="maturin", backend="maturin")
DYNAMIC = '[project]\nname = "my-pkg"\ndynamic = ["version"]\n'

TREES = {
    "static version": {
        "pyproject.toml": HATCH + '[project] # 版\nname = "my-pkg" # 日本語\nversion   =   "«V»"   # 1.2.3\n'
        'dependencies = ["a==1.2.3"]\n[tool.x]\nversion = "1.2.3"\n',
    },
    "static version in single quotes, before the name, after another table": {
        "pyproject.toml": "[tool.x]\nversion = '1.2.3'\n[project]\nversion='«V»'\nname='my-pkg'",
    },
    "static version in an inline table": {
        "pyproject.toml": 'tool.x.version = "1.2.3"\nproject = {name = "my-pkg", version = "«V»"}\n',
    },
    "static version with dotted keys": {
        "pyproject.toml": 'project.name = "my-pkg"\nproject.version = """«V»"""\n',
    },
    "static version and __version__, the seed's bug": {
        "pyproject.toml": HATCH + '[project]\nname = "my-pkg"\nversion = "«V»"\n[tool.hatch.version]\n'
        'path = "src/my_pkg/__init__.py"\n',
        "src/my_pkg/__init__.py": '"""About 1.2.3."""\n__version__ = "«V»"  # バージョン 1.2.3\nOTHER = "1.2.3"\n',
    },
    "__version__ in about and version files, annotated, in odd quotes, after multi-byte text": {
        "pyproject.toml": HATCH + '[project]\nname = "my-pkg"\nversion = "«V»"\n',
        "my_pkg/__init__.py": "from my_pkg.__about__ import __version__\n",
        "my_pkg/__about__.py": "名前 = '日本'; __version__: str = '''«V»'''; other = '1.2.3'\n",
        "my_pkg/_version.py": "__version__ = (\n    u'«V»'\n)\n",
        "my_pkg/version.py": "\x0c\n__version__ = version = r'«V»'\n",
    },
    "__version__ that follows or falls back is left alone": {
        "pyproject.toml": UV + '[project]\nname = "my-pkg"\nversion = "«V»"\n',
        "src/my_pkg/__init__.py": "from importlib.metadata import version\n"
        "try:\n    __version__ = version('my-pkg')\nexcept ImportError:\n    __version__ = '0.0.0'\n",
        "src/my_pkg/_version.py": "V = '9'\n__version__ = V\n",
        "src/my_pkg/version.py": "__version__ = 'unknown'\n",
        "src/my_pkg/__about__.py": "__version__ = '1.2' '.3'\n",
        "src/my_pkg/about.py": "this is not Python\n",
    },
    "single module": {
        "pyproject.toml": FLIT + '[project]\nname = "my-pkg"\ndynamic = ["version", "description"]\n',
        "my_pkg.py": '"""Doc."""\n__version__ = "«V»"\n',
    },
    "hatch path": {
        "pyproject.toml": HATCH + DYNAMIC + '[tool.hatch.version]\npath = "src/x/about.py"\n',
        "src/x/about.py": "# VERSION 1.2.3\nVERSION: str = 'v«V»' # 1.2.3\n",
    },
    "hatch pattern": {
        "pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\npath = 'meta.json'\n"
        'pattern = \'^  "rev": "(?P<version>[^"]+)",$\'\n',
        "meta.json": '{\n  "old": "1.2.3",\n  "rev": "«V»",\n  "x": 1\n}\n',
    },
    "hatch code": {
        "pyproject.toml": HATCH
        + DYNAMIC
        + "[tool.hatch.version]\nsource = 'code'\npath = 'a.py'\nexpression = 'VER'\n",
        "a.py": "BASE = '«V»'\nVER = BASE\n",
    },
    "setuptools attr through imports": {
        "pyproject.toml": SETUPTOOLS + DYNAMIC + "[tool.setuptools.dynamic]\nversion = {attr = 'my_pkg.__version__'}\n",
        "src/my_pkg/__init__.py": "from ._meta import VERSION as __version__\n",
        "src/my_pkg/_meta/__init__.py": "from my_pkg._meta.numbers import VERSION\n",
        "src/my_pkg/_meta/numbers.py": "VERSION = '«V»'\n",
    },
    "setuptools attr with package-dir": {
        "pyproject.toml": SETUPTOOLS + DYNAMIC + "[tool.setuptools.dynamic]\nversion = {attr = 'my_pkg.about.V'}\n"
        "[tool.setuptools.package-dir]\nmy_pkg = 'lib/my_pkg'\n",
        "lib/my_pkg/__init__.py": "",
        "lib/my_pkg/about.py": "V = '«V»'\n",
    },
    "setuptools file": {
        "pyproject.toml": SETUPTOOLS + DYNAMIC + "[tool.setuptools.dynamic]\nversion = {file = ['VERSION']}\n",
        "VERSION": "\n  «V»\n",
    },
    "setup.cfg literal": {
        "setup.cfg": "[other]\nversion = 1.2.3\n[metadata]\n# 版\nname = my-pkg\nversion : «V»\n"
        "description = at 1.2.3\n",
        "setup.py": "from setuptools import setup\nsetup()\n",
    },
    "setup.cfg attr": {
        "setup.cfg": "[metadata]\nname = my-pkg\nversion = attr: my_pkg.__version__\n"
        "[options]\npackage_dir =\n    = lib\n",
        "lib/my_pkg/__init__.py": "__version__ = '«V»'\n",
    },
    "setup.cfg file": {
        "setup.cfg": "[metadata]\nname = my-pkg\nversion = file: src/VERSION\n",
        "src/VERSION": "«V»",
    },
    "setup.py literal": {
        "setup.py": "import setuptools as s\nNOTE = '1.2.3'\ns.setup(\n    name='my-pkg', description='日本',"
        ' version="«V»",  # 1.2.3\n)\n',
    },
    "setup.py by a name": {
        "setup.py": "from distutils.core import setup\nVERSION = '«V»'\nsetup(name='my-pkg', version=VERSION)\n",
    },
    "setup.py that computes it from the package": {
        "setup.py": "from setuptools import setup, find_packages\nimport re\n"
        "setup(name='my-pkg', version=re.search('x', open('y').read()).group(), packages=find_packages('src'))\n",
        "src/my_pkg/__init__.py": "__version__ = '«V»'\n",
    },
    "flit module": {
        "pyproject.toml": FLIT + DYNAMIC + "[tool.flit.module]\nname = 'acme.pkg'\n",
        "src/acme/pkg/__init__.py": '"""Doc."""\nfrom .core import __version__\n',
        "src/acme/pkg/core.py": '__version__ = "«V»"\n',
    },
    "flit, old metadata": {
        "pyproject.toml": FLIT + "[tool.flit.metadata]\nmodule = 'my_pkg'\nauthor = 'A'\n",
        "my_pkg/__init__.py": '"""Doc."""\n__version__ = "«V»"\n',
    },
    "poetry": {
        "pyproject.toml": POETRY
        + '[tool.poetry]\nname = "my-pkg"\nversion = "«V»"\n[tool.poetry.dependencies]\nx = "1.2.3"\n',
    },
    "poetry 2": {
        "pyproject.toml": POETRY + DYNAMIC + '[tool.poetry]\nversion = "«V»"\n',
    },
    "pdm file": {
        "pyproject.toml": PDM + DYNAMIC + "[tool.pdm.version]\nsource = 'file'\npath = 'src/p/v.py'\n",
        "src/p/v.py": "X = 1\n__version__ = '«V»'  # 1.2.3\n",
    },
    "pdm file with a pattern": {
        "pyproject.toml": PDM + DYNAMIC + "[tool.pdm.version]\nsource = 'file'\npath = 'v.txt'\npattern = 'is (.+)$'\n",
        "v.txt": "was 1.2.3\nis «V»\n",
    },
    "pdm, old": {
        "pyproject.toml": PDM + "[project]\nname = 'my-pkg'\ndynamic = ['version']\n[tool.pdm]\nversion = '«V»'\n",
    },
    "uv.lock": {
        "pyproject.toml": UV + '[project]\nname = "My.Pkg"\nversion = "«V»"\n',
        "uv.lock": 'version = 1\n\n[[package]]\nname = "a"\nversion = "1.2.3"\nsource = { registry = "x" }\n\n'
        '[[package]]\nname = "my-pkg"\nversion = "«V»"\nsource = { editable = "." }\n'
        'dependencies = [{ name = "a", version = "1.2.3" }]\n\n[package.metadata]\nx = "1.2.3"\n\n'
        '[[package]]\nname = "my-pkg-more"\nversion = "1.2.3"\nsource = { virtual = "more" }\n',
    },
    "uv.lock without a version of its own, and another of the name": {
        "pyproject.toml": UV + '[project]\nname = "my-pkg"\nversion = "«V»"\n',
        "uv.lock": '[[package]]\nname = "my-pkg"\nsource = { virtual = "." }\n'
        '[[package]]\nname = "my-pkg"\nversion = "1.2.3"\nsource = { registry = "x" }\n',
    },
    "maturin": {
        "pyproject.toml": MATURIN + DYNAMIC,
        "Cargo.toml": '[package]\nname = "my_crate"\nversion = "«S»" # 版\n[dependencies]\nx = { version = "1.2.3" }\n',
        "Cargo.lock": '[[package]]\nname = "my_crate"\nversion = "1.2.3"\nsource = "registry"\n\n'
        '[[package]]\nname = "my_crate"\nversion = "«S»"\n',
    },
    "maturin without a lock file": {
        "pyproject.toml": MATURIN + DYNAMIC,
        "Cargo.toml": '[package]\nname = "my_crate"\nversion = "«S»"\n',
    },
    "maturin in a workspace": {
        "pyproject.toml": MATURIN + DYNAMIC + "[tool.maturin]\nmanifest-path = 'rust/py/Cargo.toml'\n",
        "rust/py/Cargo.toml": '[package]\nname = "my_crate"\nversion.workspace = true\n',
        "rust/Cargo.toml": '[workspace]\nmembers = ["py"]\n[workspace.package]\nversion = "«S»"\n',
        "rust/Cargo.lock": '[[package]]\nname = "my_crate"\nversion = "«S»"\ndependencies = []\n',
    },
    "several packages": {
        "pyproject.toml": HATCH + '[project]\nname = "my-pkg"\nversion = "«V»"\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["src/one", "src/two"]\n',
        "src/one/__init__.py": "__version__ = '«V»'\n",
        "src/two/__init__.py": "__version__ = '«V»'\n",
        "src/three/__init__.py": "__version__ = '1.2.3'\n",
    },
    "version-files": {
        "pyproject.toml": '[project]\nname = "my-pkg"\nversion = "«V»"\n[tool.tagboat]\nversion-files = [\n'
        '  "VERSION", "docs/conf.py", "README.md",\n  {path = "docs/*.md", pattern = "release (v{version})"},\n'
        '  {path = "app.ini", pattern = "version={version}"},\n]\n',
        "VERSION": "v«V»\n",
        "docs/conf.py": "release = '1.2.3'\nversion = '«V»'\n",
        "README.md": "my-pkg «V» (not 1.2.30, 0.1.2.3, 1.2.3.dev1 or 1.2.3-1) ends with «V».\n",
        "docs/a.md": "release (v«V») release (v«V») Release 1.2.3\n",
        "docs/b.md": "日本 release (v«V»)\n",
        "docs/c.txt": "release (v1.2.3)\n",
        "app.ini": "py-version=3.12\nversion=«V»\nmy.version=3\n",
    },
}


def grown(tree: dict[str, str], version: str) -> dict[str, str]:
    semver = semver_of(Version(version))
    return {name: text.replace("«V»", version).replace("«S»", semver) for name, text in tree.items()}


def as_bytes(tree: dict[str, str], newline: str) -> dict[str, bytes]:
    return {name: text.replace("\n", newline).encode() for name, text in tree.items()}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("version", ["2.0.0", "1.2.3rc1", "10.11.12"])
@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_a_bump_changes_every_place_and_no_other_byte(tmp_path, tree, version, newline):
    plant(tmp_path / "project", as_bytes(grown(tree, "1.2.3"), newline))
    root = tmp_path / "project"
    before = project_in(root)
    assert before.version == Version("1.2.3")
    changed = bump(root, version)
    assert harvest(root) == as_bytes(grown(tree, version), newline)
    assert len(set(changed)) == len(changed)
    after = project_in(root)
    assert after.version == Version(version)
    assert [(place.path, place.where) for place in after.places] == [
        (place.path, place.where) for place in before.places
    ]
    assert edits_for(after, Version(version)) == ()


@pytest.mark.parametrize(
    "name", ["static version and __version__, the seed's bug", "setup.cfg literal", "setup.py literal"]
)
def test_a_byte_order_mark_stays(tmp_path, name):
    tree = {path: f"\ufeff{text}" for path, text in TREES[name].items()}
    plant(tmp_path, as_bytes(grown(tree, "1.2.3"), "\r\n"))
    bump(tmp_path, "2.0")
    assert harvest(tmp_path) == as_bytes(grown(tree, "2.0"), "\r\n")


def test_a_byte_order_mark_on_the_line_of_the_version_stays(tmp_path):
    plant(tmp_path, {"setup.py": "\ufeffsetup(name='a', version='1.0')"})
    bump(tmp_path, "2.0")
    assert harvest(tmp_path) == {"setup.py": "\ufeffsetup(name='a', version='2.0')".encode()}


def test_latin_1_files_keep_every_byte(tmp_path):
    setup = "# -*- coding: latin-1 -*-\nfrom setuptools import setup\nsetup(name='a', author='Gösta é', version='{}')\n"
    cfg = "[metadata]\nauthor = Gösta\n"
    plant(tmp_path, {"setup.py": setup.format("1.0").encode("latin-1"), "setup.cfg": cfg.encode("latin-1")})
    assert bump(tmp_path, "1.1") == ["setup.py"]
    assert (tmp_path / "setup.py").read_bytes() == setup.format("1.1").encode("latin-1")


def test_two_places_in_one_file_are_one_edit(tmp_path):
    plant(tmp_path, {"pyproject.toml": '[project]\nname = "a"\nversion = "1.0"\n[tool.poetry]\nversion = "1.0.0"\n'})
    (edit,) = edits_for(project_in(tmp_path), Version("1.1"))
    assert edit.after == '[project]\nname = "a"\nversion = "1.1"\n[tool.poetry]\nversion = "1.1"\n'


def test_a_number_that_looks_like_the_version_is_no_obstacle(tmp_path):
    text = '[tool.x]\ny = 1.0\nz = [1.0, "1.0"]\n[project]\nname = "a"\nversion = "{}"\n'
    plant(tmp_path, {"pyproject.toml": text.format("1.0")})
    bump(tmp_path, "1.1")
    assert (tmp_path / "pyproject.toml").read_text() == text.format("1.1")


def test_arguments_of_setup_that_are_no_literals_are_passed_over(tmp_path):
    setup = "setup(name='a', version='1.0', x=f, y=1 + z, z={[]: 1}, **more)\nf, (g, h) = 1, (2, 3)\n"
    assert project_in(plant(tmp_path, {"setup.py": setup})).version == Version("1.0")


def test_places_that_spell_the_version_otherwise_are_equal_and_left_as_they_are(tmp_path):
    plant(tmp_path, {"pyproject.toml": '[project]\nname = "a"\nversion = "1.0"\n', "a.py": "__version__ = '1.0.0'\n"})
    project = project_in(tmp_path)
    assert project.version == Version("1.0")
    assert edits_for(project, Version("1.0.0")) == ()


def test_the_lock_of_a_workspace_above_is_found_and_no_further_than_the_repository(tmp_path):
    lock = '[[package]]\nname = "a"\nversion = "{}"\nsource = {{ editable = "libs/a" }}\n'
    plant(
        tmp_path,
        {
            "uv.lock": lock.format("9"),
            "repo/.git/HEAD": "",
            "repo/uv.lock": lock.format("1.0"),
            "repo/libs/a/pyproject.toml": '[project]\nname = "a"\nversion = "1.0"\n',
        },
    )
    assert bump(tmp_path / "repo/libs/a", "2.0") == ["../../uv.lock", "pyproject.toml"]
    assert (tmp_path / "repo/uv.lock").read_text() == lock.format("2.0")
    assert (tmp_path / "uv.lock").read_text() == lock.format("9")


def test_a_lock_of_real_uv_is_edited_as_uv_itself_would(tmp_path):
    import uv

    pyproject = '[project]\nname = "My.Pkg"\nversion = "1.0"\nrequires-python = ">=3.10"\n[tool.uv]\npackage = false\n'
    plant(tmp_path, {"pyproject.toml": pyproject})

    def lock() -> bytes:
        argv = [uv.find_uv_bin(), "lock", "--offline", "--no-config", "--python", sys.executable]
        subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True)
        return (tmp_path / "uv.lock").read_bytes()

    lock()
    assert sorted(bump(tmp_path, "1.1rc1")) == ["pyproject.toml", "uv.lock"]
    edited = (tmp_path / "uv.lock").read_bytes()
    assert lock() == edited


@pytest.mark.parametrize(
    ("version", "spelled"),
    [
        ("1.2", "1.2.0"),
        ("1.2.3a4", "1.2.3-alpha.4"),
        ("1.2.3b4", "1.2.3-beta.4"),
        ("1.2.3rc4", "1.2.3-rc.4"),
        ("1.2.3.dev4", "1.2.3-dev.4"),
        ("1.2.3.post4", "1.2.3-post.4"),
        ("1.2.3rc4.dev5", "1.2.3-rc.4.dev.5"),
        ("1.2.3+local.1", "1.2.3+local.1"),
    ],
)
def test_cargo_gets_semver_that_reads_back_as_the_same_version(version, spelled):
    assert semver_of(Version(version)) == spelled
    assert Version(spelled) == Version(version)


@pytest.mark.parametrize("version", ["1!2.0", "1.2.3.4"])
def test_what_semver_cannot_say_is_an_error(version):
    with pytest.raises(ConfigError, match="cannot say"):
        semver_of(Version(version))


FROM_GIT = {
    "setuptools-scm table": {"pyproject.toml": SETUPTOOLS + DYNAMIC + "[tool.setuptools_scm]\n"},
    "setuptools-scm requirement": {
        "pyproject.toml": BUILD.format(requires="setuptools_scm[simple]>=8", backend="setuptools.build_meta") + DYNAMIC
    },
    "use_scm_version": {"setup.py": "from setuptools import setup\nsetup(name='my-pkg', use_scm_version=True)\n"},
    "setup_requires": {"setup.py": "setup(name='my-pkg', setup_requires=['setuptools-scm', '?'])\n"},
    "pbr": {"setup.py": "setup(pbr=True)\n", "setup.cfg": "[metadata]\nname = my-pkg\n"},
    "pbr section": {"setup.cfg": "[metadata]\nname = my-pkg\n[pbr]\nx = 1\n"},
    "versioneer call": {"setup.py": "import versioneer\nsetup(name='my-pkg', version=versioneer.get_version())\n"},
    "versioneer section": {"setup.cfg": "[metadata]\nname = my-pkg\n[versioneer]\nVCS = git\n"},
    "versioningit": {"pyproject.toml": HATCH + DYNAMIC + "[tool.versioningit]\n"},
    "hatch-vcs": {
        "pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\nsource = 'vcs'\n",
        "src/my_pkg/__init__.py": "__version__ = '9.9'\n",
    },
    "uv-dynamic-versioning": {
        "pyproject.toml": HATCH + DYNAMIC + "[tool.hatch.version]\nsource = 'uv-dynamic-versioning'\n"
    },
    "pdm scm": {"pyproject.toml": PDM + DYNAMIC + "[tool.pdm.version]\nsource = 'scm'\n"},
    "pdm use_scm": {"pyproject.toml": PDM + DYNAMIC + "[tool.pdm.version]\nuse_scm = true\n"},
    "scikit-build": {
        "pyproject.toml": BUILD.format(requires="scikit-build-core", backend="scikit_build_core.build")
        + DYNAMIC
        + "[tool.scikit-build]\nmetadata.version.provider = 'scikit_build_core.metadata.setuptools_scm'\n"
    },
    "flit_scm": {"pyproject.toml": BUILD.format(requires="flit_scm", backend="flit_scm:buildapi") + DYNAMIC},
    "poetry-dynamic-versioning": {
        "pyproject.toml": POETRY + "[tool.poetry]\nname = 'my-pkg'\nversion = '0.0.0'\n"
        "[tool.poetry-dynamic-versioning]\nenable = true\n"
    },
}


@pytest.mark.parametrize("tree", FROM_GIT.values(), ids=FROM_GIT)
def test_a_version_from_git_is_recognised_and_needs_no_edit(tmp_path, tree):
    project = project_in(plant(tmp_path, tree))
    assert project.version_from_git
    assert project.version is None
    assert edits_for(project, Version("2.0")) == ()


def test_a_project_whose_version_is_from_git_can_still_name_files(tmp_path):
    plant(tmp_path, {**FROM_GIT["hatch-vcs"], "CITATION.cff": "version: 1.0\n"})
    config = Config(version_files=(VersionFile("CITATION.cff", "version: {version}"),))
    assert bump(tmp_path, "2.0", config) == ["CITATION.cff"]
    assert project_in(tmp_path, config).version == Version("2.0")


@pytest.mark.parametrize(
    "tree",
    [
        {"pyproject.toml": SETUPTOOLS + '[project]\nname = "a"\nversion = "1.0"\n[tool.setuptools_scm]\n'},
        {"setup.py": "setup(name='a', version='1.0', setup_requires=['setuptools_scm'])\n"},
        {"setup.cfg": "[metadata]\nname = a\nversion = 1.0\n", "setup.py": "setup(setup_requires='setuptools_scm')\n"},
        {
            "pyproject.toml": POETRY
            + "[tool.poetry]\nname='a'\nversion='1.0'\n[tool.poetry-dynamic-versioning]\nenable=false\n"
        },
    ],
)
def test_a_written_version_counts_although_a_git_tool_is_there(tmp_path, tree):
    project = project_in(plant(tmp_path, tree))
    assert not project.version_from_git
    assert project.version == Version("1.0")


LEADS_NOWHERE = {
    "hatch file": ({"pyproject.toml": DYNAMIC + "[tool.hatch.version]\npath = 'v.py'\n"}, "v.py"),
    "hatch pattern": (
        {"pyproject.toml": DYNAMIC + "[tool.hatch.version]\npath = 'v.py'\n", "v.py": "x = 1\n"},
        "matches nothing",
    ),
    "hatch group": (
        {"pyproject.toml": DYNAMIC + "[tool.hatch.version]\npath = 'v.py'\npattern = 'x = (1)'\n", "v.py": "x = 1\n"},
        "no such group",
    ),
    "hatch regex": (
        {"pyproject.toml": DYNAMIC + "[tool.hatch.version]\npath = 'v.py'\npattern = '('\n", "v.py": "x = 1\n"},
        "cannot be used",
    ),
    "hatch code": (
        {
            "pyproject.toml": DYNAMIC + "[tool.hatch.version]\nsource='code'\npath = 'v.py'\n",
            "v.py": "__version__ = f()\n",
        },
        "__version__ is not assigned a plain string",
    ),
    "attr": (
        {"pyproject.toml": DYNAMIC + "[tool.setuptools.dynamic]\nversion = {attr = 'a.b.V'}\n"},
        "a.b in src, .: V is not assigned",
    ),
    "attr in a circle": (
        {
            "pyproject.toml": DYNAMIC + "[tool.setuptools.dynamic]\nversion = {attr = 'a.V'}\n",
            "a.py": "from b import V\nfrom os import path\n",
            "b.py": "from a import V\n",
        },
        "V is not assigned",
    ),
    "attr that is computed": (
        {
            "pyproject.toml": DYNAMIC + "[tool.setuptools.dynamic]\nversion = {attr = 'a.V'}\n",
            "a.py": "V = W\nW = V\n",
        },
        "V is not assigned",
    ),
    "file": ({"setup.cfg": "[metadata]\nname = a\nversion = file: V\n"}, "there is no such file"),
    "empty file": ({"setup.cfg": "[metadata]\nname = a\nversion = file: V\n", "V": "\n"}, "it is empty"),
    "flit": ({"pyproject.toml": FLIT + DYNAMIC, "my_pkg.py": ""}, "__version__ is not assigned"),
    "cargo": ({"pyproject.toml": MATURIN + DYNAMIC}, "there is no such file"),
    "cargo version": (
        {"pyproject.toml": MATURIN + DYNAMIC, "Cargo.toml": "[package]\nname='a'\n"},
        "no [package] version",
    ),
    "cargo workspace": (
        {"pyproject.toml": MATURIN + DYNAMIC, "Cargo.toml": "[package]\nname='a'\nversion.workspace=true\n"},
        "takes its version from the workspace",
    ),
    "escaped": (
        {"pyproject.toml": '[project]\nname = "a"\nversion = "1.\\u0030"\n'},
        "cannot be edited where it stands",
    ),
    "two lines": ({"setup.cfg": "[metadata]\nname = a\nversion =\n  1.0\n  2.0\n"}, "cannot be edited where it stands"),
    "empty": ({"pyproject.toml": '[project]\nname = "a"\nversion = ""\n'}, "cannot be edited where it stands"),
    "nowhere": ({"pyproject.toml": HATCH + DYNAMIC}, "no setting of hatchling.build says where"),
    "setup.py": ({"setup.py": "setup(name='a', version=compute())\n"}, "no package has a plain __version__"),
}


@pytest.mark.parametrize(("tree", "said"), LEADS_NOWHERE.values(), ids=LEADS_NOWHERE)
def test_a_version_that_cannot_be_found_is_an_error_that_says_what_was_looked_for(tmp_path, tree, said):
    plant(tmp_path, {".git/HEAD": "", **tree})
    with pytest.raises(ConfigError) as caught:
        project_in(tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (VersionFile("missing-*.txt"), "there is no file missing-*.txt"),
        (VersionFile("README.md"), "no version was found in README.md"),
        (VersionFile("README.md", "version {version}"), "no version was found in README.md"),
    ],
)
def test_a_version_file_that_holds_no_version_is_an_error(tmp_path, entry, said):
    plant(tmp_path, {"pyproject.toml": '[project]\nname = "a"\nversion = "1.0"\n', "README.md": "nothing 1.0.1\n"})
    with pytest.raises(ConfigError) as caught:
        project_in(tmp_path, Config(version_files=(entry,)))
    assert said in str(caught.value)


def test_a_dynamic_version_may_stand_in_a_configured_file(tmp_path):
    plant(tmp_path, {"setup.py": "setup(name='a', version=compute())\n", "numbers.txt": "a = 1.0\n"})
    config = Config(version_files=(VersionFile("numbers.txt", "a = {version}"),))
    assert project_in(tmp_path, config).version == Version("1.0")


def test_reading_a_project_runs_none_of_its_code(tmp_path):
    trap = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n"
    tree = {
        "pyproject.toml": SETUPTOOLS + DYNAMIC + "[tool.setuptools.dynamic]\nversion = {attr = 'my_pkg.__version__'}\n",
        "setup.py": trap + "from setuptools import setup\nsetup()\n",
        "my_pkg/__init__.py": trap + "__version__ = '1.0'\n",
    }
    assert project_in(plant(tmp_path, tree)).version == Version("1.0")
    assert set(harvest(tmp_path)) == set(tree)
