"""Small but complete projects for tests, one per build back end.

`make_project` writes files only; `commit_all` makes a git commit of them, with a tag if asked.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from textwrap import dedent

from tagboat import process

BACKENDS: dict[str, tuple[str, str]] = {
    "hatchling": ("hatchling", "hatchling.build"),
    "setuptools": ("setuptools>=77", "setuptools.build_meta"),
    "setup.cfg": ("setuptools>=77", "setuptools.build_meta"),
    "setup.py": ("", ""),
    "flit-core": ("flit_core>=3.11", "flit_core.buildapi"),
    "poetry-core": ("poetry-core>=2.0", "poetry.core.masonry.api"),
    "pdm-backend": ("pdm-backend>=2.4", "pdm.backend"),
    "uv-build": ("uv_build", "uv_build"),
    "setuptools-scm": ('setuptools>=77", "setuptools-scm>=8', "setuptools.build_meta"),
    "hatch-vcs": ('hatchling", "hatch-vcs', "hatchling.build"),
    "maturin": ("maturin>=1.7,<2", "maturin"),
    "in-tree": ("", "backend"),
}
"""What each kind of project requires to be built, and its `build-backend`."""

FROM_GIT = frozenset({"setuptools-scm", "hatch-vcs"})
"""Kinds whose version is that of the git tag: `v0.1.0`."""


EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def copy_example(name: str, path: Path) -> Path:
    """Copy an example without what says how it is released, which each test says for itself."""
    ignore = shutil.ignore_patterns("__pycache__", ".tagboat", "dist", ".github")
    shutil.copytree(EXAMPLES / name, path, ignore=ignore)
    file = path / "pyproject.toml"
    text = file.read_text(encoding="utf-8")
    _write(file, text.partition("\n# How it is released")[0])
    return path


def make_project(
    path: Path,
    backend: str = "hatchling",
    *,
    name: str = "demo-pkg",
    version: str = "0.1.0",
    layout: str = "src",
    requires_python: str = ">=3.9",
    dependencies: tuple[str, ...] = (),
) -> Path:
    """Write a complete, releasable project into the folder `path` and return it.

    It has a README, a licence, full metadata, a package whose `__version__` is the version, and a console
    script of the project's name that knows `--version`.
    """
    module = name.replace("-", "_")
    package = path / "src" / module if layout == "src" else path / module
    _write(path / "README.md", f"# {name}\n\nA project for tests. ✔\n")
    _write(path / "LICENSE", "MIT License\n\nCopyright (c) 2026 The tagboat founders\n")
    _write(path / ".gitignore", "/dist/\n/target/\n*.egg-info/\n__pycache__/\n")
    _write(package / "__init__.py", _INIT.format(name=name, version=_version_line(backend, name, version)))
    _write(package / "__main__.py", _MAIN.format(module=module, name=name))
    _write(package / "py.typed", "")
    facts = _Facts(name, module, version, layout, requires_python, dependencies)
    _WRITERS.get(backend, _write_static)(path, backend, facts)
    return path


def commit_all(path: Path, message: str = "Everything", *, tag: str | None = None) -> str:
    """Commit all files of a folder, which becomes a repository if it is none; return the commit's id."""
    environ = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_NAME": "A. Tester" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "tester@example.org" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_DATE": "2026-01-02T03:04:05+00:00" for who in ("AUTHOR", "COMMITTER")},
    }

    def git(*words: str) -> str:
        return process.run(["git", *words], cwd=path, env=environ).stdout.strip()

    if not (path / ".git").exists():
        git("init", "--quiet", "--initial-branch=main")
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", message)
    if tag:
        git("tag", "--annotate", tag, "--message", tag)
    return git("rev-parse", "HEAD")


