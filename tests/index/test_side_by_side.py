"""A release of many files, uploaded side by side to real servers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.index import made

from tagboat.config import IndexConfig
from tagboat.index import open_index
from tagboat.state import StateFolder
from tagboat.step import State
from tagboat.steps.publish import PublishStep

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import DevpiServer, PypiServer

WHEELS = 6


@pytest.mark.parametrize("kind", ["devpi", "pypiserver"])
def test_many_wheels_arrive_whole_by_several_threads_and_are_all_ours(
    kind: str, devpi: DevpiServer, pypi_server: PypiServer, environ: dict[str, str], tmp_path: Path, fresh: str
) -> None:
    url = devpi.new_index(fresh) if kind == "devpi" else pypi_server.url
    index = open_index(IndexConfig("x", kind, {"url": url}), root=tmp_path, environ=environ)
    state = StateFolder(tmp_path / "state")
    tags = [f"cp3{minor}-none-any" for minor in range(8, 8 + WHEELS)]
    wheels = [made.wheel(tmp_path, fresh, payload=bytes(300_000), tag=tag) for tag in tags]
    state.adopt([made.sdist(tmp_path, fresh), *wheels])
    told: dict[str, int] = {}
    threads: set[int] = set()

    def progress(filename: str, sent: int, total: int) -> None:
        threads.add(threading.get_ident())
        told[filename] = total - sent

    step = PublishStep(fresh, wheels[0].version, index, state, wait=10, progress=progress)
    step.apply()
    assert step.probe().state is State.DONE
    assert told == dict.fromkeys(state.hashes(), 0)
    assert len(threads) > index.side_by_side > 1  # and the sdist by our own, after them
    assert {name: file.sha256 for name, file in index.files(fresh).items()} == state.hashes()
    step.undo()
    assert index.files(fresh) == {}
