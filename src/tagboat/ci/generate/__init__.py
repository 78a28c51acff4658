"""Release pipelines, written: a configuration and a project's metadata become files. The same ones each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.generate import github, gitlab

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tagboat.ci.drift import Drift
    from tagboat.ci.generate.pipeline import Pipeline

GENERATORS: dict[str, Callable[[Pipeline, Path], Drift]] = {
    "github": github.github_files,
    "gitlab": gitlab.gitlab_files,
}
"""For each CI system, what has to change in a repository so that its files are those of a pipeline."""


def written(top: Path) -> list[str]:
    """The systems for which the repository at `top` has files that we made."""
    there = {"github": github.is_there, "gitlab": gitlab.is_there}
    return [name for name, is_there in there.items() if is_there(top)]
