"""In a process of its own each: what is imported stays imported."""

from __future__ import annotations

import subprocess
import sys


def test_what_is_preloaded_comes_while_something_else_goes_on():
    code = """if True:
        import sys, time
        from tagboat.preload import preload
        assert "colorsys" not in sys.modules
        preload("json", "colorsys")
        while "colorsys" not in sys.modules:
            time.sleep(0.001)
    """
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_program_ends_without_waiting_for_what_it_preloads(tmp_path):
    (tmp_path / "slow.py").write_text("import time; time.sleep(60)")
    code = "import sys; sys.path.append(sys.argv[1]); from tagboat.preload import preload; preload('slow')"
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True, timeout=30)
