"""A wheel installs importable modules and nothing beside them, and its tags are true."""

from __future__ import annotations

from keyword import iskeyword
from typing import TYPE_CHECKING

from packaging.tags import parse_tag
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from tagboat.archive import module_stem
from tagboat.checks.words import listed
from tagboat.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagboat.archive import Archive
    from tagboat.checks.facts import ReleaseFacts

NAME = "wheel"

# Names that no project may take in everybody's site-packages. `tests` and the like are in `shipped`.
COMMON = frozenset(
    (
        *(
            "app",
            "build",
            "cli",
            "data",
            "dist",
            "doc",
            "docs",
            "example",
            "examples",
            "lib",
            "scripts",
            "src",
        ),
        *("venv", "setup.py", "noxfile.py"),
    )
)
COMPILED = (".so", ".pyd")
UNTRUE = "Installers choose wheels by the tags of the file name, and would install it where it does not work."
REBUILD = "Build the wheel again, and do not rename it: `wheel tags` changes both places."


def check(archives: Sequence[Archive], release: ReleaseFacts) -> Iterator[Problem]:
    """Look at the layout and the WHEEL file of every wheel (binary distribution format, PyPA)."""
    for archive in archives:
        if archive.is_wheel:
            yield from _dist_info(archive)
            yield from _tags(archive)
            yield from _layout(archive, release)


def _dist_info(archive: Archive) -> Iterator[Problem]:
    tops = {path.split("/")[0] for path in archive.files if "/" in path}
    found = sorted(top for top in tops if top.endswith(".dist-info"))
    if len(found) != 1 or not _is_named_for(found[0], archive):
        yield Problem(
            f"{archive.filename} has no single .dist-info folder of its name and version"
            + (f", but {listed(found)}" if found else ""),
            "Installers and indexes refuse it.",
            REBUILD,
        )


def _is_named_for(folder: str, archive: Archive) -> bool:
    name, _, version = folder.removesuffix(".dist-info").partition("-")
    distribution = archive.distribution
    try:
        return canonicalize_name(name) == distribution.project and Version(version) == distribution.version
    except InvalidVersion:
        return False


def _tags(archive: Archive) -> Iterator[Problem]:
    member = archive.files.get(f"{archive.dist_info}/WHEEL")
    if member is None:
        yield Problem(f"{archive.filename} has no WHEEL file", "Installers refuse it.", REBUILD)
        return
    from email.parser import BytesParser

    header = BytesParser().parsebytes(archive.read_member(member), headersonly=True)
    _, _, build, tags = parse_wheel_filename(archive.filename)
    expected = frozenset(map(str, tags))
    stated = frozenset(tag for line in header.get_all("Tag", []) for tag in _parsed_tag(str(line)))
    if stated != expected:
        yield Problem(
            f"{archive.filename} is named for other tags than its WHEEL file has: {listed(sorted(stated ^ expected))}",
            UNTRUE,
            REBUILD,
        )
    if str(header.get("Build", "")) != "".join(map(str, build)):
        yield Problem(f"{archive.filename} has another build number in its WHEEL file", UNTRUE, REBUILD)
    if not str(header.get("Wheel-Version", "")).startswith("1."):
        yield Problem(
            f"{archive.filename} is not of wheel version 1: {header.get('Wheel-Version')}",
            "Installers do not know any other.",
            "Update the build back end.",
        )
    compiled = [path for path in archive.library if path.endswith(COMPILED)]
    if compiled and all(tag.platform == "any" for tag in tags):
        yield Problem(
            f"{archive.filename} is tagged for all platforms, but holds compiled modules: {listed(compiled)}",
            UNTRUE,
            "Leave compiled modules out, or make the build back end tag the wheel for its platform.",
        )


def _parsed_tag(text: str) -> set[str]:
    """The single tags that a compressed one stands for; the text itself when it is none."""
    try:
        return set(map(str, parse_tag(text)))
    except ValueError:
        return {text}


def _layout(archive: Archive, release: ReleaseFacts) -> Iterator[Problem]:
    own = canonicalize_name(release.project)
    tops = {path.split("/")[0]: "/" in path for path in archive.library if not release.allows(path)}
    common = [top for top in tops if top in COMMON and canonicalize_name(top.removesuffix(".py")) != own]
    yield from _misplaced(archive, release, "takes names in site-packages that are not its own", common)
    others = {top: is_folder for top, is_folder in tops.items() if top not in COMMON}
    stray = [top for top, is_folder in others.items() if not is_folder and _is_stray(top)]
    yield from _misplaced(archive, release, "puts files beside the packages of other projects", stray)
    empty = [top for top, is_folder in others.items() if is_folder and not _has_module(archive, top)]
    yield from _misplaced(archive, release, "has top-level folders without a module", empty)
    unreachable = [top for top in others if top not in {*stray, *empty} and not _is_importable(top)]
    yield from _misplaced(archive, release, "has modules that no import can reach", unreachable)


def _misplaced(archive: Archive, release: ReleaseFacts, what: str, names: list[str]) -> Iterator[Problem]:
    if names:
        yield Problem(
            f"{archive.filename} {what}: {listed(names)}",
            "All projects are installed into one folder: the next one with the same name overwrites it.",
            _name_the_package(release),
        )


def _name_the_package(release: ReleaseFacts) -> str:
    package = canonicalize_name(release.project).replace("-", "_")
    lines = {
        "hatchling": f'[tool.hatch.build.targets.wheel]\n  packages = ["src/{package}"]',
        "setuptools": f'[tool.setuptools.packages.find]\n  where = ["src"]\n  include = ["{package}*"]',
    }.get(release.backend.split(".")[0])
    if lines is None:
        return "Tell the build back end which packages to ship, and keep data inside them."
    return f"Name the packages to ship (here for a src folder), and keep data inside them:\n  {lines}"


def _is_stray(name: str) -> bool:
    return name == "__init__.py" or not (name.endswith(".pth") or module_stem(name))


def _is_importable(top: str) -> bool:
    """Whether `import` takes this name; what is below it, packages may load in ways of their own."""
    name = (module_stem(top) or top).removesuffix("-stubs")
    return top.endswith(".pth") or (name.isidentifier() and not iskeyword(name))


def _has_module(archive: Archive, top: str) -> bool:
    is_stubs = top.endswith("-stubs")
    return is_stubs or any(path.startswith(f"{top}/") and module_stem(path) for path in archive.library)
