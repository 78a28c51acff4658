"""Fresh environments to install a release into, as a stranger would, from one index and nothing else.

Nothing of the user's own pip and uv configuration reaches an installer here, and nothing of their caches;
only how the network is reached (proxies, the CA file) is kept. Index URLs, which may hold credentials, go to
installers in environment variables, never in arguments.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from packaging.version import Version

from tagboat import process
from tagboat.errors import CommandFailed, VerifyFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from importlib import metadata

    from tagboat.process import Completed

FOREIGN = re.compile(r"(UV|PIP|PYTHON|CONDA)_?|_?CONDA_|VIRTUAL_ENV|__PYVENV_LAUNCHER__")
"""Variables that would change what an installer or a Python does (matched at the start of the name)."""

TLS = ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS")
"""Variables among them that only say which certificates to trust."""

INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "PIP_INDEX_URL")
"""Variables that name the one index to install from."""

INSTALL_TIMEOUT = 900.0
"""Seconds that one installer may take."""


@lru_cache(maxsize=1)
def uv_binary() -> str:
    """The uv that came with tagboat."""
    import uv

    return uv.find_uv_bin()


def python_of(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def clean_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The user's variables without those that change an installer; a CA file works under all its names."""
    known = process.without_secrets(environ)
    clean = {name: value for name, value in known.items() if name in TLS or not FOREIGN.match(name.upper())}
    names = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    if bundle := next((environ[name] for name in names if environ.get(name)), None):
        clean |= {"SSL_CERT_FILE": environ.get("SSL_CERT_FILE") or bundle, "PIP_CERT": bundle}
    return clean | {
        "UV_SYSTEM_CERTS": "1",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONNOUSERSITE": "1",
    }


# -- interpreters --


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python on this machine. `version` is the language's, as in "3.12.1"; `implementation` as in "cpython"."""

    version: str
    path: Path
    implementation: str = "cpython"

    @property
    def minor(self) -> str:
        """What people call it: "3.12"."""
        return ".".join(self.version.split(".")[:2])


def interpreters(
    requires_python: str, *, cache: Path, environ: Mapping[str, str] = os.environ
) -> tuple[Interpreter, ...]:
    """Every installed CPython and PyPy that `requires_python` admits, the newest of each minor version.

    Looks where uv looks, in the version folders of pyenv, asdf and mise, and beside the Python that runs
    tagboat. Free-threaded and debug builds count where there is no ordinary one; pre-releases do not. uv's
    knowledge of each interpreter is kept under `cache`. Raises `CommandFailed` when uv cannot look.
    """
    import json

    env = clean_environ(environ) | {"UV_CACHE_DIR": str(cache.absolute()), "PATH": _search_path(environ)}
    if managed := environ.get("UV_PYTHON_INSTALL_DIR"):
        env["UV_PYTHON_INSTALL_DIR"] = managed
    done = process.run([uv_binary(), "python", "list", "--only-installed", "--output-format", "json"], env=env)
    return choose(json.loads(done.stdout), requires_python)


def this_interpreter(requires_python: str) -> tuple[Interpreter, ...]:
    """The Python that runs tagboat, if `requires_python` admits it."""
    import platform

    implementation = sys.implementation.name
    row = {"version": platform.python_version(), "implementation": implementation, "variant": "default"}
    return choose([row | {"path": sys.executable}], requires_python)


def choose(rows: Iterable[Mapping[str, str]], requires_python: str) -> tuple[Interpreter, ...]:
    """Pick from uv's list as `interpreters` says."""
    from packaging.specifiers import SpecifierSet

    admitted = SpecifierSet(requires_python)
    best: dict[tuple[str, str], tuple[tuple[bool, Version], Interpreter]] = {}
    for row in rows:
        version, implementation = Version(row["version"]), row["implementation"]
        if version.is_prerelease or implementation not in {"cpython", "pypy"} or version not in admitted:
            continue
        rank = (row["variant"] == "default", version)
        key = (f"{version.major}.{version.minor}", implementation)
        if key not in best or rank > best[key][0]:
            best[key] = rank, Interpreter(row["version"], Path(row["path"]), implementation)
    found = (interpreter for _, interpreter in best.values())
    return tuple(sorted(found, key=lambda each: (Version(each.version), each.implementation)))


