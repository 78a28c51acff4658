"""What the checks will refuse in the sdist, known before it is built: from the back ends' own defaults.

Says nothing of a project whose settings change what goes into its sdist: then only the build can tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from packaging.version import Version

from tagboat import textfile, tomlfile
from tagboat.project.layout import find_packages
from tagboat.project.metadata import project_name
from tagboat.project.sources import SETUP_PY, read_sources
from tagboat.project.unwanted import offence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from tagboat.config import CheckConfig
    from tagboat.errors import Problem
    from tagboat.project.sources import Sources

    Rule: TypeAlias = Callable[[str], bool]
    """Whether a tracked file that git does not ignore is surely in the sdist."""

SETUPTOOLS = frozenset({"setuptools", "wheel"})
SETUPTOOLS_SCM = "setuptools-scm"


def foreseen(
    root: Path,
    config: CheckConfig,
    tracked: Callable[[], Iterable[str]],
    ignored: Callable[[Sequence[str]], Collection[str]],
) -> tuple[Problem, ...]:
    """Return the problems that the build of the project in `root` is sure to have.

    `tracked` lists its files in git, `ignored` those of some files that git would ignore were they new.
    """
    sources = read_sources(root)
    rule = None if "shipped" in config.ignore else rule_of(sources)
    if rule is None:
        return ()
    files = [path for path in tracked() if offence(path) and rule(path)]
    paths = sorted(set(files).difference(ignored(files))) if files else []
    if not paths:
        return ()
    from tagboat.checks.facts import ReleaseFacts
    from tagboat.checks.shipped import expected

    facts = ReleaseFacts("", Version("0"), backend=sources.backend, allow=config.allow)
    return tuple(expected(paths, facts))


def rule_of(sources: Sources) -> Rule | None:
    """Return which files the project's back end puts into its sdist, None when that cannot be told for sure."""
    rules = {
        "hatchling.build": _hatchling,
        "setuptools.build_meta": _setuptools,
        "setuptools.build_meta:__legacy__": _setuptools,
        "flit_core.buildapi": _flit,
        "poetry.core.masonry.api": _poetry,
        "pdm.backend": _pdm,
        "uv_build": _uv,
    }
    rule = rules.get(sources.backend)
    if rule is None or "backend-path" in tomlfile.table(sources.values, "build-system"):
        return None
    return rule(sources)


def _hatchling(sources: Sources) -> Rule | None:
    """Everything, unless settings or code of the project say otherwise."""
    build = sources.tool("hatch", "build")
    targets, hooks = (tomlfile.table(build, key) for key in ("targets", "hooks"))
    if build.keys() - {"targets", "hooks"} or "sdist" in targets or "custom" in hooks:
        return None
    return None if (sources.root / "hatch.toml").is_file() else lambda _: True


def _setuptools(sources: Sources) -> Rule | None:
    """Everything with setuptools-scm; without, what has always been taken for the project's tests."""
    plugins = set(sources.build_requires) - SETUPTOOLS
    if plugins - {SETUPTOOLS_SCM} or _pinned(sources) or _leaves_out(sources):
        return None
    if SETUPTOOLS_SCM in plugins:
        return None if _keeps_from_archives(sources.root) else lambda _: True
    return lambda path: re.fullmatch(r"tests?/test[^/]*\.py", path) is not None


def _pinned(sources: Sources) -> bool:
    """Whether an old setuptools may be asked for, which does less by itself."""
    requires = tomlfile.strings(sources.values, "build-system", "requires")
    return any(re.search(r"<|==|~=|@", text) for text in requires)


def _leaves_out(sources: Sources) -> bool:
    """Whether the project says what is left out, or brings code of its own for the sdist."""
    manifest, setup = (_text(sources.root / name) for name in ("MANIFEST.in", SETUP_PY))
    told = re.search(r"^\s*(prune|exclude|recursive-exclude|global-exclude)\b", manifest, re.MULTILINE)
    options = (*sources.cfg.get("options", ()), *sources.tool("setuptools"))
    return told is not None or "cmdclass" in setup or "cmdclass" in options


def _keeps_from_archives(root: Path) -> bool:
    """Whether git leaves something out of archives, which is what setuptools-scm goes by."""
    for folder in (root, *root.parents):
        if "export-ignore" in _text(folder / ".gitattributes"):
            return True
        if (folder / ".git").exists():
            break
    return any("export-ignore" in _text(path) for path in root.glob("*/**/.gitattributes"))


def _flit(sources: Sources) -> Rule | None:
    return None if "exclude" in sources.tool("flit", "sdist") else _packages(sources)


def _poetry(sources: Sources) -> Rule | None:
    """The packages, those named as whole folders for both distributions too."""
    settings = sources.tool("poetry")
    partial = re.search(r"[*?]|'(format|to)'", str(settings.get("packages", "")))
    return None if partial or settings.keys() & {"include", "exclude"} else _packages(sources)


def _pdm(sources: Sources) -> Rule | None:
    """The packages, and the folder `tests`."""
    if sources.tool("pdm", "build") or (sources.root / "pdm_build.py").is_file():
        return None
    packages = _packages(sources)
    return lambda path: path.startswith("tests/") or packages(path)


def _uv(sources: Sources) -> Rule | None:
    return None if sources.tool("uv", "build-backend").keys() - {"module-name", "module-root"} else _packages(sources)


def _packages(sources: Sources) -> Rule:
    """All that is in the folders of the packages."""
    folders = tuple(f"{package.path}/" for package in find_packages(sources, project_name(sources)) if package.path)
    return lambda path: path.startswith(folders)


def _text(path: Path) -> str:
    return textfile.read(path).text if path.is_file() else ""
