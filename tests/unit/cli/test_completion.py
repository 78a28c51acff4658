"""Completion scripts, asked as a shell asks them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tagboat.cli.app import run
from tagboat.cli.completion import SHELLS
from tagboat.cli.parser import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_gets_a_script_with_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert {*COMMANDS, "until"} <= set(re.findall(r"\w+", script))


@pytest.mark.skipif(shutil.which("fish") is None, reason="this machine has no fish")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("tagboat re", ["rehearse", "release"]),
        ("tagboat release --un", ["--until"]),
        ("tagboat -C x release --pre ", ["a", "b", "rc"]),
        ("tagboat completion f", ["fish"]),
        ("tagboat status --un", []),
    ],
)
def test_fish_offers_what_fits(
    typed: str, offered: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["completion", "fish"])
    script = tmp_path / "tagboat.fish"
    script.write_text(capsys.readouterr().out, encoding="utf-8")
    done = subprocess.run(
        ["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, typed],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(line.partition("\t")[0] for line in done.stdout.splitlines()) == offered


def test_an_old_shtab_is_told_from_a_wrong_shell(tmp_path: Path) -> None:
    (tmp_path / "shtab.py").write_text('SUPPORTED_SHELLS = ["bash", "zsh", "tcsh"]\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tagboat", "completion", "fish"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "knows no fish" in done.stderr
