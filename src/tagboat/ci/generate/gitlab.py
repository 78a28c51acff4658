"""The file of a pipeline on GitLab CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagboat.ci.drift import Drift, Known

if TYPE_CHECKING:
    from pathlib import Path

    from tagboat.ci.generate.pipeline import Pipeline

FILE = ".gitlab/tagboat.yml"
MARK = "# Made by `tagboat ci gitlab`"


def gitlab_files(pipeline: Pipeline, top: Path) -> Drift:
    """What has to change in the repository at `top` so that its pipeline is this one."""
    raise NotImplementedError


def is_there(top: Path) -> bool:
    """Whether the repository at `top` has a pipeline that we made."""
    return Known(top, FILE).is_made(MARK)
