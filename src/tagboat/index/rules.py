"""What an index refuses by its rules, found before a byte is sent.

`RULES` holds what is known, with the day and the place where it was read. Rules change: what is not forbidden here
may be refused all the same, and a limit may have been raised for a project. Whether a README renders, licence files
are there and an sdist is named rightly is asked of the checks that know it.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import parse_wheel_filename
from packaging.version import InvalidVersion, Version

from tagboat.archive import Archive
from tagboat.checks import INDEX_RULES as CHECK
from tagboat.checks import description, metadata, sdist
from tagboat.checks.facts import ReleaseFacts
from tagboat.checks.words import listed
from tagboat.distribution import parse_filename
from tagboat.errors import CheckFailed, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tagboat.distribution import Distribution
    from tagboat.index.interface import IndexFile
    from tagboat.index.simple import Reader

MB = 1 << 20
SUMMARY = 512


@dataclass(frozen=True, slots=True)
class Rules:
    """What one kind of index is known to refuse; None where nothing is known.

    Attributes:
        read: the day on which the rules were read, and `source` where.
        metadata_version: the newest that it takes.
        size: of one file, in bytes, unless it was raised for the project.
        days: after these a release takes no new file.
        platforms: every platform tag that it takes.
        files: it takes one .tar.gz as the sdist, and names in their normal form.
        metadata: it reads the metadata strictly.
        names_burn: a file name that was used once is never free again, nor are the same bytes under another name.
    """

    read: str
    source: str
    metadata_version: tuple[int, int] | None = None
    size: int | None = None
    days: int | None = None
    platforms: re.Pattern[str] | None = None
    files: bool = False
    metadata: bool = False
    names_burn: bool = False


WAREHOUSE = Rules(
    read="2026-11-25",
    source="pypi/warehouse: forklift/legacy.py (2026-08-21), forklift/metadata.py; #19083 (metadata 2.5), #19727 and "
    "#20260 (14 days, since 2026-07-08)",
    metadata_version=(2, 5),
    size=100 * MB,
    days=14,
    platforms=re.compile(
        r"any|win32|win_(arm64|amd64|ia64)|linux_armv[67]l"
        r"|manylinux(1|2010)_(x86_64|i686)|manylinux2014_(x86_64|i686|aarch64|armv7l|ppc64|ppc64le|s390x)"
        r"|(many|musl)linux_\d+_\d+_(x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64)|manylinux_\d+_\d+_ppc64"
        r"|macosx_(10_\d+|1[1-5]_0|2\d_0)_(ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2)"
        r"|ios_\d+_\d+_(arm64|x86_64)_(iphoneos|iphonesimulator)"
        r"|android_\d+_(armeabi_v7a|arm64_v8a|x86|x86_64)|(pyemscripten|pyodide)_\d+_\d+_wasm32"
    ),
    files=True,
    metadata=True,
    names_burn=True,
)
RULES = {"pypi": WAREHOUSE, "testpypi": WAREHOUSE}


def objections(kind: str, index: str, reader: Reader, distributions: Sequence[Distribution]) -> Iterator[Problem]:
    """What an index of that kind ("": by no rules), known as `index`, would refuse. Reads its page of the project.

    Raises `IndexFailed` when that cannot be read.
    """
    rules = RULES.get(kind)
    if rules is not None:
        yield from _with_a_way_out(index, _by_themselves(rules, index, distributions))
    for project in dict.fromkeys(each.project for each in distributions):
        ours = [each for each in distributions if each.project == project]
        there = reader.files(project)
        yield from _other_bytes(index, ours, there)
        if rules is not None:
            yield from _with_a_way_out(index, _beside(rules, index, ours, there))
            yield from _with_a_way_out(index, _of_project(index, ours, there, reader))


def _with_a_way_out(index: str, found: Iterator[Problem]) -> Iterator[Problem]:
    """The problems, with what to do when the index has changed its mind since its rules were read."""
    for each in found:
        ignore = f'Should {index} take it by now: ignore = ["{CHECK}"] in [tool.tagboat.check].'
        yield Problem(each.what, each.why, f"{each.next} {ignore}".strip())


def _by_themselves(rules: Rules, index: str, distributions: Sequence[Distribution]) -> Iterator[Problem]:
    """What can be told without a look at the index."""
    with ExitStack() as opened:
        archives = []
        for distribution in distributions:
            try:
                archives.append(opened.enter_context(Archive.open(distribution)))
            except CheckFailed as error:
                yield Problem(error.what, error.why, error.next)
        for archive in archives:
            for look in LOOKS:
                yield from look(rules, index, archive)
        yield from _checked(rules, archives)


def _checked(rules: Rules, archives: Sequence[Archive]) -> Iterator[Problem]:
    """What the checks find that has to do with indexes, in the very same words."""
    first = archives[0].distribution if archives else None
    if first is None:
        return
    facts = ReleaseFacts(first.project, first.version)
    if rules.files:
        yield from sdist.check(archives, facts)
    if rules.metadata:
        yield from (each for each in metadata.check(archives, facts) if each.why == metadata.REFUSED)
        yield from description.refused(archives)


def _metadata_version(rules: Rules, index: str, archive: Archive) -> Iterator[Problem]:
    stated = archive.core[0].get("metadata_version", "")
    newest = rules.metadata_version
    if newest and re.fullmatch(r"\d+\.\d+", stated) and tuple(map(int, stated.split("."))) > newest:
        yield Problem(
            f"{archive.filename} has metadata of version {stated}, and {index} knows up to {newest[0]}.{newest[1]}",
            _known(rules),
            "Use an older release of the build back end, or leave out what needs the new version.",
        )


def _version(rules: Rules, index: str, archive: Archive) -> Iterator[Problem]:
    version = archive.distribution.version
    if rules.metadata and version.local:
        yield Problem(
            f"{archive.filename} has a local version, and {index} takes none: +{version.local}",
            "What follows the + tells builds of one version apart at home; others would mistake them for each other.",
            f"Release {version.public}, or the next version.",
        )


def _platforms(rules: Rules, index: str, archive: Archive) -> Iterator[Problem]:
    if rules.platforms is None or not archive.is_wheel:
        return
    platforms = {tag.platform for tag in parse_wheel_filename(archive.filename)[3]}
    refused = sorted(each for each in platforms if not rules.platforms.fullmatch(each))
    if refused:
        linux = any(each.startswith("linux_") for each in refused)
        yield Problem(
            f"{archive.filename} is for a platform that {index} does not take: {listed(refused)}",
            "Such a wheel runs on the machine that built it, and nobody can tell where else." if linux else "",
            "Build it in a manylinux or musllinux image (cibuildwheel does), or repair it with auditwheel."
            if linux
            else f"Build it for a platform that has a public definition. {_known(rules)}",
        )


def _file(rules: Rules, index: str, archive: Archive) -> Iterator[Problem]:
    if not rules.files:
        return
    name = archive.distribution.project.replace("-", "_")
    if archive.is_wheel and archive.filename.split("-")[0] != name:
        yield Problem(
            f"{archive.filename} does not begin with the normal form of the name, {name}",
            f"{index} refuses it.",
            "Update the build back end.",
        )
    if archive.filename.endswith(".zip"):
        yield Problem(
            f"{index} takes no sdist in a zip: {archive.filename}",
            "PEP 625 leaves .tar.gz only.",
            "Update the build back end.",
        )


def _metadata(rules: Rules, index: str, archive: Archive) -> Iterator[Problem]:
    if not rules.metadata:
        return
    core = archive.core[0]
    direct = [each for each in core.get("requires_dist", []) if _is_direct(each)]
    if direct:
        yield Problem(
            f"{archive.filename} depends on URLs, and {index} refuses that: {listed(direct)}",
            "Who installs from an index gets everything from indexes.",
            "Depend on a released version; what only developers need goes into a dependency group.",
        )
    private = [each for each in core.get("classifiers", []) if each.startswith("Private ::")]
    if private:
        yield Problem(
            f"{archive.filename} says of itself that it must not be published: {listed(private)}",
            f"{index} refuses that classifier on purpose.",
            f"Take {index} out of the indexes, or the classifier out of the project.",
        )
    if len(core.get("summary", "")) > SUMMARY:
        yield Problem(
            f"{archive.filename} has a summary of more than {SUMMARY} characters",
            f"{index} refuses it.",
            "Shorten `description` in [project] of pyproject.toml.",
        )


LOOKS: tuple[Callable[[Rules, str, Archive], Iterator[Problem]], ...] = (
    _metadata_version,
    _version,
    _platforms,
    _file,
    _metadata,
)


def _is_direct(requirement: str) -> bool:
    try:
        return Requirement(requirement).url is not None
    except InvalidRequirement:
        return False  # the check of the metadata tells


def _known(rules: Rules) -> str:
    """How fresh that knowledge is."""
    return f"That was so on {rules.read}."


def _other_bytes(index: str, ours: Sequence[Distribution], there: dict[str, IndexFile]) -> Iterator[Problem]:
    for each in ours:
        held = there.get(each.filename)
        if held is not None and held.sha256 not in {None, each.sha256}:
            yield Problem(
                f"{index} has {each.filename} with other bytes",
                f"ours: sha256 {each.sha256}; on the index: sha256 {held.sha256}",
                "A file once published is never replaced: release the next version, or fetch those bytes.",
            )


def _beside(rules: Rules, index: str, ours: Sequence[Distribution], there: dict[str, IndexFile]) -> Iterator[Problem]:
    """What comes of the files that the index has already."""
    new = [each for each in ours if each.filename not in there]
    yield from _sizes(rules, index, new, there)
    if rules.names_burn:
        for each in new:
            twin = next((name for name, file in there.items() if file.sha256 == each.sha256), None)
            if twin:
                yield Problem(
                    f"{index} has these bytes of {each.filename} under another name: {twin}",
                    "It takes the same bytes only once.",
                    "Build the file anew, or publish nothing: people have it already.",
                )
    for version in dict.fromkeys(each.version for each in new):
        release = {name: file for name, file in there.items() if _version_of(name) == version}
        yield from _closed(rules, index, [each for each in new if each.version == version], release)
        yield from _sdists(rules, index, [each for each in ours if each.version == version], release)


def _sizes(rules: Rules, index: str, new: Sequence[Distribution], there: dict[str, IndexFile]) -> Iterator[Problem]:
    """A project that has a larger file got a higher limit once."""
    if rules.size is None or any((file.size or 0) > rules.size for file in there.values()):
        return
    for each in new:
        if each.size > rules.size:
            yield Problem(
                f"{each.filename} has {each.size / MB:.0f} MB, and {index} takes {rules.size // MB} MB a file",
                _known(rules),
                "Leave out what people can fetch later, or ask the index for a higher limit first.",
            )


def _closed(rules: Rules, index: str, new: Sequence[Distribution], release: dict[str, IndexFile]) -> Iterator[Problem]:
    """A release begins with its first file. When that was deleted, nobody can tell any more."""
    times = [file.uploaded for file in release.values() if file.uploaded is not None]
    if rules.days is None or not times:
        return
    age = datetime.now(timezone.utc) - min(times)
    if age > timedelta(days=rules.days):
        yield Problem(
            f"{index} takes no new files for {new[0].version}: {listed(each.filename for each in new)}",
            f"The release is {age.days} days old, and after {rules.days} days it is closed. {_known(rules)}",
            "Release the next version.",
        )


def _sdists(rules: Rules, index: str, ours: Sequence[Distribution], release: dict[str, IndexFile]) -> Iterator[Problem]:
    names = {each.filename for each in ours if each.kind == "sdist"}
    names |= {name for name in release if not name.endswith(".whl")} if names else set()
    if rules.files and len(names) > 1:
        yield Problem(
            f"{index} takes one sdist a release, and these would be {len(names)}: {listed(sorted(names))}",
            next="Publish only the one that the index has already, or the .tar.gz.",
        )


def _of_project(
    index: str, ours: Sequence[Distribution], there: dict[str, IndexFile], reader: Reader
) -> Iterator[Problem]:
    """What the index says of the project as a whole."""
    project = reader.project(ours[0].project)
    if project.status in {"archived", "quarantined"}:
        yield Problem(
            f"{ours[0].project} is {project.status} on {index}",
            "It takes no files for such a project.",
            "An owner takes it out of the archive, in the project's settings."
            if project.status == "archived"
            else "Its administrators look at it; write to them.",
        )
    known = {_parsed(text) for text in project.versions} - {_version_of(name) for name in there}
    for version in sorted({each.version for each in ours} & known):
        yield Problem(
            f"{index} has had files of {ours[0].project} {version}, and they were deleted",
            "A file name that was used once is never free again.",
            "Release the next version.",
        )


def _version_of(filename: str) -> Version | None:
    parsed = parse_filename(filename)
    return parsed[2] if parsed else None


def _parsed(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
