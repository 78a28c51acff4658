"""The import packages of a project, and the folders they lie in, found without running anything."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tagboat import tomlfile
from tagboat.dataclass import dataclass
from tagboat.project.sources import ini_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagboat.project.sources import Sources

# Top-level folders and modules of a flat layout that are not what the project is about.
ASIDE = re.compile(
    "benchmarks?|bin|build|ci|conftest|data|demos?|dist|docs?|examples?|fabfile|integration_tests|lib|node_modules|noxfile"
    "|requirements|samples|scripts|setup|site|stubs|tasks|test|testing|tests|tools|utils?|vendor|venv|versioneer"
)


@dataclass(frozen=True, slots=True)
class Package:
    """A top-level import package or module. `path` is its folder or file, relative to the project's root.

    A part of a namespace has a dotted name. An extension module that no file of the tree shows has no path.
    """

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Declared:
    """What a back end's settings say: import names (none when it finds them itself) and folders to look in."""

    names: tuple[str, ...] = ()
    folders: tuple[str, ...] = ("src", ".")
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()

    def takes(self, name: str) -> bool:
        """Tell whether the patterns let a package in."""
        return any(fnmatchcase(name, pattern) for pattern in self.include) and not any(
            fnmatchcase(name, pattern) for pattern in self.exclude
        )


def find_packages(sources: Sources, project: str) -> tuple[Package, ...]:
    """Return the packages that the project's back end puts into a wheel, as far as can be told."""
    declared = declare(sources)
    if declared.names:
        return tuple(_declared_packages(sources.root, declared))
    found = tuple(each for each in _all_packages(sources.root, declared.folders, project) if declared.takes(each.name))
    named = tuple(each for each in found if canonicalize_name(each.name) == canonicalize_name(project))
    if named and not sources.backend.startswith("setuptools"):  # the others take the package of that name
        return named
    if not found and sources.backend == "maturin":
        return (Package(canonicalize_name(project).replace("-", "_"), ""),)
    return found


def declare(sources: Sources) -> Declared:
    """Return what the settings of the project's back end say about its packages."""
    readers = {
        "hatchling": _hatch,
        "poetry": _poetry,
        "flit": _flit,
        "pdm": _pdm,
        "uv_build": _uv,
        "maturin": _maturin,
    }
    prefix = next((prefix for prefix in readers if sources.backend.startswith(prefix)), None)
    return readers[prefix](sources) if prefix else _setuptools(sources)


def _declared_packages(root: Path, declared: Declared) -> Iterator[Package]:
    for name in sorted(_without_children(declared.names)):
        candidates = [PurePosixPath(folder, *name.split(".")) for folder in declared.folders]
        for path in candidates:
            if root.joinpath(path).is_dir():
                yield from _portions(root, Package(name, str(path)))
                break
            if root.joinpath(f"{path}.py").is_file():
                yield Package(name, f"{path}.py")
                break


def _portions(root: Path, package: Package) -> Iterator[Package]:
    """Yield the package itself, or what is in it when it is a mere namespace."""
    folder = root / package.path
    parts = () if any(folder.glob("*.py")) else _packages_in(folder, PurePosixPath(package.path))
    yield from [Package(f"{package.name}.{part.name}", part.path) for part in parts] or [package]


def _without_children(names: tuple[str, ...]) -> set[str]:
    """Return the names whose parent is not among them."""
    return {name for name in names if name.rpartition(".")[0] not in names}


def _all_packages(root: Path, folders: tuple[str, ...], project: str) -> tuple[Package, ...]:
    """Return the packages in the first folder that has any."""
    for folder in folders:
        base = root / folder
        if base.is_dir():
            project_at_root = project if base.samefile(root) else None
            found = tuple(_packages_in(base, PurePosixPath(folder), project_at_root))
            if found:
                return found
    return ()


def _packages_in(base: Path, folder: PurePosixPath, project: str | None = None) -> Iterator[Package]:
    """Yield packages, namespace parts and modules.

    Given a project, the folder is its root: what is set aside there is no part of it, nor are modules and
    namespaces of another name.
    """
    for entry in sorted(base.iterdir()):
        name = entry.stem if entry.suffix == ".py" else entry.name
        if not name.isidentifier() or (project and ASIDE.fullmatch(name)):
            continue
        if entry.suffix == ".py":
            if name != "__init__" and (not project or canonicalize_name(name) == canonicalize_name(project)):
                yield Package(name, str(folder / entry.name))
        elif (entry / "__init__.py").is_file():
            yield Package(name, str(folder / name))
        elif entry.is_dir() and (not project or canonicalize_name(project).startswith(canonicalize_name(name))):
            yield from _parts(entry, folder / name)


