"""Which files are looked at: those that were named, else every pipeline of the repository that releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.audit import known_versions, read_pipeline
from tagboat.ci.audit.document import problem_of
from tagboat.dataclass import dataclass
from tagboat.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tagboat.ci.audit.pipeline import Pipeline
    from tagboat.errors import Problem

PLACES = (".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitlab-ci.yml", ".gitlab/*.yml", ".gitlab/*.yaml")


@dataclass(frozen=True, slots=True)
class Looked:
    """What was read: the pipelines to audit, the names of files that release nothing, and what cannot be read."""

    pipelines: tuple[Pipeline, ...]
    passed_over: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_named(files: Iterable[Path]) -> Looked:
    """These files. Raises `UsageError` with each that is none."""
    files = list(files)
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise UsageError(f"no such file: {', '.join(missing)}")
    pipelines, problems = _read((path.as_posix(), path) for path in files)
    return Looked(tuple(pipelines), problems=tuple(problems))


def read_all(top: Path) -> Looked:
    """Every pipeline of the repository at `top` that concerns a release. Raises `UsageError` when there is none."""
    paths = sorted({path for pattern in PLACES for path in top.glob(pattern) if path.is_file()})
    pipelines, problems = _read((path.relative_to(top).as_posix(), path) for path in paths)
    releasing = tuple(each for each in pipelines if each.concerns_release)
    if not releasing and not problems:
        raise UsageError(
            f"no pipeline in {top} releases anything",
            why=f"Looked at: {', '.join(each.name for each in pipelines) or 'nothing, for there is none'}.",
            next="Write one with `tagboat ci github` or `tagboat ci gitlab`, or name the FILE.",
        )
    return Looked(releasing, tuple(each.name for each in pipelines if each not in releasing), tuple(problems))


def _read(files: Iterable[tuple[str, Path]]) -> tuple[list[Pipeline], list[Problem]]:
    pipelines, problems = [], []
    known = known_versions()
    for name, path in files:
        try:
            pipelines.append(read_pipeline(name, path.read_bytes(), known))
        except ConfigError as error:
            problems.append(problem_of(error))
    return pipelines, problems


def told(looked: Looked) -> Iterator[str]:
    """Which files were looked at, in sentences."""
    names = [pipeline.name for pipeline in looked.pipelines]
    if names:
        yield f"Looked at: {', '.join(names)}."
    if looked.passed_over:
        yield f"Passed over, for they release nothing: {', '.join(looked.passed_over)}."
