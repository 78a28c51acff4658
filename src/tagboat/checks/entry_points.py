"""Every command and plug-in is written so that installers understand it, and names a module that is there."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING

from tagboat.archive import module_stem
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.archive import Archive
    from tagboat.checks.facts import ReleaseFacts

NAME = "entry-points"

SCRIPTS = ("console_scripts", "gui_scripts")
# Object reference of the entry points specification (PyPA): module, attribute, extras.
REFERENCE = re.compile(r"(?P<module>\w+(\.\w+)*)\s*(:\s*(?P<attribute>\w+(\.\w+)*))?\s*(\[[\w\s,.-]*\])?")
GROUP = re.compile(r"\w+(\.\w+)*")
SCRIPT = re.compile(r"[\w.-]+")


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:  # noqa: ARG001
    """Read `entry_points.txt` of every wheel."""
    for archive in archives:
        path = f"{archive.dist_info}/entry_points.txt"
        if archive.is_wheel and path in archive.files:
            for what in _problems(archive, archive.read(path)):
                yield Problem(
                    f"{archive.filename}: {what}",
                    "It would fail for the people who install the project, not for you.",
                    "Correct [project.scripts] or [project.entry-points.…] in pyproject.toml.",
                )


def _problems(archive: Archive, data: bytes) -> Iterator[str]:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, default_section="")
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    try:
        parser.read_string(data.decode("utf-8"), "entry_points.txt")
    except (UnicodeDecodeError, configparser.Error) as error:
        yield f"entry_points.txt cannot be read: {' '.join(str(error).split())}"
        return
    modules = _modules(archive)
    for group in parser.sections():
        if not GROUP.fullmatch(group):
            yield f"{group!r} is not a name for a group of entry points"
        for name, value in parser.items(group):
            yield from _entry(archive, modules, group, name, value)


def _entry(archive: Archive, modules: set[str], group: str, name: str, value: str) -> Iterator[str]:
    entry = f"{name} = {value} in {group}"
    reference = REFERENCE.fullmatch(value)
    if reference is None:
        yield f"{entry} is not written as module:attribute"
        return
    if group in SCRIPTS and not (SCRIPT.fullmatch(name) and reference["attribute"]):
        yield f"{entry} does not make a command: it needs a plain name, and a function after the colon"
    module = reference["module"]
    if module not in modules and not _may_be_elsewhere(archive, modules, module):
        yield f"{entry} names the module {module}, which is not in the wheel"


def _may_be_elsewhere(archive: Archive, modules: set[str], module: str) -> bool:
    """A module of a top-level package that is not ours can come from a dependency."""
    return module.partition(".")[0] not in modules and bool(archive.core[0].get("requires_dist"))


def _modules(archive: Archive) -> set[str]:
    """Dotted names of all modules and packages of the wheel, namespace packages too."""
    names = set()
    for path in archive.library:
        parts = (module_stem(path) or path.rpartition("/")[0]).split("/")
        if parts[-1] == "__init__":
            parts.pop()
        names |= {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return names