def _parts(namespace: Path, folder: PurePosixPath) -> Iterator[Package]:
    for part in _packages_in(namespace, folder):
        yield Package(f"{namespace.name}.{part.name}", part.path)


def _from_paths(paths: tuple[str, ...]) -> Declared:
    """Read a list of package folders, each relative to the root: the last part is the import name."""
    pure = [PurePosixPath(path) for path in paths]
    return Declared(
        tuple(path.name.removesuffix(".py") for path in pure),
        tuple(dict.fromkeys(str(path.parent) for path in pure)),
    )


def _hatch(sources: Sources) -> Declared:
    build = sources.tool("hatch", "build")
    wheel = tomlfile.table(build, "targets", "wheel")
    for values, key in ((wheel, "packages"), (wheel, "only-include"), (build, "packages")):
        paths = tomlfile.strings(values, key)
        if paths:
            return _from_paths(paths)
    return Declared()


def _poetry(sources: Sources) -> Declared:
    packages = sources.tool("poetry").get("packages")
    entries = [entry for entry in packages if isinstance(entry, dict)] if isinstance(packages, list) else []
    paths = (PurePosixPath(tomlfile.string(each, "from"), tomlfile.string(each, "include")) for each in entries)
    # An include may be a glob below the package: the first part is the package.
    return _from_paths(tuple(str(path).partition("/**")[0] for path in paths)) if entries else Declared()


def _flit(sources: Sources) -> Declared:
    name = tomlfile.string(sources.tool("flit"), "module", "name")
    name = name or tomlfile.string(sources.tool("flit"), "metadata", "module")
    name = name or tomlfile.string(sources.project, "name").replace("-", "_")
    return Declared((name,)) if name else Declared()


def _pdm(sources: Sources) -> Declared:
    build = sources.tool("pdm", "build")
    folder = tomlfile.string(build, "package-dir")
    includes = tuple(path for path in tomlfile.strings(build, "includes") if sources.root.joinpath(path).is_dir())
    if includes:
        return _from_paths(includes)
    return Declared((), (folder,) if folder else Declared().folders)


def _uv(sources: Sources) -> Declared:
    settings = sources.tool("uv", "build-backend")
    folder = tomlfile.string(settings, "module-root") if "module-root" in settings else "src"
    names = tomlfile.strings(settings, "module-name")
    return Declared(
        names or (canonicalize_name(tomlfile.string(sources.project, "name")).replace("-", "_"),),
        (folder or ".",),
    )


def _maturin(sources: Sources) -> Declared:
    settings = sources.tool("maturin")
    folder = tomlfile.string(settings, "python-source")
    folders = (folder,) if folder else ("python", *Declared().folders)
    name = tomlfile.string(settings, "module-name").partition(".")[0]
    return Declared(tomlfile.strings(settings, "python-packages") or ((name,) if name else ()), folders)


def _setuptools(sources: Sources) -> Declared:
    settings = sources.tool("setuptools")
    options = sources.cfg.get("options", {})
    cfg_find = {key: list(ini_list(text)) for key, text in sources.cfg.get("options.packages.find", {}).items()}
    find = tomlfile.table(settings, "packages", "find") or tomlfile.table(sources.keywords, "packages") or cfg_find
    return Declared(
        names=(
            *tomlfile.strings(settings, "packages"),
            *tomlfile.strings(settings, "py-modules"),
            *(name for name in ini_list(options.get("packages", "")) if not name.startswith("find")),
            *ini_list(options.get("py_modules", "")),
            *tomlfile.strings(sources.keywords, "packages"),
            *tomlfile.strings(sources.keywords, "py_modules"),
        ),
        folders=tomlfile.strings(find, "where") or setuptools_folders(sources),
        include=tomlfile.strings(find, "include") or Declared().include,
        exclude=tomlfile.strings(find, "exclude"),
    )


def setuptools_folders(sources: Sources) -> tuple[str, ...]:
    """Return the folders in which setuptools looks for modules."""
    mapping = package_dir(sources)
    parents = [PurePosixPath(folder).parent for name, folder in mapping.items() if name]
    named = [str(parent) for parent in parents]
    return (mapping[""], *named) if "" in mapping else (*named, *Declared().folders)


def package_dir(sources: Sources) -> dict[str, str]:
    """Return setuptools' `package_dir`: where packages lie, "" standing for all others."""
    lines = ini_list(sources.cfg.get("options", {}).get("package_dir", ""))
    pairs = (line.partition("=")[::2] for line in lines)
    mapping: dict[str, object] = {name.strip(): folder.strip() for name, folder in pairs}
    mapping |= tomlfile.table(sources.keywords, "package_dir")
    mapping |= tomlfile.table(sources.tool("setuptools"), "package-dir")
    return {name: folder for name, folder in mapping.items() if isinstance(folder, str)}