class _Facts:
    def __init__(
        self, name: str, module: str, version: str, layout: str, requires_python: str, dependencies: tuple[str, ...]
    ) -> None:
        self.name = name
        self.module = module
        self.version = version
        self.layout = layout
        self.requires_python = requires_python
        self.dependencies = dependencies

    @property
    def folder(self) -> str:
        """Where packages are, relative to the project."""
        return "src" if self.layout == "src" else "."

    def project_table(self, version: str | None) -> str:
        """`[project]`, without a version when it is None."""
        stated = f'version = "{version}"' if version else 'dynamic = ["version"]'
        return dedent(f"""
            [project]
            name = "{self.name}"
            {stated}
            description = "A project for tests"
            readme = "README.md"
            requires-python = "{self.requires_python}"
            license = "MIT"
            license-files = ["LICENSE"]
            authors = [{{ name = "A. Tester", email = "tester@example.org" }}]
            keywords = ["test"]
            classifiers = ["Programming Language :: Python :: 3"]
            dependencies = [{", ".join(f'"{text}"' for text in self.dependencies)}]

            [project.urls]
            Homepage = "https://example.org/{self.name}"

            [project.scripts]
            {self.name} = "{self.module}.__main__:main"
            """)


_INIT = '''"""The package of {name}."""

{version}
'''

