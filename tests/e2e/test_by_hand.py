"""An index without an API to withdraw with: a person is asked, watched, and not waited for for ever."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from tests.index.fakes.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.sandbox import Sandbox

NAME, NEW, TOKEN = "databricks-tools", "0.3.0", "pypi-a-token-of-ada"


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse().serving() as fake:
        fake.accept(TOKEN)
        yield fake


@pytest.fixture
def released(databricks: Sandbox, warehouse: Warehouse) -> Sandbox:
    """0.3.0 is on the contract of PyPI, and nobody here has a token for it any more."""
    pyproject = databricks.project / "pyproject.toml"
    text = pyproject.read_text(encoding="utf-8").replace(
        '[tool.tagboat.index.local]\nkind = "directory"\npath = "../index"\n',
        f'[tool.tagboat.index.pypi]\nkind = "pypi"\nupload-url = "{warehouse.url}/legacy/"\n'
        f'simple-url = "{warehouse.url}/simple/"\nattestations = false\n',
    )
    pyproject.write_text(text.replace('pythons = "one"', 'pythons = "one"\npip = false\nwait = 2'), encoding="utf-8")
    databricks.commit("chore: publish to PyPI")
    environ = databricks.environ
    databricks.environ = {**environ, "TAGBOAT_PYPI_TOKEN": TOKEN}
    databricks.tagboat("release", "--yes")
    databricks.environ = environ
    return databricks


def watched(sandbox: Sandbox, *words: str, when: str, act: Callable[[], object]) -> int:
    """Run tagboat, and be the person who acts when the log asks for it; its exit code."""
    command = [sys.executable, "-m", "tagboat", *words, "--yes"]
    with subprocess.Popen(
        command, cwd=sandbox.project, env=sandbox.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if when in line:
                act()
    return process.returncode


def test_a_person_who_is_slow_runs_the_same_command_again_and_takes_it_back_by_hand(
    released: Sandbox, warehouse: Warehouse
) -> None:
    late = released.tagboat("rollback", NEW, "--yes", "--reason", "eats data", check=False)
    assert late.returncode == 10
    assert f"/manage/project/{NAME}/" in late.stdout
    assert "Write as the reason: eats data" in late.stdout
    assert "Run the same command again" in late.stderr
    status = released.tagboat("status").stdout
    assert f"The rollback of {NEW} is half-finished." in status
    assert "was withdrawn" not in status
    yanks = threading.Event()

    def yank() -> None:
        warehouse.yank(NAME, NEW, "eats data")
        yanks.set()

    assert watched(released, "rollback", NEW, when="Please open", act=yank) == 0
    assert yanks.is_set()
    assert released.json("status")["rolled_back"] == NEW
    assert f"{NEW} was withdrawn from here" in released.tagboat("status").stdout
    assert released.tagboat("undo", "--yes", check=False).returncode == 10  # nobody has clicked yet
    assert watched(released, "undo", when="Take back the yank", act=warehouse.yanked.clear) == 0
    assert released.json("status")["rolled_back"] is None
