"""Build what a run releases, or tries, and show that it can be installed: the work of the build job."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tagboat import release
from tagboat.ci.adopted import check_adopted
from tagboat.ci.look import readable
from tagboat.distribution import Distribution, parse_filename
from tagboat.errors import Blocked, CheckFailed, NotReady, Problem
from tagboat.preflight import SHALLOW
from tagboat.steps.check import frozen
from tagboat.versions import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packaging.version import Version

    from tagboat.observer import Observer
    from tagboat.workspace import Workspace

INDEX = "files"  # of the index that the built files are tried from


@dataclass(frozen=True, slots=True)
class Built:
    """What was built: the commit it was built from, and the indexes that could not be read."""

    distributions: tuple[Distribution, ...]
    commit: str
    closed: tuple[str, ...] = ()


def wheels_in(folder: Path) -> tuple[Distribution, ...]:
    """The wheels below a folder, which may hold nothing else. Raises `NotReady` with everything that is wrong."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    problems = [Problem(f"{path} is no wheel") for path in paths if not _is_wheel(path)]
    if not paths:
        problems.append(Problem(f"there is no wheel in {folder}", next="Download what the other machines built."))
    found: dict[str, Distribution] = {}
    wheels = map(Distribution.from_file, filter(_is_wheel, paths))
    problems += [
        Problem(f"{wheel.filename} is there twice, with different bytes")
        for wheel in wheels
        if found.setdefault(wheel.filename, wheel).sha256 != wheel.sha256
    ]
    if problems:
        raise NotReady("the wheels that were built elsewhere cannot be taken", problems=problems)
    return tuple(found.values())


def build_tag(
    workspace: Workspace, tag: str, version: str, wheels: Sequence[Distribution], observer: Observer
) -> Built:
    """The release's own pipeline up to the checks, for a tag that is checked out. `version` is the one expected.

    What an index has is adopted, as in every release, if this source builds the same contents; an index that this job
    cannot read is left to the job that publishes to it.
    """
    workspace, closed = readable(workspace)
    prepared = release.prepare(workspace, Request(), tag, until="check")
    assert prepared is not None, "a tag is always something to release"  # noqa: S101
    plan = prepared.plan
    problems = [*_other_checkout(workspace, tag, plan.base), *_foreign(workspace, plan.version, wheels)]
    if version and version != str(plan.version):
        problems.append(Problem(f"the version is to be {version}, but {tag} is {plan.version}"))
    if problems:
        raise NotReady(f"{tag} cannot be built here", problems=problems)
    release.carry_out(workspace, prepared, observer, until="check", given=wheels)
    distributions = frozen(prepared.state)
    lacking = {each.filename for each in wheels} - {each.filename for each in distributions}
    if lacking:
        raise Blocked(
            f"{plan.version} was built before, without {', '.join(sorted(lacking))}",
            why="What was built once is what is released.",
            next="`tagboat undo` forgets that build, as long as nothing of it was published.",
        )
    check_adopted(workspace, plan, distributions, {each.filename for each in wheels}, observer)
    return Built(distributions, plan.base, closed)


def build_head(workspace: Workspace, folder: Path, wheels: Sequence[Distribution], observer: Observer) -> Built:
    """HEAD as it is, built into a folder and checked: what `tagboat build` and `tagboat check` do."""
    commit = workspace.git.resolve("HEAD")
    if commit is None or workspace.git.is_shallow():
        problem = Problem("the repository has no commit yet") if commit is None else SHALLOW
        raise NotReady("the branch cannot be built here", problems=[problem])
    made = list(workspace.build_revision(commit, folder, observer))
    version = made[0].version
    foreign = list(_foreign(workspace, version, wheels))
    if foreign:
        raise NotReady("the wheels that were built elsewhere cannot be taken", problems=foreign)
    distributions = [*(each for each in made if each.kind == "sdist" or not wheels), *wheels]
    problems = workspace.check(version, workspace.tag_of(version), commit, distributions)
    if problems:
        raise CheckFailed("the distributions must not be published as they are", problems=problems)
    return Built(tuple(distributions), commit)


def try_files(workspace: Workspace, distributions: Sequence[Distribution], observer: Observer) -> str:
    """Install the files from an index of their own, as people will from theirs; says what was shown.

    Raises `VerifyFailed`.
    """
    from tagboat.index.kinds.directory import DirectoryIndex

    with tempfile.TemporaryDirectory(prefix="tagboat-") as folder:
        index = DirectoryIndex(INDEX, Path(folder))
        for distribution in distributions:
            index.upload(distribution)
        return workspace.verifier(observer).release(index, distributions)


def _is_wheel(path: Path) -> bool:
    parsed = parse_filename(path.name)
    return parsed is not None and parsed[0] == "wheel"


def _foreign(workspace: Workspace, version: Version, wheels: Sequence[Distribution]) -> Iterator[Problem]:
    ours = canonicalize_name(workspace.project.name)
    for wheel in wheels:
        if (wheel.project, wheel.version) != (ours, version):
            yield Problem(f"{wheel.filename} is no wheel of {ours} {version}", next="Build it from the same commit.")


def _other_checkout(workspace: Workspace, tag: str, commit: str) -> Iterator[Problem]:
    head = workspace.git.resolve("HEAD")
    if head != commit:
        yield Problem(
            f"{tag} is on {commit[:10]}, but {str(head)[:10]} is checked out",
            "What was decided and tested is another commit.",
        )
