"""What the build job hands to the jobs after it: a folder that is checked on arrival.

    <folder>/dist/          the distributions, and nothing else
    <folder>/SHA256SUMS     their hashes, as sha256sum writes them in dist/
    <folder>/release.json   project, version, tag, commit, files

The folder travels as an artifact, its hashes travel as an output of the job: who can change one cannot change the
other.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tagboat import textfile
from tagboat.distribution import Distribution, parse_filename, sha256_of
from tagboat.errors import CheckFailed, NotReady, Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

FOLDER = "handover"
DIST, SUMS, RELEASE = "dist", "SHA256SUMS", "release.json"
LINE = re.compile(r"([0-9a-f]{64}) [ *]([^/\\\s]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A release between two jobs; its distributions have the hashes that they left with.

    `tag` is "" for a dry run of a branch.
    """

    project: str
    version: Version
    tag: str
    commit: str
    distributions: tuple[Distribution, ...]


def pack(folder: Path, *, project: str, tag: str, commit: str, distributions: Sequence[Distribution]) -> str:
    """Write the folder anew and return the text of its SHA256SUMS. Raises what `make_room` raises."""
    make_room(folder)
    files = {each.filename: each.sha256 for each in sorted(distributions, key=lambda each: each.filename)}
    for each in distributions:
        shutil.copyfile(each.path, folder / DIST / each.filename)
    sums = "".join(f"{sha256}  {name}\n" for name, sha256 in files.items())
    version = str(distributions[0].version)
    release = {"project": project, "version": version, "tag": tag, "commit": commit, "files": files}
    textfile.write(folder / SUMS, sums)
    textfile.write(folder / RELEASE, json.dumps(release, indent=2) + "\n")
    return sums


def make_room(folder: Path) -> None:
    """Remove what was packed before. Raises `NotReady` when others' files are in the folder."""
    foreign = sorted(path.name for path in folder.glob("*") if path.name not in (DIST, SUMS, RELEASE))
    if foreign:
        raise NotReady(
            f"{folder} holds what is no part of a release: {', '.join(foreign)}",
            why="The whole folder travels to the jobs that publish.",
            next="Delete it, or choose another with --out.",
        )
    shutil.rmtree(folder / DIST, ignore_errors=True)
    (folder / DIST).mkdir(parents=True)


def digest(sums: str) -> str:
    """A SHA256SUMS in one line: the SHA-256 of its text, for systems whose jobs hand on single lines only."""
    return hashlib.sha256(sums.encode()).hexdigest()


def arrive(folder: Path, sha256sums: str) -> Handover:
    """What a folder holds, if that is what the build job packed. Raises `CheckFailed` with every wrong file.

    `sha256sums` is what the build job said: the text of SHA256SUMS, or its digest.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", next="Download what the build job packed into it.")
    expected, problems = _expected(folder, sha256sums)
    problems += _file_problems(folder, expected)
    release = _release(folder, expected, problems)
    if problems:
        raise CheckFailed(
            "what arrived is not what the build job packed",
            problems=problems,
            next="Nothing was published. Start the whole run again; if it happens again, find out who changes it.",
        )
    return Handover(
        project=release["project"],
        version=Version(release["version"]),
        tag=release["tag"],
        commit=release["commit"],
        distributions=tuple(Distribution.from_file(folder / DIST / name) for name in sorted(expected)),
    )


def _expected(folder: Path, sha256sums: str) -> tuple[dict[str, str], list[Problem]]:
    """Names and hashes that the build job said."""
    text = sha256sums.strip()
    here = (folder / SUMS).read_text("utf-8", "replace") if (folder / SUMS).is_file() else None
    problems = []
    if re.fullmatch(r"[0-9a-f]{64}", text):
        if here is None or digest(here) != text:
            problems.append(_changed(SUMS, here))
        text = here or ""
    elif here is None or here.split() != text.split():
        problems.append(_changed(SUMS, here))
    files = {}
    for line in text.splitlines():
        match = LINE.fullmatch(line.strip())
        if match is None or parse_filename(match[2]) is None:
            problems.append(Problem(f"{json.dumps(line[:100])} is no line of {SUMS}"))
        else:
            files[match[2]] = match[1]
    return files, problems if files or problems else [Problem(f"{SUMS} names no file")]


def _changed(name: str, there: object) -> Problem:
    return Problem(f"{name} is missing" if there is None else f"{name} was changed")


def _file_problems(folder: Path, expected: Mapping[str, str]) -> Iterator[Problem]:
    """Every file that is wrong, missing or nobody's."""
    here = {path.name: path for path in (folder / DIST).glob("*")}
    for name, sha256 in expected.items():
        path = here.pop(name, None)
        if path is None or not path.is_file():
            yield Problem(f"{name} is missing")
        elif (found := sha256_of(path)) != sha256:
            yield Problem(f"{name} was changed", f"The build job packed {sha256}, this is {found}.")
    strangers = [f"{DIST}/{name}" for name in here]
    strangers += [path.name for path in folder.glob("*") if path.name not in (DIST, SUMS, RELEASE)]
    yield from (Problem(f"{json.dumps(name)} was not packed by the build job") for name in sorted(strangers))


def _release(folder: Path, expected: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """What release.json says, held against the files, whose hashes nobody can change."""
    try:
        found = json.loads((folder / RELEASE).read_bytes())
        release = {key: found[key] for key in ("project", "version", "tag", "commit")}
        named = {(canonicalize_name(release["project"]), Version(release["version"]))}
        agrees = found["files"] == expected and all(isinstance(each, str) for each in release.values())
    except FileNotFoundError:
        problems.append(Problem(f"{RELEASE} is missing"))
        return {}
    except (ValueError, KeyError, TypeError, AttributeError, InvalidVersion):
        problems.append(Problem(f"{RELEASE} is not what the build job wrote"))
        return {}
    stated = {parsed[1:] for name in expected if (parsed := parse_filename(name))}
    if not agrees or (expected and stated != named):
        problems.append(Problem(f"{RELEASE} was changed: it tells of other files"))
    return release