def supports_pip(interpreter: Interpreter) -> bool:
    """Whether the pip that came with tagboat runs on it."""
    from importlib.metadata import metadata

    from packaging.specifiers import SpecifierSet

    return interpreter.version in SpecifierSet(metadata("pip")["Requires-Python"])


def _search_path(environ: Mapping[str, str]) -> str:
    """PATH without folders of shims, with every version that pyenv, asdf and mise installed."""
    folders = [Path(folder) for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    folders = [folder for folder in folders if folder.name != "shims"]
    home = Path(environ.get("HOME") or Path.home())
    for variable, default, versions in (
        ("PYENV_ROOT", ".pyenv", "versions"),
        ("ASDF_DATA_DIR", ".asdf", "installs/python"),
        ("MISE_DATA_DIR", ".local/share/mise", "installs/python"),
    ):
        root = Path(environ.get(variable) or home / default) / versions
        folders += [folder for version in sorted(root.glob("*")) if (folder := _scripts_of(version))]
    folders.append(Path(sys.base_prefix, "" if os.name == "nt" else "bin"))
    return os.pathsep.join(map(str, folders))


def _scripts_of(version: Path) -> Path | None:
    """The folder with the interpreter of one installed version, unless uv could not ask it anything."""
    number = re.match(r"(?:pypy)?(\d+)\.(\d+)", version.name)
    if number and (int(number[1]), int(number[2])) < (3, 6):
        return None
    return next((folder for folder in (version / "bin", version) if folder.is_dir()), None)


# -- environments --


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment of our own, without pip in it.

    `cache` is the folder for uv's cache: several environments may share it, the user's own is not touched.
    `environ` is what programs see in and of it. `own_cache` is in the folder itself, and empty at first.
    """

    path: Path
    cache: Path
    environ: Mapping[str, str] = field(repr=False)

    @classmethod
    def create(cls, path: Path, python: Path, *, cache: Path, environ: Mapping[str, str] = os.environ) -> Environment:
        """Make it in the folder `path`, which must be empty or not there. Raises `CommandFailed`."""
        path, cache = path.absolute(), cache.absolute()
        path.mkdir(parents=True, exist_ok=True)
        env = clean_environ(environ) | {"UV_CACHE_DIR": str(cache)}
        process.run([uv_binary(), "venv", "--quiet", "--no-project", "--python", python, path], cwd=path, env=env)
        return cls(path, cache, env)

    @property
    def own_cache(self) -> Path:
        """A folder for a cache of uv that no other environment has."""
        return self.path / "uv-cache"

    def acquaint_uv(self) -> None:
        """Let uv ask the interpreter now what it would ask it before an installation, which takes as long as one."""
        words = [uv_binary(), "pip", "list", "--quiet", "--python", str(self.python)]
        process.run(words, cwd=self.path, env={**self.environ, "UV_CACHE_DIR": str(self.own_cache)}, check=False)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return python_of(self.path)

    def script(self, name: str) -> Path:
        """Where a console script of this name is, once it is installed."""
        return self.python.with_name(f"{name}.exe" if os.name == "nt" else name)

    def run(
        self, argv: Sequence[str | os.PathLike[str]], *, timeout: float | None = None, check: bool = True
    ) -> Completed:
        """Run a program in it, away from anybody's source tree. Raises `CommandFailed`."""
        path = os.pathsep.join(filter(None, [str(self.python.parent), self.environ.get("PATH")]))
        return process.run(argv, cwd=self.path, env={**self.environ, "PATH": path}, timeout=timeout, check=check)

    def installed(self, project: str) -> metadata.Distribution | None:
        """What `importlib.metadata` finds of a project in it."""
        from importlib import metadata

        libraries = self.path.glob("Lib/site-packages" if os.name == "nt" else "lib/*/site-packages")
        return next(iter(metadata.distributions(name=project, path=[str(folder) for folder in libraries])), None)

    def version_of(self, project: str) -> str | None:
        """The version of a project that is installed in it."""
        found = self.installed(project)
        return found.version if found else None

    def requirements_of(self, project: str) -> list[str]:
        """Requires-Dist of an installed project, without what only its extras ask for."""
        from packaging.requirements import Requirement

        found = self.installed(project)
        texts = (found.requires if found else None) or []
        return [text for text in texts if not re.search(r"\bextra\b", str(Requirement(text).marker or ""))]

    def install_with_uv(
        self,
        requirements: str,
        *options: str,
        indexes: Sequence[str | None] = (None,),
        variables: Mapping[str, str] | None = None,
        cached: bool = True,
        timeout: float = INSTALL_TIMEOUT,
    ) -> None:
        """Install the text of a requirements file with uv; index pages are read anew.

        `indexes` are URLs in falling priority, the last may be None: the installer's default. `variables` go
        above all others. Unless `cached`, every file is downloaded anew, too. Raises `CommandFailed`; no credential of
        any variable is in its text.
        """
        *first, last = indexes
        env = dict(self.environ) | ({"UV_INDEX": " ".join(filter(None, first))} if first else {})
        env |= {"UV_DEFAULT_INDEX": last} if last else {}
        env |= {} if cached else {"UV_CACHE_DIR": str(self.own_cache)}
        words = [uv_binary(), "pip", "install", "--python", str(self.python), "--no-progress", *options]
        words += ["--refresh"] if cached else []
        self._install(words, requirements, env | dict(variables or {}), timeout)

    def install_with_pip(
        self,
        requirements: str,
        *options: str,
        indexes: Sequence[str | None] = (None,),
        variables: Mapping[str, str] | None = None,
        cached: bool = True,  # noqa: ARG002 - pip has no cache here
        timeout: float = INSTALL_TIMEOUT,
    ) -> None:
        """Install with pip, as `install_with_uv` does; to pip all indexes are equal.

        The pip is the one that came with tagboat, so that none has to be put into the environment first.
        """
        first, *extra = indexes if None not in indexes else (None, *filter(None, indexes))
        env = dict(self.environ) | ({"PIP_INDEX_URL": first} if first else {})
        env |= {"PIP_EXTRA_INDEX_URL": " ".join(filter(None, extra))} if extra else {}
        words = [
            *(sys.executable, "-m", "pip", "--python", str(self.python), "install"),
            *("--no-cache-dir", "--no-compile", "--progress-bar=off", *options),
        ]
        self._install(words, requirements, env | dict(variables or {}), timeout)

    def lock_with_uv(self, requirement: str, variables: Mapping[str, str]) -> str:
        """The lock file (PEP 751) of one requirement without what it depends on. Raises `CommandFailed`."""
        file = self.path / "wanted.txt"
        file.write_bytes(requirement.encode())
        options = ("--format=pylock.toml", "--no-deps", "--no-header", "--quiet", "--refresh")
        words = [uv_binary(), "pip", "compile", *options, "--python", str(self.python), str(file)]
        return self._run(words, {**self.environ, **variables}, INSTALL_TIMEOUT).stdout

    def _install(
        self,
        words: Sequence[str | os.PathLike[str]],
        requirements: str,
        env: Mapping[str, str],
        timeout: float,
    ) -> None:
        file = self.path / "requirements.txt"
        file.write_bytes(requirements.encode())
        self._run([*words, "--requirement", file], env, timeout)

    def _run(self, words: Sequence[str | os.PathLike[str]], env: Mapping[str, str], timeout: float) -> Completed:
        """Run an installer; no credential of any variable is in what it says when it fails."""
        try:
            return process.run(words, cwd=self.path, env=env, timeout=timeout)
        except CommandFailed as error:
            raise CommandFailed(error.what, why=_without_secrets(error.why, env)) from None


# -- a release --


@dataclass(frozen=True, slots=True)
class Source:
    """Where a release is installed from, and with what.

    Attributes:
        index_url: the release's own index; holds no credential.
        dependency_indexes: URLs in falling priority; None is the installer's default.
        with_pip: pip, else uv.
        credentials: `Index.install_environment`: UV_DEFAULT_INDEX or PIP_INDEX_URL may hold the index URL with
            a credential in it, anything else (NETRC, ...) is handed on.
    """

    index_url: str
    dependency_indexes: Sequence[str] | None = None
    with_pip: bool = False
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{re.sub('//[^/]*@', '//', self.index_url)} with {'pip' if self.with_pip else 'uv'}"

    @property
    def access(self) -> str:
        """The index URL as an installer needs it."""
        return next((self.credentials[key] for key in INDEX_VARIABLES if key in self.credentials), self.index_url)

    @property
    def dependencies(self) -> tuple[str | None, ...]:
        """The dependency indexes as an installer needs them."""
        indexes = self.dependency_indexes or (None,)
        return tuple(self.access if index == self.index_url else index for index in indexes)

    def install(
        self,
        environment: Environment,
        requirements: str,
        *options: str,
        indexes: Sequence[str | None],
        cached: bool = True,
    ) -> None:
        """Install the text of a requirements file from these indexes. Raises `CommandFailed`."""
        variables = {key: value for key, value in self.credentials.items() if key not in INDEX_VARIABLES}
        if self.access not in indexes:  # the CA file of one server is none for another
            variables = {}
        install = environment.install_with_pip if self.with_pip else environment.install_with_uv
        install(requirements, *options, indexes=indexes, variables=variables, cached=cached)


def install_release(
    environment: Environment, name: str, version: str, files: Mapping[str, str], source: Source
) -> None:
    """Install one release from its index, then what it depends on, and check that all of it fits together.

    `files` are the release's file names with their SHA-256. The release comes from its own index alone and
    has one of these hashes, so no other index and no cache can stand in for it. Only where no wheel fits is
    the sdist built: what its build requires comes from the dependency indexes, to which its own index is
    preferred. Raises `VerifyFailed`.
    """
    pinned = " ".join([f"{name}=={version}", *(f"--hash=sha256:{sha256}" for sha256 in files.values())])
    options = ("--no-deps", "--require-hashes")
    fits_everywhere = any(filename.endswith("-none-any.whl") for filename in files)
    try:
        try:
            source.install(environment, pinned, *options, "--only-binary", name, indexes=(source.access,), cached=False)
        except CommandFailed:
            if fits_everywhere:
                raise
            indexes = tuple(dict.fromkeys((source.access, *source.dependencies)))
            source.install(environment, pinned, *options, indexes=indexes)
    except CommandFailed as error:
        raise _not_installed(f"{name} {version} cannot be installed from {source}", error) from error
    _install_dependencies(environment, name, source)


def install_latest(
    environment: Environment,
    wanted: str,
    source: Source,
    *,
    look: Callable[[], object],
    upgrade: bool = False,
    report: Path | None = None,
) -> str | None:
    """Install what somebody gets who asks for a project, and return the version that is there then.

    `wanted` is its name, or a requirement ("name==1.0"). None: the index was read, and holds nothing that can
    be installed. pip writes what it did to the file `report`. After a failure `look` reads the project's page
    (`Index.files`) and raises `IndexFailed` when that cannot be done: installers say "no matching distribution"
    then, too. Raises `VerifyFailed` when something fits and does not install.
    """
    from packaging.requirements import Requirement

    reporting = [f"--report={report}"] if report and source.with_pip else []
    options = ("--no-deps", *(["--upgrade"] if upgrade else []), *reporting)
    try:
        source.install(environment, wanted, *options, indexes=(source.access,))
    except CommandFailed as error:
        if _nothing_fits(environment, wanted, source, look):
            return None
        raise _not_installed(f"{wanted} cannot be installed from {source}", error) from error
    name = Requirement(wanted).name
    _install_dependencies(environment, name, source)
    return environment.version_of(name)


def _nothing_fits(environment: Environment, wanted: str, source: Source, look: Callable[[], object]) -> bool:
    """Whether an index that can be read has nothing for this environment: uv finds nothing to install, either."""
    look()
    with_uv = replace(source, with_pip=False)
    try:
        with_uv.install(environment, wanted, "--no-deps", "--dry-run", indexes=(source.access,))
    except CommandFailed:
        return True
    return False


def _install_dependencies(environment: Environment, name: str, source: Source) -> None:
    """Install what an installed project requires, and check that everything fits together."""
    requirements = environment.requirements_of(name)
    if not requirements:
        return
    try:
        source.install(environment, "\n".join(requirements), indexes=source.dependencies)
        check = [uv_binary(), "pip", "check", "--python", str(environment.python)]
        process.run(check, cwd=environment.path, env=environment.environ)
    except CommandFailed as error:
        raise _not_installed(f"what {name} depends on cannot be installed", error) from error


def _not_installed(what: str, error: CommandFailed) -> VerifyFailed:
    return VerifyFailed(what, why=error.why or error.what)


def _without_secrets(text: str, variables: Mapping[str, str]) -> str:
    """The text with every password hidden that is in a URL among the variables, or has a telling name."""
    secrets = {value for key, value in variables.items() if re.search(r"PASSWORD|TOKEN|SECRET", key)}
    for value in variables.values():
        for user, password in re.findall(r"//([^/\s:@]*):?([^/\s@]*)@", value):
            secrets |= {password or user, unquote(password or user)}
    return process.hidden(text, secrets)
