"""What the test job runs where the configuration does not say it: an install, and the project's tests."""

from __future__ import annotations

import re
from shlex import quote
from typing import TYPE_CHECKING

from tagboat import tomlfile
from tagboat.project.layout import find_packages
from tagboat.project.metadata import project_name
from tagboat.project.sources import ini_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagboat.config import Config
    from tagboat.project.sources import Sources

NAMES = ("test", "tests", "testing", "dev")
"""What projects call the extra, or the dependency group (PEP 735), with what their tests need."""


def test_commands(config: Config, sources: Sources) -> tuple[str, ...]:
    """Lines of shell that install the project, in the folder that it is in, and try it."""
    if config.ci.test:
        return config.ci.test
    if not _has_tests(sources):
        names = [package.name for package in find_packages(sources, project_name(sources))]
        imports = (f"python -c {quote(f'import {name}')}" for name in names)
        return ("python -m pip install .", *imports)
    extras = _extras(sources)
    groups = tomlfile.table(sources.values, "dependency-groups")
    if extra := _first(extras):
        target, wanted = f"'.[{extra}]'", extras[extra]
    elif group := _first(groups):
        target, wanted = f". --group {group}", tomlfile.strings(groups, group)
    else:
        target, wanted = ".", ()
    if not any(re.match(r"pytest(?![\w-])", text) for text in wanted):
        target += " pytest"
    # pip knows groups since 25.1.
    newer = ("python -m pip install 'pip>=25.1'",) if "--group" in target else ()
    return (*newer, f"python -m pip install {target}", "python -m pytest")


def _has_tests(sources: Sources) -> bool:
    folders = (sources.root / "tests", sources.root / "test")
    return any(folder.is_dir() for folder in folders) or any(sources.root.glob("test_*.py"))


def _extras(sources: Sources) -> dict[str, tuple[str, ...]]:
    declared = tomlfile.table(sources.project, "optional-dependencies")
    section = sources.cfg.get("options.extras_require", {})
    return {
        **{name: tomlfile.strings(declared, name) for name in declared},
        **{name: ini_list(text) for name, text in section.items()},
    }


def _first(names: Iterable[str]) -> str:
    there = set(names)
    return next((name for name in NAMES if name in there), "")