_MAIN = '''"""The command."""

from __future__ import annotations

import sys

from {module} import __version__


def main() -> int:
    """Say the version."""
    if "--version" in sys.argv[1:]:
        print("{name}", __version__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''


def _version_line(backend: str, name: str, version: str) -> str:
    if backend in FROM_GIT:
        return f'from importlib.metadata import version\n\n__version__ = version("{name}")'
    return f'__version__ = "{version}"'


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _build_system(backend: str) -> str:
    requires, name = BACKENDS[backend]
    listed = f'"{requires}"' if requires else ""
    return f'[build-system]\nrequires = [{listed}]\nbuild-backend = "{name}"\n'


def _write_static(path: Path, backend: str, facts: _Facts) -> None:
    """Back ends that read `[project]`, and what little each wants besides."""
    tool = {
        "hatchling": f'[tool.hatch.build.targets.wheel]\npackages = ["{facts.folder}/{facts.module}"]\n',
        "setuptools": f'[tool.setuptools.packages.find]\nwhere = ["{facts.folder}"]\ninclude = ["{facts.module}*"]\n',
        "poetry-core": f'[tool.poetry]\npackages = [{{ include = "{facts.module}", from = "{facts.folder}" }}]\n',
        "uv-build": f'[tool.uv.build-backend]\nmodule-root = "{facts.folder if facts.folder != "." else ""}"\n',
    }
    text = _build_system(backend) + facts.project_table(facts.version) + "\n" + tool.get(backend, "")
    _write(path / "pyproject.toml", text)


def _write_from_git(path: Path, backend: str, facts: _Facts) -> None:
    tool = {
        "setuptools-scm": f'[tool.setuptools_scm]\n\n[tool.setuptools.packages.find]\nwhere = ["{facts.folder}"]\n',
        "hatch-vcs": '[tool.hatch.version]\nsource = "vcs"\n'
        f'\n[tool.hatch.build.targets.wheel]\npackages = ["{facts.folder}/{facts.module}"]\n',
    }
    _write(path / "pyproject.toml", _build_system(backend) + facts.project_table(None) + "\n" + tool[backend])


def _write_setup_cfg(path: Path, backend: str, facts: _Facts) -> None:
    requires = "".join(f"\n    {text}" for text in facts.dependencies)
    _write(path / "pyproject.toml", _build_system(backend))
    _write(
        path / "setup.cfg",
        dedent(f"""\
            [metadata]
            name = {facts.name}
            version = {facts.version}
            description = A project for tests
            long_description = file: README.md
            long_description_content_type = text/markdown
            license = MIT
            license_files = LICENSE
            author = A. Tester
            url = https://example.org/{facts.name}

            [options]
            package_dir =
                = {facts.folder}
            packages = {facts.module}
            python_requires = {facts.requires_python}
            install_requires ={requires}

            [options.package_data]
            {facts.module} = py.typed

            [options.entry_points]
            console_scripts =
                {facts.name} = {facts.module}.__main__:main
            """),
    )


def _write_setup_py(path: Path, backend: str, facts: _Facts) -> None:
    """Without a pyproject.toml: what PEP 518 calls the default; its setup.py imports a module beside it."""
    _write(path / "MANIFEST.in", "include facts.py\n")
    _write(path / "facts.py", f'VERSION = "{facts.version}"\n')
    _write(
        path / "setup.py",
        dedent(f"""\
            from pathlib import Path

            from facts import VERSION
            from setuptools import setup

            setup(
                name="{facts.name}",
                version=VERSION,
                description="A project for tests",
                long_description=Path("README.md").read_text(encoding="utf-8"),
                long_description_content_type="text/markdown",
                license="MIT",
                author="A. Tester",
                url="https://example.org/{facts.name}",
                package_dir={{"": "{facts.folder}"}},
                packages=["{facts.module}"],
                package_data={{"{facts.module}": ["py.typed"]}},
                python_requires="{facts.requires_python}",
                install_requires={list(facts.dependencies)!r},
                entry_points={{"console_scripts": ["{facts.name} = {facts.module}.__main__:main"]}},
            )
            """),
    )


def _write_maturin(path: Path, backend: str, facts: _Facts) -> None:
    """A crate without dependencies whose binary is the command; there is no package to import."""
    _write(path / "Cargo.toml", _CARGO.format(name=facts.name, version=facts.version))
    _write(path / "Cargo.lock", _CARGO_LOCK.format(name=facts.name, version=facts.version))
    _write(path / "src" / "main.rs", _RUST)
    tables = facts.project_table(facts.version).partition("[project.scripts]")[0]
    text = _build_system(backend) + tables + '\n[tool.maturin]\nbindings = "bin"\nstrip = true\n'
    _write(path / "pyproject.toml", text)


_CARGO = """\
[package]
name = "{name}"
version = "{version}"
edition = "2021"
license = "MIT"
"""

_CARGO_LOCK = """\
# This file is automatically @generated by Cargo.
# It is not intended for manual editing.
version = 3

[[package]]
name = "{name}"
version = "{version}"
"""

_RUST = """\
fn main() {
    if std::env::args().any(|word| word == "--version") {
        println!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    }
}
"""


def _write_in_tree(path: Path, backend: str, facts: _Facts) -> None:
    text = _build_system(backend) + 'backend-path = ["tools"]\n' + facts.project_table(facts.version)
    _write(path / "pyproject.toml", text)
    values = {"module": facts.module, "version": facts.version, "name": facts.name, "folder": facts.folder}
    _write(path / "tools" / "backend.py", f"FACTS = {values!r}\n" + _BACKEND)


_BACKEND = """

import base64, hashlib, io, os, tarfile, zipfile
from pathlib import Path

STAMP = int(os.environ.get("SOURCE_DATE_EPOCH", 315532800))
STEM = "{module}-{version}".format(**FACTS)
METADATA = (
    "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\nSummary: A project for tests\\n".format(**FACTS)
)


def _tree():
    skipped = {".git", "__pycache__", "dist"}
    return [path for path in sorted(Path().rglob("*")) if path.is_file() and not skipped & set(path.parts)]


def build_sdist(folder, config_settings=None):
    name = STEM + ".tar.gz"
    members = [(str(path), path.read_bytes()) for path in _tree() if path.name != "PKG-INFO"]
    members.append(("PKG-INFO", METADATA.encode()))
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for path, data in members:
            info = tarfile.TarInfo(STEM + "/" + path)
            info.size, info.mtime = len(data), STAMP
            archive.addfile(info, io.BytesIO(data))
    import gzip

    Path(folder, name).write_bytes(gzip.compress(raw.getvalue(), mtime=STAMP))
    return name


def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = STEM + "-py3-none-any.whl"
    root = Path(FACTS["folder"])
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted((root / FACTS["module"]).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }
    info = STEM + ".dist-info/"
    files[info + "METADATA"] = METADATA.encode()
    files[info + "WHEEL"] = b"Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    scripts = "[console_scripts]\\n{name} = {module}.__main__:main\\n".format(**FACTS)
    files[info + "entry_points.txt"] = scripts.encode()
    record = ""
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += "{},sha256={},{}\\n".format(path, digest, len(data))
    files[info + "RECORD"] = (record + info + "RECORD,,\\n").encode()
    with zipfile.ZipFile(Path(folder, name), "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), data)
    return name
"""

_WRITERS = {
    "setup.cfg": _write_setup_cfg,
    "setup.py": _write_setup_py,
    "maturin": _write_maturin,
    "in-tree": _write_in_tree,
    **dict.fromkeys(FROM_GIT, _write_from_git),
}
