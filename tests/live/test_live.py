"""One round on an index that somebody really has: upload, look, install, withdraw. Opt-in, by `make live`.

    TAGBOAT_LIVE            names of indexes in the user's file (TAGBOAT_CONFIG_FILE), with blanks between them
    TAGBOAT_LIVE_PROJECT    the project that may be uploaded there (default: tagboat-live-test)

Credentials are found as always. Every run uploads one version, numbered by the time, and withdraws it again where the
index has a power for it; where a person would have to do it, the version stays.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from packaging.version import Version
from tests.index import made

from tagboat.config import load_config
from tagboat.errors import Blocked
from tagboat.index import Deletes, Hides, Index, Yanks, open_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tagboat.distribution import Distribution
    from tagboat.index import IndexFile

    Files = dict[str, IndexFile]

NAMES = os.environ.get("TAGBOAT_LIVE", "").split()
PROJECT = os.environ.get("TAGBOAT_LIVE_PROJECT", "tagboat-live-test")
LONGEST = 300.0

pytestmark = pytest.mark.skipif(not NAMES, reason="TAGBOAT_LIVE names no index")


@pytest.fixture(params=NAMES or ["none"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Index:
    config = load_config(tmp_path, os.environ).find_index(request.param)
    return open_index(config, root=tmp_path, environ=os.environ)


def test_a_release_goes_up_comes_down_and_is_withdrawn(index: Index, tmp_path: Path) -> None:
    version = Version(f"0.0.{int(time.time())}")
    files = [made.wheel(tmp_path / "dist", PROJECT, str(version)), made.sdist(tmp_path / "dist", PROJECT, str(version))]
    assert list(index.problems()) == []
    try:
        for distribution in files:
            index.upload(distribution)
        listed = looked_at_until(index, version, lambda found: {file.filename for file in files} <= found.keys())
        for distribution in files:
            assert listed[distribution.filename].sha256 in (None, distribution.sha256)
            index.upload(distribution)  # the same bytes again are no error
    finally:
        index.close()
    other = made.wheel(tmp_path / "other", PROJECT, str(version), payload=b"other bytes")
    with pytest.raises(Blocked):
        index.upload(other)
    for command in made.installers(tmp_path / "target", f"{PROJECT}=={version}"):
        done = made.run_installer(command, index.install_environment(), tmp_path)
        assert done.returncode == 0, done.stderr
    withdraw(index, version, files)


def looked_at_until(index: Index, version: Version, good: Callable[[Files], bool]) -> Files:
    """What the index lists, when it is good; some show late what they took or withdrew."""
    deadline = time.monotonic() + LONGEST
    while not good(listed := index.files(PROJECT, version)):
        assert time.monotonic() < deadline, f"{index.name} lists {listed}"
        time.sleep(2)
    return listed


def withdraw(index: Index, version: Version, files: list[Distribution]) -> None:
    if isinstance(index, Yanks):
        index.yank(PROJECT, version, "a test")
        looked_at_until(index, version, lambda found: all(file.yanked for file in found.values()))
    elif isinstance(index, Hides):
        index.hide(PROJECT, version, "a test")
        looked_at_until(index, version, lambda found: not found)
    elif isinstance(index, Deletes):
        index.delete(PROJECT, version, [file.filename for file in files])
        looked_at_until(index, version, lambda found: not found)
